"""An argument of a wrong type is one plain sentence, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from pytest_kv import KVAccount, KVClock, serve

# So that mypy lets a test pass what is wrong.
account: Any = KVAccount()
clock: Any = KVClock()
any_account: Any = KVAccount
any_serve: Any = serve


def set_page_size() -> None:
    account.page_size = "2"


def set_request_limit() -> None:
    account.request_limit = "2"


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "limits": (
        lambda: any_account(limits={"bulk_items": 2}),
        "limits must be Limits(…), such as Limits(bulk_items=2), not {'bulk_items': 2}",
    ),
    "seed": (lambda: any_account(seed="x"), "seed must be a whole number, not 'x'"),
    "true": (lambda: any_account(seed=True), "seed must be a whole number, not True"),
    "status": (
        lambda: account.fail_next("get", "500"),
        "status must be a whole number, not '500'",
    ),
    "times": (
        lambda: account.drop_next("get", times="2"),
        "times must be a whole number or None, not '2'",
    ),
    "times of keys": (
        lambda: account.fail_keys("a", times="2"),
        "times must be a whole number or None, not '2'",
    ),
    "after": (
        lambda: account.refuse_next("get", after="2"),
        "after must be a whole number, not '2'",
    ),
    "delay": (lambda: account.delay_next("get", "1"), "seconds must be a number, not '1'"),
    "calls": (
        lambda: account.stop_after("2"),
        "calls must be a whole number or None, not '2'",
    ),
    "page size": (set_page_size, "page_size must be a whole number or None, not '2'"),
    "request limit": (set_request_limit, "request_limit must be a whole number or None, not '2'"),
    "advance": (lambda: clock.advance("1"), "seconds must be a number or a timedelta, not '1'"),
    "decimal": (
        lambda: clock.advance(Decimal(1)),
        "seconds must be a number or a timedelta, not Decimal('1')",
    ),
    "entries": (
        lambda: account.default_namespace.seed("a"),
        "a seed must be a dict of names and values, not 'a'",
    ),
    "many": (
        lambda: account.default_namespace.seed(["a"] * 99),
        f"a seed must be a dict of names and values, not {['a'] * 99!r:.80}",
    ),
    "port": (lambda: any_serve(port="a"), "port must be a whole number, not 'a'"),
    "host": (lambda: any_serve(host=1), "host must be a text, not 1"),
}


@pytest.mark.parametrize(("call", "told"), WRONG.values(), ids=WRONG)
def test_an_argument_of_a_wrong_type_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()

    assert str(caught.value) == told
    account.assert_all_faults_fired()
    assert account.page_size is None
    assert account.request_limit is None


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_there_is_not_is_an_error(port: int) -> None:
    with pytest.raises(ValueError, match="port") as caught:
        serve(port=port)

    assert str(caught.value) == f"port must be a number from 0 to 65535, not {port}"


def test_any_real_number_of_seconds_moves_a_clock() -> None:
    before = clock.time()

    for seconds in (100, 0.5, Fraction(1, 2), timedelta(seconds=99)):
        clock.advance(seconds)

    assert clock.time() >= before + 200
