"""Sleeps in asyncio: time is skipped when a loop has nothing else to do.

So tasks that sleep wake in the order of their times, and a timeout ends a sleep that is longer. A
loop that is idle waits in the ``select`` of its selector, whose argument is the longest time to
wait. asyncio has no public way to learn that a loop is idle, or until when.
"""

from __future__ import annotations

__all__ = ("AsyncioSleeps", "others_may_act")

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection
from heapq import heappop, heappush
from itertools import count
from math import inf
from selectors import BaseSelector, SelectorKey
from weakref import WeakKeyDictionary

from pytest_kv._sleep.skipped import TIME
from pytest_kv._sleep.waiting import seconds_for_others


class AsyncioSleeps:
    """The sleeps of every asyncio loop while a block is open."""

    def __init__(self, really_sleep: Callable[..., Awaitable[object]]) -> None:
        self._really_sleep = really_sleep
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop] = WeakKeyDictionary()
        self._threads = frozenset(threading.enumerate())
        self._ended_at: float | None = None

    def enter(self) -> None:
        """Note the loop in which a block opens, so that its clock stays ahead after the block."""
        try:
            self._loop_of(asyncio.get_running_loop())
        except RuntimeError:
            return

    async def sleep(self, delay: float, result: object = None) -> object:
        """Sleep like ``asyncio.sleep``."""
        if not 0 < delay < inf:
            return await self._really_sleep(delay, result)
        wakes_at = TIME.seconds + delay
        loop = self._loop_of(asyncio.get_running_loop())
        if loop is None:
            TIME.skip(delay)
            return await self._really_sleep(0, result)
        await loop.wait_until(wakes_at)
        # 0 seconds let other tasks run; more than 0 are left only if the last block has ended.
        left = 0 if self._ended_at is None else max(0, wakes_at - self._ended_at)
        return await self._really_sleep(left, result)

    def end(self) -> None:
        """Restore each selector's ``select``; a task that still sleeps really sleeps the rest."""
        self._ended_at = TIME.seconds
        for running, loop in self._loops.items():
            if not running.is_closed():
                loop.end()
                _keep_ahead(running, TIME.seconds)

    def _loop_of(self, running: asyncio.AbstractEventLoop) -> _Loop | None:
        selector = _selector_of(running)
        if selector is not None and running not in self._loops:
            self._loops[running] = _Loop(selector, self._threads)
        return self._loops.get(running)


def _selector_of(loop: asyncio.AbstractEventLoop) -> BaseSelector | None:
    """A loop's selector; None for a loop that has none, such as uvloop's and Pyodide's."""
    return getattr(loop, "_selector", None)


class _Loop:
    """The tasks of one loop that sleep, and the ``select`` of its selector meanwhile."""

    def __init__(self, selector: BaseSelector, threads: Collection[threading.Thread]) -> None:
        self._selector = selector
        self._threads = threads
        self._really_select = selector.select
        # When each task wakes, in skipped seconds; a number decides between equal times.
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        selector.select = self._select  # type: ignore[method-assign]  # see the module's docstring

    async def wait_until(self, seconds: float) -> None:
        """Wait until ``seconds`` are skipped in all, or until the last block ends."""
        future = asyncio.get_running_loop().create_future()
        heappush(self._sleeping, (seconds, next(self._numbers), future))
        await future

    def end(self) -> None:
        """Put back the selector's own ``select``, and wake every task."""
        vars(self._selector).pop("select", None)
        for _, _, future in self._sleeping:
            future.get_loop().call_soon_threadsafe(_wake, future)

    def _select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if self._wake_those_due():
            timeout = 0
        if not self._sleeping or (timeout is not None and timeout <= 0):
            return self._really_select(timeout)
        to_timeout = inf if timeout is None else timeout
        first = self._sleeping[0][0]
        wait = self._seconds_for_others(to_timeout, first - TIME.seconds)
        events = self._really_select(wait)
        if not events:
            TIME.skip_to(min(TIME.seconds + to_timeout - wait, first))
            self._wake_those_due()
        return events

    def _wake_those_due(self) -> bool:
        """Wake the tasks whose time has come; True if there was one."""
        woken = False
        while self._sleeping and (
            self._sleeping[0][2].done() or self._sleeping[0][0] <= TIME.seconds
        ):
            woken |= _wake(heappop(self._sleeping)[2])
        return woken

    def _seconds_for_others(self, to_timeout: float, to_sleep: float) -> float:
        sleeping = sum(not future.done() for _, _, future in self._sleeping)
        if not others_may_act(self._selector, self._threads, sleeping):
            return 0
        return seconds_for_others(to_timeout=to_timeout, to_sleep=to_sleep)


def others_may_act(
    selector: BaseSelector, threads: Collection[threading.Thread], sleeping: int
) -> bool:
    """Whether a socket or a thread may soon wake a task that waits for it.

    The loop's own socket does not count, and no daemon among ``threads``, which started earlier.
    """
    if len(asyncio.all_tasks()) <= sleeping:
        return False
    others = {*threading.enumerate()} - {threading.current_thread()}
    old = {thread for thread in others if thread.daemon and thread in threads}
    return len(selector.get_map()) > 1 or len(others) > len(old)


def _wake(future: asyncio.Future[None]) -> bool:
    """End the wait of a task; False if it has already ended."""
    if future.done():
        return False
    future.set_result(None)
    return True


class _LoopClock:
    """The clock of a loop, ahead by what blocks have skipped in it."""

    def __init__(self, really_time: Callable[[], float]) -> None:
        self._really_time = really_time
        self.seconds_ahead: float = 0.0

    def __call__(self) -> float:
        return self._really_time() + self.seconds_ahead


def _keep_ahead(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """Let a loop's clock stay ahead, because its timers are set by it and would come late."""
    if not seconds:
        return
    if not isinstance(loop.time, _LoopClock):
        loop.time = _LoopClock(loop.time)  # type: ignore[method-assign]  # asyncio has no other way
    loop.time.seconds_ahead += seconds
