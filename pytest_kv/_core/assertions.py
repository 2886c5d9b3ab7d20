"""A test's claims about deletes, and the message when a claim is false."""

from __future__ import annotations

__all__ = ("DeleteAssertions",)

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

from pytest_kv._core.account import Account
from pytest_kv._core.journal import DELETES, Call
from pytest_kv._core.namespace import Namespace
from pytest_kv._core.text import key_list, plural, shortened

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_EXPLAINED_KEYS = 3
"""How many missing keys a message explains one by one."""

_NEIGHBOURS = 50
"""How many names on each side a key is compared with, in two orders."""


class DeleteAssertions:
    """Claims about the deletes of one namespace, over either face, single and bulk."""

    __slots__ = ("_account", "_namespace")

    def __init__(self, account: Account, namespace: Namespace) -> None:
        self._account = account
        self._namespace = namespace

    def deleted(self, keys: Sequence[str]) -> None:
        """Each of ``keys`` was deleted at least once; AssertionError otherwise."""
        _check_names("assert_deleted", keys)
        deletes = self._deletes()
        missing = _without(keys, deletes)
        if missing:
            raise AssertionError(
                self._message(
                    f"expected {_named(keys)} to be deleted {self._where}, "
                    f"but {_not_done(missing, keys)}",
                    ("not deleted", key_list(missing)),
                    ("deleted", _or_nothing(deletes)),
                    *self._explain(missing, _without(deletes, keys)),
                )
            )

    def not_deleted(self, keys: Sequence[str]) -> None:
        """None of ``keys`` was deleted, whether or not it was there; AssertionError otherwise."""
        _check_names("assert_not_deleted", keys)
        deletes = self._deletes()
        deleted = set(deletes)
        wrong = [key for key in dict.fromkeys(keys) if key in deleted]
        if wrong:
            raise AssertionError(
                self._message(
                    f"expected {_named(keys)} not to be deleted {self._where}, "
                    f"but {_done(wrong, keys)}",
                    ("deleted", key_list(wrong)),
                    ("by", self._calls_that_deleted(wrong)),
                    ("all deletes", key_list(deletes)),
                )
            )

    def only_deleted(self, keys: Sequence[str]) -> None:
        """Exactly ``keys`` were deleted, in any order; AssertionError otherwise."""
        if not keys:
            self.none_deleted()
            return
        _check_names("assert_only_deleted", keys)
        deletes = self._deletes()
        missing, more = _without(keys, deletes), _without(deletes, keys)
        if missing or more:
            raise AssertionError(
                self._message(
                    f"expected only {_named(keys)} to be deleted {self._where}, "
                    f"but {_difference(keys, missing, more)}",
                    ("not deleted", key_list(missing)),
                    ("deleted too", key_list(more)),
                    *self._explain(missing, more),
                )
            )

    def none_deleted(self) -> None:
        """Nothing was deleted, not even a key that was not there; AssertionError otherwise."""
        deletes = self._deletes()
        if deletes:
            raise AssertionError(
                self._message(
                    f"expected no deletes {self._where}, but {_were(set(deletes), 'key')} deleted",
                    ("deleted", key_list(deletes)),
                    ("by", self._calls_that_deleted(deletes)),
                )
            )

    @property
    def _where(self) -> str:
        return f"in namespace {self._namespace.title!r}"

    def _deletes(self) -> list[str]:
        return self._account.journal.deletes(self._namespace.id)

    def _message(self, claim: str, *rows: tuple[str, str]) -> str:
        width = max(len(label) for label, _ in rows) + 1
        lines = [f"  {label + ':':<{width}} {text}" for label, text in rows if text]
        return "\n".join([claim, *lines])

    def _calls_that_deleted(self, keys: Iterable[str]) -> str:
        wanted = set(keys)
        calls = [call for call in self._delete_calls() if not wanted.isdisjoint(call.done_keys)]
        return _first(map(str, calls), len(calls))

    def _delete_calls(self) -> list[Call]:
        calls = self._account.journal.of_namespace(self._namespace.id)
        return [call for call in calls if call.operation in DELETES]

    def _explain(
        self, missing: Sequence[str], candidates: Sequence[str]
    ) -> Iterable[tuple[str, str]]:
        explained = missing[:_EXPLAINED_KEYS]
        yield "came close", "; ".join(_close(explained, candidates))
        yield "refused", self._refused(missing)
        yield "elsewhere", "; ".join(self._elsewhere(explained))
        yield "removed", self._removed()

    def _refused(self, missing: Sequence[str]) -> str:
        wanted = set(missing)
        # No call deleted a missing key, so a call that names one failed or left the key undone.
        calls = [call for call in self._delete_calls() if not wanted.isdisjoint(call.keys)]
        return _first(map(str, calls), len(calls))

    def _elsewhere(self, missing: Sequence[str]) -> Iterable[str]:
        with self._account.lock:
            others = list(self._account.namespaces.values())
        for other in others:
            if other is not self._namespace:
                deleted = set(self._account.journal.deletes(other.id))
                found = [key for key in missing if key in deleted]
                if found:
                    yield f"{key_list(found)} deleted in namespace {other.title!r}"

    def _removed(self) -> str:
        calls = self._account.journal.of_namespace(self._namespace.id)
        if any(call.operation == "remove_namespace" and call.is_done for call in calls):
            return "the whole namespace was removed, and every key with it"
        return ""


