"""The binding face of KV: a namespace as Python code in a Worker uses it."""

from __future__ import annotations

__all__ = ()
