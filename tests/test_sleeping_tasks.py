"""In a block of `skip_sleep` tasks wake in the order of their times, and timeouts end sleeps."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from math import inf
from types import ModuleType
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import trio
import trio.abc
import trio.testing
from trio.testing import MockClock, wait_all_tasks_blocked

from pytest_kv._sleep import in_asyncio, skip_sleep, waiting

HOUR = 3600.0
BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@BACKENDS
def test_tasks_wake_in_the_order_of_their_times(backend: str) -> None:
    woken: list[int] = []

    async def sleep(seconds: int) -> None:
        await anyio.sleep(seconds)
        woken.append(seconds)

    async def sleep_together() -> None:
        async with anyio.create_task_group() as group:
            for seconds in (30, 10, 20):
                group.start_soon(sleep, seconds)

    with skip_sleep() as skipped:
        anyio.run(sleep_together, backend=backend)

    assert woken == [10, 20, 30]
    assert skipped.seconds == 30


@BACKENDS
def test_a_task_that_works_before_it_sleeps_still_wakes_first(backend: str) -> None:
    woken: list[str] = []

    async def sleep(seconds: int) -> None:
        await anyio.sleep(seconds)
        woken.append("sleeper")

    async def work_and_sleep() -> None:
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        await anyio.sleep(5)
        woken.append("worker")

    async def both() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(sleep, 10)
            group.start_soon(work_and_sleep)

    with skip_sleep() as skipped:
        anyio.run(both, backend=backend)

    assert woken == ["worker", "sleeper"]
    assert skipped.seconds == 10


@BACKENDS
def test_a_shorter_timeout_ends_a_sleep(backend: str) -> None:
    async def sleep_too_long() -> bool:
        with anyio.move_on_after(10) as scope:
            await anyio.sleep(HOUR)
        return scope.cancelled_caught

    with skip_sleep() as skipped:
        assert anyio.run(sleep_too_long, backend=backend)

    assert 0 < skipped.seconds <= 10


@BACKENDS
def test_a_longer_timeout_does_not_strike(backend: str) -> None:
    async def sleep() -> None:
        with anyio.fail_after(HOUR):
            await anyio.sleep(HOUR / 2)

    with skip_sleep() as skipped:
        anyio.run(sleep, backend=backend)

    assert skipped.seconds == HOUR / 2


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda: _under_timeout(), id="timeout"),
        pytest.param(lambda: asyncio.wait_for(asyncio.sleep(HOUR), 10), id="wait_for"),
    ],
)
def test_asyncios_own_timeouts_end_a_sleep(wait: Callable[[], Awaitable[None]]) -> None:
    async def sleep_too_long() -> None:
        await wait()

    with skip_sleep() as skipped, pytest.raises(TimeoutError):
        asyncio.run(sleep_too_long())

    assert 0 < skipped.seconds <= 10


async def _under_timeout() -> None:
    async with asyncio.timeout(10):
        await asyncio.sleep(HOUR)


def test_a_timeout_of_another_task_ends_its_wait() -> None:
    async def wait_for_nothing() -> None:
        with anyio.fail_after(10):
            await anyio.Event().wait()

    async def both() -> None:
        poller = asyncio.create_task(asyncio.sleep(HOUR))
        with pytest.raises(TimeoutError):
            await wait_for_nothing()
        assert not poller.done()
        poller.cancel()

    with skip_sleep() as skipped:
        asyncio.run(both())

    assert 0 < skipped.seconds <= 10


@BACKENDS
def test_a_sleep_without_end_skips_nothing(backend: str) -> None:
    async def sleep_for_ever() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, inf)
            await anyio.sleep(10)
            group.cancel_scope.cancel()

    with skip_sleep() as skipped:
        anyio.run(sleep_for_ever, backend=backend)

    assert skipped.seconds == 10


@BACKENDS
def test_a_cancelled_sleep_skips_nothing(backend: str) -> None:
    async def cancel_a_sleep() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 10)
            await anyio.sleep(5)
            group.cancel_scope.cancel()
        await anyio.sleep(1)

    with skip_sleep() as skipped:
        anyio.run(cancel_a_sleep, backend=backend)

    assert skipped.seconds == 6


@pytest.fixture
def is_waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when asyncio begins to wait really, as long as it takes, until time is skipped."""
    event = threading.Event()
    really_look = in_asyncio.others_may_act

    def look(*arguments: Any) -> bool:
        event.set()
        return really_look(*arguments)

    monkeypatch.setattr(in_asyncio, "others_may_act", look)
    return event


