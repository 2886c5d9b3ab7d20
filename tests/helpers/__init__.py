"""What the tests of several folders use. No module here is a test."""

from __future__ import annotations

__all__ = ()
