"""The REST face of KV: it turns a request into a response. Transports are elsewhere."""

from __future__ import annotations

__all__ = ()
