"""The account's clock; nothing else asks for the time."""

from __future__ import annotations

__all__ = ("KVClock",)

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from numbers import Real

from pytest_kv._core.arguments import check_type
from pytest_kv._sleep import SkippedTime, skip_sleep

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class KVClock:
    """The clock of a simulated account; a test moves it instead of waiting.

    It is ``time.time()``, read at each use, plus the seconds given to :meth:`advance`. So freezegun
    and time-machine move it too.
    """

    __slots__ = ("_offset_seconds",)

    def __init__(self) -> None:
        self._offset_seconds = 0.0

    def __repr__(self) -> str:
        return (
            f"<KVClock at {self.now().isoformat()}, {self._offset_seconds:+g} s from time.time()>"
        )

    def now(self) -> datetime:
        """The account's time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def time(self) -> float:
        """The account's time in seconds since the UNIX epoch, as ``time.time()`` has it."""
        return time.time() + self._offset_seconds

    def seconds(self) -> int:
        """The account's time in whole seconds, rounded down as workerd does (O)."""
        return int(self.time() // 1)

    def advance(self, seconds: float | timedelta) -> None:
        """Move the clock forward by ``seconds``, a number or a timedelta, at once.

        Raises ValueError for a negative time, because KV's time does not run backwards, and for a
        number that is not finite. Raises TypeError for another type.
        """
        number = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        check_type("seconds", number, Real, "a number or a timedelta")
        if not 0 <= number < inf:
            raise ValueError(f"a clock advances by 0 seconds or more, not by {seconds!r}")
        self._offset_seconds += number

    def _reset(self) -> None:
        """Follow ``time.time()`` again, without the time that was added."""
        self._offset_seconds = 0.0

    @contextmanager
    def skip_sleep(self) -> Iterator[SkippedTime]:
        """Make every sleep in the block move the clock instead of waiting.

        The sleeps are those of ``time``, ``asyncio``, ``anyio`` and ``trio``. Tasks that sleep wake
        in the order of their times, and a shorter timeout ends a sleep; on uvloop neither is so.
        In the block ``time.time()`` and ``time.monotonic()`` show the skipped time too, so that a
        loop with a deadline ends; after it, only this clock keeps it. The block gives an object
        whose ``seconds`` are what was skipped. Threads that started before the block really sleep.
        """
        # In the block the clock moves by itself, because it asks time.time().
        with skip_sleep(self.advance) as skipped:
            yield skipped
