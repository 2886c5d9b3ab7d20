"""Which claims about puts hold, and every message whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.account import Account
from pytest_kv._core.entry import Entry
from pytest_kv._core.journal import Call
from pytest_kv._core.put_assertions import Given, PutAssertions
from tests.helpers.texts import close_names

PLAIN = Entry("v")


class Recorded:
    """An account with two namespaces, and claims about the first."""

    def __init__(self) -> None:
        self._account = Account(id=None, api_token=None, clock=None, seed=0, limits=None)
        self.sessions = self._account.create_namespace("SESSIONS")
        self._cache = self._account.create_namespace("CACHE")
        self.claims = PutAssertions(self._account, self.sessions)

    def put(self, key: str, entry: Entry = PLAIN, *, ttl: int | None = None) -> None:
        """Put one key over the binding."""
        ttls = () if ttl is None else (ttl,)
        self._note("put", (key,), written=(entry,), expiration_ttls=ttls)

    def bulk_put(
        self,
        *pairs: tuple[str, Entry],
        ttls: tuple[int | None, ...] = (),
        undone: Sequence[str] = (),
    ) -> None:
        """Put many keys over REST, but not ``undone``."""
        self._note(
            "bulk_put",
            tuple(key for key, _ in pairs),
            via="rest",
            written=tuple(entry for key, entry in pairs if key not in undone),
            expiration_ttls=ttls,
            unsuccessful_keys=tuple(undone),
        )

    def fail(self, key: str) -> None:
        """Put one key over the binding, which KV refuses."""
        self._note("put", (key,), error="Error: no")

    def put_elsewhere(self, key: str) -> None:
        """Put one key of the second namespace."""
        self._account.journal.append(
            Call("put", (key,), "binding", None, self._cache.id, written=(Entry("v"),))
        )

    def put_says(self, key: str, *value: object, **parts: Any) -> list[str]:
        """The lines of the message of a claim about a put, none when it holds."""
        names: dict[str, Any] = dict(zip(["value"], value, strict=False)) | parts
        return told(lambda: self.claims.put(key, Given(**names)))

    def _note(self, operation: str, keys: tuple[str, ...], **parts: Any) -> None:
        via = parts.pop("via", "binding")
        self._account.journal.append(
            Call(operation, keys, via, namespace_id=self.sessions.id, **parts)
        )


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def told(claim: Callable[[], None]) -> list[str]:
    try:
        claim()
    except AssertionError as failure:
        return str(failure).split("\n")
    return []


# Which claims hold


@given(
    puts=st.lists(st.lists(close_names, max_size=4), max_size=4),
    key=close_names,
)
def test_claims_about_keys_hold_exactly_when_sets_of_names_say_so(
    puts: list[list[str]], key: str
) -> None:
    recorded = Recorded()
    for batch in puts:
        recorded.bulk_put(*[(name, Entry("v")) for name in [*batch, "undone"]], undone=["undone"])
        recorded.fail("failed")
        recorded.put_elsewhere("elsewhere")
    written = {name for batch in puts for name in batch}
    claims = recorded.claims

    assert (recorded.put_says(key) == []) == (key in written)
    assert (told(lambda: claims.not_done([key])) == []) == (key not in written)
    assert (told(claims.none_done) == []) == (not written)
    assert recorded.put_says("undone") != []


ENTRY = Entry("v", metadata={"a": 1}, expiration=100)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"value": "v"},
        {"value": b"v"},
        {"value": bytearray(b"v")},
        {"value": memoryview(b"v")},
        {"metadata": {"a": 1.0}},
        {"expiration": 100},
        {"expiration_ttl": 60},
        {"value": "v", "metadata": {"a": 1}, "expiration": 100, "expiration_ttl": 60},
    ],
)
def test_what_is_not_given_is_not_compared(recorded: Recorded, parts: dict[str, object]) -> None:
    recorded.put("k", ENTRY, ttl=60)

    assert recorded.put_says("k", **parts) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"value": "w"},
        {"value": b"V"},
        {"value": ["v"]},
        {"metadata": {"a": True}},
        {"metadata": None},
        {"expiration": 101},
        {"expiration": None},
        {"expiration_ttl": 61},
        {"expiration_ttl": None},
        {"value": "v", "metadata": {"a": 1}, "expiration": 100, "expiration_ttl": 61},
    ],
)
def test_a_part_that_differs_is_no_such_put(recorded: Recorded, parts: dict[str, object]) -> None:
    recorded.put("k", ENTRY, ttl=60)

    assert recorded.put_says("k", **parts) != []


def test_none_means_that_there_is_none(recorded: Recorded) -> None:
    recorded.put("k")

    assert recorded.put_says("k", metadata=None, expiration=None, expiration_ttl=None) == []


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ('{"b": 1, "a": [1, 2]}', {"a": (1, 2), "b": 1}),
        ("[]", []),
        ("null", None),
        ("1.0", 1),
        (" true ", True),
    ],
)
def test_another_value_is_compared_as_json(recorded: Recorded, stored: str, value: object) -> None:
    recorded.put("k", Entry(stored))

    assert recorded.put_says("k", value) == []


def test_metadata_are_compared_as_json(recorded: Recorded) -> None:
    recorded.put("k", Entry("v", metadata={"b": 1, "a": [1, 2]}))

    assert recorded.put_says("k", metadata={"a": (1, 2), "b": 1}) == []


def test_one_put_of_several_is_enough(recorded: Recorded) -> None:
    recorded.put("k", Entry("1"), ttl=60)
    recorded.put("k", Entry("2"))

    assert recorded.put_says("k", "1", expiration_ttl=60) == []
    assert recorded.put_says("k", "2", expiration_ttl=None) == []
    assert recorded.put_says("k", "2", expiration_ttl=60) != []


def test_each_pair_of_a_bulk_put_has_its_own_ttl(recorded: Recorded) -> None:
    pairs = [("a", Entry("1")), ("b", Entry("2")), ("c", Entry("3"))]
    recorded.bulk_put(*pairs, ttls=(60, 70, None), undone=["b"])

    assert recorded.put_says("a", "1", expiration_ttl=60) == []
    assert recorded.put_says("c", "3", expiration_ttl=None) == []
    assert recorded.put_says("b") != []


# What a message says of a key that was not put


def test_a_key_when_nothing_was_put(recorded: Recorded) -> None:
    assert recorded.put_says("user:1", "alice") == [
        "expected 'user:1' to be put in namespace 'SESSIONS', but it was not",
        "  put: nothing",
    ]


def test_a_key_that_came_close(recorded: Recorded) -> None:
    recorded.put("user:01")
    recorded.put("other")

    assert recorded.put_says("user:1") == [
        "expected 'user:1' to be put in namespace 'SESSIONS', but it was not",
        "  put:        'user:01', 'other'",
        "  came close: 'user:01' was put, 'user:1' was not",
    ]


def test_another_key_that_was_put_with_the_same(recorded: Recorded) -> None:
    recorded.put("session", Entry("alice"), ttl=60)
    recorded.put("session", Entry("alice"), ttl=60)
    recorded.put("user:01", Entry("bob"))

    assert recorded.put_says("user:1", "alice", expiration_ttl=60) == [
        "expected 'user:1' to be put in namespace 'SESSIONS', but it was not",
        "  put:        'session', 'session', 'user:01'",
        (
            "  came close: 'user:01' was put, 'user:1' was not; "
            "'session' was put with this value and expiration_ttl"
        ),
    ]


def test_of_many_keys_that_were_put_with_the_same_three_are_named(recorded: Recorded) -> None:
    for number in range(4):
        recorded.put(f"session:{number}", Entry("alice"))

    assert recorded.put_says("user", "alice") == [
        "expected 'user' to be put in namespace 'SESSIONS', but it was not",
        "  put:        'session:0', 'session:1', 'session:2', 'session:3'",
        "  came close: 'session:0' … 'session:3' (4 keys) were put with this value",
    ]


def test_a_key_of_more_than_80_characters_is_cut(recorded: Recorded) -> None:
    key = "k" * 81
    cut = f"'{'k' * 60}'…'{'k' * 20}' (81 characters)"
    recorded.sessions.seed({key: Entry("alice")})

    assert recorded.put_says(key) == [
        f"expected {cut} to be put in namespace 'SESSIONS', but it was not",
        "  put:    nothing",
        f"  seeded: {cut} is there, but a seed is no put",
    ]

    recorded.put(key)

    assert recorded.put_says(key, "alice") == [
        (f"expected {cut} to be put in namespace 'SESSIONS' with this value, but its put differs"),
        "  value: 'v', expected 'alice'",
        f"  by:    put {cut} via binding",
    ]


def test_a_key_that_was_seeded(recorded: Recorded) -> None:
    recorded.sessions.seed({"user:1": Entry("alice")})

    assert recorded.put_says("user:1", "alice") == [
        "expected 'user:1' to be put in namespace 'SESSIONS', but it was not",
        "  put:    nothing",
        "  seeded: 'user:1' is there, but a seed is no put",
    ]


def test_a_put_that_failed_and_one_elsewhere(recorded: Recorded) -> None:
    recorded.fail("user:1")
    recorded.put_elsewhere("user:1")
    recorded.bulk_put(("user:1", Entry("v")), undone=["user:1"])

    assert recorded.put_says("user:1") == [
        "expected 'user:1' to be put in namespace 'SESSIONS', but it was not",
        "  put:       nothing",
        (
            "  refused:   put 'user:1' via binding -> Error: no; "
            "bulk_put 'user:1' via rest, but not 'user:1'"
        ),
        "  elsewhere: 'user:1' put in namespace 'CACHE'",
    ]


# What a message says of a put that differs


def test_another_ttl(recorded: Recorded) -> None:
    recorded.put("user:1", ttl=300)

    assert recorded.put_says("user:1", expiration_ttl=60) == [
        (
            "expected 'user:1' to be put in namespace 'SESSIONS' with this expiration_ttl, "
            "but its put differs"
        ),
        "  expiration_ttl: 300, expected 60",
        "  by:             put 'user:1' via binding",
    ]


def test_every_part_that_differs_has_a_line(recorded: Recorded) -> None:
    recorded.put("user:1", Entry("bob", metadata={"a": 1}, expiration=100), ttl=60)

    assert recorded.put_says(
        "user:1", "alice", metadata={"a": 2}, expiration=101, expiration_ttl=None
    ) == [
        (
            "expected 'user:1' to be put in namespace 'SESSIONS' "
            "with this value, metadata, expiration and expiration_ttl, but its put differs"
        ),
        "  value:          'bob', expected 'alice'",
        "  metadata:       $.a is 1, expected 2",
        "  expiration:     100, expected 101",
        "  expiration_ttl: 60, expected none",
        "  by:             put 'user:1' via binding",
    ]


def test_the_closest_of_several_puts_is_explained(recorded: Recorded) -> None:
    recorded.put("user:1", Entry("alice"), ttl=60)
    recorded.bulk_put(("user:1", Entry("alice")), ttls=(70,))
    recorded.put("user:1", Entry("bob"), ttl=80)
    recorded.put("other", Entry("alice"), ttl=90)
    recorded.fail("user:1")

    assert recorded.put_says("user:1", "alice", expiration_ttl=90) == [
        (
            "expected 'user:1' to be put in namespace 'SESSIONS' "
            "with this value and expiration_ttl, but its 3 puts differ"
        ),
        "  expiration_ttl: 70, expected 90",
        "  by:             bulk_put 'user:1' via rest (the closest)",
        "  came close:     'other' was put with this value and expiration_ttl",
        "  refused:        put 'user:1' via binding -> Error: no",
    ]


@pytest.mark.parametrize(
    ("stored", "value", "line"),
    [
        ("bob", "alice", "'bob', expected 'alice'"),
        ("bob", b"alice", "b'bob', expected b'alice'"),
        (b"\xff", "alice", "b'\\xff', expected 'alice'"),
        ("alice", ["alice"], "'alice' is not JSON, expected [\"alice\"]"),
        ("x" * 81, [], f"'{'x' * 60}'…'{'x' * 20}' (81 characters) is not JSON, expected []"),
        (b"\xff", {}, "b'\\xff' is not JSON, expected {}"),
        ('{"a": 1}', {"a": 2}, "$.a is 1, expected 2"),
        ('{"a": 1}', '{"a": 2}', "$.a is 1, expected 2"),
        ('{"a": 1}', b'{"a": 2}', "$.a is 1, expected 2"),
        ("1", "2", "'1', expected '2'"),
        ("{}", "x", "'{}', expected 'x'"),
        (
            '{"a": 1}',
            '{"a":1}',
            "the same JSON in other characters; give the value, not its text, to compare JSON",
        ),
        ("x" * 80, "y", f"'{'x' * 80}', expected 'y'"),
        (
            "x" * 81,
            "x" * 50 + "y",
            (
                f"'{'x' * 60}'…'{'x' * 20}' (81 characters), expected '{'x' * 50}y'; "
                "the first difference is at index 50"
            ),
        ),
        (
            "x" * 81,
            "x" * 82,
            (
                f"'{'x' * 60}'…'{'x' * 20}' (81 characters), "
                f"expected '{'x' * 60}'…'{'x' * 20}' (82 characters); "
                "the first difference is at index 81"
            ),
        ),
    ],
)
def test_how_a_value_differs(
    recorded: Recorded, stored: str | bytes, value: object, line: str
) -> None:
    recorded.put("k", Entry(stored))

    assert recorded.put_says("k", value)[1] == f"  value: {line}"


@pytest.mark.parametrize(
    ("stored", "metadata", "line"),
    [
        (None, {"a": 1}, 'none, expected {"a":1}'),
        ({"a": 1}, None, '{"a":1}, expected none'),
        ([1], [2], "$[0] is 1, expected 2"),
    ],
)
def test_how_metadata_differ(
    recorded: Recorded, stored: object, metadata: object, line: str
) -> None:
    recorded.put("k", Entry("v", metadata=stored))

    assert recorded.put_says("k", metadata=metadata)[1] == f"  metadata: {line}"


# What a message says of a key that was put although it should not


def test_a_key_that_was_put_although_it_should_not(recorded: Recorded) -> None:
    recorded.put("b")
    recorded.put("a")

    assert told(lambda: recorded.claims.not_done(["a"])) == [
        "expected 'a' not to be put in namespace 'SESSIONS', but it was",
        "  put:      'a'",
        "  by:       put 'a' via binding",
        "  all puts: 'b', 'a'",
    ]


def test_puts_although_there_should_be_none(recorded: Recorded) -> None:
    recorded.put("a")
    recorded.put("b")

    assert told(recorded.claims.none_done) == [
        "expected no puts in namespace 'SESSIONS', but 2 keys were put",
        "  put: 'a', 'b'",
        "  by:  put 'a' via binding; put 'b' via binding",
    ]


# Mistakes


def test_a_key_that_is_no_text_is_a_mistake(recorded: Recorded) -> None:
    with pytest.raises(TypeError) as caught:
        recorded.claims.put(["a"], Given())  # type: ignore[arg-type]  # the mistake is tested

    assert str(caught.value) == "assert_put() takes one key name, a str, not ['a']"


def test_no_key_at_all_is_a_mistake(recorded: Recorded) -> None:
    with pytest.raises(TypeError) as caught:
        recorded.claims.not_done([])

    assert str(caught.value) == (
        "assert_not_put() needs a key name; for none at all use assert_no_puts()"
    )


@pytest.mark.parametrize("name", ["expiration", "expiration_ttl"])
@pytest.mark.parametrize("seconds", [60.0, "60", True])
def test_seconds_that_are_not_whole_are_a_mistake(
    recorded: Recorded, name: str, seconds: object
) -> None:
    told = f"assert_put() compares {name} with whole seconds or None, not {seconds!r}"

    with pytest.raises(TypeError, match=f"^{re.escape(told)}$"):
        recorded.put_says("a", **{name: seconds})


@pytest.mark.parametrize("name", ["value", "metadata"])
@pytest.mark.parametrize("value", [{1, 2}, float("nan")])
def test_what_json_cannot_express_is_a_mistake(
    recorded: Recorded, name: str, value: object
) -> None:
    told = f"assert_put() compares {name} as JSON, which cannot express {value!r}"

    with pytest.raises(TypeError, match=f"^{re.escape(told)}$"):
        recorded.put_says("a", **{name: value})
