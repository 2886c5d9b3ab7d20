"""The Worker's face of KV: a namespace as Python code in a Worker meets it."""

from __future__ import annotations

__all__ = ()
