"""The block in which sleeps move the clocks, and the functions that it replaces."""

from __future__ import annotations

__all__ = ("skip_sleep",)

import sys
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from pytest_kv._sleep.skipped import SkippedTime

_CLOCKS = ("time", "monotonic")


@contextmanager
def skip_sleep(skipped: SkippedTime | None = None) -> Iterator[SkippedTime]:
    """Make every sleep in this block move the clocks instead of waiting.

    The sleeps are ``time.sleep``, ``asyncio.sleep`` and ``trio.sleep``, also when a module has
    imported one of them under the name ``sleep``, and with them ``anyio.sleep``; the clocks are
    ``time.time`` and ``time.monotonic``, also under the names ``time`` and ``monotonic`` in another
    module, and trio's. ``time.sleep`` skips its time at once. The sleep of a task skips it when no
    other task has anything to do. Threads that started before the block still sleep.
    """
    skipped = SkippedTime() if skipped is None else skipped
    with ExitStack() as stack:
        replacements = dict(_replacements(skipped, stack))
        stack.enter_context(_replaced(replacements))
        yield skipped


@contextmanager
def _replaced(replacements: dict[object, object]) -> Iterator[None]:
    undo: list[tuple[Any, str, object]] = []
    try:
        for owner, name, value in _patches(replacements):
            undo.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(undo):
            setattr(owner, name, value)
        # A module that was imported in the block may have imported a replacement.
        originals = {replacement: original for original, replacement in replacements.items()}
        for owner, name, value in _patches(originals):
            setattr(owner, name, value)


def _replacements(skipped: SkippedTime, stack: ExitStack) -> Iterator[tuple[object, object]]:
    """Each function that sleeps or tells the time, with its replacement."""
    threads = frozenset(threading.enumerate()) - {threading.current_thread()}
    really_sleep = time.sleep

    def sleep(seconds: float, /) -> None:
        if threading.current_thread() in threads:
            really_sleep(seconds)
        else:
            skipped.advance(seconds)

    yield really_sleep, sleep
    if "asyncio" in sys.modules:
        from pytest_kv._sleep.in_asyncio import AsyncioSleeps

        original = sys.modules["asyncio"].sleep
        in_asyncio = AsyncioSleeps(original, skipped)
        stack.callback(in_asyncio.end)
        yield original, _async_sleep(original, in_asyncio.sleep, threads)
    if "trio" in sys.modules:
        from pytest_kv._sleep.in_trio import TrioSleeps

        original = sys.modules["trio"].sleep
        in_trio = TrioSleeps(original, skipped)
        stack.callback(in_trio.end)
        yield original, _async_sleep(original, in_trio.sleep, threads)
    for name in _CLOCKS:
        clock = getattr(time, name)
        yield clock, _ahead(clock, skipped)


def _async_sleep(
    really_sleep: Callable[..., Awaitable[Any]],
    skip: Callable[..., Awaitable[Any]],
    threads: Collection[threading.Thread],
) -> Callable[..., Awaitable[Any]]:
    async def sleep(*arguments: Any, **named: Any) -> Any:
        function = really_sleep if threading.current_thread() in threads else skip
        return await function(*arguments, **named)

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
