"""The rules and the state of Workers KV, without HTTP and without pytest."""

from __future__ import annotations

__all__ = ()
