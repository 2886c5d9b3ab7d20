"""Which accounts a test uses: those that it made and those that it called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_kv._core.account import Account
from pytest_kv._core.journal import Call
from pytest_kv._core.uses import Use, unwatch


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
