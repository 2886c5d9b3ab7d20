"""One planned fault: which calls it is for, when it is due, and what is said of it."""

from __future__ import annotations

import pytest

from pytest_kv._core.faults import Fault, Interruption, Outage, Planned, Struck, reason_phrase
from pytest_kv._core.journal import Via


@pytest.mark.parametrize(
    ("times", "happened", "is_over", "is_missed"),
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
def test_what_was_planned_is_over_or_missed_by_how_often_it_happened(
    times: int | None, happened: int, is_over: bool, is_missed: bool
) -> None:
    planned = Planned(times=times, happened=happened)

    assert (planned.is_over, planned.is_missed) == (is_over, is_missed)


@pytest.mark.parametrize("times", [0, -1])
def test_what_is_planned_happens_once_at_least(times: int) -> None:
    with pytest.raises(ValueError, match=f"^a fault strikes once or more, not {times} times$"):
        Fault(operation="get", what=500, times=times)


@pytest.mark.parametrize(
    ("planned", "often"),
    [
        (Planned(), " (never)"),
        (Planned(times=None), " (never)"),
        (Planned(times=3), ", 3 times (never)"),
        (Planned(times=3, happened=1), ", 3 times (it fired once)"),
        (Planned(times=3, happened=2), ", 3 times (it fired 2 times)"),
    ],
)
def test_a_line_ends_with_how_often(planned: Planned, often: str) -> None:
    assert planned.often("never") == often


@pytest.mark.parametrize(
    ("what", "operation", "via", "concerned"),
    [
        (500, "get", "binding", True),
        (500, "get", "rest", True),
        (500, "put", "rest", False),
        (Outage.DROPPED, "get", "binding", True),
        (Outage.TIMED_OUT, "get", "binding", True),
        (Outage.REFUSED, "get", "binding", False),
        (Outage.REFUSED, "get", "rest", True),
    ],
)
def test_a_fault_concerns_calls_of_its_operation(
    what: int | Outage, operation: str, via: Via, concerned: bool
) -> None:
    assert Fault(operation="get", what=what).concerns(operation, via) is concerned


def test_a_fault_is_due_once_enough_calls_have_passed_until_it_is_over() -> None:
    fault = Fault(operation="get", what=500, after=1, times=2)
    due = []
    for _ in range(4):
        due.append(fault.is_due)
        fault.calls += 1
        if due[-1]:
            struck = fault.strike()
            assert isinstance(struck, Struck)
            assert struck.fault is fault

    assert due == [False, True, True, False]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault(operation="get", what=500), "a status 500 for get"),
        (Fault(operation="get", what=500, after=1), "a status 500 for get after 1 call"),
        (
            Fault(operation="put", what=Outage.DROPPED, after=2, done=True),
            "a dropped connection for put once it is done after 2 calls",
        ),
        (Fault(operation="put", what=Outage.TIMED_OUT), "a timeout for put"),
        (Fault(operation="put", what=Outage.REFUSED), "a 200 with success false for put"),
    ],
)
def test_a_fault_says_what_it_is(fault: Fault, text: str) -> None:
    assert str(fault) == text
    assert str(Struck(fault)) == text


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "Not Found"), (429, "Too Many Requests"), (502, "Bad Gateway"), (520, "Unknown Error")],
)
def test_a_status_has_the_words_of_http(status: int, words: str) -> None:
    assert reason_phrase(status) == words


def test_an_interruption_acts() -> None:
    acted: list[int] = []

    Interruption(action=lambda: acted.append(1)).act()

    assert acted == [1]


def test_an_interruption_of_a_coroutine_runs_to_its_end() -> None:
    acted: list[int] = []

    async def act() -> None:
        acted.append(1)

    Interruption(action=act).act()

    assert acted == [1]
