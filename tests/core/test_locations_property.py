"""Whatever is done wherever and whenever, each location sees what the chronicle says it may see."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping
from itertools import count
from math import inf
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_kv import Entry, KVAccount, KVError, KVNamespace
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request
from tests.core.chronicle import Chronicle, Key, Names, Stored
from tests.helpers.stopped_clock import StoppedClock

DEFAULT_TTL, LONGEST_TTL = 60, 300

CITIES = ("LHR", "SFO")
KEYS = ("a", "b")

locations = st.sampled_from([*CITIES, None])
writers = st.sampled_from([*CITIES, None, "REST"])
keys = st.sampled_from(KEYS)
cache_ttls = st.sampled_from([None, 30, 120, LONGEST_TTL])
expiration_ttls = st.sampled_from([None, 60, 90])
# The clock starts a quarter past a second: whole waits meet the end of a cache, 0.75 an expiration.
waits = st.sampled_from([0, 0.75, 1, 29, 30, 31, 60])


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a call on a binding, which never waits for anything."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value


class Locations(RuleBasedStateMachine):
    """One namespace seen from two cities, from the central store and over REST."""

    def __init__(self) -> None:
        super().__init__()
        self.account = KVAccount(clock=StoppedClock())
        self.central = self.account.default_namespace
        self.rest = RestApi(self.account._core)
        self.chronicle = Chronicle(self.account.clock.time())
        self.values = (f"value {number}" for number in count(1))

    @rule(writer=writers, key=keys, expiration_ttl=expiration_ttls)
    def put(self, writer: str | None, key: str, expiration_ttl: int | None) -> None:
        value, metadata = next(self.values), {"written by": writer}
        if writer == "REST":
            pair = {"key": key, "value": value, "metadata": metadata}
            self.request("PUT", "/bulk", [with_option(pair, expiration_ttl=expiration_ttl)])
        else:
            options = with_option({"metadata": metadata}, expirationTtl=expiration_ttl)
            finish(self.seen_from(writer).put(key, value, options))
        self.chronicle.write(writer, key, self.stored(value, metadata, expiration_ttl))

    @rule(writer=writers, key=keys)
    def delete(self, writer: str | None, key: str) -> None:
        if writer == "REST":
            self.request("POST", "/bulk/delete", [key])
        else:
            finish(self.seen_from(writer).delete(key))
        self.chronicle.write(writer, key, None)

    @rule(key=keys, seconds_left=st.sampled_from([None, 0, 1, 30]))
    def seed(self, key: str, seconds_left: int | None) -> None:
        stored = self.stored(next(self.values), None, seconds_left)
        expiration = None if stored.expiration == inf else int(stored.expiration)
        self.central.seed({key: Entry(stored.value, expiration=expiration)})
        self.chronicle.write(None, key, stored)

    @rule(seconds=waits, location=locations, key=keys, cache_ttl=cache_ttls)
    def get(self, seconds: float, location: str | None, key: str, cache_ttl: int | None) -> None:
        self.wait(seconds)
        found, _ = self.chronicle.ask(location, Key(key), cache_ttl or DEFAULT_TTL)
        value = finish(self.seen_from(location).get(key, with_option(cacheTtl=cache_ttl)))
        assert value == (found.only and found.only.value)

    @rule(seconds=waits, location=locations, key=keys, cache_ttl=cache_ttls)
    def get_with_metadata(
        self, seconds: float, location: str | None, key: str, cache_ttl: int | None
    ) -> None:
        self.wait(seconds)
        found, status = self.chronicle.ask(location, Key(key), cache_ttl or DEFAULT_TTL)
        options = with_option(cacheTtl=cache_ttl)
        got = finish(self.seen_from(location).getWithMetadata(key, options))
        expected = (found.only.value, found.only.metadata) if found.only else (None, None)
        assert (got.value, got.metadata, got.cacheStatus) == (*expected, status)

    @rule(location=locations, keys=st.lists(keys, min_size=1, max_size=3), cache_ttl=cache_ttls)
    def get_many(self, location: str | None, keys: list[str], cache_ttl: int | None) -> None:
        expected: dict[str, str | None] = {}
        for key in keys:
            found, _ = self.chronicle.ask(location, Key(key), cache_ttl or DEFAULT_TTL)
            expected[key] = found.only and found.only.value
        options = with_option(cacheTtl=cache_ttl)
        assert finish(self.seen_from(location).get(keys, options)) == expected

    @rule(seconds=waits, location=locations, limit=st.sampled_from([1000, 1]))
    def walk_the_names(self, seconds: float, location: str | None, limit: int) -> None:
        self.wait(seconds)
        cursor, after = None, ""
        while True:
            found, status = self.chronicle.ask(location, Names("", after, limit), DEFAULT_TTL)
            options = with_option({"limit": limit}, cursor=cursor)
            page = finish(self.seen_from(location).list(options))
            assert page["keys"] == [listed(name, stored) for name, stored in found.pairs]
            assert (page.list_complete, page.cacheStatus) == (found.complete, status)
            if page.list_complete:
                return
            cursor, after = page.cursor, found.pairs[-1][0]

    @rule(location=locations, prefix=keys)
    def list_some_names(self, location: str | None, prefix: str) -> None:
        found, status = self.chronicle.ask(location, Names(prefix, "", 1000), DEFAULT_TTL)
        page = finish(self.seen_from(location).list(prefix=prefix))
        assert page["keys"] == [listed(name, stored) for name, stored in found.pairs]
        assert page.cacheStatus == status

    @rule(location=locations, key=keys)
    def ask_for_what_is_refused(self, location: str | None, key: str) -> None:
        namespace = self.seen_from(location)
        for refused in (
            namespace.get(key, cacheTtl=29),
            namespace.put(key, "too short", expirationTtl=59),
            namespace.put(key, "too large", metadata="x" * 1024),
            namespace.delete("."),
        ):
            with pytest.raises(KVError):
                finish(refused)

    @rule()
    def propagate(self) -> None:
        self.account.propagate()
        self.chronicle.propagate()

    @invariant()
    def the_central_store_holds_what_was_written_last(self) -> None:
        data = self.central.data.items()
        assert self.chronicle.world() == {
            key: Stored(entry.text, entry.metadata, entry.expiration or inf) for key, entry in data
        }

    def teardown(self) -> None:
        """All locations agree with the central store after the longest time anything is cached."""
        self.account.clock.advance(LONGEST_TTL)
        names = sorted(self.central.data)
        for city in CITIES:
            namespace = self.seen_from(city)
            assert [listed["name"] for listed in finish(namespace.list())["keys"]] == names
            for key in KEYS:
                expected = self.central.data[key].text if key in names else None
                assert finish(namespace.get(key, cacheTtl=LONGEST_TTL)) == expected

    def wait(self, seconds: float) -> None:
        self.account.clock.advance(seconds)
        self.chronicle.time += seconds

    def seen_from(self, location: str | None) -> KVNamespace:
        return self.central if location is None else self.central.at(location)

    def stored(self, value: str, metadata: object, seconds_left: int | None) -> Stored:
        second = self.account.clock.seconds()
        return Stored(value, metadata, inf if seconds_left is None else second + seconds_left)

    def request(self, method: str, below: str, body: object) -> None:
        namespaces = f"/client/v4/accounts/{self.account.id}/storage/kv/namespaces"
        headers = {"authorization": f"Bearer {self.account.api_token}"}
        target = f"{namespaces}/{self.central.id}{below}"
        response = self.rest.handle(Request(method, target, headers, json.dumps(body).encode()))
        assert response.status == 200


def with_option(given: Mapping[str, object] | None = None, **option: object) -> Any:
    """What is given, and the option unless it is None."""
    chosen = {name: value for name, value in option.items() if value is not None}
    return dict(given or {}) | chosen


def listed(name: str, stored: Stored) -> dict[str, object]:
    """A key as `list` shows it."""
    shown: dict[str, object] = {"name": name}
    if stored.expiration != inf:
        shown["expiration"] = stored.expiration
    if stored.metadata is not None:
        shown["metadata"] = stored.metadata
    return shown


TestLocations = Locations.TestCase
TestLocations.settings = settings(max_examples=200)
