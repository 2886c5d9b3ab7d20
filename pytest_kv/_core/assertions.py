"""A test's claims about the keys of deletes or puts, and the message when a claim is false."""

from __future__ import annotations

__all__ = ("DeleteAssertions", "KeyAssertions", "Words")

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

from pytest_kv._core.account import Account
from pytest_kv._core.journal import DELETES, Call
from pytest_kv._core.namespace import Namespace
from pytest_kv._core.text import key_list, plural, shortened

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_EXPLAINED_KEYS = 3
"""How many missing keys a message explains one by one."""

_REMOVED = "the whole namespace was removed, and every key with it"

_NEIGHBOURS = 50
"""How many names on each side a key is compared with, in two orders."""


class Words(NamedTuple):
    """What assertions are about, and how their messages name it."""

    operations: frozenset[str]
    done: str
    """What happens to a key: ``deleted``."""
    noun: str
    """What the operations are: ``deletes``."""


class KeyAssertions:
    """Claims about the keys of one kind of call on a namespace, over either face."""

    __slots__ = ("_account", "_namespace", "_words")

    def __init__(self, account: Account, namespace: Namespace, words: Words) -> None:
        self._account = account
        self._namespace = namespace
        self._words = words

    def not_done(self, keys: Sequence[str]) -> None:
        """No call did it to any of ``keys``; AssertionError otherwise."""
        self._check_names(f"assert_not_{self._words.done}", keys)
        all_keys = self._done_keys()
        known = set(all_keys)
        wrong = [key for key in dict.fromkeys(keys) if key in known]
        if wrong:
            raise AssertionError(
                self._message(
                    f"expected {_named(keys)} not to be {self._words.done} {self._where}, "
                    f"but {_done(wrong, keys)}",
                    (self._words.done, key_list(wrong)),
                    ("by", self._calls_for(wrong)),
                    (f"all {self._words.noun}", key_list(all_keys)),
                )
            )

    def none_done(self) -> None:
        """No call did it to any key; AssertionError otherwise."""
        keys, (_, done, noun) = self._done_keys(), self._words
        if keys:
            raise AssertionError(
                self._message(
                    f"expected no {noun} {self._where}, but {_were(set(keys), 'key')} {done}",
                    (done, key_list(keys)),
                    ("by", self._calls_for(keys)),
                )
            )

    @property
    def _where(self) -> str:
        return f"in namespace {self._namespace.title!r}"

    def _done_keys(self) -> list[str]:
        return self._account.journal.done_keys(self._namespace.id, self._words.operations)

    def _message(self, claim: str, *rows: tuple[str, str]) -> str:
        told = [(label, text) for label, text in rows if text]
        width = max(len(label) for label, _ in told) + 1
        return "\n".join([claim, *(f"  {label + ':':<{width}} {text}" for label, text in told)])

    def _calls_for(self, keys: Iterable[str]) -> str:
        """The calls that did it to one of ``keys``."""
        wanted = set(keys)
        return _first_of([c for c in self._calls() if not wanted.isdisjoint(c.done_keys)])

    def _calls(self) -> list[Call]:
        calls = self._account.journal.of_namespace(self._namespace.id)
        return [call for call in calls if call.operation in self._words.operations]

    def _explain(
        self, missing: Sequence[str], candidates: Sequence[str]
    ) -> Iterable[tuple[str, str]]:
        explained = missing[:_EXPLAINED_KEYS]
        yield "came close", "; ".join(_close(explained, candidates, self._words.done))
        yield "refused", self._refused(missing)
        yield "elsewhere", "; ".join(self._elsewhere(explained))

    def _refused(self, keys: Sequence[str]) -> str:
        """The calls that named one of ``keys`` and left it undone."""
        wanted = set(keys)
        return _first_of([c for c in self._calls() if not wanted.isdisjoint(_undone_keys(c))])

    def _elsewhere(self, missing: Sequence[str]) -> Iterable[str]:
        operations, done, _ = self._words
        with self._account.lock:
            others = list(self._account.namespaces.values())
        for other in others:
            if other is not self._namespace:
                keys = set(self._account.journal.done_keys(other.id, operations))
                found = [key for key in missing if key in keys]
                if found:
                    yield f"{key_list(found)} {done} in namespace {other.title!r}"

    def _check_names(self, method: str, keys: Sequence[object]) -> None:
        if not keys:
            none = f"assert_no_{self._words.noun}()"
            raise TypeError(f"{method}() needs a key name; for none at all use {none}")
        for key in keys:
            if not isinstance(key, str):
                hint = f"; write {method}(*keys)" if isinstance(key, list | tuple | set) else ""
                raise TypeError(f"{method}() takes key names, each a str, not {key!r}{hint}")


class DeleteAssertions(KeyAssertions):
    """Claims about the deletes of one namespace."""

    __slots__ = ()

    def __init__(self, account: Account, namespace: Namespace) -> None:
        super().__init__(account, namespace, Words(DELETES, "deleted", "deletes"))

    def deleted(self, keys: Sequence[str]) -> None:
        """Each of ``keys`` was deleted at least once; AssertionError otherwise."""
        self._check_names("assert_deleted", keys)
        deletes = self._done_keys()
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

    def only_deleted(self, keys: Sequence[str]) -> None:
        """Exactly ``keys`` were deleted, in any order; AssertionError otherwise."""
        if not keys:
            self.none_done()
            return
        self._check_names("assert_only_deleted", keys)
        deletes = self._done_keys()
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
        self._check_that_it_remains(f"expected only {_named(keys)} to be deleted")

    def not_done(self, keys: Sequence[str]) -> None:
        """None of ``keys`` was deleted, nor the whole namespace; AssertionError otherwise."""
        super().not_done(keys)
        self._check_that_it_remains(f"expected {_named(keys)} not to be deleted")

    def none_done(self) -> None:
        """No key was deleted, nor the whole namespace; AssertionError otherwise."""
        super().none_done()
        self._check_that_it_remains("expected no deletes")

    def _check_that_it_remains(self, claim: str) -> None:
        """Raise AssertionError if a call removed the namespace, and so every key of it."""
        if removals := self._removals():
            raise AssertionError(
                self._message(f"{claim} {self._where}, but {_REMOVED}", ("by", _first_of(removals)))
            )

    def _explain(
        self, missing: Sequence[str], candidates: Sequence[str]
    ) -> Iterable[tuple[str, str]]:
        yield from super()._explain(missing, candidates)
        yield "removed", _REMOVED if self._removals() else ""

    def _removals(self) -> list[Call]:
        calls = self._account.journal.of_namespace(self._namespace.id)
        return [call for call in calls if call.operation == "remove_namespace" and call.is_done]


def _undone_keys(call: Call) -> Sequence[str]:
    return call.unsuccessful_keys if call.is_done else call.keys


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


def _first_of(calls: Sequence[Call], most: int = 3) -> str:
    """The first calls in one line, and how many there are."""
    shown = "; ".join(map(str, islice(calls, most)))
    return shown if len(calls) <= most else f"{shown}; … ({len(calls):,} calls)"


def _close(missing: Sequence[str], candidates: Sequence[str], done: str) -> Iterable[str]:
    neighbours = [_Neighbours(candidates, str.casefold), _Neighbours(candidates, _backwards)]
    for key in missing:
        near = {name for names in neighbours for name in names.of(key)}
        alike = [name for name in sorted(near) if name.casefold() == key.casefold()]
        for match in alike[:1] or get_close_matches(key, sorted(near), n=1):
            yield f"{shortened(match, 80)} was {done}, {shortened(key, 80)} was not"


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
