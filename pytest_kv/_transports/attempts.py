"""Attempts to reach Cloudflare's API host that failed in a block of ours.

A client may catch the error and go on. Then the test fails elsewhere, and its report says why.
"""

from __future__ import annotations

__all__ = ("Report", "keep_attempt", "report_attempts")

import asyncio
import os
import re
import sys
import threading
from types import FrameType
from typing import Protocol

from pytest_kv._core.text import plural
from pytest_kv._rest.routes import HOST

_TITLE = f"attempts to reach {HOST}"

_ATTEMPTS: dict[str, int] = {}
"""How often each failed during this test."""

_LOCK = threading.Lock()

_LIBRARY_FILES = re.compile(
    rf"{re.escape(os.path.dirname(os.__file__))}|<frozen|.*[\\/](?:site|dist)-packages[\\/]"
)
_STANDARD_CLIENTS = ("http", "urllib")
_LOOP = asyncio.Handle.__module__
"""The module of asyncio whose frames call tasks."""

_OWN = __name__.partition(".")[0]


class Report(Protocol):
    """The part of pytest's report that this module uses."""

    failed: bool
    when: str | None
    sections: list[tuple[str, str]]


def keep_attempt(words: str, client: str = "") -> None:
    """Record that the client which is calling now fails to reach the host, with these words.

    ``client`` names it if the call stack does not.
    """
    attempt = f"{_client(sys._getframe(1), client)}: {words}"
    with _LOCK:
        _ATTEMPTS[attempt] = _ATTEMPTS.get(attempt, 0) + 1


def report_attempts(report: Report) -> None:
    """Add the attempts to the report of a test that failed; forget them at the test's end."""
    with _LOCK:
        if report.failed and _ATTEMPTS:
            lines = [
                f"{attempt} ({plural(times, 'attempt')})" if times > 1 else attempt
                for attempt, times in _ATTEMPTS.items()
            ]
            report.sections.append((_TITLE, "\n".join(lines)))
        if report.when == "teardown":
            _ATTEMPTS.clear()


def _client(frame: FrameType | None, client: str) -> str:
    """The library that makes an attempt, the line that called it and the thread, where known."""
    library = standard = line = ""
    is_in_loop = False
    while frame is not None and not line:
        module = frame.f_globals.get("__name__", "")
        package = module.partition(".")[0]
        if package == _OWN:
            pass
        elif not _LIBRARY_FILES.match(frame.f_code.co_filename):
            line = f", called at {_line(frame)}"
        elif package not in sys.stdlib_module_names:
            library = library if is_in_loop else package
        elif package == "asyncio":
            # asyncio runs the client's task; a package that runs asyncio is not the client.
            is_in_loop = is_in_loop or bool(library) or module == _LOOP
            standard = standard or package
        elif package in _STANDARD_CLIENTS:
            standard = module
        frame = frame.f_back
    thread = threading.current_thread()
    where = "" if thread is threading.main_thread() else f", in the thread {thread.name}"
    return f"{library or standard or client or 'a client'}{line}{where}"


def _line(frame: FrameType) -> str:
    path = frame.f_code.co_filename.removeprefix(os.getcwd() + os.sep)
    return f"{path}:{frame.f_lineno}"
