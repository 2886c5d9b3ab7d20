"""The CPU time of a piece of work, alone or side by side with another."""

from __future__ import annotations

__all__ = ("Comparison", "Side", "Work", "alone", "compare")

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

Work = Callable[[], object]
"""What is measured."""

Side = Callable[[], AbstractContextManager[Work]]
"""Entered before each round, outside the clock, it gives the work."""

ROUNDS = 15


class Comparison(NamedTuple):
    """The CPU seconds of each round of two sides."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Our time over theirs, round by round."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def speedups(self) -> list[float]:
        """Their time over ours, round by round."""
        return [1 / ratio for ratio in self.ratios]


def compare(ours: Side, theirs: Side, *, rounds: int = ROUNDS) -> Comparison:
    """Measure both sides in every round, in turns the one and the other first."""
    measured = Comparison([], [])
    turns = [(ours, measured.ours), (theirs, measured.theirs)]
    for side, _ in turns:
        _cpu_seconds(side)  # warms caches up
    for _ in range(rounds):
        for side, seconds in turns:
            seconds.append(_cpu_seconds(side))
        turns.reverse()
    return measured


def alone(side: Side, *, rounds: int = ROUNDS) -> list[float]:
    """The CPU seconds of each round of one side, after one that warms caches up."""
    return [_cpu_seconds(side) for _ in range(rounds + 1)][1:]


def _cpu_seconds(side: Side) -> float:
    # The collector stays on, since a test run pays for it too, but finds only what the work makes.
    with side() as work:
        gc.collect()
        gc.freeze()
        try:
            start = time.process_time()
            work()
            return time.process_time() - start
        finally:
            gc.unfreeze()
