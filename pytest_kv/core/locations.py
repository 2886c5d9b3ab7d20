"""A namespace as it is seen from one place, where what was read is kept for a while.

The rules (D: how KV works, and the pages on reading and deleting): a read is cached where it was
made for its ``cacheTtl``, misses too; a write or delete is seen at once where it was made, and
elsewhere once what is cached there has run out; an expired key is gone everywhere.
"""

from __future__ import annotations

__all__ = ("HIT", "MISS", "Location")

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pytest_kv.core.entry import Entry
from pytest_kv.core.namespace import Bulk, Namespace, Page, Read, Write

_T = TypeVar("_T")

HIT, MISS = "HIT", "MISS"
"""The values of ``cacheStatus`` where a location caches; their spelling is inferred (I)."""


@dataclass(slots=True)
class _Cached(Generic[_T]):
    content: _T
    since: float
    ttl: int


class Location:
    """The same operations as :class:`Namespace`, seen from one place."""

    def __init__(self, central: Namespace) -> None:
        self._central = central
        self._entries: dict[str, _Cached[Entry | None]] = {}
        self._pages: dict[tuple[str, str | None, int], _Cached[Page]] = {}

    def forget(self) -> None:
        """Drop what is cached, as if its time were up."""
        self._entries.clear()
        self._pages.clear()

    def get(self, key: str, *, cache_ttl: int | None = None) -> Read:
        """The entry as it is known here, and whether that came from the cache."""
        self._central.check_read(key, cache_ttl=cache_ttl)
        ttl = self._default_ttl if cache_ttl is None else cache_ttl
        cached = self._fresh(self._entries.get(key), ttl)
        if cached is not None:
            entry = cached.content
            return Read(None if entry is None or self._has_expired(entry) else entry, HIT)
        entry = self._central.live(key)
        self._keep(key, entry, ttl)
        return Read(entry, MISS)

    def put(self, write: Write) -> None:
        """Write to the central store; it is seen here at once."""
        self._central.put(write)
        self._written(write.key)

    def delete(self, key: str) -> None:
        """Delete from the central store; it is seen here at once."""
        self._central.delete(key)
        self._written(key)

    def list_page(self, *, prefix: str, after: str | None, limit: int) -> Page:
        """A page as it is known here; a key that has expired since is not on it."""
        asked = (prefix, after, limit)
        cached = self._fresh(self._pages.get(asked), self._default_ttl)
        if cached is None:
            page = self._central.list_page(prefix=prefix, after=after, limit=limit)
            self._pages[asked] = _Cached(page, self._central.now(), self._default_ttl)
            return page._replace(cache_status=MISS)
        entries = [pair for pair in cached.content.entries if not self._has_expired(pair[1])]
        return cached.content._replace(entries=entries, cache_status=HIT)

    def bulk_get(
        self,
        keys: Sequence[str],
        read: Callable[[str], object],
        *,
        type: str,
        cache_ttl: int | None = None,
    ) -> Bulk:
        """Each key as it is known here."""
        return self._central.bulk_get(keys, read, type=type, cache_ttl=cache_ttl, get=self.get)

    @property
    def _default_ttl(self) -> int:
        return self._central.limits.default_cache_ttl_seconds

    def _written(self, key: str) -> None:
        self._keep(key, self._central.live(key), self._default_ttl)
        self._pages.clear()

    def _keep(self, key: str, entry: Entry | None, ttl: int) -> None:
        self._entries[key] = _Cached(entry, self._central.now(), ttl)

    def _fresh(self, cached: _Cached[_T] | None, ttl: int) -> _Cached[_T] | None:
        """What is cached, unless its time is up; a lower ``ttl`` than its own shortens it (D)."""
        if cached is None:
            return None
        cached.ttl = min(cached.ttl, ttl)
        return cached if self._central.now() < cached.since + cached.ttl else None

    def _has_expired(self, entry: Entry) -> bool:
        return entry.expiration is not None and entry.expiration <= self._central.now()
