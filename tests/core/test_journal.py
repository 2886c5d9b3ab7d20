"""Calls and the journal that keeps them."""

from __future__ import annotations

import pytest

from pytest_kv._core.journal import DELETES, Call, Journal

CALLS = (
    Call("delete", ("a",), "binding", None, "ns"),
    Call("put", ("b",), "binding", None, "ns"),
    Call("bulk_delete", ("b", "a", "b"), "rest", None, "ns"),
    Call("delete", ("c",), "rest", "404 10013: remove key: 'namespace not found'", "ns"),
    Call("delete", ("d",), "binding", None, "other"),
    Call("list_namespaces", (), "rest"),
)


@pytest.fixture
def journal() -> Journal:
    journal = Journal()
    for call in CALLS:
        journal.append(call)
    return journal


def test_a_journal_keeps_every_call_in_order(journal: Journal) -> None:
    assert tuple(journal) == CALLS
    assert len(journal) == 6


def test_the_calls_of_a_namespace_are_its_own(journal: Journal) -> None:
    assert tuple(journal.of_namespace("ns")) == CALLS[:4]
    assert tuple(journal.of_namespace("unknown")) == ()


def test_deletes_have_a_name_for_each_key_of_each_successful_delete(journal: Journal) -> None:
    assert journal.done_keys("ns", DELETES) == ["a", "b", "a"]
    assert journal.done_keys("other", DELETES) == ["d"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (Call("get", ("a",), "binding"), "get 'a' via binding"),
        (Call("list", (), "binding"), "list via binding"),
        (
            Call("bulk_get", ("a", "b"), "rest", "413 too large"),
            "bulk_get 'a', 'b' via rest -> 413 too large",
        ),
        (
            Call("bulk_delete", tuple(f"k{n}" for n in range(10_000)), "rest"),
            "bulk_delete 'k0', 'k1', 'k2', 'k3', 'k4', 'k5' … 'k9999' (10,000 keys) via rest",
        ),
        (Call("put", ("a",), "binding", ""), "put 'a' via binding -> "),
    ],
)
def test_a_call_reads_as_one_line(call: Call, text: str) -> None:
    assert str(call) == text
    assert repr(call) == f"<Call {text}>"


def test_a_call_says_where_it_was_made_behind_its_keys() -> None:
    call = Call("get", ("a",), "rest", "404")

    assert call._described(" in 'KV'") == "get 'a' in 'KV' via rest -> 404"


def test_calls_are_equal_when_all_their_parts_are() -> None:
    assert Call("get", ("a",), "rest", None, "ns") == Call("get", ("a",), "rest", None, "ns")
    assert Call("get", ("a",), "rest") != Call("get", ("a",), "binding")
