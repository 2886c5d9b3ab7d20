"""The time that blocks have skipped."""

from __future__ import annotations

__all__ = ("TIME", "SkippedTime")

from collections import defaultdict
from collections.abc import Callable
from threading import RLock


class SkippedTime:
    """The time that was skipped during one block, in seconds."""

    def __init__(self, keep: Callable[[float], None] | None = None) -> None:
        self.seconds: float = 0.0
        self.keep = keep
        """What keeps the skipped seconds after the block."""

    def advance(self, seconds: float) -> None:
        """Skip ``seconds``."""
        TIME.skip(seconds)


class _Time:
    """The time that was skipped since the first open block began; every open block counts it."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.seconds: float = 0.0
        self.blocks: list[SkippedTime] = []
        self._kept: defaultdict[Callable[[float], None], float] = defaultdict(float)

    def skip(self, seconds: float) -> None:
        """Skip ``seconds``."""
        with self.lock:  # the sleeps of several threads add up
            self.skip_to(self.seconds + seconds)

    def skip_to(self, seconds: float) -> None:
        """Skip until ``seconds`` are skipped in all."""
        with self.lock:
            if seconds <= self.seconds:
                return
            passed, self.seconds = seconds - self.seconds, seconds
            for block in self.blocks:
                block.seconds += passed
            # Two blocks may be about one clock, which moves once.
            for keep in {block.keep for block in self.blocks if block.keep is not None}:
                self._kept[keep] += passed

    def end(self) -> None:
        """Begin at 0 again, after the last block."""
        kept, self._kept = self._kept, defaultdict(float)
        self.seconds = 0.0
        for keep, seconds in kept.items():
            keep(seconds)


TIME = _Time()
