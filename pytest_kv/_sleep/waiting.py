"""How long to wait really before time is skipped: a socket or a thread may end a task's wait."""

from __future__ import annotations

__all__ = ("BEFORE_A_SLEEP_ENDS", "BEFORE_A_TIMEOUT_STRIKES", "seconds_for_others")

BEFORE_A_SLEEP_ENDS = 0.1
BEFORE_A_TIMEOUT_STRIKES = 5.0
"""Longer, because a correct client on a busy machine must not time out."""


def seconds_for_others(*, to_timeout: float, to_sleep: float) -> float:
    """The real seconds to wait, given the seconds to the next timeout and the end of a sleep."""
    longest = BEFORE_A_TIMEOUT_STRIKES if to_timeout < to_sleep else BEFORE_A_SLEEP_ENDS
    return min(longest, to_timeout)
