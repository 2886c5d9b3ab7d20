"""How many requests the REST API takes from a client in a window of time (D)."""

from __future__ import annotations

__all__ = ("RateLimit",)

from collections import deque
from math import ceil

from pytest_kv._core.rules import Refused, Rule


class RateLimit:
    """Counts requests in a window of seconds; one too many shuts the client out for a window."""

    def __init__(self, window_seconds: int) -> None:
        self._window_seconds = window_seconds
        self._counted_at: deque[float] = deque()
        self._shut_until = 0.0

    def check(self, now: float, limit: int) -> None:
        """Count a request; refuse it, with the seconds to wait, when it is one too many.

        Requests that come while the client is shut out are not counted and do not shut it out for
        longer (I).
        """
        while self._counted_at and self._counted_at[0] <= now - self._window_seconds:
            self._counted_at.popleft()
        if now >= self._shut_until:
            if len(self._counted_at) < limit:
                self._counted_at.append(now)
                return
            self._shut_until = now + self._window_seconds
        raise Refused(Rule.REQUESTS_TOO_MANY, retry_after=ceil(self._shut_until - now))
