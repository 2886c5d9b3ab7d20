"""Bulk get over REST."""

from __future__ import annotations

import json

import pytest

from pytest_kv import Entry
from pytest_kv._core.limits import Limits
from tests.helpers.rest_client import Answer, Client, refusal, success
from tests.helpers.stopped_clock import NOW

GET = ("POST", "/{ns}/bulk/get")

ENTRIES = {
    "number": Entry(" 1.50 ", metadata=False),
    "object": Entry('{"a":[null]}', expiration=NOW + 9),
    "null": Entry("null"),
    "bom": Entry("\ufeff[]"),
}


@pytest.fixture
def stored(client: Client) -> Client:
    """A client whose default namespace holds JSON, and a text that is none."""
    client.namespace.seed({**ENTRIES, "text": "x", "bytes": b"\xff\xfe"})
    return client


def malformed(fault: str) -> Answer:
    return refusal(400, 10012, f"could not parse the request body: {fault}")


def values(found: dict[str, object]) -> Answer:
    return success({"values": found})


@pytest.mark.fidelity("rest-bulk-get-text")
@pytest.mark.parametrize("more", [{}, {"type": "text"}, {"type": None, "withMetadata": False}])
def test_values_are_read_as_text_by_default(stored: Client, more: dict[str, object]) -> None:
    keys = ["object", "missing", "text", "bytes", "bom"]

    assert stored.send(*GET, json={"keys": keys, **more}) == values(
        {
            "object": '{"a":[null]}',
            "missing": None,
            "text": "x",
            "bytes": "\ufffd\ufffd",
            "bom": "[]",
        }
    )


def test_values_are_read_as_json_when_asked_for(stored: Client) -> None:
    keys = ["number", "object", "null", "bom", "missing"]

    assert stored.send(*GET, json={"keys": keys, "type": "json"}) == values(
        {"number": 1.5, "object": {"a": [None]}, "null": None, "bom": [], "missing": None}
    )


@pytest.mark.fidelity("bulk_get")
def test_metadata_and_expiration_come_when_asked_for(stored: Client) -> None:
    body = {"keys": ["number", "object", "null", "missing"], "type": "json", "withMetadata": True}

    assert stored.send(*GET, json=body) == values(
        {
            "number": {"value": 1.5, "metadata": False},
            "object": {"value": {"a": [None]}, "metadata": None, "expiration": NOW + 9},
            "null": {"value": None, "metadata": None},
            "missing": None,
        }
    )


@pytest.mark.fidelity("rest-bulk-get-text")
def test_keys_given_twice_are_answered_once(stored: Client) -> None:
    assert stored.send(*GET, json={"keys": ["text"] * 100}) == values({"text": "x"})
    assert stored.account.calls[0].keys == ("text",) * 100


@pytest.mark.fidelity("rest-bulk-get-index-names")
def test_names_like_array_indexes_are_there_over_rest(client: Client) -> None:
    client.namespace.seed({"0": "a", "__proto__": "b"})

    assert client.send(*GET, json={"keys": ["0", "__proto__"]}) == values(
        {"0": "a", "__proto__": "b"}
    )


@pytest.mark.fidelity("rest-json")
@pytest.mark.parametrize("text", ["x", "", "NaN", "1e999", '"\\ud800"', "9" * 5000, "[" * 100_000])
def test_one_value_that_is_not_json_stops_them_all(stored: Client, text: str) -> None:
    stored.namespace.seed({"bad": text})

    answer = stored.send(*GET, json={"keys": ["object", "bad"], "type": "json"})

    reason = "At least one of the requested keys corresponds to a non-json value"
    assert answer == refusal(400, 10012, f"bulk get keys: '{reason}'")
    assert stored.account.calls[0].keys == ("object", "bad")


def test_a_value_nested_512_levels_is_json(client: Client) -> None:
    text = "[" * 512 + "]" * 512
    client.namespace.seed({"deep": text})

    assert client.send(*GET, json={"keys": ["deep"], "type": "json"}) == values(
        {"deep": json.loads(text)}
    )


@pytest.mark.fidelity("rest-bulk-get-empty-type")
@pytest.mark.parametrize("type_", ["arrayBuffer", "stream", "", "JSON", "{type}"])
def test_an_unknown_type_is_refused_before_the_keys(stored: Client, type_: str) -> None:
    text = f'"{type_}" is not a valid type. Use "json" or "text"'

    assert stored.send(*GET, json={"keys": [".."], "type": type_}) == refusal(
        400, 10012, f"bulk get keys: '{text}'"
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [("keys", "text"), ("keys", {}), ("type", 1), ("withMetadata", 1), ("withMetadata", "true")],
)
def test_a_member_of_another_type_is_refused(stored: Client, member: str, value: object) -> None:
    body = {"keys": ["text"], member: value}

    assert stored.send(*GET, json=body) == malformed(f"{member} is not of the right type")


def test_a_key_to_read_that_is_no_text_is_refused(stored: Client) -> None:
    assert stored.send(*GET, json={"keys": ["text", 1]}) == malformed("a key is not a string")


@pytest.mark.fidelity("Limits.bulk_get_units")
def test_what_is_read_together_has_a_limit() -> None:
    client = Client(limits=Limits(bulk_get_units=2 * 1024 * 1024))
    client.namespace.seed({"half": "x" * 1024 * 1024, "more": "x"})

    twice, more = ["half", "half"], ["half", "half", "more"]
    assert client.send(*GET, json={"keys": twice}).status == 200
    assert client.send(*GET, json={"keys": more}) == refusal(
        413, 10012, "bulk get keys: 'Total size of request exceeds the limit of 2MB'"
    )
