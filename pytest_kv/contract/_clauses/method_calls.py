"""The calls of a client for which faults are planned, and what a client claims by returning."""

from __future__ import annotations

__all__ = ("MethodCase", "ObservedCase", "method_cases", "observe")

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_kv import Entry, Limits
from pytest_kv._internal import plural, shortened
from pytest_kv.contract._claims import (
    best_effort_hint,
    check_names,
    check_read,
    check_values,
)
from pytest_kv.contract._clauses.bulk import call_budget, is_single
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._record import Named, Pairs
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import WRITES, Subject
from pytest_kv.strategies import KeyBatch

_LIMITS = Limits()
_FEW_KEYS = 3
_SEVERAL_REQUESTS = {
    "put_many": _LIMITS.bulk_items + 1,
    "delete_many": _LIMITS.bulk_items + 1,
    "get_many": 2 * _LIMITS.bulk_get_keys + 1,
}
"""The number of keys that needs two or three requests, when each is as full as possible."""

_PAGED = {"list": 5, "delete_prefix": 5}
"""The methods that read pages, with the number of keys that are on several pages."""
_PAGE_SIZE = 2


@dataclass(frozen=True)
class MethodCase:
    """A call of one method with ``size`` keys."""

    method: str
    size: int = 1

    def set_up(self, run: CaseRun) -> tuple[object, ...]:
        """Store the old values of the keys and a bystander; returns the arguments of the call."""
        run.seed({"bystander": Entry("stays", metadata={"kept": True})})
        keys = run.assign("keys", KeyBatch(self.size))
        if self.method in _PAGED:
            run.configure("page_size", _PAGE_SIZE)
        run.seed(_all(keys, "old"))
        match self.method:
            case "list" | "delete_prefix":
                return ("k",)
            case "put":
                return ("k0", "new")
            case "get" | "delete":
                return ("k0",)
            case "put_many":
                return (_all(keys, "new"),)
        return (Named(list(keys.value), keys.code),)

    @property
    def keys(self) -> Sequence[str]:
        """The keys that the call may change."""
        return KeyBatch(self.size) if self.method in WRITES else ()

    def check(self, run: CaseRun, outcome: Outcome) -> None:
        """Raise Broken when the client returned a wrong result, or returned without writing."""
        __tracebackhide__ = True
        match self.method:
            case "list":
                check_names(run, outcome, "k")
            case "get":
                check_read(run, outcome, "k0")
            case "get_many":
                check_values(run, outcome, KeyBatch(self.size))
            case _:
                self._check_written(run, outcome)

    def _check_written(self, run: CaseRun, outcome: Outcome) -> None:
        __tracebackhide__ = True
        is_put = self.method in {"put", "put_many"}
        values, expected = run.stored.values(self.keys), b"new" if is_put else None
        if outcome.failed or run.is_lenient:
            self._check_old_or_new(run, outcome, values, expected)
            return
        undone = [key for key, value in values.items() if value != expected]
        if undone:
            what = "not written" if is_put else "still there"
            which = shortened(undone[0], 80)
            some = which if self.size == 1 else f"{plural(len(undone), 'key')}, {which} first,"
            run.fail(
                f"{outcome.code} {_returned(outcome)}, but {some} "
                f"{'is' if len(undone) == 1 else 'are'} {what}{best_effort_hint(run)}",
                assertion=run.stored.value_assertion(undone[0], expected),
            )

    def _check_old_or_new(
        self,
        run: CaseRun,
        outcome: Outcome,
        values: Mapping[str, bytes | None],
        expected: bytes | None,
    ) -> None:
        """After a write that failed, each key has its old value or the expected one."""
        __tracebackhide__ = True
        for key, value in values.items():
            if value not in (expected, b"old"):
                run.fail(
                    f"{outcome.code} {outcome}, and left {run.stored.entry(key)!r} under {key!r}",
                    assertion=run.stored.value_assertion(key, expected, b"old"),
                )


def _all(keys: Named, value: str) -> Pairs:
    """A mapping of all keys to one value."""
    return Pairs.of(dict.fromkeys(keys.value, value), repr(value), f"for key in {keys.code}")


def _returned(outcome: Outcome) -> str:
    return f"returned {outcome.value}" if outcome.is_bool else "returned"


@dataclass(frozen=True)
class ObservedCase:
    """A case, and the operations that the client asks KV for when no fault is planned."""

    case: MethodCase
    operations: tuple[str, ...]
    """The operation of each request, in order."""

    @property
    def budget(self) -> int:
        """The number of calls that the client may make when a fault is planned."""
        return call_budget(max(self.case.size, len(self.operations)))

    def indexes(self) -> list[int]:
        """The indexes of the first request, of one in the middle and of the last."""
        count = len(self.operations)
        return sorted({0, count // 2, count - 1}) if count else []

    def request(self, index: int) -> tuple[str, int]:
        """The operation of a request, and the number of earlier requests with that operation."""
        operation = self.operations[index]
        return operation, self.operations[:index].count(operation)


def method_cases(
    subject: Subject, methods: Sequence[str], *, is_short: bool = False
) -> list[MethodCase]:
    """The cases of each method.

    A method for many keys has a case with few keys. It also has a case that needs several requests,
    unless ``is_short`` or the client makes a call for each key. Methods that the client lacks have
    no case.
    """
    is_short = is_short or subject.quick
    return [
        MethodCase(method, size)
        for method in methods
        for size in _sizes(subject, method, is_short=is_short)
    ]


def _sizes(subject: Subject, method: str, *, is_short: bool) -> list[int]:
    with case_run(subject) as run:
        if not run.has(method):
            return []
    if method not in _SEVERAL_REQUESTS:
        return [_PAGED.get(method, 1)]
    sizes = {subject.at_most(_FEW_KEYS)}
    if not (is_short or is_single(subject, method)):
        sizes.add(subject.at_most(_SEVERAL_REQUESTS[method]))
    return sorted(sizes)


def observe(subject: Subject, case: MethodCase) -> ObservedCase:
    """Run a case once without faults, to see which requests the client makes."""
    with case_run(subject) as run:
        arguments = case.set_up(run)
        earlier = len(run.account.calls)
        run.call(case.method, *arguments, budget=call_budget(case.size))
        calls = run.calls_since(earlier)
        return ObservedCase(case, tuple(call.operation for call in calls))
