"""The store against a dict, sorted anew at each look."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_kv._core.entry import Entry
from pytest_kv._core.store import Store
from tests.helpers.texts import close_names

entries = st.integers(0, 9).map(lambda number: Entry(str(number)))


def by_bytes(name: str) -> bytes:
    return name.encode()


class StoreAgainstADict(RuleBasedStateMachine):
    """Few changes between walks move single names; many make the store sort anew."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.model: dict[str, Entry] = {}

    @initialize(names=st.sets(close_names, max_size=40))
    def fill(self, names: set[str]) -> None:
        for name in names:
            self.set(name, Entry(name))

    @rule(name=close_names, entry=entries)
    def set(self, name: str, entry: Entry) -> None:
        self.store.set(name, entry)
        self.model[name] = entry

    @rule(name=close_names)
    def discard(self, name: str) -> None:
        self.store.discard(name)
        self.model.pop(name, None)

    @rule(data=st.data())
    def discard_one_that_is_there(self, data: st.DataObject) -> None:
        if self.model:
            self.discard(data.draw(st.sampled_from(sorted(self.model))))

    @rule(names=st.lists(close_names, max_size=5))
    def discard_all(self, names: list[str]) -> None:
        self.store.discard_all(names)
        for name in names:
            self.model.pop(name, None)

    @rule()
    def clear(self) -> None:
        self.store.clear()
        self.model.clear()

    @rule(start=st.just("") | close_names, after=st.booleans())
    def walk(self, start: str, after: bool) -> None:
        names = [
            name
            for name in sorted(self.model, key=by_bytes)
            if by_bytes(name) > by_bytes(start) or (name == start and not after)
        ]

        assert list(self.store.walk(start, after=after)) == [
            (name, self.model[name]) for name in names
        ]

    @rule(name=close_names)
    def get(self, name: str) -> None:
        assert self.store.get(name) is self.model.get(name)

    @invariant()
    def names_stand_in_the_order_they_were_written(self) -> None:
        assert [*self.store.items()] == [*self.model.items()]


TestStoreAgainstADict = StoreAgainstADict.TestCase


def walked(store: Store) -> list[str]:
    return [name for name, _ in store.walk("", after=False)]


def filled(count: int) -> Store:
    store = Store()
    for number in range(count):
        store.set(f"k{number:02}", Entry("v"))
    return store


def test_names_are_walked_in_the_order_of_their_bytes() -> None:
    store = Store()
    for name in ("😀", "\uffff", "a ", "é", "\ue000", "a", "Z", "a\0"):
        store.set(name, Entry("v"))

    assert walked(store) == ["Z", "a", "a\0", "a ", "é", "\ue000", "\uffff", "😀"]


def test_a_few_changes_after_a_walk_are_seen_by_the_next() -> None:
    store = filled(20)
    walked(store)

    store.set("k05x", Entry("new"))
    store.set("k06", Entry("changed"))
    store.discard("k07")
    store.discard("missing")

    assert walked(store)[5:9] == ["k05", "k05x", "k06", "k08"]


def test_many_changes_after_a_walk_are_seen_by_the_next() -> None:
    store = filled(20)
    walked(store)

    store.discard_all([f"k{number:02}" for number in range(18)])
    store.set("a", Entry("new"))

    assert walked(store) == ["a", "k18", "k19"]


def test_a_name_that_came_and_went_between_walks_is_not_walked() -> None:
    store = filled(20)
    walked(store)

    store.set("new", Entry("v"))
    store.discard("new")
    store.discard("k00")
    store.set("k00", Entry("again"))

    assert walked(store) == [f"k{number:02}" for number in range(20)]


def test_a_store_has_the_names_that_were_set_in_their_order() -> None:
    store = filled(3)
    store.set("a", Entry("v"))

    assert [*dict(store.items())] == ["k00", "k01", "k02", "a"]
