"""The time that a block has skipped."""

from __future__ import annotations

__all__ = ("OTHERS_SECONDS", "SkippedTime")

OTHERS_SECONDS = 0.1
"""The real time to wait for sockets and threads before time is skipped, in seconds."""


class SkippedTime:
    """The time that sleeps have skipped so far, in seconds."""

    def __init__(self) -> None:
        self.seconds: float = 0.0

    def advance(self, seconds: float) -> None:
        """Skip ``seconds``."""
        self.seconds += max(0.0, seconds)

    def advance_to(self, seconds: float) -> None:
        """Skip so much time that at least ``seconds`` are skipped in all."""
        self.seconds = max(self.seconds, seconds)
