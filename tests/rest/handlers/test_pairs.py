"""The operations on one pair."""

from __future__ import annotations

import json
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Entry
from pytest_kv._core.limits import Limits
from pytest_kv._rest.handlers.pairs import to_metadata_json
from tests.helpers.json_strategies import json_values
from tests.helpers.rest_client import Client, raw, refusal, success
from tests.helpers.stopped_clock import NOW

VALUE = ('name="value"', b"v")
FALSY = (b"0", b"false", b'""', b"[]", b"{}", b"0.0")
AT_LIMIT = b'"%b"' % (b"m" * 1022)
NOT_JSON_METADATA = {
    "empty": b"",
    "space": b" ",
    "word": b"x",
    "truncated": b'{"a":',
    "NaN": b"NaN",
    "number past a double": b"1e999",
    "5,000 digits": b"9" * 5000,
    "not UTF-8": b'"\xff"',
    "byte-order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "lone surrogate": b'"\\ud800"',
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
}


def metadata(text: bytes) -> tuple[str, bytes]:
    return ('name="metadata"', text)


# Write


@pytest.mark.fidelity("rest-any-body-is-a-value")
@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/mixed"],
)
@pytest.mark.parametrize(
    "body", [b"", b"\0\xff\r\n", b'{"value": "v", "metadata": "{}"}', b"value=v&metadata=%7B%7D"]
)
def test_a_body_that_is_no_form_is_stored_as_it_is(
    client: Client, body: bytes, content_type: str
) -> None:
    headers = {"content-type": content_type}

    assert client.send("PUT", "/{ns}/values/k", body=body, headers=headers) == success({})
    assert client.data == {"k": (body, None, None)}
    assert client.send("GET", "/{ns}/values/k") == raw(body)


@pytest.mark.fidelity("get")
@given(st.binary())
def test_any_bytes_are_read_as_they_were_written(value: bytes) -> None:
    client = Client()
    client.send("PUT", "/{ns}/values/k", body=value)

    assert client.send("GET", "/{ns}/values/k") == raw(value)


@pytest.mark.fidelity("put")
@pytest.mark.parametrize("disposition", ['name="value"', 'name="value"; filename="v.bin"'])
def test_a_form_is_stored_by_its_parts(client: Client, disposition: str) -> None:
    answer = client.send_form(
        "/{ns}/values/k?expiration_ttl=60",
        metadata(b' {"a" : [1, null]}\n'),
        (disposition, b"\0\xff"),
    )

    assert answer == success({})
    assert client.data == {"k": (b"\0\xff", {"a": [1, None]}, NOW + 60)}
    assert client.namespace.data["k"].metadata_json == '{"a":[1,null]}'


def test_a_write_replaces_value_metadata_and_expiration_together(client: Client) -> None:
    client.namespace.seed({"k": Entry("old", metadata={"a": 1}, expiration=NOW + 100)})

    client.send_form("/{ns}/values/k", VALUE)

    assert client.data == {"k": (b"v", None, None)}


@pytest.mark.fidelity("rest-metadata-values")
@pytest.mark.parametrize("text", FALSY)
def test_falsy_metadata_is_metadata(client: Client, text: bytes) -> None:
    client.send_form("/{ns}/values/k", VALUE, metadata(text))

    meant = json.loads(text)
    assert client.send("GET", "/{ns}/metadata/k") == success(meant)
    assert client.send("GET", "/{ns}/keys") == success(
        [{"name": "k", "metadata": meant}], {"count": 1, "cursor": ""}
    )


@pytest.mark.fidelity("rest-null-metadata")
@pytest.mark.parametrize("parts", [(VALUE,), (VALUE, metadata(b"null"))])
def test_null_metadata_is_none(client: Client, parts: tuple[tuple[str, bytes], ...]) -> None:
    client.send_form("/{ns}/values/k", *parts)

    assert client.send("GET", "/{ns}/metadata/k") == success(None)
    assert client.send("GET", "/{ns}/keys") == success([{"name": "k"}], {"count": 1, "cursor": ""})


