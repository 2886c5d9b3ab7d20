"""A clock that stands still, so that a test can name the very second."""

from __future__ import annotations

__all__ = ("NOW", "StoppedClock")

from pytest_kv._core.clock import KVClock

NOW = 1_700_000_000
"""The second in which tests begin."""


class StoppedClock(KVClock):
    """Stands a quarter of a second past `NOW` until it is advanced."""

    __slots__ = ()

    def time(self) -> float:
        return NOW + 0.25 + self._offset_seconds
