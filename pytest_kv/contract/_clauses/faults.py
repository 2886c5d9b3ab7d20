"""The clauses about what a client claims after a fault."""

from __future__ import annotations

__all__ = (
    "a_read_that_returns_tells_the_truth",
    "a_write_that_returns_was_done",
    "an_answer_without_success_is_an_error",
    "keys_that_kv_left_undone_are_not_forgotten",
)

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._clauses.clause import clause
from pytest_kv.contract._clauses.method_calls import ObservedCase, method_cases, observe
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import READS, WRITES, Skipped, Subject


class PlannedFault(NamedTuple):
    """A method of the account that plans a fault, and its arguments after the operation."""

    method: str
    args: tuple[int, ...] = ()
    keywords: Mapping[str, Any] = {}


_ERROR = PlannedFault("fail_next", (500,))
_DROPPED = PlannedFault("drop_next")
_TIMED_OUT = PlannedFault("time_out_next")
_UNSUCCESSFUL = PlannedFault("refuse_next")
"""A 200 with ``success`` false."""

_FAULTS = (
    _ERROR,
    PlannedFault("fail_next", (502,)),
    PlannedFault("fail_next", (503,)),
    PlannedFault("fail_next", (429,), {"retry_after": 0}),
    _DROPPED,
    _TIMED_OUT,
)

_ANSWER_LOST = (_ERROR, _DROPPED, _TIMED_OUT)
"""The faults that can strike after KV has carried the call out."""

_FEW_KEYS = 5


@dataclass(frozen=True)
class FaultCase:
    """A call of the client with a fault planned for one of its requests."""

    observed: ObservedCase
    index: int
    """The index of the request, among those that the client makes without faults."""
    fault: PlannedFault
    keywords: Mapping[str, Any]
    """More arguments of the fault: ``times`` or ``done``."""


@clause()
def a_write_that_returns_was_done(subject: Subject) -> None:
    """When a write returns without raising, KV has done it, whatever went wrong on the way."""
    _run_with_faults(subject, WRITES)


@clause()
def a_read_that_returns_tells_the_truth(subject: Subject) -> None:
    """When a read returns, its result is true: an error is no missing key and no last page."""
    _run_with_faults(subject, READS)


@clause()
def an_answer_without_success_is_an_error(subject: Subject) -> None:
    """A client takes no 200 with ``success`` false for a done write or a last page (inferred)."""
    if subject.is_binding:
        raise Skipped("a binding has no answers with success")
    cases = [
        FaultCase(observed, index, _UNSUCCESSFUL, {})
        for observed in _observed_cases(subject, (*WRITES, *READS), is_short=True)
        for index in observed.indexes()
        # The answer to a get is the value itself, so a client cannot see that this one is not.
        if observed.request(index)[0] != "get"
    ]
    if not cases:
        raise Skipped("the client makes no call whose answer has success")
    run_each(subject, cases, _run_without_success)


def _run_without_success(run: CaseRun, case: FaultCase) -> None:
    try:
        _run_with_fault(run, case)
    except Broken:
        if _sees_errors(run.subject, case):
            raise


def _sees_errors(subject: Subject, case: FaultCase) -> bool:
    """Whether the client notices a 500 here; if not, another clause reports that."""
    try:
        with case_run(subject) as run:
            _run_with_fault(run, replace(case, fault=_ERROR))
    except Broken:
        return False
    return True


@clause()
def keys_that_kv_left_undone_are_not_forgotten(subject: Subject) -> None:
    """A client sends the unsuccessful_keys of a bulk call again, or raises."""
    if subject.best_effort:
        raise Skipped("a best-effort client may lose writes")
    cases = list(_bulk_cases(subject))
    if not cases:
        raise Skipped("the client makes no bulk call")
    run_each(subject, cases, _leave_keys_undone)


def _bulk_cases(subject: Subject) -> Iterator[tuple[ObservedCase, int | None]]:
    """Calls that make bulk requests, and how often KV leaves keys undone; None for always."""
    for case in method_cases(subject, ("put_many", "delete_many")):
        if case.size > _FEW_KEYS:
            # A client with such a case makes bulk calls, so it need not be observed.
            yield ObservedCase(case, ()), None
        elif {"bulk_put", "bulk_delete"} & {*(observed := observe(subject, case)).operations}:
            yield observed, 1
            yield observed, None


def _leave_keys_undone(run: CaseRun, case: tuple[ObservedCase, int | None]) -> None:
    observed, times = case
    keys = observed.case.keys
    for key in dict.fromkeys((keys[0], keys[len(keys) // 2], keys[-1])):
        run.plan_fault("fail_keys", run.habits.name(key), times=times)
    _call_and_check(run, observed)


def _observed_cases(
    subject: Subject, methods: Sequence[str], *, is_short: bool = False
) -> list[ObservedCase]:
    return [observe(subject, case) for case in method_cases(subject, methods, is_short=is_short)]


def _run_with_faults(subject: Subject, methods: Sequence[str]) -> None:
    observed_cases = _observed_cases(subject, methods)
    if not observed_cases:
        raise Skipped("the client has no method that the clause is about")
    cases = [case for case in _fault_cases(observed_cases) if _applies(subject, case)]
    run_each(subject, cases, _run_with_fault)
    short = [case for case in cases if case.observed.case.size <= _FEW_KEYS]
    run_drawn(subject, st.lists(st.sampled_from(short), min_size=1, max_size=3), _run_with_several)


def _fault_cases(observed_cases: list[ObservedCase]) -> Iterator[FaultCase]:
    for observed in observed_cases:
        is_short = observed.case.size <= _FEW_KEYS
        # A call with few keys is enough, and quicker, to tell one error status from another.
        for index, fault in product(observed.indexes(), _FAULTS if is_short else (_ERROR,)):
            yield FaultCase(observed, index, fault, {})
            if is_short:
                yield FaultCase(observed, index, fault, {"times": None})
        if is_short:
            for index, fault in product(observed.indexes(), _ANSWER_LOST):
                yield FaultCase(observed, index, fault, {"done": True})


def _applies(subject: Subject, case: FaultCase) -> bool:
    # Over a real connection the client would have to wait for its timeout.
    return not (case.fault is _TIMED_OUT and subject.over in {"http", "intercept"})


def _run_with_fault(run: CaseRun, case: FaultCase) -> None:
    _plan(run, case)
    _call_and_check(run, case.observed)


def _run_with_several(run: CaseRun, cases: list[FaultCase]) -> None:
    """Plan the faults of all cases, then make the call of the first."""
    for case in cases:
        _plan(run, case)
    _call_and_check(run, cases[0].observed)


def _plan(run: CaseRun, case: FaultCase) -> None:
    operation, earlier = case.observed.request(case.index)
    after = {"after": earlier} if earlier else {}
    keywords = {**case.fault.keywords, **case.keywords, **after}
    run.plan_fault(case.fault.method, operation, *case.fault.args, **keywords)


def _call_and_check(run: CaseRun, observed: ObservedCase) -> None:
    case = observed.case
    arguments = case.set_up(run)
    before = run.stored.entries()
    outcome = run.call(case.method, *arguments, budget=observed.budget)
    run.check_untouched(before, *case.keys)
    case.check(run, outcome)
