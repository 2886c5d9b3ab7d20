"""The plan of an account: which call each fault strikes, and what is left of it."""

from __future__ import annotations

import re
from threading import RLock
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_kv._core.faults import Fault, Outage, Struck, TooManyCalls
from pytest_kv._core.journal import Via
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._core.troubles import Troubles


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
    troubles = Troubles(RLock())
    for status, after, times, done in planned:
        troubles.plan(Fault(operation="get", what=status, after=after, times=times, done=done))
    carried_out: list[int] = []
    told: list[int | None] = []

    for number in range(calls):
        try:
            troubles.carry_out("get", "binding", lambda number=number: carried_out.append(number))  # type: ignore[misc]  # mypy takes no default in a lambda
        except Struck as struck:
            told.append(int(struck.fault.what))  # type: ignore[arg-type]  # all are statuses
        else:
            told.append(None)

    assert told == struck_statuses(planned, calls)
    undone = {plan.status for plan in planned if not plan.done}
    assert carried_out == [n for n, status in enumerate(told) if status not in undone]
    missed = {plan.status for plan in planned if told.count(plan.status) < (plan.times or 1)}
    assert {int(status) for status in re.findall("a status ([0-9]+)", troubles.missed())} == missed


def test_nothing_goes_wrong_unless_a_test_says_so() -> None:
    troubles = Troubles(RLock())

    assert troubles.page_size is None
    assert troubles.request_limit is None
    assert troubles.tombstones is False
    assert troubles.write_limit is False
    assert troubles.any_planned is False


def test_nothing_planned_strikes_nothing() -> None:
    troubles = Troubles(RLock())

    assert troubles.carry_out("get", "binding", lambda: "answer") == "answer"
    assert troubles.take_failing(["a"]) == ()
    troubles.after_read("id", ["a"])
    assert troubles.missed() == ""


def test_a_call_that_kv_refuses_is_struck_by_no_fault_that_comes_once_it_is_done() -> None:
    troubles = Troubles(RLock())
    fault = Fault(operation="put", what=Outage.DROPPED, done=True)
    troubles.plan(fault)

    def refuse() -> None:
        raise Refused(Rule.KEY_EMPTY)

    with pytest.raises(Refused):
        troubles.carry_out("put", "rest", refuse)
    assert (fault.calls, fault.happened) == (1, 0)
    with pytest.raises(Struck):
        troubles.carry_out("put", "rest", lambda: None)


@pytest.mark.parametrize("via", ["binding", "rest"])
def test_success_false_counts_requests_alone(via: Via) -> None:
    troubles = Troubles(RLock())
    troubles.plan(Fault(operation="put", what=Outage.REFUSED, after=1))

    troubles.carry_out("put", via, lambda: None)
    troubles.carry_out("put", "binding", lambda: None)

    calls = "never called" if via == "binding" else "called once"
    assert troubles.missed() == (
        "not every planned fault fired: "
        f"a 200 with success false for put after 1 call (put was {calls} over REST)"
    )


def test_failing_keys_are_taken_once_for_each_plan() -> None:
    troubles = Troubles(RLock())
    troubles.plan_failing_keys(["a", "b"], times=1)
    troubles.plan_failing_keys(["a"], times=None)

    assert not troubles.any_planned
    assert troubles.take_failing(["b", "a", "c", "a"]) == ("b", "a")
    assert troubles.missed() == (
        "not every planned fault fired: 'a' in unsuccessful_keys (no such bulk call came)"
    )
    assert troubles.take_failing(["b", "a"]) == ("a",)
    assert troubles.missed() == ""


def test_failing_keys_that_share_a_fate_share_a_line() -> None:
    troubles = Troubles(RLock())
    troubles.plan_failing_keys([f"k{number}" for number in range(20)], times=2)
    troubles.take_failing(["k0", "k1"])

    assert troubles.missed() == (
        "not every planned fault fired: "
        "'k0', 'k1' in unsuccessful_keys, 2 times (it fired once); "
        "'k2', 'k3', 'k4', 'k5', 'k6', 'k7' … 'k19' (18 keys) in unsuccessful_keys, 2 times "
        "(no such bulk call came)"
    )


@pytest.mark.parametrize(
    ("length", "key"),
    [(80, f"'{'k' * 80}'"), (81, f"'{'k' * 60}'…'{'k' * 20}' (81 characters)")],
)
def test_a_key_of_more_than_80_characters_is_cut_in_what_was_missed(length: int, key: str) -> None:
    troubles = Troubles(RLock())
    troubles.plan_interruption("one", "k" * length, lambda: None)

    assert troubles.missed() == (
        f"not every planned fault fired: another writer after a read of {key} (it was never read)"
    )


def test_interruptions_act_one_a_read_of_their_key_in_their_namespace() -> None:
    troubles = Troubles(RLock())
    acted: list[str] = []
    troubles.plan_interruption("one", "a", lambda: acted.append("first"))
    troubles.plan_interruption("one", "a", lambda: acted.append("second"))
    troubles.plan_interruption("two", "a", lambda: acted.append("elsewhere"))
    assert troubles.any_planned

    troubles.after_read("one", ["b"])
    assert acted == []
    troubles.after_read("one", ["b", "a"])
    assert acted == ["first"]
    assert troubles.missed().count("another writer after a read of 'a' (it was never read)") == 2
    troubles.after_read("one", ["a"])
    troubles.after_read("one", ["a"])
    assert acted == ["first", "second"]


def test_calls_are_counted_from_when_a_number_is_given_until_none_is() -> None:
    troubles = Troubles(RLock())
    troubles.count_call()
    assert troubles.has_stopped is False

    troubles.stop_after(1)
    assert troubles.any_planned is True
    troubles.count_call()
    assert troubles.has_stopped is False
    with pytest.raises(TooManyCalls, match=r"^the client was stopped: it made more calls than it"):
        troubles.count_call()
    assert troubles.has_stopped is True

    troubles.stop_after(None)
    assert troubles.has_stopped is False
    troubles.count_call()


def test_what_is_cleared_counts_no_calls() -> None:
    troubles = Troubles(RLock())
    troubles.stop_after(0)
    with pytest.raises(TooManyCalls):
        troubles.count_call()

    troubles.clear()

    assert troubles.has_stopped is False
    troubles.count_call()
