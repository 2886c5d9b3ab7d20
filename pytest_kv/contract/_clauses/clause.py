"""What a clause of the contract is, and what several clauses use to choose their cases."""

from __future__ import annotations

__all__ = (
    "Clause",
    "accepted",
    "accepts_all",
    "clause",
    "drawn_keys",
    "drawn_values",
    "require_any",
    "takes_bytes",
)

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any

import respx
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_kv import strategies as kvst
from pytest_kv._internal import is_legal_key, skip_sleep
from pytest_kv.contract._basics import check_basics
from pytest_kv.contract._driver import RunCoroutine, check_no_running_loop
from pytest_kv.contract._habits import Habits
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import NotMade
from pytest_kv.contract._sent_keys import SENT_WRONGLY, evidence, keys_sent_wrongly
from pytest_kv.contract._subject import (
    Missing,
    Over,
    Refuses,
    Skipped,
    StoredKey,
    StoredValue,
    Subject,
    refuses_nothing,
)
from pytest_kv.contract._tricky_keys import ORDINARY, STRAYING, TRICKY

_PLAIN = re.compile("[0-9A-Za-z]+")
_KNOWN = frozenset((*TRICKY, *STRAYING))
"""The unusual keys that are tried one by one, to learn whether the client sends them wrongly."""


@dataclass(frozen=True)
class Clause:
    """One promise of a client. Call it with ``make_client`` to check whether a client keeps it."""

    function: Callable[[Subject], None]
    needs: tuple[str, ...]
    """The methods that a client must have for the clause to apply."""

    @property
    def name(self) -> str:
        """The promise, in words joined by underscores."""
        return self.function.__name__

    @property
    def promise(self) -> str:
        """The promise, in a sentence."""
        return (self.function.__doc__ or "").partition("\n")[0]

    def __call__(
        self,
        make_client: Callable[[Any], Any],
        *,
        over: Over = "respx",
        missing: Missing = None,
        refuses: Refuses = refuses_nothing,
        binary: bool = True,
        stored_key: StoredKey | None = None,
        stored_value: StoredValue | None = None,
        best_effort: bool = False,
        max_keys: int | None = None,
        quick: bool = False,
        run_coroutine: RunCoroutine | None = None,
    ) -> None:
        """Check the clients that ``make_client`` makes; see :func:`check_contract`.

        Raises :class:`Broken` when a client breaks the clause, and :class:`Skipped` when it lacks a
        method that the clause is about.
        """
        subject = Subject(
            make_client=make_client,
            over=over,
            missing=missing,
            refuses=refuses,
            binary=binary,
            stored_key=stored_key,
            stored_value=stored_value,
            best_effort=best_effort,
            max_keys=max_keys,
            quick=quick,
            run_coroutine=run_coroutine,
        )
        try:
            self.check(subject)
        except NotMade as not_made:
            raise not_made.error from None

    def check(self, subject: Subject) -> None:
        """The same, for a subject; raises NotMade when ``make_client`` raises."""
        __tracebackhide__ = True
        check_no_running_loop()
        # These two take long to start, so they start once for all runs: skip_sleep looks into every
        # module that is imported, and respx patches httpx when its first router starts.
        idle: AbstractContextManager[object] = nullcontext()
        if subject.over == "respx":
            idle = respx.mock(assert_all_called=False)
        with skip_sleep() as skipped, idle:
            self._check(replace(subject, skipped=skipped))

    def _check(self, subject: Subject) -> None:
        __tracebackhide__ = True
        with case_run(subject) as run:
            run.require(*self.needs)
        check_basics(subject)
        try:
            self.function(subject)
        except Broken as broken:
            _raise_with_cause(self.function, subject, broken)


