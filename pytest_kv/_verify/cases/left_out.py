"""The rows of docs/fidelity.md about the REST face that no fact is about, and why."""

from __future__ import annotations

__all__ = ("LEFT_OUT",)

LEFT_OUT: dict[str, str] = {}
