"""Sleeps in trio: time is skipped when every task of the run is blocked."""

from __future__ import annotations

__all__ = ("TrioSleeps",)

from collections.abc import Awaitable, Callable
from math import inf

from pytest_kv._sleep.skipped import TIME
from pytest_kv._sleep.waiting import seconds_for_others


class TrioSleeps:
    """The sleeps of trio while a block is open."""

    def __init__(self, really_sleep: Callable[[float], Awaitable[None]]) -> None:
        self._really_sleep = really_sleep
        # When each task wakes, in skipped seconds.
        self._sleeping: list[float] = []
        self._ended_at: float | None = None

    async def sleep(self, seconds: float) -> None:
        """Sleep like ``trio.sleep``."""
        if not 0 < seconds < inf:
            return await self._really_sleep(seconds)
        wakes_at = TIME.seconds + seconds
        self._sleeping.append(wakes_at)
        try:
            await self._wait_until(wakes_at)
        finally:
            self._sleeping.remove(wakes_at)
        # 0 seconds are a checkpoint; more than 0 are left only if the last block has ended.
        left = 0 if self._ended_at is None else max(0, wakes_at - self._ended_at)
        return await self._really_sleep(left)

    def end(self) -> None:
        """Let each task that still sleeps really sleep the rest."""
        self._ended_at = TIME.seconds

    def _is_open(self) -> bool:
        return self._ended_at is None

    async def _wait_until(self, seconds: float) -> None:
        while self._is_open() and (before := TIME.seconds) < seconds:
            await self._wait_for_others()
            # All tasks that wait there return; the first of them skips time for all.
            if self._is_open() and TIME.seconds == before:
                self._skip()

    async def _wait_for_others(self) -> None:
        from trio.testing import wait_all_tasks_blocked

        wait = 0.0
        await wait_all_tasks_blocked()
        # Meanwhile another task may have begun to wait for a socket.
        while (longer := self._seconds_for_others()) > wait:
            wait = longer
            await wait_all_tasks_blocked(wait)

    def _seconds_for_others(self) -> float:
        to_sleep = min(self._sleeping) - TIME.seconds
        to_timeout = _seconds_to_timeout()
        if not _others_may_act():
            return 0
        return seconds_for_others(to_timeout=to_timeout, to_sleep=to_sleep)

    def _skip(self) -> None:
        """Skip until the first task wakes, or until a timeout of the run."""
        before = TIME.seconds
        TIME.skip_to(min(min(self._sleeping), before + _seconds_to_timeout()))
        _move_clock(TIME.seconds - before)


def _seconds_to_timeout() -> float:
    """The seconds to the next timeout of the run; infinite without one."""
    from trio.lowlevel import current_statistics

    return max(0, current_statistics().seconds_to_next_deadline)


def _others_may_act() -> bool:
    """Whether a socket or a thread may soon wake a task that waits for it."""
    from trio.lowlevel import current_statistics
    from trio.to_thread import current_default_thread_limiter

    statistics = current_statistics().io_statistics
    # trio itself waits to read from one socket.
    sockets = statistics.tasks_waiting_read + statistics.tasks_waiting_write - 1
    return sockets > 0 or current_default_thread_limiter().borrowed_tokens > 0


def _move_clock(seconds: float) -> None:
    """Move the clock of this run, from which its timeouts are counted."""
    from trio.lowlevel import current_clock
    from trio.testing import MockClock

    clock = current_clock()
    if isinstance(clock, MockClock):
        clock.jump(seconds)
    elif hasattr(clock, "offset"):
        # trio's own clock is frozen, and trio has no public way to move it.
        object.__setattr__(clock, "offset", clock.offset + seconds)
