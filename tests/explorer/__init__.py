"""Compares the REST API with Miniflare's local explorer: `python -m tests.explorer`.

The local explorer is Cloudflare's own copy of a part of the REST API. What it answers otherwise for
a known reason is in `exclusions.py`. The tests of this folder need no Node.
"""

from __future__ import annotations

__all__ = ()
