"""The account's clock: the only place that asks what time it is."""

from __future__ import annotations

__all__ = ("KVClock",)

import time
from datetime import UTC, datetime
from math import inf


class KVClock:
    """The clock of a simulated account, moved by the test and never by waiting.

    It reads ``time.time()`` at each use, so freezegun and time-machine freeze it too, and adds what
    :meth:`advance` was given.
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
        """The whole second KV measures expirations in (O: workerd rounds down)."""
        return int(self.time() // 1)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass for this account; nothing sleeps.

        Raises ValueError for a negative number, since time in KV does not run backwards, and for
        one that is not finite.
        """
        if not 0 <= seconds < inf:
            raise ValueError(f"a clock advances by 0 seconds or more, not by {seconds!r}")
        self._offset_seconds += seconds
