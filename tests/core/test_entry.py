"""What is stored under a key."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.entry import Entry, stored_entry
from tests.helpers.json_strategies import json_values
from tests.helpers.texts import any_text


@given(any_text)
def test_a_text_is_kept_as_bytes_and_read_as_text(text: str) -> None:
    entry = Entry(text)

    assert (entry.value, entry.text) == (text.encode(), text)


@given(st.binary())
def test_bytes_are_kept_as_they_are(value: bytes) -> None:
    assert Entry(value).value == value


def test_bytes_that_are_no_text_read_as_replacement_characters() -> None:
    assert Entry(b"a\xffb").text == "a\ufffdb"


@given(json_values)
def test_metadata_reads_as_it_was_given(metadata: object) -> None:
    assert Entry("v", metadata=metadata).metadata == metadata


def test_metadata_is_read_anew_at_each_use() -> None:
    entry = Entry("v", metadata={"roles": ["admin"]})

    entry.metadata["roles"].append("root")  # type: ignore[index]  # metadata may be anything

    assert entry.metadata == {"roles": ["admin"]}


def test_metadata_that_is_none_is_no_metadata() -> None:
    assert Entry("v", metadata=None).metadata_json is None


def test_a_lone_surrogate_in_metadata_is_an_escape_in_its_json() -> None:
    entry = Entry("v", metadata=["\ud800", "é"])

    assert entry.metadata_json == r'["\ud800","é"]'
    assert entry.metadata == ["\ud800", "é"]


def test_a_stored_null_is_metadata_in_json_and_reads_as_none() -> None:
    entry = stored_entry(b"v", "null", 90)

    assert (entry.value, entry.metadata_json, entry.metadata, entry.expiration) == (
        b"v",
        "null",
        None,
        90,
    )


@pytest.mark.parametrize("value", [5, None, bytearray(b"v"), {"a": 1}])
def test_a_value_is_text_or_bytes(value: object) -> None:
    with pytest.raises(TypeError) as caught:
        Entry(value)  # type: ignore[arg-type]  # what mypy refuses is what is tested

    assert str(caught.value) == f"the value of an entry is a str or bytes, not {value!r}"


@pytest.mark.parametrize("expiration", [1.5, "90", True, datetime(2026, 1, 1, tzinfo=UTC)])
def test_an_expiration_is_a_whole_second(expiration: object) -> None:
    with pytest.raises(TypeError) as caught:
        Entry("v", expiration=expiration)  # type: ignore[arg-type]  # the mistake is tested

    assert str(caught.value) == f"an expiration is in whole seconds or None, not {expiration!r}"


def test_metadata_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Object of type set is not JSON serializable"):
        Entry("v", metadata={1})
    with pytest.raises(ValueError, match=r"^Out of range float values are not JSON compliant"):
        Entry("v", metadata=float("nan"))


def test_entries_are_equal_when_value_metadata_and_expiration_are() -> None:
    entry = Entry("v", metadata={"a": 1, "b": 2}, expiration=90)

    same = Entry(b"v", metadata={"b": 2, "a": 1}, expiration=90)
    assert entry == same
    assert hash(entry) == hash(same)
    assert entry != Entry("w", metadata={"a": 1, "b": 2}, expiration=90)
    assert entry != Entry("v", metadata={"a": 1}, expiration=90)
    assert entry != Entry("v", metadata={"a": 1, "b": 2})


def test_entries_that_differ_have_hashes_that_differ() -> None:
    entries = {Entry(value, expiration=second) for value in "abc" for second in range(100)}

    assert len({hash(entry) for entry in entries}) > 1


def test_an_entry_equals_no_value_of_another_type() -> None:
    assert Entry("v") != "v"
    assert Entry("v") != b"v"


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (Entry("v"), "Entry(b'v')"),
        (Entry("v", metadata=0), "Entry(b'v', metadata=0)"),
        (Entry("v", expiration=90), "Entry(b'v', expiration=90)"),
        (
            Entry(b"\xff", metadata={"a": 1}, expiration=90),
            "Entry(b'\\xff', metadata={'a': 1}, expiration=90)",
        ),
        (Entry("x" * 1000), f"Entry(b'{'x' * 45}'…b'{'x' * 15}' (1,000 bytes))"),
    ],
)
def test_a_repr_shows_what_is_there_and_cuts_a_long_value(entry: Entry, text: str) -> None:
    assert repr(entry) == text


@pytest.mark.parametrize("name", ["value", "metadata", "expiration", "other"])
def test_an_entry_does_not_change(name: str) -> None:
    entry = Entry("v")

    with pytest.raises(AttributeError) as caught:
        setattr(entry, name, b"w")
    assert str(caught.value) == f"an entry does not change; seed or put another one to set {name}"
    assert entry == Entry("v")


def test_an_entry_can_be_copied_and_pickled() -> None:
    entry = Entry("v", metadata={"a": None}, expiration=90)

    for other in (copy.copy(entry), copy.deepcopy(entry), pickle.loads(pickle.dumps(entry))):
        assert type(other) is Entry
        assert other == entry
