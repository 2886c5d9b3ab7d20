"""The REST face of KV: a request in, a response out, and no transport."""

from __future__ import annotations

__all__ = ()
