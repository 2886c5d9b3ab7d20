"""A pytest plugin that gives async tests an event loop which needs neither sockets nor JavaScript.

asyncio's own loops wait on sockets, which WebAssembly lacks. Pyodide's loop belongs to JavaScript
and goes on only when Python has returned, so Python cannot wait for a coroutine's end.
"""

from __future__ import annotations

__all__ = ("SleepingLoop", "pytest_asyncio_loop_factories", "pytest_configure")

import asyncio
import time
from asyncio import BaseEventLoop
from collections.abc import Callable


class _NoFiles:
    """A selector without files: a wait ends with the next timer."""

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise RuntimeError("the test waits, and no callback or timer is left that could end it")
        time.sleep(max(0, timeout))
        return []


class SleepingLoop(BaseEventLoop):
    """asyncio's loop with its callbacks, tasks and timers, and without files or threads."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _NoFiles()

    def _process_events(self, event_list: list[object]) -> None:
        """Does nothing: there are no files."""

    def _write_to_self(self) -> None:
        """Does nothing: no other thread can wake this one."""


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], SleepingLoop]]:
    return {"sleeping": SleepingLoop}


def pytest_configure() -> None:
    # Pyodide marks its own loop as running all the time, and asyncio runs one loop in a thread.
    asyncio._set_running_loop(None)
