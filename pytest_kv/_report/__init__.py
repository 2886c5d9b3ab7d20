"""What a failing test's report says of its KV calls, and what wrong requests were near."""

from __future__ import annotations

__all__ = ()
