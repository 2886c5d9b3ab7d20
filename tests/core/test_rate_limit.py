"""How many requests pass in a window, how many are left, and how long a client is shut out."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_kv._core.rate_limit import Quota, RateLimit
from pytest_kv._core.rules import Refused, Rule


def wait(rate: RateLimit, now: float, limit: int) -> int | None:
    """The seconds a request is told to wait, or None when it passes."""
    try:
        rate.check(now, limit)
    except Refused as refused:
        return int(str(refused.fields["retry_after"]))
    rate.count(now)
    return None


def left(rate: RateLimit, now: float, limit: int) -> tuple[int, int]:
    """How many requests pass now, and the seconds until more do."""
    quota = rate.quota(now, limit)
    assert quota == Quota(limit, 300, quota.left, quota.reset_seconds)
    return quota.left, quota.reset_seconds


def test_one_too_many_shuts_the_client_out_for_a_window() -> None:
    rate = RateLimit(300)

    told = {now: wait(rate, now, limit=2) for now in (0, 1, 2, 2.5, 301, 301.9, 302)}

    assert told == {0: None, 1: None, 2: 300, 2.5: 300, 301: 1, 301.9: 1, 302: None}


@pytest.mark.fidelity("request-limit-counts")
def test_requests_count_for_a_window() -> None:
    rate = RateLimit(300)

    assert [wait(rate, now, limit=2) for now in (0, 299, 300, 599, 600)] == [None] * 5


@pytest.mark.fidelity("request-limit-shut-out")
def test_a_client_that_goes_on_asking_is_let_in_when_its_time_is_up() -> None:
    rate = RateLimit(300)
    for second in range(300):
        assert (wait(rate, second, limit=1) is None) == (second == 0)

    assert wait(rate, 300, limit=1) == 1
    assert wait(rate, 301, limit=1) is None


@pytest.mark.parametrize("now", [0, 1000])
def test_a_limit_of_none_at_all_lets_nothing_pass(now: float) -> None:
    with pytest.raises(Refused) as refused:
        RateLimit(60).check(now, limit=0)

    assert (refused.value.rule, refused.value.status) == (Rule.REQUESTS_TOO_MANY, 429)
    assert refused.value.fields == {"retry_after": 60}


@pytest.mark.fidelity("request-quota-reset")
def test_the_quota_tells_when_the_oldest_request_no_longer_counts() -> None:
    rate = RateLimit(300)
    told = [left(rate, 0, limit=3)]

    for now in (0, 10, 10.5):
        assert wait(rate, now, limit=3) is None
        told.append(left(rate, now, limit=3))

    assert told == [(3, 0), (2, 300), (1, 290), (0, 290)]
    assert [left(rate, now, limit=3) for now in (300, 310, 310.5)] == [(1, 10), (2, 1), (3, 0)]


@pytest.mark.fidelity("request-quota-reset")
def test_a_client_that_is_shut_out_has_nothing_left_until_it_is_let_in() -> None:
    rate = RateLimit(300)
    wait(rate, 0, limit=1)
    wait(rate, 100, limit=1)

    assert [left(rate, now, limit=1) for now in (100, 300.5, 399, 400)] == [
        (0, 300),
        (0, 100),
        (0, 1),
        (1, 0),
    ]


def test_a_limit_that_is_lowered_leaves_no_less_than_nothing() -> None:
    rate = RateLimit(300)
    for now in range(3):
        wait(rate, now, limit=3)

    assert left(rate, 10, limit=1) == (0, 290)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(0, 4))
@example([0, 0, 10, 0, 10], 2)
def test_a_request_passes_while_its_window_has_room_and_nobody_is_shut_out(
    gaps: list[int], limit: int
) -> None:
    rate, window = RateLimit(20), 20
    passed: list[float] = []
    shut_at: list[float] = []
    now = 0.0

    for gap in gaps:
        now += gap / 2
        shut = [since for since in shut_at if now < since + window]
        recent = [then for then in passed if now - window < then]
        if not shut and len(recent) < limit:
            passed.append(now)
            assert wait(rate, now, limit) is None
        else:
            shut_at += [] if shut else [now]
            assert wait(rate, now, limit) == ceil(shut_at[-1] + window - now)