def test_asyncio_really_waits_for_a_thread_that_works(
    is_waiting: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    async def sleep() -> None:
        await asyncio.sleep(HOUR)
        order.append("sleep")

    async def work() -> None:
        await asyncio.to_thread(is_waiting.wait)
        order.append("thread")
        monkeypatch.setattr(waiting, "BEFORE_A_SLEEP_ENDS", 0)

    async def both() -> None:
        await asyncio.gather(sleep(), work())

    monkeypatch.setattr(waiting, "BEFORE_A_SLEEP_ENDS", 600)
    with skip_sleep():
        asyncio.run(both())

    assert order == ["thread", "sleep"]


@pytest.mark.parametrize("is_daemon", [False, True])
def test_a_timeout_for_a_thread_waits_longer_before_it_strikes(
    is_daemon: bool, is_waiting: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poller beside it must not make a correct client time out."""

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        poller = asyncio.create_task(asyncio.sleep(60))

        def work() -> None:
            is_waiting.wait()
            loop.call_soon_threadsafe(done.set)

        thread = threading.Thread(target=work, daemon=is_daemon)
        thread.start()
        await asyncio.wait_for(done.wait(), 30)
        poller.cancel()
        thread.join()

    monkeypatch.setattr(waiting, "BEFORE_A_SLEEP_ENDS", 0)
    monkeypatch.setattr(waiting, "BEFORE_A_TIMEOUT_STRIKES", 600)
    with skip_sleep() as skipped:
        asyncio.run(main())

    assert skipped.seconds == 0


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [(2 * HOUR, waiting.BEFORE_A_SLEEP_ENDS), (30, waiting.BEFORE_A_TIMEOUT_STRIKES)],
)
def test_trio_really_waits_for_a_thread_that_works(
    timeout: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    may_end = threading.Event()

    async def wait(cushion: float = 0) -> None:
        waits.append(cushion)
        if cushion:
            may_end.set()
        await wait_all_tasks_blocked()

    monkeypatch.setattr(trio.testing, "wait_all_tasks_blocked", wait)

    async def work() -> None:
        with trio.move_on_after(timeout):
            await trio.to_thread.run_sync(lambda: may_end.wait())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await trio.sleep(HOUR)
        waits.append(-1)
        await trio.sleep(HOUR)

    with skip_sleep():
        trio.run(main)

    assert waits[:2] == [0, expected]
    assert waits[waits.index(-1) :] == [-1, 0]


def test_a_time_sleep_wakes_the_tasks_whose_time_it_skips() -> None:
    async def sleep_both_ways() -> None:
        task = asyncio.create_task(asyncio.sleep(10))
        await asyncio.sleep(0)
        time.sleep(20)  # noqa: ASYNC251  # as a faulty client does
        await task

    with skip_sleep() as skipped:
        asyncio.run(sleep_both_ways())

    assert skipped.seconds == 20


def really_slept_after_a_block_of_10_seconds(
    library: ModuleType, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> list[float]:
    """What tasks that sleep in a block of 10 seconds really sleep after it.

    They are many, since trio lets tasks that wake together go on in any order.
    """
    left: list[float] = []

    async def really_sleep(seconds: float, result: object = None) -> None:
        if seconds > 0:
            left.append(seconds)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            with skip_sleep():
                for _ in range(20):
                    group.start_soon(library.sleep, seconds)
                await library.sleep(10)

    monkeypatch.setattr(library, "sleep", really_sleep)
    anyio.run(main, backend=library.__name__)
    return left


@pytest.mark.parametrize("library", [asyncio, trio])
def test_a_task_still_asleep_at_the_end_of_the_block_really_sleeps_on(
    library: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert really_slept_after_a_block_of_10_seconds(library, 30, monkeypatch) == [20] * 20


@pytest.mark.parametrize("library", [asyncio, trio])
def test_a_task_that_wakes_as_the_block_ends_sleeps_no_more(
    library: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert really_slept_after_a_block_of_10_seconds(library, 10, monkeypatch) == []


def test_the_selector_has_its_own_select_again_after_the_block() -> None:
    async def sleep_in_blocks() -> dict[str, object]:
        selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]  # private
        before = dict(vars(selector))
        with skip_sleep():
            await asyncio.sleep(1)
            with skip_sleep():
                await asyncio.sleep(1)
            await asyncio.sleep(1)
        return {name: value for name, value in vars(selector).items() if before.get(name) != value}

    assert asyncio.run(sleep_in_blocks()) == {}


def test_on_a_loop_without_a_selector_sleeps_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvloop's loop has no selector, so nobody can know whether it is idle."""
    monkeypatch.setattr(in_asyncio, "_selector_of", lambda loop: None)

    async def sleep_together() -> None:
        await asyncio.gather(*map(asyncio.sleep, (30, 10, 20)))

    with skip_sleep() as skipped:
        asyncio.run(sleep_together())

    assert skipped.seconds == 60


def test_the_clock_of_a_trio_test_moves_too() -> None:
    clock = MockClock()

    async def sleep_too_long() -> bool:
        with trio.move_on_after(10) as scope:
            await trio.sleep(HOUR)
        return scope.cancelled_caught

    with skip_sleep() as skipped:
        assert trio.run(sleep_too_long, clock=clock)

    assert skipped.seconds == 10
    assert clock.current_time() == 10


def test_a_trio_clock_of_the_user_is_left_alone() -> None:
    class StoppedClock(trio.abc.Clock):
        def start_clock(self) -> None:
            pass

        def current_time(self) -> float:
            return 0

        def deadline_to_sleep_time(self, deadline: float) -> float:
            return deadline

    with skip_sleep() as skipped:
        trio.run(trio.sleep, HOUR, clock=StoppedClock())

    assert skipped.seconds == HOUR


def test_a_loop_that_was_closed_in_the_block_is_left_alone() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def leave_a_sleep() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(HOUR)))
        await asyncio.sleep(1)

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)  # about the task that never ends
    with skip_sleep() as skipped:
        loop.run_until_complete(leave_a_sleep())
        loop.close()

    assert skipped.seconds == 1
    assert not tasks.pop().done()


