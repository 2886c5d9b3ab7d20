"""A namespace against a dict of its own, through every method and through time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_kv import Entry, KVAccount
from tests.helpers.stopped_clock import NOW, StoppedClock
from tests.helpers.texts import close_names
from tests.helpers.worker import run

MISSING = {"value": None, "metadata": None, "cacheStatus": None}

values = st.sampled_from(["", "é", "1", '{"a":1}', b"", b"\xff"])
metadata: st.SearchStrategy[object] = st.sampled_from([None, 0, "", [], {"a": None}])


@dataclass
class Kept:
    """What the model keeps under a name."""

    value: bytes
    metadata: object
    expiration: float

    @property
    def text(self) -> str:
        return self.value.decode("utf-8", "replace")


def ttls() -> st.SearchStrategy[dict[str, int]]:
    return st.just({}) | st.fixed_dictionaries({"expirationTtl": st.integers(60, 200)})


class NamespaceAsADict(RuleBasedStateMachine):
    """The model holds what was put, until its second comes; it is sorted at each look."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = StoppedClock()
        self.namespace = KVAccount(clock=self.clock).default_namespace
        self.kept: dict[str, Kept] = {}
        self.deletes: list[str] = []
        self.seconds = 0

    @property
    def alive(self) -> dict[str, Kept]:
        now = NOW + self.seconds + 0.25
        return {name: kept for name, kept in self.kept.items() if kept.expiration > now}

    @rule(name=close_names, value=values, metadata=metadata, options=ttls())
    def put(self, name: str, value: str | bytes, metadata: object, options: dict[str, int]) -> None:
        run(self.namespace.put(name, value, metadata=metadata, **options))

        self.keep(name, value, metadata, options.get("expirationTtl", float("inf")))

    @rule(name=close_names, value=values, ahead=st.integers(60, 200))
    def put_until(self, name: str, value: str | bytes, ahead: int) -> None:
        run(self.namespace.put(name, value, {"expiration": NOW + self.seconds + ahead}))

        self.keep(name, value, None, ahead)

    @rule(name=close_names, value=values, ahead=st.integers(-1, 200))
    def seed(self, name: str, value: str | bytes, ahead: int) -> None:
        self.namespace.seed({name: Entry(value, expiration=NOW + self.seconds + ahead)})

        self.keep(name, value, None, ahead)

    @rule(name=close_names)
    def delete(self, name: str) -> None:
        run(self.namespace.delete(name))

        self.kept.pop(name, None)
        self.deletes.append(name)

    @rule(seconds=st.integers(0, 90))
    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)

        self.seconds += seconds

    @rule(name=close_names)
    def get(self, name: str) -> None:
        kept = self.alive.get(name)

        assert run(self.namespace.get(name)) == (kept.text if kept else None)
        buffer = run(self.namespace.get(name, "arrayBuffer"))
        assert buffer == (kept.value if kept else None)

    @rule(name=close_names)
    def get_with_metadata(self, name: str) -> None:
        kept = self.alive.get(name)

        assert run(self.namespace.getWithMetadata(name)) == (
            {"value": kept.text, "metadata": kept.metadata, "cacheStatus": None}
            if kept
            else MISSING
        )

    @rule(names=st.lists(close_names, min_size=1, max_size=5))
    def get_many(self, names: list[str]) -> None:
        alive = self.alive

        assert run(self.namespace.get(names)) == {
            name: alive[name].text if name in alive else None for name in names
        }

    @rule(prefix=st.just("") | close_names, limit=st.integers(1, 5))
    def list(self, prefix: str, limit: int) -> None:
        names = sorted(filter(lambda name: name.startswith(prefix), self.alive), key=str.encode)
        listed: list[dict[str, Any]] = []
        page: dict[str, Any] = {"list_complete": False}
        while not page["list_complete"]:
            cursor = page.get("cursor")
            page = run(self.namespace.list(prefix=prefix, limit=limit, cursor=cursor))
            listed += page["keys"]

        assert listed == [self.as_listed(name) for name in names]

    @invariant()
    def what_is_stored_is_what_is_kept(self) -> None:
        alive = self.alive

        assert list(self.namespace.data) == list(alive)
        assert self.namespace.deletes == self.deletes

    def keep(self, name: str, value: str | bytes, metadata: object, ttl: float) -> None:
        """Put into the model what expires `ttl` seconds from now."""
        content = value.encode() if isinstance(value, str) else value
        # A name keeps its position in a dict when it is written again.
        self.kept[name] = Kept(content, metadata, NOW + self.seconds + ttl)

    def as_listed(self, name: str) -> dict[str, object]:
        """What `list` shows of a name."""
        kept = self.kept[name]
        parts: dict[str, object] = {"name": name}
        if kept.expiration != float("inf"):
            parts["expiration"] = kept.expiration
        if kept.metadata is not None:
            parts["metadata"] = json.loads(json.dumps(kept.metadata))
        return parts


TestNamespaceAsADict = NamespaceAsADict.TestCase
