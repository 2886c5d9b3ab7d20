"""Checks of arguments that a test gives to the public functions."""

from __future__ import annotations

__all__ = ("check_type",)

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


def check_type(name: str, given: object, types: type | tuple[type, ...], told: str) -> None:
    """Raise TypeError, which says what ``name`` must be, for an argument of another type.

    True and False do not count as numbers.
    """
    if isinstance(given, bool) or not isinstance(given, types):
        raise TypeError(f"{name} must be {told}, not {given!r:.80}")
