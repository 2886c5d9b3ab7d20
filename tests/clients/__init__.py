"""Clients that are not httpx, each in its own manner, against ``kv_server``."""

from __future__ import annotations

__all__ = ()
