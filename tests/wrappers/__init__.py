"""Packages from PyPI that have Cloudflare's address written in, in an environment of their own.

Some of them need an old requests; ``tox -e wrappers`` installs them.
"""

from __future__ import annotations

__all__ = ()