def _check_names(method: str, keys: Sequence[object]) -> None:
    if not keys:
        raise TypeError(f"{method}() needs a key name; for none at all use assert_no_deletes()")
    for key in keys:
        if not isinstance(key, str):
            hint = f"; write {method}(*keys)" if isinstance(key, list | tuple | set) else ""
            raise TypeError(f"{method}() takes key names, each a str, not {key!r}{hint}")


def _named(keys: Sequence[str]) -> str:
    names = set(keys)
    return shortened(keys[0], 80) if len(names) == 1 else plural(len(names), "key")


def _without(keys: Sequence[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [key for key in dict.fromkeys(keys) if key not in known]


def _or_nothing(keys: Sequence[str]) -> str:
    return key_list(keys) if keys else "nothing"


def _were(keys: Collection[str], noun: str) -> str:
    return f"{plural(len(keys), noun)} {'was' if len(keys) == 1 else 'were'}"


def _done(some: Collection[str], keys: Sequence[str]) -> str:
    if len(set(keys)) == 1:
        return "it was"
    if len(some) == len(set(keys)):
        return "all of them were"
    return f"{len(some):,} of them {'was' if len(some) == 1 else 'were'}"


def _not_done(some: Collection[str], keys: Sequence[str]) -> str:
    if len(some) == len(set(keys)) > 1:
        return "none of them was"
    return f"{_done(some, keys)} not"


def _difference(keys: Sequence[str], missing: Sequence[str], more: Sequence[str]) -> str:
    parts = [_not_done(missing, keys)] if missing else []
    return " and ".join(parts + ([_were(more, "other key")] if more else []))


def _first(texts: Iterable[str], count: int, most: int = 3) -> str:
    shown = "; ".join(islice(texts, most))
    return shown if count <= most else f"{shown}; … ({count:,} calls)"


def _close(missing: Sequence[str], candidates: Sequence[str]) -> Iterable[str]:
    neighbours = [_Neighbours(candidates, str.casefold), _Neighbours(candidates, _backwards)]
    for key in missing:
        near = {name for names in neighbours for name in names.of(key)}
        alike = [name for name in sorted(near) if name.casefold() == key.casefold()]
        for match in alike[:1] or get_close_matches(key, sorted(near), n=1):
            yield f"{shortened(match, 80)} was deleted, {shortened(key, 80)} was not"


class _Neighbours:
    """Names near a key in alphabetical order: comparing a key with all of 10,000 takes too long."""

    def __init__(self, names: Iterable[str], order: Callable[[str], str]) -> None:
        self._order = order
        self._names = sorted(set(names), key=order)

    def of(self, key: str) -> Sequence[str]:
        at = bisect_left(self._names, self._order(key), key=self._order)
        return self._names[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]


def _backwards(name: str) -> str:
    return name.casefold()[::-1]