@pytest.mark.fidelity("get_metadata")
@given(json_values)
def test_any_metadata_is_read_as_it_was_written(value: object) -> None:
    client = Client(limits=Limits(metadata_bytes=10**6))
    client.send_form("/{ns}/values/k", VALUE, metadata(json.dumps(value).encode()))

    assert client.send("GET", "/{ns}/metadata/k") == success(value)


@pytest.mark.fidelity("METADATA_NOT_JSON", "rest-json")
@pytest.mark.parametrize("text", NOT_JSON_METADATA.values(), ids=NOT_JSON_METADATA)
def test_metadata_that_is_not_json_is_refused(client: Client, text: bytes) -> None:
    client.namespace.seed({"k": "old"})

    answer = client.send_form("/{ns}/values/k", VALUE, metadata(text))

    assert answer == refusal(400, 10047, "put: 'metadata must be valid json'")


@pytest.mark.parametrize(
    "text",
    [
        AT_LIMIT,
        b" " * 1000 + AT_LIMIT + b"\n" * 1000,
        b'"%b"' % ("é" * 511).encode(),
        b'"%b"' % (b"\\u00e9" * 511),
        b"[" * 512 + b"]" * 512,
    ],
    ids=["ASCII", "with white space", "UTF-8", "escapes", "512 levels"],
)
def test_metadata_of_1024_bytes_of_compact_json_is_stored(client: Client, text: bytes) -> None:
    assert client.send_form("/{ns}/values/k", VALUE, metadata(text)) == success({})
    assert client.send("GET", "/{ns}/metadata/k") == success(json.loads(text))


@pytest.mark.parametrize(
    ("text", "length"),
    [(AT_LIMIT[:-1] + b'm"', 1025), (b'"%b"' % ("é" * 512).encode(), 1026)],
    ids=["ASCII", "UTF-8"],
)
def test_metadata_of_1025_bytes_is_refused(client: Client, text: bytes, length: int) -> None:
    answer = client.send_form("/{ns}/values/k", VALUE, metadata(text))

    message = f"put: 'Metadata length of {length} exceeds limit of 1024.'"
    assert answer == refusal(413, 10012, message)


@pytest.mark.parametrize("key", ["k" * 512, "é" * 256, "€" * 170 + "kk", "😀" * 128])
def test_a_key_of_512_bytes_is_stored(client: Client, key: str) -> None:
    assert client.send("PUT", f"/{{ns}}/values/{quote(key)}", body=b"v") == success({})
    assert client.data == {key: (b"v", None, None)}


@pytest.mark.fidelity("rest-key-decoding", "rest-key-slashes-and-dots")
@pytest.mark.parametrize("in_path", [".", "..", "%2E", "%2e%2E", ".%2E"])
@pytest.mark.parametrize(("method", "verb"), [("GET", "get"), ("DELETE", "remove key")])
def test_dots_are_a_key_that_is_refused_and_not_a_way_out(
    client: Client, method: str, verb: str, in_path: str
) -> None:
    client.namespace.seed({"k": "v"})
    key = unquote(in_path)

    answer = client.send(method, f"/{{ns}}/values/{in_path}")

    text = f'Illegal key name "{key}". Please use a different name.'
    assert answer == refusal(400, 10042, f"{verb}: '{text}'")
    assert client.account.calls[0].keys == (key,)


def test_a_value_of_25_mib_is_stored_and_one_byte_more_is_refused(client: Client) -> None:
    at_limit = bytes(26_214_400)
    too_large = refusal(413, 10024, "put: 'Value length of 26214401 exceeds limit of 26214400.'")

    assert client.send("PUT", "/{ns}/values/k", body=at_limit) == success({})
    assert client.send("PUT", "/{ns}/values/k", body=at_limit + b"\0") == too_large
    assert client.send_form("/{ns}/values/k", ('name="value"', at_limit + b"\0")) == too_large


