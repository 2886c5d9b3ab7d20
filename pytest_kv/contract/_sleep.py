"""No real waiting: while a client is tried, sleeping moves the time instead."""

from __future__ import annotations

__all__ = ("Pause", "no_waiting")

import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

_ASYNCHRONOUS = ("asyncio", "anyio", "trio")
_CLOCKS = ("time", "monotonic")


class Pause:
    """How far the time has been moved, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass; nothing sleeps."""
        self.seconds += max(0.0, seconds)


@contextmanager
def no_waiting() -> Iterator[Pause]:
    """Let every sleep in this block return at once, and the clocks say that it was slept.

    ``time.sleep``, ``asyncio.sleep``, ``anyio.sleep`` and ``trio.sleep`` are meant, also under the
    name ``sleep`` in a module that imported one of them; ``time.time`` and ``time.monotonic`` go
    on by what was slept. Threads that were there before the block sleep as ever.
    """
    pause = Pause()
    replaced = dict(_replacements(pause))
    undo: list[tuple[Any, str, object]] = []
    try:
        for holder, name, value in _places(replaced):
            undo.append((holder, name, getattr(holder, name)))
            setattr(holder, name, value)
        yield pause
    finally:
        for holder, name, value in reversed(undo):
            setattr(holder, name, value)


def _replacements(pause: Pause) -> Iterator[tuple[object, object]]:
    """Each function that waits or tells the time, and what stands in for it."""
    threads = frozenset(threading.enumerate()) - {threading.current_thread()}
    really_sleep = time.sleep

    def sleep(seconds: float, /) -> None:
        if threading.current_thread() in threads:
            really_sleep(seconds)
        else:
            pause.advance(seconds)

    yield really_sleep, sleep
    for name in _ASYNCHRONOUS:
        if name in sys.modules:
            original = sys.modules[name].sleep
            yield original, _asleep(original, pause)
    for name in _CLOCKS:
        clock = getattr(time, name)
        yield clock, _running_ahead(clock, pause)


def _asleep(really_sleep: Callable[..., Any], pause: Pause) -> Callable[..., Any]:
    async def sleep(delay: float, result: object = None) -> object:
        pause.advance(delay)
        # Others get their turn, as they do while one sleeps.
        await really_sleep(0)
        return result

    return sleep


def _running_ahead(clock: Callable[[], float], pause: Pause) -> Callable[[], float]:
    return lambda: clock() + pause.seconds


def _places(replaced: dict[object, object]) -> Iterator[tuple[Any, str, object]]:
    """Where the functions are found: in their own modules, and where they were imported to."""
    for name in _CLOCKS:
        yield time, name, replaced[getattr(time, name)]
    for module in list(sys.modules.values()):
        # A module may be anything, and anything may be named so in it.
        found = getattr(module, "__dict__", {}).get("sleep")
        if isinstance(found, Hashable) and found in replaced:
            yield module, "sleep", replaced[found]
