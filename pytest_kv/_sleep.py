"""A block without real waiting: a sleep moves the clocks forward and returns at once."""

from __future__ import annotations

__all__ = ("SkippedTime", "skip_sleep")

import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

_ASYNC_LIBRARIES = ("asyncio", "anyio", "trio")
_CLOCKS = ("time", "monotonic")


class SkippedTime:
    """The time that sleeps have skipped so far, in seconds."""

    def __init__(self) -> None:
        self.seconds: float = 0.0

    def advance(self, seconds: float) -> None:
        """Skip ``seconds``."""
        self.seconds += max(0.0, seconds)


@contextmanager
def skip_sleep(skipped: SkippedTime | None = None) -> Iterator[SkippedTime]:
    """Make every sleep in this block return at once; the clocks include the time it skipped.

    The sleeps are ``time.sleep``, ``asyncio.sleep``, ``anyio.sleep`` and ``trio.sleep``, also when
    a module has imported one of them under the name ``sleep``; the clocks are ``time.time`` and
    ``time.monotonic``, also under the names ``time`` and ``monotonic`` in another module. Threads
    that started before the block still sleep.
    """
    skipped = SkippedTime() if skipped is None else skipped
    replacements = dict(_replacements(skipped))
    undo: list[tuple[Any, str, object]] = []
    try:
        for owner, name, value in _patches(replacements):
            undo.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)
        yield skipped
    finally:
        for owner, name, value in reversed(undo):
            setattr(owner, name, value)
        # A module that was imported in the block may have imported a replacement.
        originals = {replacement: original for original, replacement in replacements.items()}
        for owner, name, value in _patches(originals):
            setattr(owner, name, value)


def _replacements(skipped: SkippedTime) -> Iterator[tuple[object, object]]:
    """Each function that sleeps or tells the time, with its replacement."""
    threads = frozenset(threading.enumerate()) - {threading.current_thread()}
    really_sleep = time.sleep

    def sleep(seconds: float, /) -> None:
        if threading.current_thread() in threads:
            really_sleep(seconds)
        else:
            skipped.advance(seconds)

    yield really_sleep, sleep
    for name in _ASYNC_LIBRARIES:
        if name in sys.modules:
            original = sys.modules[name].sleep
            yield original, _skipping(original, skipped)
    for name in _CLOCKS:
        clock = getattr(time, name)
        yield clock, _ahead(clock, skipped)


def _skipping(really_sleep: Callable[..., Any], skipped: SkippedTime) -> Callable[..., Any]:
    async def sleep(delay: float, result: object = None) -> object:
        skipped.advance(delay)
        # Other tasks get their turn, as they do during a real sleep.
        await really_sleep(0)
        return result

    return sleep


def _ahead(clock: Callable[[], float], skipped: SkippedTime) -> Callable[[], float]:
    return lambda: clock() + skipped.seconds


def _patches(replacements: dict[object, object]) -> Iterator[tuple[Any, str, object]]:
    """The attributes to replace, in the functions' own modules and in those that import them."""
    for module in list(sys.modules.values()):
        # sys.modules may hold any object, and a module's ``sleep`` may be any object too.
        names = getattr(module, "__dict__", {})
        for name in ("sleep", *_CLOCKS):
            found = names.get(name)
            if found is not None and isinstance(found, Hashable) and found in replacements:
                yield module, name, replacements[found]
