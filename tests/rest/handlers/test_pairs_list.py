"""The list of keys: pages, cursors and prefixes."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from pytest_kv import Entry
from tests.helpers.rest_client import Answer, Client, success
from tests.helpers.stopped_clock import NOW


def names_of(answer: Answer) -> list[str]:
    return [key["name"] for key in answer.json["result"]]


@pytest.fixture
def many(client: Client) -> Client:
    """A client whose default namespace holds 25 keys."""
    client.namespace.seed({f"k{number:02}": "v" for number in range(25)})
    return client


@pytest.mark.fidelity("Limits.rest_list_names")
@pytest.mark.parametrize(
    ("query", "shown"),
    [("", 25), ("?limit=1000", 25), ("?limit=25", 25), ("?limit=24", 24), ("?limit=10", 10)],
)
def test_a_page_holds_as_many_names_as_asked_for(many: Client, query: str, shown: int) -> None:
    answer = many.send("GET", f"/{{ns}}/keys{query}")

    cursor = answer.json["result_info"]["cursor"]
    listed = [{"name": f"k{number:02}"} for number in range(shown)]
    assert answer == success(listed, {"count": shown, "cursor": cursor})
    assert (cursor == "") == (shown == 25)


def test_a_page_holds_1000_names_at_most_and_by_default(client: Client) -> None:
    client.namespace.seed({f"k{number:04}": "" for number in range(1001)})

    first = client.send("GET", "/{ns}/keys")
    assert names_of(first) == [f"k{number:04}" for number in range(1000)]
    assert client.send("GET", "/{ns}/keys?limit=1000") == first

    cursor = first.json["result_info"]["cursor"]
    assert client.send("GET", f"/{{ns}}/keys?cursor={cursor}") == success(
        [{"name": "k1000"}], {"count": 1, "cursor": ""}
    )


@pytest.mark.fidelity("list")
def test_cursors_lead_over_the_pages_to_an_empty_one(many: Client) -> None:
    names, cursors = list[str](), [""]
    for _ in range(3):
        answer = many.send("GET", f"/{{ns}}/keys?limit=10&cursor={quote(cursors[-1])}")
        names += names_of(answer)
        cursors.append(answer.json["result_info"]["cursor"])

    assert names == [f"k{number:02}" for number in range(25)]
    assert [cursor == "" for cursor in cursors] == [True, False, False, True]


def test_an_exactly_full_last_page_has_no_cursor(many: Client) -> None:
    first = many.send("GET", "/{ns}/keys?limit=10&prefix=k1")

    assert names_of(first) == [f"k1{number}" for number in range(10)]
    assert first.json["result_info"] == {"count": 10, "cursor": ""}


def test_a_cursor_survives_writes_and_deletes_between_pages(many: Client) -> None:
    cursor = many.send("GET", "/{ns}/keys?limit=10").json["result_info"]["cursor"]
    many.send("POST", "/{ns}/bulk/delete", json=["k09", "k10"])
    many.send("PUT", "/{ns}/values/k09x", body=b"")

    answer = many.send("GET", f"/{{ns}}/keys?limit=10&cursor={quote(cursor)}")

    assert names_of(answer) == ["k09x", *(f"k{number}" for number in range(11, 20))]


@pytest.mark.fidelity("rest-unknown-cursor")
@pytest.mark.parametrize("cursor", ["!", "azA5", "a%FF", "%00", "%F0%9F%98%80", "k" * 5000])
def test_any_text_is_a_cursor(many: Client, cursor: str) -> None:
    answer = many.send("GET", f"/{{ns}}/keys?cursor={cursor}")

    names = names_of(answer)
    assert names == [f"k{number:02}" for number in range(25 - len(names), 25)]


def test_an_empty_cursor_is_the_beginning(many: Client) -> None:
    assert len(names_of(many.send("GET", "/{ns}/keys?cursor="))) == 25


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("", ["*", "a", "a/b", "a b", "b", "é", "\uffee", "😀"]),
        ("a", ["a", "a b", "a/b"]),
        ("a%20", ["a b"]),
        ("a+", ["a b"]),
        ("a/", ["a/b"]),
        ("*", ["*"]),
        ("%C3", []),
        ("%C3%A9", ["é"]),
        ("%F0%9F%98%80", ["😀"]),
        ("c", []),
        ("p" * 512, []),
    ],
)
def test_a_prefix_is_literal(client: Client, prefix: str, names: list[str]) -> None:
    client.namespace.seed(dict.fromkeys(("é", "b", "a b", "a/b", "a", "*", "😀", "\uffee"), "v"))

    answer = client.send("GET", f"/{{ns}}/keys?prefix={prefix}")

    assert names_of(answer) == sorted(names, key=str.encode)
    assert answer.json["result_info"] == {"count": len(names), "cursor": ""}


def test_a_prefix_holds_over_the_pages(many: Client) -> None:
    many.namespace.seed({"a": "before", "k": "first", "l": "behind"})

    first = many.send("GET", "/{ns}/keys?limit=20&prefix=k")
    cursor = quote(first.json["result_info"]["cursor"])
    second = many.send("GET", f"/{{ns}}/keys?limit=20&prefix=k&cursor={cursor}")

    assert names_of(first) + names_of(second) == ["k", *(f"k{number:02}" for number in range(25))]
    assert second.json["result_info"] == {"count": 6, "cursor": ""}


def test_a_listed_key_has_what_it_was_stored_with(client: Client) -> None:
    client.namespace.seed(
        {"a": Entry("v", metadata={"m": None}), "b": Entry("v", expiration=NOW + 9)}
    )

    assert client.send("GET", "/{ns}/keys") == success(
        [{"name": "a", "metadata": {"m": None}}, {"name": "b", "expiration": NOW + 9}],
        {"count": 2, "cursor": ""},
    )
