"""One simulated namespace: what KV does once a face has read the caller's request."""

from __future__ import annotations

__all__ = ("Bulk", "BulkWritten", "Namespace", "Page", "Read", "Write", "expiration_ttls")

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from pytest_kv._core.clock import KVClock
from pytest_kv._core.entry import Entry, stored_entry
from pytest_kv._core.fault_plan import FaultPlan
from pytest_kv._core.limits import Limits
from pytest_kv._core.rules import Refused, Rule, Rules
from pytest_kv._core.store import Store
from pytest_kv._core.switches import Switches
from pytest_kv._core.utf import utf16_length


class Write(NamedTuple):
    """One pair to be written; times are in seconds, metadata is compact JSON."""

    key: str
    value: bytes
    metadata_json: str | None = None
    expiration: int | None = None
    expiration_ttl: int | None = None


def expiration_ttls(writes: Sequence[Write]) -> tuple[int | None, ...]:
    """The TTL of each of ``writes``, for the journal; empty when none has one."""
    ttls = tuple(write.expiration_ttl for write in writes)
    return ttls if any(ttl is not None for ttl in ttls) else ()


class BulkWritten(NamedTuple):
    """What a bulk put did."""

    entries: tuple[Entry, ...]
    """The entries that it stored, one for each key that it did not leave undone."""
    undone: tuple[str, ...]
    """The keys that a planned fault left undone."""


class Read(NamedTuple):
    """What a read of one key found."""

    entry: Entry | None
    cache_status: str | None = None
    """Whether it came from a location's cache; None where nothing is cached."""


Bulk = dict[str, tuple[object, Entry] | None]
"""What a bulk get found: the value read and its entry by key, None for a missing key."""


class Page(NamedTuple):
    """One page of a list, in the order of the names' UTF-8 bytes."""

    entries: list[tuple[str, Entry]]
    complete: bool
    last_name: str = ""
    """The last name on the page, a tombstone included, which the cursor marks; empty at the end."""
    cache_status: str | None = None


