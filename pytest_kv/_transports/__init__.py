"""How requests reach the REST face; nothing here knows what KV does."""

from __future__ import annotations

__all__ = ()
