"""The official SDK, sync and async, against both transports: written to run under two versions."""

from __future__ import annotations

__all__ = ()
