"""The block in which sleeps move the clocks, and the functions that it replaces."""

from __future__ import annotations

__all__ = ("skip_sleep",)

import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_kv._sleep.skipped import TIME, SkippedTime

_CLOCKS = ("time", "monotonic")


@contextmanager
def skip_sleep(keep: Callable[[float], None] | None = None) -> Iterator[SkippedTime]:
    """Make every sleep in this block move the clocks instead of waiting.

    The sleeps are ``time.sleep``, ``asyncio.sleep`` and ``trio.sleep``, also when a module has
    imported one of them under the name ``sleep``, and with them ``anyio.sleep``; the clocks are
    ``time.time`` and ``time.monotonic``, also under the names ``time`` and ``monotonic`` in another
    module, and trio's. ``time.sleep`` skips its time at once. The sleep of a task skips it when no
    other task has anything to do. Threads that started before the block still sleep.

    Blocks may be nested and may overlap; each counts what is skipped while it is open. When none is
    open any more, the clocks go back, and ``keep`` is called with the seconds to keep.
    """
    block = SkippedTime(keep)
    _Replaced.open(block)
    try:
        yield block
    finally:
        _Replaced.close(block)


class _Replaced:
    """The functions that are replaced while a block is open."""

    _now: _Replaced | None = None

    @classmethod
    def open(cls, block: SkippedTime) -> None:
        """Replace the functions, unless another block has."""
        with TIME.lock:
            if cls._now is None:
                cls._now = cls()
            cls._now._enter()
            TIME.blocks.append(block)

    @classmethod
    def close(cls, block: SkippedTime) -> None:
        """Restore the functions, unless another block is still open."""
        with TIME.lock:
            TIME.blocks.remove(block)
            if cls._now is not None and not TIME.blocks:
                cls._now._restore()
                cls._now = None
                TIME.end()

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        """Those that started before the block; their sleeps are real."""
        self._ends: list[Callable[[], None]] = []
        self._enters: list[Callable[[], None]] = []
        self._undo: list[tuple[Any, str, object]] = []
        pairs = list(self._pairs())
        self._originals = {id(replacement): original for original, replacement in pairs}
        for owner, name, value in _patches({id(original): new for original, new in pairs}):
            self._undo.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)

    def _enter(self) -> None:
        self._threads.discard(threading.current_thread())
        for enter in self._enters:
            enter()

    def _restore(self) -> None:
        for owner, name, value in reversed(self._undo):
            setattr(owner, name, value)
        # A module that was imported in the block may have imported a replacement.
        for owner, name, value in _patches(self._originals):
            setattr(owner, name, value)
        for end in self._ends:
            end()

    def _pairs(self) -> Iterator[tuple[object, object]]:
        """Each function that sleeps or tells the time, with its replacement."""
        really_sleep = time.sleep

        def sleep(seconds: float, /) -> None:
            if seconds > 0 and threading.current_thread() not in self._threads:
                TIME.skip(seconds)
            else:
                really_sleep(seconds)

        yield really_sleep, sleep
        if "asyncio" in sys.modules:
            from pytest_kv._sleep.in_asyncio import AsyncioSleeps

            in_asyncio = AsyncioSleeps(sys.modules["asyncio"].sleep)
            self._enters.append(in_asyncio.enter)
            self._ends.append(in_asyncio.end)
            yield sys.modules["asyncio"].sleep, self._async_sleep("asyncio", in_asyncio.sleep)
        if "trio" in sys.modules:
            from pytest_kv._sleep.in_trio import TrioSleeps

            in_trio = TrioSleeps(sys.modules["trio"].sleep)
            self._ends.append(in_trio.end)
            yield sys.modules["trio"].sleep, self._async_sleep("trio", in_trio.sleep)
        for name in _CLOCKS:
            clock = getattr(time, name)
            yield clock, _ahead(clock)

    def _async_sleep(
        self, library: str, skip: Callable[..., Awaitable[Any]]
    ) -> Callable[..., Awaitable[Any]]:
        really_sleep = sys.modules[library].sleep

        async def sleep(*arguments: Any, **named: Any) -> Any:
            is_real = threading.current_thread() in self._threads
            return await (really_sleep if is_real else skip)(*arguments, **named)

        return sleep


def _ahead(clock: Callable[[], float]) -> Callable[[], float]:
    return lambda: clock() + TIME.seconds


def _patches(replacements: Mapping[int, object]) -> Iterator[tuple[Any, str, object]]:
    """The attributes to replace, in the functions' own modules and in those that import them.

    ``replacements`` has the ids of the functions to replace, since a name may stand for any object.
    """
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        for name in ("sleep", *_CLOCKS):
            if id(names.get(name)) in replacements:
                yield module, name, replacements[id(names[name])]
