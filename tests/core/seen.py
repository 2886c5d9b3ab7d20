"""What a namespace shows, in a word."""

from __future__ import annotations

__all__ = ("HOUR", "cache_status", "names")

from pytest_kv import KVNamespace

HOUR = 3600
"""A long `cacheTtl`, in seconds."""


async def cache_status(namespace: KVNamespace, key: str, **options: int) -> object:
    return (await namespace.getWithMetadata(key, **options)).cacheStatus


async def names(namespace: KVNamespace, **options: object) -> list[str]:
    return [key.name for key in (await namespace.list(**options))["keys"]]
