"""Values, metadata, times to live and entries: KV accepts all, and tricky ones are common."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Entry, KVAccount, KVError, KVNamespace, Limits
from pytest_kv._core.rules import Rules
from pytest_kv._core.strict_json import compact_json
from pytest_kv.strategies import (
    entries,
    expiration_ttls,
    invalid_expiration_ttls,
    metadata,
    values,
)
from tests.helpers.rest_client import Client
from tests.helpers.worker import run
from tests.strategies.drawing import LOW, drawn, printed, smallest

FALSY = ["", "0", "false", "null", '""', "[]"]


@cache
def many_values() -> frozenset[bytes]:
    return frozenset(drawn(values(), examples=300))


@cache
def many_texts() -> frozenset[str]:
    return frozenset(drawn(values(text=True), examples=300))


@cache
def many_metadata() -> frozenset[str]:
    return frozenset(compact_json(drawn_one) for drawn_one in drawn(metadata(), examples=300))


def namespace(limits: Limits | None = None) -> KVNamespace:
    return KVAccount(limits=limits).default_namespace


def is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(values())
def test_a_worker_reads_back_every_value(value: bytes) -> None:
    kv = namespace()

    run(kv.put("k", value))

    found = run(kv.get("k", "arrayBuffer"))
    assert found is not None
    assert bytes(found) == value


@given(values(text=True))
def test_a_worker_reads_back_every_text(value: str) -> None:
    kv = namespace()

    run(kv.put("k", value))

    assert run(kv.get("k")) == value


@given(values())
def test_a_rest_client_writes_every_value(value: bytes) -> None:
    client = Client()

    client.send("PUT", "/{ns}/values/k", body=value)

    assert client.namespace.data["k"].value == value


@pytest.mark.parametrize("falsy", FALSY, ids=repr)
def test_empty_and_falsy_values_are_common(falsy: str) -> None:
    assert falsy.encode() in many_values()
    assert falsy in many_texts()


@pytest.mark.parametrize(
    "describes",
    [
        pytest.param(lambda value: value.startswith(b"\xef\xbb\xbf"), id="a byte-order mark"),
        pytest.param(lambda value: b"\r\n" in value, id="a line end"),
        pytest.param(lambda value: b"\x00" in value, id="a NUL"),
        pytest.param(lambda value: not is_utf8(value), id="not UTF-8"),
        pytest.param(lambda value: is_utf8(value) and not value.isascii(), id="not ASCII"),
        pytest.param(lambda value: len(value) == 9_999, id="9,999 bytes"),
        pytest.param(lambda value: len(value) == 10_000, id="10,000 bytes"),
    ],
)
def test_some_values_have_each_tricky_property(describes: Callable[[bytes], bool]) -> None:
    assert any(map(describes, many_values()))


@given(st.data(), st.integers(0, 40), st.integers(0, 40), st.booleans())
def test_a_value_keeps_its_bounds(data: st.DataObject, one: int, two: int, text: bool) -> None:
    low, high = sorted((one, two))

    if text:
        value = data.draw(values(text=True, min_bytes=low, max_bytes=high)).encode()
    else:
        value = data.draw(values(min_bytes=low, max_bytes=high))

    assert low <= len(value) <= high


def test_values_keep_a_lower_limit_and_reach_it() -> None:
    lengths = {len(value) for value in drawn(values(limits=LOW))}

    assert max(lengths) == LOW.value_bytes
    assert LOW.value_bytes - 1 in lengths


@pytest.mark.parametrize(
    ("strategy", "fails", "value"),
    [
        (values(), lambda value: True, b""),
        (values(text=True), lambda value: True, ""),
        (values(text=True), lambda value: len(value) > 4_096, "0" * 4_097),
    ],
    ids=["bytes", "text", "a long text"],
)
def test_a_failing_value_shrinks_to_the_simplest(
    strategy: st.SearchStrategy[object], fails: Callable[[object], bool], value: object
) -> None:
    assert smallest(strategy, fails) == value


@given(metadata())
def test_a_worker_reads_back_all_metadata(given_metadata: object) -> None:
    kv = namespace()

    run(kv.put("k", "v", metadata=given_metadata))

    assert run(kv.getWithMetadata("k"))["metadata"] == given_metadata


@given(metadata())
def test_a_rest_client_writes_all_metadata(given_metadata: object) -> None:
    client = Client()
    pairs = [{"key": "k", "value": "v", "metadata": given_metadata}]

    client.send("PUT", "/{ns}/bulk", json=pairs)

    assert client.namespace.data["k"].metadata == given_metadata


@given(st.data(), st.integers(1, 40) | st.integers(1, 1_024))
def test_metadata_keep_their_bound(data: st.DataObject, most: int) -> None:
    drawn_one = data.draw(metadata(max_bytes=most))

    assert drawn_one is not None
    assert len(compact_json(drawn_one).encode()) <= most


@given(metadata(limits=LOW))
def test_metadata_keep_a_lower_limit(given_metadata: object) -> None:
    Rules(LOW).check_metadata(compact_json(given_metadata))


@pytest.mark.parametrize("falsy", ["0", "false", '""', "[]", "{}"])
def test_falsy_metadata_are_common(falsy: str) -> None:
    assert falsy in many_metadata()


@pytest.mark.parametrize("kind", [str, list, dict])
@pytest.mark.parametrize("length", [1_023, 1_024])
def test_some_metadata_reach_the_limit(kind: type, length: int) -> None:
    of_length = [text for text in many_metadata() if len(text.encode()) == length]

    assert any(type(json.loads(text)) is kind for text in of_length)


def test_some_metadata_reach_the_limit_in_bytes_with_few_characters() -> None:
    assert any(len(text.encode()) == 1_024 > 2 * len(text) for text in many_metadata())


def test_a_test_that_changes_metadata_does_not_change_later_examples() -> None:
    for drawn_one in drawn(metadata()):
        if isinstance(drawn_one, list):
            drawn_one.append("changed")
        if isinstance(drawn_one, dict):
            drawn_one["changed"] = True

    assert [m for m in drawn(metadata()) if "changed" in compact_json(m)] == []


def test_failing_metadata_shrink_to_zero() -> None:
    assert smallest(metadata(), lambda drawn_one: True) == 0


def test_failing_metadata_shrink_to_the_shortest_text_that_fails() -> None:
    def too_long(drawn_one: object) -> bool:
        return len(compact_json(drawn_one)) > 1_000

    assert smallest(metadata(), too_long) == "0" * 999


@given(expiration_ttls())
def test_a_worker_can_write_with_every_ttl(seconds: int) -> None:
    run(namespace().put("k", "v", expirationTtl=seconds))


@given(invalid_expiration_ttls())
def test_a_worker_cannot_write_with_an_invalid_ttl(seconds: int) -> None:
    with pytest.raises(KVError):
        run(namespace().put("k", "v", expirationTtl=seconds))


@given(expiration_ttls())
def test_a_rest_client_can_write_with_every_ttl(seconds: int) -> None:
    assert Client().send("PUT", f"/{{ns}}/values/k?expiration_ttl={seconds}").status == 200


@given(invalid_expiration_ttls())
def test_a_rest_client_cannot_write_with_an_invalid_ttl(seconds: int) -> None:
    assert Client().send("PUT", f"/{{ns}}/values/k?expiration_ttl={seconds}").status == 400


def test_every_run_has_the_ttls_at_which_clients_break() -> None:
    assert {60, 61, 3_600, 86_400, 2**31 - 1} <= set(drawn(expiration_ttls()))
    assert {-(2**31), -1, 0, 1, 59} <= set(drawn(invalid_expiration_ttls()))


@given(st.data(), st.integers(60, 200), st.integers(60, 200))
def test_a_ttl_keeps_its_bounds(data: st.DataObject, one: int, two: int) -> None:
    low, high = sorted((one, two))

    assert low <= data.draw(expiration_ttls(min_value=low, max_value=high)) <= high


@pytest.mark.parametrize("least", [0, 1, 5])
def test_ttls_follow_a_lower_limit(least: int) -> None:
    limits = Limits(expiration_seconds=least)

    assert min(drawn(expiration_ttls(limits=limits))) == least
    assert max(drawn(invalid_expiration_ttls(limits=limits))) == max(0, least - 1)


@pytest.mark.parametrize(
    ("strategy", "fails", "seconds"),
    [
        (expiration_ttls(), lambda seconds: True, 60),
        (expiration_ttls(), lambda seconds: seconds > 2_592_000, 2_592_001),
        (invalid_expiration_ttls(), lambda seconds: True, 0),
        (invalid_expiration_ttls(), lambda seconds: seconds < 0, -1),
    ],
    ids=["any", "over 30 days", "any invalid", "negative"],
)
def test_a_failing_ttl_shrinks_to_the_smallest(
    strategy: st.SearchStrategy[int], fails: Callable[[int], bool], seconds: int
) -> None:
    assert smallest(strategy, fails) == seconds


@given(entries())
def test_a_worker_can_write_every_entry(entry: Entry) -> None:
    kv = namespace()

    run(kv.put("k", entry.value, metadata=entry.metadata, **times(entry)))

    assert kv.data["k"] == entry


def times(entry: Entry) -> dict[str, Any]:
    return {} if entry.expiration is None else {"expiration": entry.expiration}


def test_some_entries_have_metadata_or_an_expiration_and_some_do_not() -> None:
    kinds = {(e.metadata_json is None, e.expiration is None) for e in drawn(entries())}

    assert kinds == {(False, False), (False, True), (True, False), (True, True)}


@given(entries(limits=LOW))
def test_entries_keep_lower_limits(entry: Entry) -> None:
    namespace(LOW).seed({"k": entry})


@pytest.mark.parametrize(
    ("fails", "entry"),
    [
        (lambda entry: True, Entry(b"")),
        (lambda entry: entry.metadata is not None, Entry(b"", metadata=0)),
        (lambda entry: entry.expiration is not None, Entry(b"", expiration=2_000_000_000)),
    ],
    ids=["any", "metadata", "expiration"],
)
def test_a_failing_entry_shrinks_to_the_simplest(
    fails: Callable[[Entry], bool], entry: Entry
) -> None:
    assert smallest(entries(), fails) == entry


@pytest.mark.parametrize("length", [0, 71, 9_000])
def test_a_failing_entry_is_printed_whole(length: int) -> None:
    call = printed(entries(), lambda entry: len(entry.value) >= length)

    pasted: Entry = eval(call, {"Entry": Entry, "client": lambda example: example})
    assert len(pasted.value) == length
