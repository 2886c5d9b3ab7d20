"""One planned fault: which calls it is for, when it is due, and what is said of it."""

from __future__ import annotations

import pytest

from pytest_kv._core.faults import (
    CallFault,
    Fault,
    FaultError,
    FaultKind,
    OtherWriter,
)
from pytest_kv._core.journal import Via


def status_500(*, after: int = 0, times: int | None = 1) -> CallFault:
    return CallFault(operation="get", kind=FaultKind.STATUS, status=500, after=after, times=times)


@pytest.mark.parametrize(
    ("times", "strikes", "is_over", "is_missed"),
    [
        (1, 0, False, True),
        (1, 1, True, False),
        (3, 2, False, True),
        (3, 3, True, False),
        (None, 0, False, True),
        (None, 1, False, False),
        (None, 1000, False, False),
    ],
)
def test_a_fault_is_over_or_missed_by_how_often_it_has_struck(
    times: int | None, strikes: int, is_over: bool, is_missed: bool
) -> None:
    fault = Fault(times=times, strikes=strikes)

    assert (fault.is_over, fault.is_missed) == (is_over, is_missed)


@pytest.mark.parametrize("times", [0, -1])
def test_a_fault_strikes_at_least_once(times: int) -> None:
    with pytest.raises(ValueError, match=f"^a fault strikes once or more, not {times} times$"):
        status_500(times=times)


@pytest.mark.parametrize(
    ("fault", "frequency"),
    [
        (Fault(), " (never)"),
        (Fault(times=None), " (never)"),
        (Fault(times=3), ", 3 times (never)"),
        (Fault(times=3, strikes=1), ", 3 times (it struck once)"),
        (Fault(times=3, strikes=2), ", 3 times (it struck 2 times)"),
    ],
)
def test_a_line_ends_with_how_often_a_fault_struck(fault: Fault, frequency: str) -> None:
    assert fault.frequency("never") == frequency


@pytest.mark.parametrize(
    ("kind", "operation", "via", "concerned"),
    [
        (FaultKind.STATUS, "get", "binding", True),
        (FaultKind.STATUS, "get", "rest", True),
        (FaultKind.STATUS, "put", "rest", False),
        (FaultKind.DROPPED, "get", "binding", True),
        (FaultKind.TIMED_OUT, "get", "binding", True),
        (FaultKind.UNSUCCESSFUL, "get", "binding", False),
        (FaultKind.UNSUCCESSFUL, "get", "rest", True),
    ],
)
def test_a_fault_concerns_calls_of_its_operation(
    kind: FaultKind, operation: str, via: Via, concerned: bool
) -> None:
    assert CallFault(operation="get", kind=kind).concerns(operation, via) is concerned


@pytest.mark.parametrize(
    ("kind", "has_answer", "only_rest"),
    [
        (FaultKind.STATUS, True, False),
        (FaultKind.DROPPED, False, False),
        (FaultKind.TIMED_OUT, False, False),
        (FaultKind.UNSUCCESSFUL, True, True),
    ],
)
def test_a_kind_says_whether_there_is_an_answer_and_whom_it_strikes(
    kind: FaultKind, has_answer: bool, only_rest: bool
) -> None:
    assert (kind.has_answer, kind.only_rest) == (has_answer, only_rest)


def test_a_fault_is_due_once_enough_calls_have_passed_until_it_is_over() -> None:
    fault = status_500(after=1, times=2)
    due = []
    for _ in range(4):
        due.append(fault.is_due)
        fault.calls += 1
        if due[-1]:
            struck = fault.strike()
            assert isinstance(struck, FaultError)
            assert struck.fault is fault

    assert due == [False, True, True, False]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (status_500(), "a status 500 for get"),
        (status_500(after=1), "a status 500 for get after 1 call"),
        (
            CallFault(operation="put", kind=FaultKind.DROPPED, after=2, done=True),
            "a dropped connection for put once it is done after 2 calls",
        ),
        (CallFault(operation="put", kind=FaultKind.TIMED_OUT), "a timeout for put"),
        (
            CallFault(operation="put", kind=FaultKind.UNSUCCESSFUL),
            "a 200 with success false for put",
        ),
    ],
)
def test_a_fault_says_what_it_is(fault: CallFault, text: str) -> None:
    assert str(fault) == text
    assert str(FaultError(fault)) == text


def test_another_writer_acts() -> None:
    acted: list[int] = []

    OtherWriter(action=lambda: acted.append(1)).act()

    assert acted == [1]


def test_a_coroutine_of_another_writer_runs_to_its_end() -> None:
    acted: list[int] = []

    async def act() -> None:
        acted.append(1)

    OtherWriter(action=act).act()

    assert acted == [1]
