"""The message of a broken clause: the claim, a test that shows it, and what KV saw."""

from __future__ import annotations

__all__ = ("MOST_LINES", "message")

from collections.abc import Iterable

MOST_LINES = 32
"""The most lines of a message; a clause may add a few that say what else fails for this reason."""
_FEWEST_SEEN = 4
_HOOKS = ("stored_key", "stored_value")


def message(claim: str, explanations: Iterable[str], test: str, calls: str) -> str:
    """The whole message; ``explanations`` are lines below the claim.

    If the message would be too long, it shows only the last lines of ``calls``.
    """
    hooks = [hook for hook in _HOOKS if f"{hook}(" in test]
    *others, last = ["make_client", *hooks]
    beside = f" (beside {', '.join(others)} and {last})" if hooks else ""
    head = "\n".join(filter(None, [claim, *explanations]))
    parts = [head, f"To see it again{beside}:", test]
    if calls:
        room = MOST_LINES - len("\n\n".join(parts).splitlines()) - 4
        parts += ["What KV saw:", _last_lines(calls, max(room, _FEWEST_SEEN))]
    return "\n\n".join(parts)


def _last_lines(text: str, room: int) -> str:
    lines = text.splitlines()
    if len(lines) > room:
        lines = [f"… {len(lines) - room + 1:,} lines before", *lines[1 - room :]]
    return "\n".join(f"    {line}" for line in lines)
