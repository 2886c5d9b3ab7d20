"""Holds `KVNamespace` against real workerd: `tox -e oracle`, or `python -m tests.oracle`.

The ordinary test run collects nothing here.
"""

from __future__ import annotations

__all__ = ()
