"""``pytest-kv verify``: the facts of the REST face, asked of a real endpoint.

It imports nothing of the fake, so that the fake can be one of the endpoints.
"""

from __future__ import annotations

__all__ = ()
