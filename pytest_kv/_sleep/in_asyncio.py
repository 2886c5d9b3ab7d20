"""Sleeps in asyncio: time is skipped when a loop has nothing else to do.

So tasks that sleep wake in the order of their times, and a timeout ends a sleep that is longer. A
loop that is idle waits in the ``select`` of its selector, whose argument is the longest time to
wait. asyncio has no public way to learn that a loop is idle, or until when.
"""

from __future__ import annotations

__all__ = ("AsyncioSleeps", "others_may_act")

import asyncio
import threading
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from selectors import BaseSelector, SelectorKey
from weakref import WeakKeyDictionary

from pytest_kv._sleep.skipped import OTHERS_SECONDS, SkippedTime


class AsyncioSleeps:
    """The sleeps of every asyncio loop in one block."""

    def __init__(
        self, really_sleep: Callable[..., Awaitable[object]], skipped: SkippedTime
    ) -> None:
        self._really_sleep = really_sleep
        self._skipped = skipped
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop] = WeakKeyDictionary()

    async def sleep(self, delay: float, result: object = None) -> object:
        """Sleep like ``asyncio.sleep``."""
        if not 0 < delay < inf:
            return await self._really_sleep(delay, result)
        wakes_at = self._skipped.seconds + delay
        await self._wait_until(wakes_at)
        # 0 seconds let other tasks run; more than 0 are left only if the block has ended.
        return await self._really_sleep(max(0, wakes_at - self._skipped.seconds), result)

    def end(self) -> None:
        """Restore each selector's ``select``; a task that still sleeps really sleeps the rest."""
        for loop in self._loops.values():
            loop.end()

    async def _wait_until(self, seconds: float) -> None:
        running = asyncio.get_running_loop()
        selector = _selector_of(running)
        if selector is None:
            self._skipped.advance_to(seconds)
            return
        if running not in self._loops:
            self._loops[running] = _Loop(selector, self._skipped)
        await self._loops[running].wait_until(seconds)


def _selector_of(loop: asyncio.AbstractEventLoop) -> BaseSelector | None:
    """A loop's selector; None for a loop that has none, such as uvloop's and Pyodide's."""
    return getattr(loop, "_selector", None)


class _Loop:
    """The tasks of one loop that sleep, and the ``select`` of its selector meanwhile."""

    def __init__(self, selector: BaseSelector, skipped: SkippedTime) -> None:
        self._selector = selector
        self._skipped = skipped
        self._really_select = selector.select
        self._restores = "select" in vars(selector)
        # When each task wakes, in skipped seconds; a number decides between equal times.
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._set_select(self._select)

    async def wait_until(self, seconds: float) -> None:
        """Wait until ``seconds`` are skipped in all, or until the block ends."""
        future = asyncio.get_running_loop().create_future()
        heappush(self._sleeping, (seconds, next(self._numbers), future))
        await future

    def end(self) -> None:
        """Put back the selector's own ``select``, and wake every task."""
        if self._restores:  # a block around this one has replaced ``select`` too
            self._set_select(self._really_select)
        else:
            del self._selector.select  # the instance's attribute
        for _, _, future in self._sleeping:
            if not future.get_loop().is_closed():
                future.get_loop().call_soon_threadsafe(_wake, future)

    def _set_select(self, select: Callable[..., list[tuple[SelectorKey, int]]]) -> None:
        self._selector.select = select  # type: ignore[method-assign]  # see the module's docstring

    def _select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if self._wake_those_due():
            timeout = 0
        if not self._sleeping or (timeout is not None and timeout <= 0):
            return self._really_select(timeout)
        seconds = inf if timeout is None else timeout
        events = self._really_select(min(seconds, self._seconds_for_others()))
        if not events:
            self._skipped.advance_to(min(self._skipped.seconds + seconds, self._sleeping[0][0]))
            self._wake_those_due()
        return events

    def _wake_those_due(self) -> bool:
        """Wake the tasks whose time has come; True if there was one."""
        woken = False
        while self._sleeping and (
            self._sleeping[0][2].done() or self._sleeping[0][0] <= self._skipped.seconds
        ):
            woken |= _wake(heappop(self._sleeping)[2])
        return woken

    def _seconds_for_others(self) -> float:
        sleeping = sum(not future.done() for _, _, future in self._sleeping)
        return OTHERS_SECONDS if others_may_act(self._selector, sleeping) else 0


def others_may_act(selector: BaseSelector, sleeping: int) -> bool:
    """Whether a socket or a thread may soon wake a task that waits for it.

    The loop's own socket does not count. A thread that is not a daemon may belong to an executor.
    """
    sockets = len(selector.get_map()) - 1
    threads = sum(not thread.daemon for thread in threading.enumerate()) - 1
    return (sockets > 0 or threads > 0) and len(asyncio.all_tasks()) > sleeping


def _wake(future: asyncio.Future[None]) -> bool:
    """End the wait of a task; False if it has already ended."""
    if future.done():
        return False
    future.set_result(None)
    return True