def test_timers_of_a_loop_come_in_time_after_a_block() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        with skip_sleep():
            await asyncio.sleep(HOUR)
            task = asyncio.create_task(asyncio.wait_for(stop.wait(), 0.01))
            await asyncio.sleep(0)
        before = loop.time()
        with pytest.raises(TimeoutError):
            await task
        with skip_sleep():
            await asyncio.sleep(HOUR)
        return loop.time() - before

    assert HOUR <= asyncio.run(main()) < HOUR + 60


def test_a_block_that_skips_nothing_leaves_the_clock_of_a_loop_alone() -> None:
    async def main() -> bool:
        with skip_sleep():
            await asyncio.sleep(0)
        return "time" in vars(asyncio.get_running_loop())

    assert not asyncio.run(main())


def test_nested_blocks_have_one_order_of_tasks() -> None:
    woken: list[int] = []

    async def sleep(seconds: int) -> None:
        await asyncio.sleep(seconds)
        woken.append(seconds)

    async def main() -> None:
        with skip_sleep() as outer:
            task = asyncio.create_task(sleep(60))
            await asyncio.sleep(0)
            with skip_sleep() as inner:
                await asyncio.gather(sleep(70), sleep(50))
            assert (outer.seconds, inner.seconds) == (70, 70)
            await task

    asyncio.run(main())

    assert woken == [50, 60, 70]
