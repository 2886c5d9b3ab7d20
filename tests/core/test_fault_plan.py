"""The planned faults of an account: which call each one strikes, and which are missed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import NamedTuple, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_kv._core.fault_plan import FaultPlan
from pytest_kv._core.faults import CallFault, FaultError, FaultKind, TooManyCalls
from pytest_kv._core.journal import Via
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._core.uses import Planner, planning

_T = TypeVar("_T")


class Plan(NamedTuple):
    """A fault, told apart by its status."""

    status: int
    after: int
    times: int | None
    done: bool


plans = st.lists(
    st.builds(
        Plan,
        st.integers(500, 599),
        after=st.integers(0, 4),
        times=st.none() | st.integers(1, 3),
        done=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda plan: plan.status,
)


def status_fault(
    operation: str, status: int, *, after: int = 0, times: int | None = 1, done: bool = False
) -> CallFault:
    return CallFault(
        operation=operation,
        kind=FaultKind.STATUS,
        status=status,
        after=after,
        times=times,
        done=done,
    )


def carry_out(faults: FaultPlan, operation: str, via: Via, act: Callable[[], _T]) -> _T:
    """Carry out a call of no key, on which no delay is planned."""
    return faults.carry_out(operation, via, act, wait=float.__neg__)


def struck_statuses(planned: list[Plan], calls: int) -> list[int | None]:
    """Which fault strikes each call, by the rules as docs/production.md tells them."""
    left = {plan.status: calls if plan.times is None else plan.times for plan in planned}
    told: list[int | None] = []
    for number in range(calls):
        due = [plan for plan in planned if plan.after <= number and left[plan.status]]
        told.append(due[0].status if due else None)
        if due:
            left[due[0].status] -= 1
    return told


@given(plans, st.integers(0, 8))
@example([Plan(500, 0, 1, False), Plan(501, 2, 1, True), Plan(502, 0, 1, False)], 4)
def test_each_call_is_struck_by_the_fault_that_is_due(planned: list[Plan], calls: int) -> None:
    faults = FaultPlan(RLock())
    for status, after, times, done in planned:
        faults.add(status_fault("get", status, after=after, times=times, done=done))
    carried_out: list[int] = []
    told: list[int | None] = []

    for number in range(calls):
        try:
            carry_out(faults, "get", "binding", lambda number=number: carried_out.append(number))  # type: ignore[misc]  # mypy takes no default in a lambda
        except FaultError as struck:
            told.append(struck.fault.status)
        else:
            told.append(None)

    assert told == struck_statuses(planned, calls)
    undone = {plan.status for plan in planned if not plan.done}
    assert carried_out == [n for n, status in enumerate(told) if status not in undone]
    missed = {plan.status for plan in planned if told.count(plan.status) < (plan.times or 1)}
    assert {int(status) for status in re.findall("a status ([0-9]+)", faults.missed())} == missed


def test_nothing_planned_strikes_nothing() -> None:
    faults = FaultPlan(RLock())

    assert faults.is_empty

    assert carry_out(faults, "get", "binding", lambda: "answer") == "answer"
    assert faults.take_failing(["a"]) == ()
    faults.after_read("id", ["a"])
    assert faults.missed() == ""


def test_a_fault_with_done_skips_a_call_that_kv_refuses() -> None:
    faults = FaultPlan(RLock())
    fault = CallFault(operation="put", kind=FaultKind.DROPPED, done=True)
    faults.add(fault)

    def refuse() -> None:
        raise Refused(Rule.KEY_EMPTY)

    with pytest.raises(Refused):
        carry_out(faults, "put", "rest", refuse)
    assert (fault.calls, fault.strikes) == (1, 0)
    with pytest.raises(FaultError):
        carry_out(faults, "put", "rest", lambda: None)


@pytest.mark.parametrize("via", ["binding", "rest"])
def test_success_false_counts_only_calls_over_rest(via: Via) -> None:
    faults = FaultPlan(RLock())
    faults.add(CallFault(operation="put", kind=FaultKind.UNSUCCESSFUL, after=1))

    carry_out(faults, "put", via, lambda: None)
    carry_out(faults, "put", "binding", lambda: None)

    calls = "never called" if via == "binding" else "called once"
    assert faults.missed() == (
        "not every planned fault struck: "
        f"a 200 with success false for put after 1 call (put was {calls} over REST)"
    )


def test_each_planned_failure_of_a_key_strikes_once() -> None:
    faults = FaultPlan(RLock())
    faults.add_for_keys(["a", "b"], times=1)
    faults.add_for_keys(["a"], times=None)

    assert faults.is_empty
    assert faults.take_failing(["b", "a", "c", "a"]) == ("b", "a")
    assert faults.missed() == (
        "not every planned fault struck: 'a' in unsuccessful_keys (no such bulk call came)"
    )
    assert faults.take_failing(["b", "a"]) == ("a",)
    assert faults.missed() == ""


def test_keys_with_the_same_missed_fault_share_a_line() -> None:
    faults = FaultPlan(RLock())
    faults.add_for_keys([f"k{number}" for number in range(20)], times=2)
    faults.take_failing(["k0", "k1"])

    assert faults.missed() == (
        "not every planned fault struck: "
        "'k0', 'k1' in unsuccessful_keys, 2 times (it struck once); "
        "'k2', 'k3', 'k4', 'k5', 'k6', 'k7' … 'k19' (18 keys) in unsuccessful_keys, 2 times "
        "(no such bulk call came)"
    )


@pytest.mark.parametrize(
    ("length", "key"),
    [(80, f"'{'k' * 80}'"), (81, f"'{'k' * 60}'…'{'k' * 20}' (81 characters)")],
)
def test_a_key_of_more_than_80_characters_is_cut_in_what_was_missed(length: int, key: str) -> None:
    faults = FaultPlan(RLock())
    faults.add_other_writer("one", "k" * length, lambda: None)

    assert faults.missed() == (
        f"not every planned fault struck: another writer after a read of {key} (it was never read)"
    )


def test_each_read_of_a_key_lets_one_other_writer_act() -> None:
    faults = FaultPlan(RLock())
    acted: list[str] = []
    faults.add_other_writer("one", "a", lambda: acted.append("first"))
    faults.add_other_writer("one", "a", lambda: acted.append("second"))
    faults.add_other_writer("two", "a", lambda: acted.append("elsewhere"))
    assert not faults.is_empty

    faults.after_read("one", ["b"])
    assert acted == []
    faults.after_read("one", ["b", "a"])
    assert acted == ["first"]
    assert faults.missed().count("another writer after a read of 'a' (it was never read)") == 2
    faults.after_read("one", ["a"])
    faults.after_read("one", ["a"])
    assert acted == ["first", "second"]


def test_a_client_is_stopped_after_a_number_of_calls_until_that_is_none() -> None:
    faults = FaultPlan(RLock())
    faults.count_call()
    assert faults.has_stopped is False

    faults.stop_after(1)
    assert not faults.is_empty
    faults.count_call()
    assert faults.has_stopped is False
    with pytest.raises(TooManyCalls, match=r"more calls than stop_after\(1\) allows$"):
        faults.count_call()
    assert faults.has_stopped is True

    faults.stop_after(None)
    assert faults.has_stopped is False
    faults.count_call()


def test_only_the_faults_of_one_planner_are_forgotten() -> None:
    faults = FaultPlan(RLock())
    acted: list[int] = []
    forgotten, kept = Planner(), Planner()
    for status, planner in ((500, forgotten), (501, kept)):
        with planning(planner):
            faults.add(status_fault("get", status))
            faults.add_for_keys([f"{status}", "both"], times=1)
            faults.add_other_writer("id", "a", partial(acted.append, status))

    faults.forget(forgotten)

    with pytest.raises(FaultError) as caught:
        carry_out(faults, "get", "binding", lambda: None)
    assert caught.value.fault.status == 501
    assert carry_out(faults, "get", "binding", lambda: "answer") == "answer"
    assert faults.take_failing(["500", "501", "both"]) == ("501", "both")
    assert faults.take_failing(["both"]) == ()
    faults.after_read("id", ["a"])
    faults.after_read("id", ["a"])
    assert acted == [501]


def test_a_plan_that_was_cleared_stops_no_client() -> None:
    faults = FaultPlan(RLock())
    faults.stop_after(0)
    with pytest.raises(TooManyCalls):
        faults.count_call()

    faults.clear()

    assert faults.has_stopped is False
    faults.count_call()
