"""A call becomes a request, and JSON and a call again."""

from __future__ import annotations

import json

import pytest

from tests.explorer.calls import NAMESPACE, OTHER_NAMESPACE, Call, HttpRequest, Sequence
from tests.explorer.exclusions import EXCLUSIONS
from tests.explorer.fixed_sequences import fixed_sequences
from tests.explorer.sequences import generate

NOW = 1_700_000_000
RANDOM = [generate(seed, index) for seed in (1, 2) for index in range(60)]


def test_a_segment_of_a_path_is_percent_encoded() -> None:
    call = Call("GET", ("{ns}", "values", "a/b é%\0"))

    assert call.request(NOW) == HttpRequest(
        "GET", f"/{NAMESPACE}/values/a%2Fb%20%C3%A9%25%00", {}, None
    )


@pytest.mark.parametrize("raw", ["a/b", "%2E%2E", "%zz", ".."])
def test_a_raw_segment_is_sent_as_it_is(raw: str) -> None:
    call = Call("GET", ("{other}", "values", {"$raw": raw}))

    assert call.request(NOW).target == f"/{OTHER_NAMESPACE}/values/{raw}"


def test_a_query_has_texts_numbers_times_and_the_last_cursor() -> None:
    query = (("prefix", "a&b"), ("limit", 10), ("at", {"$now": 60}), ("cursor", {"$cursor": True}))

    assert Call("GET", ("{ns}", "keys"), query).request(NOW, "aw==").target == (
        f"/{NAMESPACE}/keys?prefix=a%26b&limit=10&at=1700000060&cursor=aw%3D%3D"
    )


@pytest.mark.parametrize(
    ("body", "headers", "sent"),
    [
        ({"json": [{"key": "é"}]}, {"content-type": "application/json"}, b'[{"key": "\\u00e9"}]'),
        ({"text": "é"}, {}, b"\xc3\xa9"),
        ({"text": {"$bytes": "/w=="}}, {}, b"\xff"),
        ({"text": {"$repeat": ["ab", 3]}}, {}, b"ababab"),
        ({"copies": ["k", 3]}, {"content-type": "application/json"}, b'["k", "k", "k"]'),
    ],
)
def test_a_body_is_json_or_text_or_bytes(
    body: dict[str, object], headers: dict[str, str], sent: bytes
) -> None:
    request = Call.from_json({"method": "PUT", "path": ["{ns}"], "body": body}).request(NOW)

    assert (request.headers, request.body) == (headers, sent)


def test_a_form_has_its_parts_with_and_without_file_names() -> None:
    call = Call("PUT", (), (), {"form": [["value", "v", "blob"], ["metadata", "1"]]})

    assert call.request(NOW) == HttpRequest(
        "PUT",
        "",
        {"content-type": "multipart/form-data; boundary=frontier"},
        b'--frontier\r\nContent-Disposition: form-data; name="value"; filename="blob"\r\n\r\nv\r\n'
        b'--frontier\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n1\r\n'
        b"--frontier--\r\n",
    )


@pytest.mark.parametrize("body", [{"xml": "v"}, {"form": "v"}, {"form": ["value"]}])
def test_a_malformed_body_is_an_error(body: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^not a (body|part of a form): "):
        Call("PUT", (), (), body).request(NOW)


def test_another_content_type_wins() -> None:
    call = Call("PUT", (), (), {"json": []}, "text/plain")

    assert call.request(NOW).headers == {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ((), ""),
        (("{ns}",), "/{ns}"),
        (("{unknown}", "bulk", "get"), "/{ns}/bulk/get"),
        (("{ns}", "values", "a/b"), "/{ns}/values/{key}"),
        (("{ns}", "metadata", {"$raw": "%"}), "/{ns}/metadata/{key}"),
        (("{ns}", "values"), "/{ns}/values"),
        (("{ns}", "keys", ""), "/{ns}/keys"),
    ],
)
def test_the_shape_of_a_path_names_no_namespace_and_no_key(
    path: tuple[str, ...], shape: str
) -> None:
    assert Call("GET", path).shape == shape


@pytest.mark.parametrize("sequence", [*RANDOM, *(one.example for one in EXCLUSIONS)])
def test_a_sequence_is_read_from_the_json_that_is_shown_of_it(sequence: Sequence) -> None:
    read = Sequence(tuple(map(Call.from_json, json.loads(sequence.command))))

    assert [call.request(NOW) for call in read.calls] == [
        call.request(NOW) for call in sequence.calls
    ]


@pytest.mark.parametrize("call", ["GET", None, {}, {"method": 1}])
def test_other_json_is_no_call(call: object) -> None:
    with pytest.raises(ValueError, match=r"^not a call: "):
        Call.from_json(call)


def test_a_seed_and_an_index_always_give_the_same_sequence() -> None:
    assert generate(1, 5) == generate(1, 5)
    assert generate(1, 5) != generate(1, 6)
    assert generate(1, 5) != generate(2, 5)


def test_random_sequences_reach_every_operation_of_the_explorer() -> None:
    asked = {(call.method, call.shape) for sequence in RANDOM for call in sequence.calls}

    assert {
        ("GET", ""),
        ("GET", "/{ns}/keys"),
        ("GET", "/{ns}/values/{key}"),
        ("PUT", "/{ns}/values/{key}"),
        ("DELETE", "/{ns}/values/{key}"),
        ("PUT", "/{ns}/bulk"),
        ("POST", "/{ns}/bulk/delete"),
        ("POST", "/{ns}/bulk/get"),
    } <= asked


def test_every_fixed_sequence_can_be_sent() -> None:
    assert all(call.request(NOW) for sequence in fixed_sequences() for call in sequence.calls)
