"""The account's clock; nothing else asks for the time."""

from __future__ import annotations

__all__ = ("KVClock",)

import time
from datetime import UTC, datetime
from math import inf


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

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``, at once.

        Raises ValueError for a negative number, because KV's time does not run backwards, and for a
        number that is not finite.
        """
        if not 0 <= seconds < inf:
            raise ValueError(f"a clock advances by 0 seconds or more, not by {seconds!r}")
        self._offset_seconds += seconds