def test_a_single_write_has_no_other_limit_than_its_value() -> None:
    client = Client(limits=Limits(request_bytes=10))

    assert client.send("PUT", "/{ns}/values/k", body=bytes(11)) == success({})


# Expirations


@pytest.mark.fidelity("rest-expiration", "rest-unknown-parameter", "rest-times-with-a-fraction")
@pytest.mark.parametrize(
    ("query", "expiration"),
    [
        ("", None),
        ("expiration_ttl=60", NOW + 60),
        ("expiration_ttl=%2B60", NOW + 60),
        ("expiration_ttl=0060", NOW + 60),
        (f"expiration={NOW + 60}", NOW + 60),
        (f"expiration={NOW + 60}&expiration_ttl=90", NOW + 90),
        (f"expiration={NOW - 60}&expiration_ttl=90", NOW + 90),
        ("expirationTtl=59", None),
        ("expiration_ttl=60.5", NOW + 60),
        (f"expiration={NOW + 60}.9", NOW + 60),
        ("expiration_ttl=99999999999", NOW + 99_999_999_999),
    ],
)
def test_an_entry_expires_when_it_was_asked_to(
    client: Client, query: str, expiration: int | None
) -> None:
    assert client.send("PUT", f"/{{ns}}/values/k?{query}", body=b"v") == success({})
    assert client.data == {"k": (b"v", None, expiration)}

    headers = {} if expiration is None else {"expiration": str(expiration)}
    assert client.send("GET", "/{ns}/values/k") == raw(b"v", **headers)


@pytest.mark.fidelity("rest-several-faults")
def test_of_several_faults_the_first_is_told(client: Client) -> None:
    path = "/{ns}/values/%2E%2E"

    def told(query: str, metadata_text: bytes) -> str:
        target = f"{path}?expiration_ttl={query}"
        return str(client.send_form(target, VALUE, metadata(metadata_text)))

    assert "metadata must be valid json" in told("x", b"x")
    assert "Invalid expiration_ttl of x" in told("x", b"{}")
    assert "Illegal key name" in told("1", b"{}")
    assert client.data == {}


@pytest.mark.fidelity("rest-expiration", "deviation-list-at-expiration")
def test_an_expired_entry_is_gone_from_every_operation(client: Client) -> None:
    client.send_form("/{ns}/values/k?expiration_ttl=60", VALUE, metadata(b"{}"))
    client.account.clock.advance(60)

    missing = refusal(404, 10009, "get: 'key not found'")
    assert client.send("GET", "/{ns}/values/k") == missing
    assert client.send("GET", "/{ns}/metadata/k") == missing
    assert client.send("GET", "/{ns}/keys") == success([], {"count": 0, "cursor": ""})
    assert client.send("POST", "/{ns}/bulk/get", json={"keys": ["k"]}) == success(
        {"values": {"k": None}}
    )


def test_an_entry_is_there_until_its_second(client: Client) -> None:
    client.send("PUT", "/{ns}/values/k?expiration_ttl=60", body=b"v")
    client.account.clock.advance(59)

    assert client.send("GET", "/{ns}/values/k") == raw(b"v", expiration=str(NOW + 60))


# Metadata as text


@pytest.mark.fidelity("rest-metadata-values")
@pytest.mark.parametrize(
    ("text", "compact"),
    [
        (b' { "a" : [ 1 , 2.50 ] } ', '{"a":[1,2.5]}'),
        (b'"\\u00e9\\/"', '"é/"'),
        (b'"\\ud83d\\ude00"', '"😀"'),
        (b"0", "0"),
        (b"null", None),
    ],
)
def test_metadata_is_kept_as_compact_json(text: bytes, compact: str | None) -> None:
    assert to_metadata_json(text) == compact
