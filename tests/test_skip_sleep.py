"""In a block of ``kv_clock.skip_sleep()`` a sleep moves the account's clock instead of waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import anyio
import pytest
import trio

from pytest_kv import Entry, KVAccount, KVClock, KVError, KVNamespace

HOUR = 3600.0
MARGIN = 60
"""Seconds of real time that may pass meanwhile on a slow machine."""


@pytest.mark.parametrize(
    "sleep",
    [
        pytest.param(lambda: time.sleep(HOUR), id="time"),
        pytest.param(lambda: asyncio.run(asyncio.sleep(HOUR)), id="asyncio"),
        pytest.param(lambda: anyio.run(anyio.sleep, HOUR), id="anyio"),
        pytest.param(lambda: trio.run(trio.sleep, HOUR), id="trio"),
    ],
)
def test_a_sleep_moves_the_clock_in_the_block_and_for_good(
    sleep: Callable[[], None], kv_clock: KVClock
) -> None:
    before = kv_clock.time()
    with kv_clock.skip_sleep() as skipped:
        sleep()

        assert HOUR <= kv_clock.time() - before < HOUR + MARGIN
    assert skipped.seconds == HOUR
    assert HOUR <= kv_clock.time() - before < HOUR + MARGIN
    assert time.time() - before < MARGIN


async def test_an_entry_expires_during_a_sleep(
    kv_namespace: KVNamespace, kv_clock: KVClock
) -> None:
    await kv_namespace.put("lock", "mine", expirationTtl=60)

    with kv_clock.skip_sleep():
        await asyncio.sleep(59)
        assert await kv_namespace.get("lock") == "mine"
        await asyncio.sleep(2)
        assert await kv_namespace.get("lock") is None
    assert await kv_namespace.get("lock") is None


async def test_a_client_that_waits_as_it_was_told_does_so_at_once(
    kv_account: KVAccount, kv_namespace: KVNamespace, kv_clock: KVClock
) -> None:
    kv_account.write_limit = True

    async def put_politely(value: str) -> None:
        try:
            await kv_namespace.put("a", value)
        except KVError:
            await asyncio.sleep(300)
            await kv_namespace.put("a", value)

    with kv_clock.skip_sleep() as skipped:
        await put_politely("1")
        await put_politely("2")

    assert skipped.seconds == 300
    assert kv_namespace.data["a"] == Entry("2")


def test_a_loop_with_a_deadline_ends(kv_clock: KVClock) -> None:
    rounds = 0
    with kv_clock.skip_sleep():
        deadline = time.monotonic() + HOUR
        while time.monotonic() < deadline:
            time.sleep(HOUR / 4)
            rounds += 1

    assert rounds == 4


def test_the_clock_keeps_the_skipped_time_when_the_block_raises(kv_clock: KVClock) -> None:
    before = kv_clock.time()

    def sleep_and_raise() -> None:
        time.sleep(HOUR)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), kv_clock.skip_sleep():
        sleep_and_raise()

    assert kv_clock.time() - before >= HOUR


def test_blocks_and_advances_add_up(kv_clock: KVClock) -> None:
    before = kv_clock.time()
    with kv_clock.skip_sleep() as outer:
        time.sleep(HOUR)
        kv_clock.advance(HOUR)
        with kv_clock.skip_sleep() as inner:
            time.sleep(HOUR)
        time.sleep(HOUR)

    assert (outer.seconds, inner.seconds) == (3 * HOUR, HOUR)
    assert 4 * HOUR <= kv_clock.time() - before < 4 * HOUR + MARGIN


def test_blocks_that_overlap_leave_nothing_behind(kv_clock: KVClock) -> None:
    before = (time.sleep, time.time, time.monotonic, asyncio.sleep)
    start = kv_clock.time()
    first, second = kv_clock.skip_sleep(), kv_clock.skip_sleep()
    first.__enter__()
    second.__enter__()
    time.sleep(HOUR)
    first.__exit__(None, None, None)
    time.sleep(HOUR)

    second.__exit__(None, None, None)

    assert (time.sleep, time.time, time.monotonic, asyncio.sleep) == before
    assert 2 * HOUR <= kv_clock.time() - start < 2 * HOUR + MARGIN


def test_each_clock_keeps_what_was_skipped_in_its_own_block() -> None:
    outer, inner = KVAccount(), KVAccount()
    start = time.time()
    with outer.clock.skip_sleep():
        time.sleep(HOUR)
        with inner.clock.skip_sleep():
            time.sleep(HOUR)

    assert 2 * HOUR <= outer.clock.time() - start < 2 * HOUR + MARGIN
    assert HOUR <= inner.clock.time() - start < HOUR + MARGIN
