"""A namespace as one location sees it, which caches what it has read.

docs/locations.md names the source of each rule. A location caches what it reads, missing keys too,
for its ``cacheTtl`` and never past an expiration (D). A write or delete goes to the central store.
The location that made it drops its cached result (I), so it sees the change at once. Every other
location sees the change when its cached result has run out (D).
"""

from __future__ import annotations

__all__ = ("HIT", "MISS", "Location")

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

from pytest_kv._core.entry import Entry
from pytest_kv._core.namespace import Bulk, Namespace, Page, Read, Write

_T = TypeVar("_T")

HIT, MISS = "HIT", "MISS"
"""The values of ``cacheStatus`` where a location caches (D: cloudflare-docs#9874)."""


@dataclass(slots=True)
class _Cached(Generic[_T]):
    content: _T
    since: float
    ttl: int
    expires: float

    def lasts(self, now: float, *, ttl: int) -> bool:
        """Whether it may still be read; a lower ``ttl`` shortens its time from now on (D)."""
        self.ttl = min(self.ttl, ttl)
        return now < min(self.since + self.ttl, self.expires)


class Location:
    """The operations of :class:`Namespace`, made at one location."""

    def __init__(self, central: Namespace, name: str) -> None:
        self.location: str | None = name
        """Its name."""
        self._central = central
        self._entries: dict[str, _Cached[Entry | None]] = {}
        self._pages: dict[tuple[str, str | None, int], _Cached[Page]] = {}

    def forget(self) -> None:
        """Empty the cache."""
        self._entries.clear()
        self._pages.clear()

    def get(self, key: str, *, cache_ttl: int | None = None) -> Read:
        """The entry as this location knows it, and whether it came from the cache."""
        self._central.check_read(key, cache_ttl=cache_ttl)
        ttl = self._default_ttl if cache_ttl is None else cache_ttl
        cached = self._entries.get(key)
        if cached is not None and cached.lasts(self._central.now(), ttl=ttl):
            return Read(cached.content, HIT)
        entry = self._central.live(key)
        expires = _first_expiration([entry])
        self._entries[key] = _Cached(entry, self._central.now(), ttl, expires)
        return Read(entry, MISS)

    def put(self, write: Write) -> Entry:
        """Write to the central store; it is seen here at once."""
        entry = self._central.put(write)
        self._drop(write.key)
        return entry

    def delete(self, key: str) -> None:
        """Delete from the central store; it is seen here at once."""
        self._central.delete(key)
        self._drop(key)

    def list_page(self, *, prefix: str, after: str | None, limit: int) -> Page:
        """A page as this location knows it."""
        # Asked even when the page is cached: a removed namespace is refused in any case.
        page = self._central.list_page(prefix=prefix, after=after, limit=limit)
        cached = self._pages.get((prefix, after, limit))
        if cached is not None and cached.lasts(self._central.now(), ttl=self._default_ttl):
            return cached.content._replace(cache_status=HIT)
        expires = _first_expiration(entry for _, entry in page.entries)
        kept = _Cached(page, self._central.now(), self._default_ttl, expires)
        self._pages[prefix, after, limit] = kept
        return page._replace(cache_status=MISS)

    def bulk_get(
        self,
        keys: Sequence[str],
        read: Callable[[str], object],
        *,
        type: str,
        cache_ttl: int | None = None,
    ) -> Bulk:
        """Each key as this location knows it."""
        return self._central.bulk_get(keys, read, type=type, cache_ttl=cache_ttl, get=self.get)

    @property
    def _default_ttl(self) -> int:
        return self._central.limits.default_cache_ttl_seconds

    def _drop(self, key: str) -> None:
        # Reads fill the cache (D) and writes do not (I), so the next read asks the central store.
        self._entries.pop(key, None)
        self._pages.clear()


def _first_expiration(entries: Iterable[Entry | None]) -> float:
    known = (entry.expiration for entry in entries if entry is not None)
    return min((expiration for expiration in known if expiration is not None), default=inf)