class Namespace:
    """The state both faces of a namespace share, and the operations that obey its rules.

    Every operation raises :class:`Refused` and changes nothing when KV would refuse it.
    """

    location: None = None
    """The central store has no location."""

    def __init__(
        self,
        id: str,
        title: str,
        *,
        rules: Rules,
        clock: KVClock,
        faults: FaultPlan,
        switches: Switches,
        jurisdiction: str | None = None,
    ) -> None:
        self.id = id
        self.title = title
        self.jurisdiction = jurisdiction
        self._rules = rules
        self._clock = clock
        self._faults = faults
        self._switches = switches
        self._store = Store()
        self._removed = False
        self._written_at: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<Namespace {self.title!r} ({self.id})>"

    @property
    def limits(self) -> Limits:
        """The limits the namespace obeys."""
        return self._rules.limits

    def now(self) -> float:
        """The account's time in seconds since the UNIX epoch."""
        return self._clock.time()

    def live(self, name: str) -> Entry | None:
        """The entry under ``name``, or None; no rule of KV is checked."""
        entry = self._store.get(name)
        if entry is None or entry.expiration is None or entry.expiration > self._clock.time():
            return entry
        return None

    def live_entries(self) -> dict[str, Entry]:
        """The entries that have not expired, by name, in the order in which names were added."""
        now = self.now()
        return {
            name: entry
            for name, entry in self._store.items()
            if entry is not None and (entry.expiration is None or entry.expiration > now)
        }

    def seed(self, entries: Mapping[str, Entry]) -> None:
        """Store all entries or none; checks all rules of ``put`` except expiration."""
        self._check_exists()
        self._rules.check_keys(tuple(entries))
        for entry in entries.values():
            self._rules.check_metadata(entry.metadata_json)
            self._rules.check_value(entry.value)
        for name, entry in entries.items():
            self._store.set(name, entry)

    def put_all(self, writes: Sequence[Write]) -> None:
        """Store all pairs, any number of them, or none; checks all rules of ``put``."""
        self._check_exists()
        for key, entry in self._all_checked(writes).items():
            self._store.set(key, entry)

    def clear(self) -> None:
        """Remove every key, without a trace."""
        self._store.clear()
        self._written_at.clear()

    def remove(self) -> None:
        """Remove every key; from now on every operation is refused with "namespace not found"."""
        self.clear()
        self._removed = True

    def restore(self, title: str) -> None:
        """Be there again, under ``title`` and without a key."""
        self.title = title
        self._removed = False

    def check_read(self, key: str, *, cache_ttl: int | None = None) -> None:
        """Refuse a read because of its key or its ``cacheTtl``."""
        self._check_key(key)
        self._rules.check_cache_ttl(cache_ttl)

    def get(self, key: str, *, cache_ttl: int | None = None) -> tuple[Entry | None, str | None]:
        """The entry under ``key``, or None, and None as cache status."""
        self.check_read(key, cache_ttl=cache_ttl)
        return self.live(key), None  # a Read takes as long to make as all the rest

    def put(self, write: Write) -> Entry:
        """Store one pair and return its entry; nothing of an older entry stays."""
        entry = self._checked(write, self._clock.seconds())
        if self._switches.write_limit:
            self._check_write_rate([write.key])
        self._store.set(write.key, entry)
        return entry

    def delete(self, key: str) -> None:
        """Remove ``key``; it succeeds whether or not the key is there (D, O)."""
        self._check_key(key)
        if self._switches.tombstones:
            self._store.bury(key)
        else:
            self._store.discard(key)

    def list_page(self, *, prefix: str, after: str | None, limit: int) -> Page:
        """At most ``limit`` names that start with ``prefix`` and come after ``after``.

        With ``page_size`` a page ends earlier. With ``tombstones`` names that were deleted or have
        expired take room on it (D), so that a page may be empty and still not be the last one.
        """
        self._check_exists()
        self._rules.check_key_length(prefix)
        size = min(limit, self._switches.page_size or limit)
        page: list[tuple[str, Entry]] = []
        met, last_name = 0, ""
        for name, entry in self._walk(prefix, after):
            if met == size:
                return Page(page, complete=False, last_name=last_name)
            met, last_name = met + 1, name
            if entry is not None:
                page.append((name, entry))
        return Page(page, complete=True)

    def bulk_get(
        self,
        keys: Sequence[str],
        read: Callable[[str], object],
        *,
        type: str,
        cache_ttl: int | None = None,
        get: Callable[..., tuple[Entry | None, str | None]] | None = None,
    ) -> Bulk:
        """The result of ``read`` for each key's text, and its entry; None for a missing key.

        Keys are checked one by one, so the first bad key decides (O). The checks of a key are
        its name, the ``cacheTtl``, then ``read``, whose ValueError means that a text is not JSON.
        """
        self._rules.check_bulk_get(keys, type)
        get = get or self.get
        found: Bulk = {}
        units = 0
        for key in keys:
            entry, _ = get(key, cache_ttl=cache_ttl)
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

    def bulk_put(self, writes: Sequence[Write]) -> BulkWritten:
        """Store all pairs or, when one is refused, none; equal pairs count once."""
        self._check_exists()
        self._rules.check_bulk(len(writes))
        entries = self._all_checked(writes)
        if self._switches.write_limit:
            self._check_write_rate(entries)
        failing = self._faults.take_failing(entries)
        for key in failing:
            del entries[key]
        for key, entry in entries.items():
            self._store.set(key, entry)
        return BulkWritten(tuple(entries.values()), failing)

    def bulk_delete(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Remove all keys, whether or not they are there.

        Returns the keys that a planned fault leaves undone.
        """
        self._check_exists()
        self._rules.check_bulk(len(keys))
        self._rules.check_keys(keys)
        failing = self._faults.take_failing(keys)
        if failing:
            undone = frozenset(failing)
            keys = [key for key in keys if key not in undone]
        if self._switches.tombstones:
            for key in keys:
                self._store.bury(key)
        else:
            self._store.discard_all(keys)
        return failing

    def _walk(self, prefix: str, after: str | None) -> Iterator[tuple[str, Entry | None]]:
        """Names from where the page begins, with their entries; a tombstone has None."""
        past_prefix = after is not None and after >= prefix
        start = after if past_prefix and after is not None else prefix
        now = self.now()
        for name, entry in self._store.walk(start, after=past_prefix):
            if not name.startswith(prefix):
                return
            if entry is not None and (entry.expiration is None or entry.expiration > now):
                yield name, entry
            elif self._switches.tombstones:
                yield name, None

    def _check_write_rate(self, keys: Collection[str]) -> None:
        """Refuse a second write to a key in the same second (D)."""
        now = self.now()
        rest = self.limits.write_interval_seconds
        if any(now - self._written_at.get(key, -inf) < rest for key in keys):
            raise Refused(Rule.WRITE_TOO_SOON)
        self._written_at.update(dict.fromkeys(keys, now))

    def _all_checked(self, writes: Sequence[Write]) -> dict[str, Entry]:
        now = self._clock.seconds()
        entries = {write.key: self._checked(write, now) for write in writes}
        if len(entries) < len(writes):
            _check_repeats(writes)
        return entries

    def _checked(self, write: Write, now: int) -> Entry:
        # The order in which workerd checks for several mistakes in one put (O).
        self._check_key(write.key)
        expiration = self._rules.expiration(
            now, expiration=write.expiration, expiration_ttl=write.expiration_ttl
        )
        self._rules.check_metadata(write.metadata_json)
        self._rules.check_value(write.value)
        return stored_entry(write.value, write.metadata_json, expiration)

    def _check_key(self, key: str) -> None:
        if self._removed:
            raise Refused(Rule.NAMESPACE_NOT_FOUND)
        self._rules.check_key(key)

    def _check_exists(self) -> None:
        if self._removed:
            raise Refused(Rule.NAMESPACE_NOT_FOUND)


def _check_repeats(writes: Sequence[Write]) -> None:
    """Refuse a key that is given twice with another value, metadata or expiration."""
    first: dict[str, Write] = {}
    for write in writes:
        known = first.setdefault(write.key, write)
        if _comparable(known) != _comparable(write):
            raise Refused(Rule.BULK_REPEATED_KEY, key=write.key)


def _comparable(write: Write) -> Write:
    # The order of an object's members does not matter.
    if write.metadata_json is None:
        return write
    metadata = json.loads(write.metadata_json)
    return write._replace(metadata_json=json.dumps(metadata, sort_keys=True))
