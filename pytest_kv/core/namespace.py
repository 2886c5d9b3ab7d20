"""One simulated namespace: what KV's service does, once a face has understood the request."""

from __future__ import annotations

__all__ = ("Namespace", "Page", "Write")

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_kv.core.clock import KVClock
from pytest_kv.core.entry import Entry
from pytest_kv.core.rules import Refused, Rule, Rules
from pytest_kv.core.store import Store
from pytest_kv.core.utf import utf16_length


class Write(NamedTuple):
    """One pair to be written; times are in seconds, metadata is compact JSON."""

    key: str
    value: bytes
    metadata_json: str | None = None
    expiration: int | None = None
    expiration_ttl: int | None = None


class Page(NamedTuple):
    """One page of a list, in the order of the names' UTF-8 bytes."""

    entries: list[tuple[str, Entry]]
    complete: bool

    @property
    def last_name(self) -> str:
        """The name a cursor to the next page marks."""
        return self.entries[-1][0]


class Namespace:
    """The state both faces of a namespace share, and the operations that obey its rules.

    Every operation raises :class:`Refused` and changes nothing when KV would refuse it.
    """

    __slots__ = ("_clock", "_removed", "_rules", "_store", "id", "title")

    def __init__(self, id: str, title: str, *, rules: Rules, clock: KVClock) -> None:
        self.id = id
        self.title = title
        self._rules = rules
        self._clock = clock
        self._store = Store()
        self._removed = False

    def __repr__(self) -> str:
        return f"<Namespace {self.title!r} ({self.id})>"

    def live(self, name: str) -> Entry | None:
        """The entry under ``name`` unless it has expired; no rule is applied."""
        entry = self._store.get(name)
        if entry is None or entry.expiration is None or entry.expiration > self._clock.time():
            return entry
        return None

    def live_names(self) -> Iterator[str]:
        """The names of all entries that have not expired, in the order they were written."""
        return (name for name in self._store if self.live(name) is not None)

    def seed(self, entries: Mapping[str, Entry]) -> None:
        """Store ``entries`` under every rule but those about their expiration; all or none."""
        self._check_exists()
        for name, entry in entries.items():
            self._check_key(name)
            self._rules.check_metadata(entry.metadata_json)
            self._rules.check_value(entry.value)
        for name, entry in entries.items():
            self._store.set(name, entry)

    def remove(self) -> None:
        """Drop everything; every later operation is refused, as of a namespace that is gone."""
        self._store.clear()
        self._removed = True

    def get(self, key: str, *, cache_ttl: int | None = None) -> Entry | None:
        """The entry under ``key``, or None when there is none or it has expired."""
        self._check_key(key)
        self._rules.check_cache_ttl(cache_ttl)
        return self.live(key)

    def put(self, write: Write) -> None:
        """Store one pair in place of whatever was there: value, metadata and expiration."""
        self._store.set(write.key, self._checked(write))

    def delete(self, key: str) -> None:
        """Remove ``key``; it succeeds whether or not the key is there (D, O)."""
        self._check_key(key)
        self._store.discard(key)

    def list_page(self, *, prefix: str, after: str | None, limit: int) -> Page:
        """At most ``limit`` names that start with ``prefix`` and come after ``after``."""
        self._check_exists()
        self._rules.check_key_length(prefix)
        page: list[tuple[str, Entry]] = []
        for name, entry in self._walk(prefix, after):
            if len(page) == limit:
                return Page(page, complete=False)
            page.append((name, entry))
        return Page(page, complete=True)

    def bulk_get(
        self,
        keys: Sequence[str],
        read: Callable[[str], object],
        *,
        type: str,
        cache_ttl: int | None = None,
    ) -> dict[str, tuple[object, Entry] | None]:
        """What ``read`` makes of the text under each key, and its entry; None for a missing key.

        The first bad key decides: its name, the ``cacheTtl``, then a ValueError of ``read``, which
        is refused as text that is not JSON (O).
        """
        self._rules.check_bulk_get(keys, type)
        found: dict[str, tuple[object, Entry] | None] = {}
        units = 0
        for key in keys:
            entry = self.get(key, cache_ttl=cache_ttl)
            if entry is None:
                found[key] = None
                continue
            text = entry.text.removeprefix("\ufeff")  # O: a byte-order mark is lost here
            try:
                found[key] = (read(text), entry)
            except ValueError:
                raise Refused(Rule.BULK_GET_NOT_JSON) from None
            units += utf16_length(text)
        self._rules.check_bulk_get_size(units)
        return found

    def bulk_put(self, writes: Sequence[Write]) -> None:
        """Store all pairs; a key given twice keeps the last one (I). One refusal stops them all."""
        self._check_exists()
        self._rules.check_bulk(len(writes))
        entries = [self._checked(write) for write in writes]
        for write, entry in zip(writes, entries, strict=True):
            self._store.set(write.key, entry)

    def bulk_delete(self, keys: Sequence[str]) -> None:
        """Remove all keys, those that are there and those that are not."""
        self._check_exists()
        self._rules.check_bulk(len(keys))
        self._rules.check_keys(keys)
        self._store.discard_all(keys)

    def _walk(self, prefix: str, after: str | None) -> Iterator[tuple[str, Entry]]:
        past_prefix = after is not None and after >= prefix
        start = after if past_prefix and after is not None else prefix
        now = self._clock.time()
        for name, entry in self._store.walk(start, after=past_prefix):
            if not name.startswith(prefix):
                return
            if entry.expiration is None or entry.expiration > now:
                yield name, entry

    def _checked(self, write: Write) -> Entry:
        # The order in which workerd reports several faults of one put (O).
        self._check_key(write.key)
        expiration = self._rules.expiration(
            self._clock.seconds(),
            expiration=write.expiration,
            expiration_ttl=write.expiration_ttl,
        )
        self._rules.check_metadata(write.metadata_json)
        self._rules.check_value(write.value)
        return Entry.stored(write.value, write.metadata_json, expiration)

    def _check_key(self, key: str) -> None:
        if self._removed:
            raise Refused(Rule.NAMESPACE_NOT_FOUND)
        self._rules.check_key(key)

    def _check_exists(self) -> None:
        if self._removed:
            raise Refused(Rule.NAMESPACE_NOT_FOUND)
