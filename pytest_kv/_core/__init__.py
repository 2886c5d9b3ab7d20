"""What Workers KV is, without HTTP and without pytest."""

from __future__ import annotations

__all__ = ()
