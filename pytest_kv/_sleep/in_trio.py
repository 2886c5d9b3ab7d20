"""Sleeps in trio: time is skipped when every task of the run is blocked."""

from __future__ import annotations

__all__ = ("TrioSleeps",)

from collections.abc import Awaitable, Callable
from math import inf

from pytest_kv._sleep.skipped import OTHERS_SECONDS, SkippedTime


class TrioSleeps:
    """The sleeps of trio in one block."""

    def __init__(
        self, really_sleep: Callable[[float], Awaitable[None]], skipped: SkippedTime
    ) -> None:
        self._really_sleep = really_sleep
        self._skipped = skipped
        # When each task wakes, in skipped seconds.
        self._sleeping: list[float] = []
        self._has_ended = False

    async def sleep(self, seconds: float) -> None:
        """Sleep like ``trio.sleep``."""
        if not 0 < seconds < inf:
            return await self._really_sleep(seconds)
        wakes_at = self._skipped.seconds + seconds
        self._sleeping.append(wakes_at)
        try:
            await self._wait_until(wakes_at)
        finally:
            self._sleeping.remove(wakes_at)
        # 0 seconds are a checkpoint; more than 0 are left only if the block has ended.
        return await self._really_sleep(max(0, wakes_at - self._skipped.seconds))

    def end(self) -> None:
        """Let each task that still sleeps really sleep the rest."""
        self._has_ended = True

    async def _wait_until(self, seconds: float) -> None:
        from trio.testing import wait_all_tasks_blocked

        while (before := self._skipped.seconds) < seconds and not self._has_ended:
            await wait_all_tasks_blocked(OTHERS_SECONDS if _others_may_act() else 0)
            # All tasks that wait there return; the first of them skips time for all.
            if self._skipped.seconds == before and not self._has_ended:
                self._skip()

    def _skip(self) -> None:
        """Skip until the first task wakes, or until a timeout of the run."""
        from trio.lowlevel import current_statistics

        before = self._skipped.seconds
        to_timeout = max(0, current_statistics().seconds_to_next_deadline)
        self._skipped.advance_to(min(min(self._sleeping), before + to_timeout))
        _move_clock(self._skipped.seconds - before)


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
