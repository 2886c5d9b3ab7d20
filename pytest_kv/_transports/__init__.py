"""The ways in which requests reach the REST face; no module here knows KV's rules."""

from __future__ import annotations

__all__ = ()