def _raise_with_cause(
    function: Callable[[Subject], None], subject: Subject, broken: Broken
) -> None:
    """Check again without the keys that the client sends wrongly, if there are any.

    If the second check fails, its failure is raised, because the keys would hide it. If it passes,
    ``broken`` is raised, and its message names the keys.
    """
    __tracebackhide__ = True
    wrong = keys_sent_wrongly(subject)
    if not wrong:
        raise broken from None
    with suppress(Skipped):
        function(subject.without(wrong))
    text = f"{broken}\n\n{evidence(wrong)}"
    raise Broken(text, cause=SENT_WRONGLY, method=broken.method) from None


def clause(*needs: str) -> Callable[[Callable[[Subject], None]], Clause]:
    """Make a function a clause about these methods of an adapter."""
    return lambda function: Clause(function, needs)


def require_any(subject: Subject, *methods: str) -> None:
    """Raise Skipped when the client lacks all of ``methods``."""
    with case_run(subject) as run:
        run.require_any(*methods)


def accepted(subject: Subject, keys: Iterable[str]) -> list[str]:
    """The keys that the client takes by design, each with a stored name of its own.

    A key whose stored name would be too long is cut.
    """
    habits = Habits(subject)
    by_name: dict[str | None, str] = {}
    for key in keys:
        cut = _cut(habits, key)
        if _accepts(subject, habits, cut):
            by_name.setdefault(habits.name_or_none(cut), cut)
    return list(by_name.values())


def accepts_all(subject: Subject) -> Callable[[Iterable[str]], bool]:
    """A filter for lists of keys: whether the client takes all of them by design."""
    habits = Habits(subject)
    if subject.refuses is refuses_nothing and not (habits.has_names or subject.keys_left_out):
        return lambda _keys: True

    def accepts(keys: Iterable[str]) -> bool:
        distinct = {*keys}
        names = {habits.name_or_none(key) for key in distinct}
        # Two keys with one stored name are one key to the client.
        return len(names) == len(distinct) and all(
            _accepts(subject, habits, key) for key in distinct
        )

    return accepts


def drawn_keys(subject: Subject) -> SearchStrategy[str]:
    """Legal keys without those that the client rejects by design."""
    habits = Habits(subject)
    keys = st.from_regex(_PLAIN, fullmatch=True) if subject.keys_left_out else kvst.keys()
    fitting = keys.filter(lambda key: _accepts(subject, habits, key))
    if subject.refuses is refuses_nothing:
        return fitting
    return st.sampled_from(accepted(subject, (*ORDINARY, *TRICKY))) | fitting


def _accepts(subject: Subject, habits: Habits, key: str) -> bool:
    if subject.refuses(key) or key in subject.keys_left_out:
        return False
    if subject.keys_left_out and key not in _KNOWN and not _PLAIN.fullmatch(key):
        return False
    return not habits.has_names or is_legal_key(habits.name_or_none(key) or "")


def _cut(habits: Habits, key: str) -> str:
    """The key, or as much of its beginning as has a legal stored name."""
    while habits.has_names and len(key) > 1 and not is_legal_key(habits.name_or_none(key) or ""):
        key = key[:-1]
    return key


def drawn_values(subject: Subject, method: str | None = None) -> SearchStrategy[str | bytes]:
    """Values of the types that a method of the client takes; see :func:`takes_bytes`."""
    texts = kvst.values(text=True)
    return texts | kvst.values() if takes_bytes(subject, method) else texts


def takes_bytes(subject: Subject, method: str | None = None) -> bool:
    """Whether values may be bytes. A text-only client raises for bytes or reads them as str.

    ``method`` is ``put`` or ``put_many``; None for the first of them that the client has.
    """
    if not subject.binary:
        return False
    with case_run(subject) as run:
        if not run.habits.takes_bytes():
            return False
        if method != "put_many" and run.has("put"):
            return not run.call("put", "k", b"v").raised
        if run.has("put_many"):
            return not run.call("put_many", {"k": b"v"}).raised
        run.seed({"k": "v"})
        return not (run.has("get") and isinstance(run.call("get", "k").value, str))
