"""Which accounts a test uses, and which faults a planner is told of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import RLock

import pytest

from pytest_kv._core.account import Account
from pytest_kv._core.fault_plan import FaultPlan
from pytest_kv._core.faults import CallFault, FaultKind
from pytest_kv._core.journal import Call
from pytest_kv._core.uses import Planner, Use, planning, unwatch


@pytest.fixture
def use() -> Iterator[Use]:
    use = Use()
    yield use
    use.end()


def called_account() -> Account:
    """A new account with one call."""
    account = Account(id=None, api_token=None, clock=None, seed=0, limits=None)
    account.journal.append(Call("list", (), "binding"))
    return account


def test_an_account_that_is_left_out_leaves_the_others_there(use: Use) -> None:
    first, left_out, last = called_account(), called_account(), called_account()

    unwatch(left_out)

    assert use.accounts() == [(first, 0), (last, 0)]


def test_an_account_of_an_earlier_test_is_left_out_too(use: Use) -> None:
    inner = Use()
    account = called_account()
    inner.end()

    unwatch(account)

    assert use.accounts() == []


def test_only_the_last_20_accounts_that_nobody_else_holds_are_kept(use: Use) -> None:
    numbers = [called_account().number for _ in range(21)]
    unwatch(called_account())
    called_account()

    assert [account.number for account, _ in use.accounts()[:-1]] == numbers[2:]


PLANS: dict[str, tuple[Callable[[FaultPlan], object], str]] = {
    "of a call": (
        lambda faults: faults.add(CallFault(operation="put", kind=FaultKind.STATUS, status=500)),
        "a status 500 for put (put was never called)",
    ),
    "of a key": (
        lambda faults: faults.add_for_keys(["a"], 1),
        "'a' in unsuccessful_keys (no such bulk call came)",
    ),
    "of a read": (
        lambda faults: faults.add_other_writer("id", "a", list),
        "another writer after a read of 'a' (it was never read)",
    ),
}


@pytest.mark.parametrize(("plan", "told"), PLANS.values(), ids=PLANS)
def test_a_planner_is_told_of_each_fault_that_somebody_else_resets(
    plan: Callable[[FaultPlan], object], told: str
) -> None:
    faults, planner = FaultPlan(RLock()), Planner()
    with planning(planner):
        plan(faults)

    faults.reset()

    assert planner.missed() == f"not every planned fault struck: {told}, and reset() forgot it"
    assert planner.missed() == ""


def test_a_planner_is_told_of_the_faults_of_each_reset() -> None:
    first, second, planner = FaultPlan(RLock()), FaultPlan(RLock()), Planner()
    with planning(planner):
        first.add_for_keys(["a"], 1)
        second.add_for_keys(["b"], 1)

    first.reset()
    second.reset()

    assert planner.missed() == (
        "not every planned fault struck: "
        "'a' in unsuccessful_keys (no such bulk call came), and reset() forgot it; "
        "'b' in unsuccessful_keys (no such bulk call came), and reset() forgot it"
    )
