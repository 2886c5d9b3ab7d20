"""Clients for Node against `kv_server`: the official SDK for TypeScript, and unstorage's driver.

`tox -e wrangler`, or `python -m tests.wrangler`, installs both and runs the tests. The ordinary
test run collects nothing here unless they were installed for it.
"""

from __future__ import annotations

__all__ = ()
