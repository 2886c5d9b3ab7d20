"""The real Wrangler CLI against `kv_server`: `tox -e wrangler`, or `python -m tests.wrangler`.

The ordinary test run collects nothing here unless Wrangler was installed for it.
"""

from __future__ import annotations

__all__ = ()
