"""The section ``KV calls`` in the report of a failing test."""

from __future__ import annotations

__all__ = ()
