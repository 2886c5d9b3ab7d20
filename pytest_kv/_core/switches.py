"""Behaviour that production always has, and the fake only when a test switches it on."""

from __future__ import annotations

__all__ = ("Switches",)

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Switches:
    """The switches of one account, all off at first; docs/production.md tells what each does."""

    page_size: int | None = None
    """The most names on a page of ``list``, however high the limit (D)."""

    tombstones: bool = False
    """Whether names that were deleted or have expired still fill pages of ``list`` (D)."""

    write_limit: bool = False
    """Whether KV refuses a second write to a key within a second (D)."""

    request_limit: int | None = None
    """How many REST requests KV takes in 5 minutes before it refuses them all (D)."""

    second_limit: int | None = None
    """How many REST requests KV takes in a second; beside ``request_limit`` (D)."""

    def turn_off(self) -> None:
        """Turn every switch off."""
        for switch in fields(self):
            setattr(self, switch.name, switch.default)
