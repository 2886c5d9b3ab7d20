"""What KV's service does with a request that a face has understood."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.clock import KVClock
from pytest_kv._core.entry import Entry
from pytest_kv._core.fault_plan import FaultPlan
from pytest_kv._core.limits import Limits
from pytest_kv._core.namespace import Namespace, Page, Write, expiration_ttls
from pytest_kv._core.rules import Refused, Rule, Rules
from pytest_kv._core.switches import Switches
from tests.helpers.stopped_clock import NOW, StoppedClock
from tests.helpers.texts import close_names, texts_of_bytes


def make(clock: KVClock | None = None, limits: Limits | None = None) -> Namespace:
    rules = Rules(limits or Limits())
    return Namespace(
        "0" * 32,
        "KV",
        rules=rules,
        clock=clock or StoppedClock(),
        faults=FaultPlan(RLock()),
        switches=Switches(),
    )


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def namespace(clock: StoppedClock) -> Namespace:
    return make(clock)


def refused(operation: Callable[[], object]) -> Rule:
    with pytest.raises(Refused) as caught:
        operation()
    return caught.value.rule


def stored(namespace: Namespace) -> dict[str, Entry]:
    return namespace.live_entries()


def identity(text: str) -> object:
    return text


def names_on(page: Page) -> list[str]:
    return [name for name, _ in page.entries]


# One key.


def test_what_was_put_is_there_to_get(namespace: Namespace) -> None:
    namespace.put(Write("k", b"v", '{"a":1}', NOW + 90))

    assert namespace.get("k")[0] == Entry("v", metadata={"a": 1}, expiration=NOW + 90)


def test_nothing_of_an_older_entry_survives_a_put(namespace: Namespace) -> None:
    namespace.put(Write("k", b"v", '{"a":1}', NOW + 90))

    namespace.put(Write("k", b"w"))

    assert namespace.get("k")[0] == Entry("w")


def test_a_deleted_key_is_missing_and_may_be_deleted_again(namespace: Namespace) -> None:
    namespace.put(Write("k", b"v"))

    namespace.delete("k")
    namespace.delete("k")

    assert namespace.get("k")[0] is None


@pytest.mark.parametrize("name", ["", ".", "..", "é" * 257, "\ud800"])
def test_a_bad_name_is_refused_by_every_operation_on_one_key(
    namespace: Namespace, name: str
) -> None:
    with pytest.raises(Refused) as caught:
        Rules(Limits()).check_key(name)
    rule = caught.value.rule

    assert refused(lambda: namespace.get(name)) is rule
    assert refused(lambda: namespace.put(Write(name, b"v"))) is rule
    assert refused(lambda: namespace.delete(name)) is rule
    assert refused(lambda: namespace.bulk_put([Write("a", b"v"), Write(name, b"v")])) is rule
    assert refused(lambda: namespace.bulk_delete(["a", name])) is rule
    assert refused(lambda: namespace.seed({"a": Entry("v"), name: Entry("v")})) is rule
    assert stored(namespace) == {}


def test_a_get_is_refused_for_its_name_before_its_cache_ttl(namespace: Namespace) -> None:
    assert refused(lambda: namespace.get("..", cache_ttl=1)) is Rule.KEY_DOTS
    assert refused(lambda: namespace.get("k", cache_ttl=29)) is Rule.CACHE_TTL_TOO_SHORT
    assert namespace.get("k", cache_ttl=30)[0] is None


@pytest.mark.parametrize(
    ("write", "rule"),
    [
        (Write("..", b"v" * 11, "x" * 11, 1, 1), Rule.KEY_DOTS),
        (Write("k", b"v" * 11, "x" * 11, 1, 1), Rule.TTL_TOO_SHORT),
        (Write("k", b"v" * 11, "x" * 11, 1), Rule.EXPIRATION_PAST),
        (Write("k", b"v" * 11, "x" * 11), Rule.METADATA_TOO_LARGE),
        (Write("k", b"v" * 11), Rule.VALUE_TOO_LARGE),
    ],
)
def test_a_put_with_several_faults_is_refused_for_the_first(write: Write, rule: Rule) -> None:
    namespace = make(limits=Limits(value_bytes=10, metadata_bytes=10))
    namespace.put(Write("k", b"old"))

    assert refused(lambda: namespace.put(write)) is rule
    assert stored(namespace) == {"k": Entry("old")}


# Time.


@pytest.mark.parametrize("ttl", [60, 61, 3600])
def test_a_ttl_counts_from_the_second_the_put_was_made_in(
    namespace: Namespace, clock: StoppedClock, ttl: int
) -> None:
    clock.advance(0.5)

    namespace.put(Write("k", b"v", expiration_ttl=ttl))

    assert namespace.get("k")[0] == Entry("v", expiration=NOW + ttl)


def test_an_entry_is_gone_from_the_second_it_expires_in(
    namespace: Namespace, clock: StoppedClock
) -> None:
    namespace.put(Write("k", b"v", expiration=NOW + 60))

    clock.advance(59.5)
    assert namespace.live("k") == namespace.get("k")[0] == Entry("v", expiration=NOW + 60)
    assert names_on(namespace.list_page(prefix="", after=None, limit=10)) == ["k"]

    clock.advance(0.25)
    assert namespace.live("k") is namespace.get("k")[0] is None
    assert namespace.list_page(prefix="", after=None, limit=10) == Page([], complete=True)
    assert list(namespace.live_entries()) == []


def test_a_key_that_expired_may_be_written_again(namespace: Namespace, clock: StoppedClock) -> None:
    namespace.put(Write("k", b"v", expiration_ttl=60))
    clock.advance(60)

    namespace.put(Write("k", b"w"))

    assert stored(namespace) == {"k": Entry("w")}


# Pages.


@st.composite
def changes(draw: st.DrawFn) -> tuple[set[str], set[str]]:
    names = st.sets(close_names, max_size=5)
    return draw(names), draw(names)


@given(
    names=st.sets(close_names, max_size=30),
    prefix=st.just("") | close_names,
    limit=st.integers(1, 8),
    between=st.lists(changes(), max_size=6),
)
def test_a_page_is_what_follows_the_page_before_whatever_came_and_went(
    names: set[str], prefix: str, limit: int, between: list[tuple[set[str], set[str]]]
) -> None:
    namespace, model = make(), set(names)
    namespace.seed({name: Entry(name) for name in names})
    after = None
    for written, deleted in [*between, (set(), set())]:
        page = namespace.list_page(prefix=prefix, after=after, limit=limit)

        left = sorted(name.encode() for name in model if name.startswith(prefix))
        left = [name for name in left if after is None or name > after.encode()]
        assert [name.encode() for name in names_on(page)] == left[:limit]
        assert page.complete == (len(left) <= limit)

        after = after if page.complete else page.last_name
        model = (model | written) - deleted
        namespace.bulk_put([Write(name, name.encode()) for name in written])
        namespace.bulk_delete(list(deleted))


@given(names=st.sets(close_names), prefix=st.just("") | close_names, limit=st.integers(1, 8))
def test_pages_together_hold_every_name_once(names: set[str], prefix: str, limit: int) -> None:
    namespace = make()
    namespace.seed({name: Entry("v") for name in names})
    page = namespace.list_page(prefix=prefix, after=None, limit=limit)
    listed = names_on(page)
    while not page.complete:
        page = namespace.list_page(prefix=prefix, after=page.last_name, limit=limit)
        listed += names_on(page)

    assert listed == sorted(filter(lambda name: name.startswith(prefix), names), key=str.encode)


@pytest.mark.parametrize(
    ("after", "listed"),
    [
        (None, ["b", "ba", "bb"]),
        ("", ["b", "ba", "bb"]),
        ("a", ["b", "ba", "bb"]),
        ("b", ["ba", "bb"]),
        ("ba", ["bb"]),
        ("bb", []),
        ("c", []),
    ],
)
def test_a_page_starts_after_any_name_whether_or_not_it_has_the_prefix(
    namespace: Namespace, after: str | None, listed: list[str]
) -> None:
    namespace.seed(dict.fromkeys(["a", "b", "ba", "bb", "c"], Entry("v")))

    assert names_on(namespace.list_page(prefix="b", after=after, limit=10)) == listed


def test_expired_names_do_not_count_on_a_page(namespace: Namespace, clock: StoppedClock) -> None:
    namespace.seed({"a": Entry("v", expiration=NOW + 1), "b": Entry("v"), "c": Entry("v")})
    clock.advance(1)

    page = namespace.list_page(prefix="", after=None, limit=2)

    assert (names_on(page), page.complete) == (["b", "c"], True)


@given(st.sampled_from([511, 512]).flatmap(texts_of_bytes))
def test_a_prefix_may_be_as_long_as_a_name(prefix: str) -> None:
    page = make().list_page(prefix=prefix, after=None, limit=1)

    assert page == Page([], complete=True)


@given(texts_of_bytes(513))
def test_a_prefix_longer_than_a_name_is_refused(prefix: str) -> None:
    namespace = make()

    assert refused(lambda: namespace.list_page(prefix=prefix, after=None, limit=1)) is (
        Rule.KEY_TOO_LONG
    )


# Many keys.


def test_a_bulk_get_has_an_entry_or_none_for_each_key(namespace: Namespace) -> None:
    namespace.seed({"a": Entry("1"), "b": Entry("2")})

    found = namespace.bulk_get(["b", "missing", "a", "b"], identity, type="text")

    assert found == {"b": ("2", Entry("2")), "missing": None, "a": ("1", Entry("1"))}


def test_a_bulk_get_drops_one_byte_order_mark(namespace: Namespace) -> None:
    namespace.seed({"a": Entry("\ufeff\ufeffx"), "b": Entry(b"\xff")})

    found = namespace.bulk_get(["a", "b"], identity, type="text")

    assert found == {
        "a": ("\ufeffx", Entry("\ufeff\ufeffx")),
        "b": ("\ufffd", Entry(b"\xff")),
    }


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        (["..", "not json"], Rule.KEY_DOTS),
        (["not json", ".."], Rule.CACHE_TTL_TOO_SHORT),
        (["k"] * 101, Rule.BULK_GET_TOO_MANY),
        ([], Rule.BULK_GET_EMPTY),
    ],
)
def test_the_first_bad_key_of_a_bulk_get_decides(
    namespace: Namespace, keys: list[str], rule: Rule
) -> None:
    namespace.seed({"not json": Entry("nope")})

    assert refused(lambda: namespace.bulk_get(keys, int, type="json", cache_ttl=29)) is rule


def test_a_bulk_get_of_what_cannot_be_read_is_refused(namespace: Namespace) -> None:
    namespace.seed({"a": Entry("1"), "not json": Entry("nope")})

    operation = namespace.bulk_get
    assert operation(["a"], int, type="json") == {"a": (1, Entry("1"))}
    assert refused(lambda: operation(["a", "not json", ".."], int, type="json")) is (
        Rule.BULK_GET_NOT_JSON
    )


@pytest.mark.parametrize("keys", [["twice", "twice"], ["emoji"], ["twice", "half"]])
def test_a_bulk_get_counts_units_of_utf_16_and_repeats(keys: list[str]) -> None:
    namespace = make(limits=Limits(bulk_get_units=10))
    values = {"twice": Entry("\ufeffabcde"), "half": Entry("abcde"), "emoji": Entry("😀" * 5)}
    namespace.seed(values | {"x": Entry("x")})

    assert namespace.bulk_get(keys, identity, type="text").keys() == set(keys)
    assert refused(lambda: namespace.bulk_get([*keys, "x"], identity, type="text")) is (
        Rule.BULK_GET_TOO_LARGE
    )


def test_a_bulk_put_stores_all_pairs_and_of_equal_ones_the_first(namespace: Namespace) -> None:
    twice = Write("a", b"1", '{"m":1,"n":2}', expiration_ttl=60)
    reordered = twice._replace(metadata_json='{"n":2,"m":1}')
    done = namespace.bulk_put([twice, Write("b", b"2", expiration=NOW + 70), reordered, twice])

    a, b = (
        Entry("1", metadata={"m": 1, "n": 2}, expiration=NOW + 60),
        Entry("2", expiration=NOW + 70),
    )
    assert stored(namespace) == {"a": a, "b": b}
    assert done == ((a, b), ())


@pytest.mark.parametrize("store", [Namespace.bulk_put, Namespace.put_all])
def test_pairs_that_give_one_key_two_values_are_all_refused(
    store: Callable[[Namespace, list[Write]], object], namespace: Namespace
) -> None:
    namespace.put(Write("a", b"old"))
    writes = [Write("b", b"1"), Write("a", b"1"), Write("a", b"1"), Write("a", b"2")]

    assert refused(lambda: store(namespace, writes)) is Rule.BULK_REPEATED_KEY
    assert stored(namespace) == {"a": Entry("old")}


def test_a_classic_namespace_has_room_for_more_keys_than_kv_instant() -> None:
    namespace = make(limits=Limits(instant_keys=1))

    for key in ("a", "b"):
        namespace.put(Write(key, b""))
    namespace.bulk_put([Write("c", b""), Write("d", b"")])

    assert list(stored(namespace)) == ["a", "b", "c", "d"]


def test_ttls_are_noted_only_where_one_is_given() -> None:
    without, with_one = Write("a", b""), Write("b", b"", expiration_ttl=60)

    assert expiration_ttls([without, without]) == ()
    assert expiration_ttls([without, with_one]) == (None, 60)


def test_a_bulk_put_that_is_refused_changes_nothing() -> None:
    namespace = make(limits=Limits(bulk_items=2))
    namespace.put(Write("a", b"old"))
    writes = [Write("a", b"new"), Write("b", b"new", expiration_ttl=59)]

    assert refused(lambda: namespace.bulk_put(writes)) is Rule.TTL_TOO_SHORT
    assert refused(lambda: namespace.bulk_put([*writes, Write("c", b"")])) is Rule.BULK_TOO_MANY
    assert stored(namespace) == {"a": Entry("old")}


def test_a_bulk_delete_removes_keys_whether_or_not_they_are_there() -> None:
    namespace = make(limits=Limits(bulk_items=3))
    namespace.seed({"a": Entry("1"), "b": Entry("2"), "c": Entry("3")})

    assert refused(lambda: namespace.bulk_delete(["a"] * 4)) is Rule.BULK_TOO_MANY
    assert len(stored(namespace)) == 3
    namespace.bulk_delete(["a", "missing", "c"])
    namespace.bulk_delete([])
    assert stored(namespace) == {"b": Entry("2")}


# Seeds.


def test_a_seed_may_expire_at_any_time(namespace: Namespace, clock: StoppedClock) -> None:
    namespace.seed({"past": Entry("v", expiration=1), "soon": Entry("v", expiration=NOW + 5)})

    assert list(namespace.live_entries()) == ["soon"]
    clock.advance(5)
    assert list(namespace.live_entries()) == []


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"..": Entry("v")}, Rule.KEY_DOTS),
        ({"k": Entry("v" * 11)}, Rule.VALUE_TOO_LARGE),
        ({"k": Entry("v", metadata="x" * 9)}, Rule.METADATA_TOO_LARGE),
    ],
)
def test_a_seed_is_stored_whole_or_not_at_all(bad: dict[str, Entry], rule: Rule) -> None:
    namespace = make(limits=Limits(value_bytes=10, metadata_bytes=10))

    assert refused(lambda: namespace.seed({"good": Entry("v"), **bad})) is rule
    assert stored(namespace) == {}


# A namespace that is gone.


@pytest.mark.parametrize(
    "operation",
    [
        lambda gone: gone.get("k"),
        lambda gone: gone.put(Write("k", b"v")),
        lambda gone: gone.delete("k"),
        lambda gone: gone.list_page(prefix="", after=None, limit=1),
        lambda gone: gone.bulk_get(["k"], identity, type="text"),
        lambda gone: gone.bulk_put([Write("k", b"v")]),
        lambda gone: gone.bulk_delete(["k"]),
        lambda gone: gone.bulk_delete([]),
        lambda gone: gone.seed({"k": Entry("v")}),
        lambda gone: gone.delete(".."),
    ],
)
def test_a_removed_namespace_refuses_every_operation(
    namespace: Namespace, operation: Callable[[Namespace], object]
) -> None:
    namespace.put(Write("k", b"v"))

    namespace.remove()

    assert refused(lambda: operation(namespace)) is Rule.NAMESPACE_NOT_FOUND
    assert stored(namespace) == {}


def test_a_removed_namespace_refuses_empty_requests_too(namespace: Namespace) -> None:
    namespace.remove()

    assert refused(lambda: namespace.bulk_put([])) is Rule.NAMESPACE_NOT_FOUND
    assert refused(lambda: namespace.seed({})) is Rule.NAMESPACE_NOT_FOUND


def test_a_repr_names_the_namespace(namespace: Namespace) -> None:
    assert repr(namespace) == f"<Namespace 'KV' ({'0' * 32})>"
