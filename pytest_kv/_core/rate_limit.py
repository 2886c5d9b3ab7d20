"""How many requests the REST API takes from a client in a window of time (D)."""

from __future__ import annotations

__all__ = ("Quota", "RateLimit")

from collections import deque
from math import ceil
from typing import NamedTuple

from pytest_kv._core.rules import Refused, Rule


class Quota(NamedTuple):
    """What is left of a limit of requests; the times are in whole seconds, rounded up."""

    requests: int
    window_seconds: int
    left: int
    """How many more requests pass now."""
    reset_seconds: int
    """How long it takes until more requests pass."""


class RateLimit:
    """Counts requests in a window of seconds; one too many shuts the client out for a window."""

    def __init__(self, window_seconds: int) -> None:
        self._window_seconds = window_seconds
        self._counted_at: deque[float] = deque()
        self._shut_until = 0.0

    def check(self, now: float, limit: int) -> None:
        """Refuse a request, with the seconds to wait, when it is one too many.

        Requests that come while the client is shut out do not shut it out for longer (I).
        """
        self._forget_before(now)
        if now >= self._shut_until:
            if len(self._counted_at) < limit:
                return
            self._shut_until = now + self._window_seconds
        raise Refused(Rule.REQUESTS_TOO_MANY, retry_after=ceil(self._shut_until - now))

    def count(self, now: float) -> None:
        """Count a request that has passed."""
        self._counted_at.append(now)

    def quota(self, now: float, limit: int) -> Quota:
        """What is left of ``limit``.

        More requests pass when the oldest one that counts is a window old (I).
        """
        self._forget_before(now)
        left, resets_at = max(limit - len(self._counted_at), 0), now
        if now < self._shut_until:
            left, resets_at = 0, self._shut_until
        elif self._counted_at:
            resets_at = self._counted_at[0] + self._window_seconds
        return Quota(limit, self._window_seconds, left, ceil(resets_at - now))

    def _forget_before(self, now: float) -> None:
        while self._counted_at and self._counted_at[0] <= now - self._window_seconds:
            self._counted_at.popleft()
