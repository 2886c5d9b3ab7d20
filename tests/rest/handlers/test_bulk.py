"""Bulk write and bulk delete, and the bodies no bulk operation takes."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Call
from pytest_kv._core.limits import Limits
from tests.helpers.rest_client import NAMESPACE_ID, Answer, Case, Client, expect, refusal, success
from tests.helpers.stopped_clock import NOW

WRITE, GET = ("PUT", "/{ns}/bulk"), ("POST", "/{ns}/bulk/get")
DELETES = (("POST", "/{ns}/bulk/delete"), ("DELETE", "/{ns}/bulk"))
deletes = pytest.mark.parametrize(("method", "below"), DELETES, ids=["today's", "older"])

FALSY: tuple[object, ...] = (0, False, "", [], {}, 0.0)
LATER = NOW + 60


def done(count: int) -> Answer:
    return success({"successful_key_count": count, "unsuccessful_keys": []})


def malformed(fault: str) -> Answer:
    return refusal(400, 10012, f"could not parse the request body: {fault}")


def no_keys(fault: str) -> Answer:
    return refusal(400, 10012, f"could not parse array of keys from request body: '{fault}'")


def too_early(text: str, value: object) -> Answer:
    return refusal(400, 10034, f"bulk put: 'Invalid {text.format(value)}'")


def not_base64(index: int) -> Answer:
    told = f"illegal base64 data at input byte {index}"
    text = f"""bulk put: 'could not base64 decode value for key: "k", err: '{told}''"""
    return refusal(400, 10012, text)


NO_PAIR = malformed("a pair is not an object")
NO_TEXTS = malformed("a pair has no key or no value, or they are not strings")
TTL = "expiration_ttl of {}. Please specify integer greater than 0."
SHORT_TTL = "expiration_ttl of {}. Expiration TTL must be at least 60."
NEAR = "expiration of {}. Expiration times must be at least 60 seconds in the future."
PAST = (
    "expiration of {}. Please specify integer greater than the current number of seconds since "
    "the UNIX epoch."
)
TOO_LONG_METADATA = refusal(
    413, 10012, "bulk put: 'Metadata length of 1025 exceeds limit of 1024.'"
)


def pair(**members: object) -> dict[str, object]:
    return {"key": "k", "value": "v", **members}


BAD_PAIRS = (
    ("not an object", "pair", NO_PAIR),
    ("null", None, NO_PAIR),
    ("no key", {"value": "v"}, NO_TEXTS),
    ("no value", {"key": "k"}, NO_TEXTS),
    ("key is a number", pair(key=1), NO_TEXTS),
    ("value is a number", pair(value=1), NO_TEXTS),
    ("value is null", pair(value=None), NO_TEXTS),
    ("value is an object", pair(value={}), NO_TEXTS),
    ("base64 is text", pair(base64="true"), malformed("base64 is not of the right type")),
    ("base64 is 1", pair(base64=1), malformed("base64 is not of the right type")),
    ("not base64", pair(base64=True, value="no base64"), not_base64(2)),
    ("TTL 59", pair(expiration_ttl=59), too_early(SHORT_TTL, 59)),
    ("TTL 0", pair(expiration_ttl=0), too_early(TTL, 0)),
    ("TTL negative", pair(expiration_ttl=-1), too_early(TTL, -1)),
    ("TTL is text", pair(expiration_ttl="60"), too_early(TTL, '"60"')),
    ("TTL 59.9", pair(expiration_ttl=59.9), too_early(SHORT_TTL, 59)),
    ("TTL 0.9", pair(expiration_ttl=0.9), too_early(TTL, 0)),
    ("TTL past 64 bits", pair(expiration_ttl=1e19), too_early(TTL, 1e19)),
    ("TTL is true", pair(expiration_ttl=True), too_early(TTL, "true")),
    ("expiration past", pair(expiration=NOW), too_early(PAST, NOW)),
    ("expiration in 59 s", pair(expiration=NOW + 59), too_early(NEAR, NOW + 59)),
    ("expiration is text", pair(expiration="soon"), too_early(PAST, '"soon"')),
    ("both unreadable", pair(expiration=[], expiration_ttl="60"), too_early(PAST, "[]")),
    ("metadata of 1,025 bytes", pair(metadata="m" * 1023), TOO_LONG_METADATA),
)

BAD_BODIES = (
    ("no body", b"", None),
    ("truncated", b'[{"key":"kept"', None),
    ("not UTF-8", b'["\xff"]', None),
    ("UTF-16", '["kept"]'.encode("utf-16"), None),
    ("byte-order mark", b"\xef\xbb\xbf[]", None),
    ("NaN", b"[NaN]", None),
    ("number past a double", b"[1e999]", None),
    ("lone surrogate", b'["\\ud800"]', None),
    ("100,000 levels", b"[" * 100_000 + b"]" * 100_000, None),
    ("another shape", b'"kept"', "shape"),
    ("null", b"null", "shape"),
)


def bad_bodies(method: str, below: str, shape: str, wrong: bytes) -> list[Case]:
    """A case for each body this operation cannot take; ``wrong`` is another operation's."""
    told = no_keys if (method, below) in DELETES else malformed
    not_shape, not_json = told(f"it is not {shape}"), told("it is not JSON in UTF-8")
    return [
        Case(f"{method} {below}, {id}", method, below, not_shape if kind else not_json, body=body)
        for id, body, kind in (*BAD_BODIES, ("another operation's", wrong, "shape"))
    ]


# Bulk write


@pytest.mark.fidelity("bulk_put", "rest-unknown-member")
def test_each_pair_is_stored_with_what_it_has(client: Client) -> None:
    pairs = [
        {"key": "a", "value": ""},
        {"key": "b", "value": "ü", "metadata": {"m": [None]}, "expiration": LATER},
        {"key": "c", "value": "AP8=", "base64": True, "expiration_ttl": 60},
        {"key": "d", "value": "AP8=", "base64": False, "unknown": "member"},
        {"key": "e", "value": "v", "expiration": LATER, "expiration_ttl": 90},
        {"key": "f", "value": "v", **dict.fromkeys(("metadata", "expiration", "base64"))},
    ]

    assert client.send(*WRITE, json=pairs) == done(6)
    assert client.data == {
        "a": (b"", None, None),
        "b": ("ü".encode(), {"m": [None]}, LATER),
        "c": (b"\0\xff", None, LATER),
        "d": (b"AP8=", None, None),
        "e": (b"v", None, NOW + 90),
        "f": (b"v", None, None),
    }


@pytest.mark.parametrize("value", FALSY, ids=repr)
def test_falsy_metadata_is_metadata(client: Client, value: object) -> None:
    client.send(*WRITE, json=[{"key": "k", "value": "v", "metadata": value}])

    assert client.send("GET", "/{ns}/metadata/k") == success(value)
    assert client.namespace.data["k"].metadata_json == json.dumps(value)


@pytest.mark.fidelity("rest-null-metadata")
def test_null_metadata_is_none(client: Client) -> None:
    client.send(*WRITE, json=[{"key": "k", "value": "v", "metadata": None}])

    assert client.namespace.data["k"].metadata_json is None


@given(st.binary())
def test_any_bytes_are_stored_through_base64(value: bytes) -> None:
    client = Client()
    client.send(*WRITE, json=[{"key": "k", "value": b64encode(value).decode(), "base64": True}])

    assert client.data == {"k": (value, None, None)}


@pytest.mark.fidelity("rest-times-with-a-fraction")
def test_a_time_with_a_fraction_is_cut_to_whole_seconds(client: Client) -> None:
    pairs = [pair(key="a", expiration_ttl=60.9), pair(key="b", expiration=LATER + 0.9)]

    assert client.send(*WRITE, json=pairs) == done(2)
    assert client.data == {"a": (b"v", None, LATER), "b": (b"v", None, LATER)}
    assert client.account.calls[0].expiration_ttls == (60, None)


@pytest.mark.fidelity("rest-base64")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", b""),
        ("\r\n", b""),
        ("AP8=", b"\0\xff"),
        ("AP\r\n8\n=\r\n", b"\0\xff"),
        ("d\ng\r=\n=\n", b"v"),
        ("dh==", b"v"),
    ],
)
def test_cr_and_lf_within_base64_are_skipped(client: Client, text: str, value: bytes) -> None:
    assert client.send(*WRITE, json=[pair(base64=True, value=text)]) == done(1)
    assert client.data == {"k": (value, None, None)}


@pytest.mark.fidelity("BAD_BASE64", "rest-base64")
@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("d", 0),
        ("dg", 0),
        ("dmFsdWU", 4),
        ("dm\nFsdW\n", 6),
        ("dg=", 3),
        ("dg=\n", 4),
        ("d g==", 1),
        ("d\tg==", 1),
        ("_-8=", 0),
        ("dü==", 1),
        ("d===", 1),
        ("=", 0),
        ("dg=a", 2),
        ("dg=\na", 3),
        ("dg==a", 4),
        ("dmE=\nYQ==", 5),
        ("dmFsdW=a", 6),
        ("dmFsdWU=a", 8),
        ("dXg=a", 4),
    ],
)
def test_what_is_not_base64_is_refused_with_the_byte_that_go_names(
    client: Client, text: str, index: int
) -> None:
    client.namespace.seed({"k": "kept"})

    answer = client.send(*WRITE, json=[pair(base64=True, value=text)])

    assert answer == not_base64(index)


@given(st.text("dg0=+/\r\n -", max_size=12))
def test_base64_is_taken_where_it_decodes_strictly_without_its_line_ends(text: str) -> None:
    client = Client()
    digits = re.sub("[\r\n]", "", text)
    try:
        value = binascii.a2b_base64(digits, strict_mode=True)
    except binascii.Error:
        value = None
    # Before Python 3.14 the strict mode takes "0000=".
    if value is not None and len(b64encode(value)) != len(digits):
        value = None

    answer = client.send(*WRITE, json=[pair(base64=True, value=text)])

    assert client.data == ({} if value is None else {"k": (value, None, None)})
    assert answer.status == (400 if value is None else 200)


@pytest.mark.fidelity("bulk-put-equal-pairs")
def test_equal_pairs_of_one_key_count_once(client: Client) -> None:
    pairs = [
        {"key": "k", "value": "v", "metadata": {"a": 1, "b": 2}, "expiration_ttl": 60},
        {"key": "other", "value": "v"},
        {"key": "k", "value": "dg==", "base64": True, "metadata": {"b": 2, "a": 1}}
        | {"expiration_ttl": 60},
    ]

    assert client.send(*WRITE, json=pairs) == done(2)
    assert client.data == {"k": (b"v", {"a": 1, "b": 2}, LATER), "other": (b"v", None, None)}
    (call,) = client.account.calls
    assert (call.keys, [*call.entries]) == (("k", "other", "k"), ["k", "other"])
    assert client.namespace.puts == ["k", "other"]


@pytest.mark.fidelity("BULK_REPEATED_KEY")
@pytest.mark.parametrize(
    "other",
    [
        {"value": "w"},
        {"metadata": 1},
        {"metadata": None},
        {"metadata": True},
        {"expiration_ttl": 61},
        {"expiration_ttl": None, "expiration": LATER},
        {"expiration": LATER},
    ],
    ids=str,
)
def test_a_key_given_twice_with_something_else_stops_them_all(
    client: Client, other: dict[str, object]
) -> None:
    client.namespace.seed({"a": "kept"})
    first = {"key": "a", "value": "v", "metadata": 0, "expiration_ttl": 60}

    answer = client.send(*WRITE, json=[pair(), first, first, {**first, **other}])

    told = 'received duplicate key with different values or expiration parameters: "a"'
    assert answer == refusal(400, 10012, told)
    assert client.namespace.puts == []


@pytest.mark.fidelity("rest-several-faults")
def test_a_pair_that_breaks_another_rule_is_refused_before_a_repeated_key(client: Client) -> None:
    pairs = [pair(), pair(value="w"), pair(key="x", expiration_ttl=1)]

    assert client.send(*WRITE, json=pairs) == too_early(SHORT_TTL, 1)


@pytest.mark.fidelity("bulk-limit-counts-repeats")
@pytest.mark.parametrize(("method", "below"), [WRITE, *DELETES])
def test_a_repeated_key_counts_toward_the_most_of_a_request(method: str, below: str) -> None:
    client = Client(limits=Limits(bulk_items=2))
    verb = "put" if method == "PUT" else "delete"
    told = f"bulk {verb}: 'received 3 key/value pairs, but max allowed per request is: 2'"

    answer = client.send(method, below, json=[pair() if method == "PUT" else "k"] * 3)

    assert answer == refusal(400, 10012, told)


def test_10000_pairs_are_written_at_once(client: Client) -> None:
    pairs = [{"key": f"k{number}", "value": "v"} for number in range(10_000)]

    assert client.send(*WRITE, json=pairs) == done(10_000)
    assert len(client.data) == 10_000


@pytest.mark.fidelity(
    "bulk-refusal-changes-nothing", "rest-unreadable-times", "rest-base64", "rest-several-faults"
)
@expect(
    Case(id, *WRITE, answer, json=[{"key": "kept", "value": "new"}, bad])
    for id, bad, answer in BAD_PAIRS
)
def test_one_bad_pair_stops_them_all(client: Client, case: Case) -> None:
    client.namespace.seed({"kept": "v"})

    assert case.sent_by(client) == case.answer


@pytest.mark.fidelity("rest-unreadable-times")
@pytest.mark.parametrize("digits", [19, 400, 4300])
@pytest.mark.parametrize("name", ["expiration", "expiration_ttl"])
def test_an_expiration_past_64_bits_is_refused(client: Client, name: str, digits: int) -> None:
    pairs = json.dumps([pair(**{name: 0})]).replace("0", "9" * digits)

    answer = client.send(*WRITE, body=pairs.encode())

    assert answer.told.startswith(f"400 10034: bulk put: 'Invalid {name} of 999")
    assert client.data == {}


def test_a_value_over_its_limit_stops_them_all() -> None:
    client = Client(limits=Limits(value_bytes=3))

    pairs = [pair(value="abc"), pair(value="abcd")]
    answer = client.send(*WRITE, json=pairs)
    encoded = client.send(*WRITE, json=[pair(value="YWJj", base64=True)])

    assert answer == refusal(413, 10024, "bulk put: 'Value length of 4 exceeds limit of 3.'")
    assert encoded == done(1)


def test_a_refused_write_is_noted_with_its_keys_where_they_could_be_read(client: Client) -> None:
    broken = client.send(*WRITE, json=[pair(), "pair"])
    early = client.send(*WRITE, json=[pair(), pair(key="too early", expiration_ttl=1)])

    asked = client.asked(*WRITE)
    assert client.account.calls == [
        broken.noted(Call("bulk_put", (), "rest", None, NAMESPACE_ID), asked),
        early.noted(
            Call(
                "bulk_put",
                ("k", "too early"),
                "rest",
                None,
                NAMESPACE_ID,
                expiration_ttls=(None, 1),
            ),
            asked,
        ),
    ]


# Bulk delete


@pytest.mark.fidelity("bulk_delete", "bulk-delete-repeated-name")
@deletes
def test_keys_are_deleted_whether_there_or_not(client: Client, method: str, below: str) -> None:
    client.namespace.seed({"a": "1", "b": "2", "kept": "3"})

    assert client.send(method, below, json=["b", "missing", "a", "b"]) == done(3)
    assert client.data == {"kept": (b"3", None, None)}
    assert client.namespace.deletes == ["b", "missing", "a"]
    assert client.namespace.calls[0].keys == ("b", "missing", "a", "b")


@pytest.mark.fidelity("Limits.bulk_items")
@deletes
def test_10000_keys_are_deleted_at_once(client: Client, method: str, below: str) -> None:
    names = [f"k{number}" for number in range(10_000)]
    client.namespace.seed(dict.fromkeys(names, ""))

    assert client.send(method, below, json=names) == done(10_000)
    assert client.data == {}


@deletes
@pytest.mark.parametrize("names", [["kept", 1], [None], [["kept"]], [{"name": "kept"}], [True]])
def test_a_key_that_is_no_text_stops_them_all(
    client: Client, method: str, below: str, names: list[object]
) -> None:
    client.namespace.seed({"kept": "v"})

    assert client.send(method, below, json=names) == no_keys("a key is not a string")
    assert client.namespace.deletes == []


@deletes
def test_a_refused_delete_is_noted_with_its_keys(client: Client, method: str, below: str) -> None:
    answer = client.send(method, below, json=["k", ".."])

    call = Call("bulk_delete", ("k", ".."), "rest", None, NAMESPACE_ID)
    assert client.account.calls == [answer.noted(call, client.asked(method, below))]
    assert client.namespace.deletes == []


# Both


@pytest.mark.fidelity("rest-bulk-empty")
@pytest.mark.parametrize(("method", "below"), [WRITE, *DELETES])
def test_an_empty_array_succeeds_and_does_nothing(client: Client, method: str, below: str) -> None:
    client.namespace.seed({"kept": "v"})

    assert client.send(method, below, body=b"[]") == done(0)
    assert client.data == {"kept": (b"v", None, None)}


@pytest.mark.fidelity("Limits.request_bytes", "REQUEST_TOO_LARGE")
@pytest.mark.parametrize(
    ("method", "below"),
    [WRITE, *DELETES],
)
def test_a_body_over_100_mb_is_refused_in_html_before_it_is_read(method: str, below: str) -> None:
    client = Client(limits=Limits(request_bytes=20))

    assert Limits().request_bytes == 100_000_000
    assert client.send(method, below, body=b"[]".ljust(20)) == done(0)
    assert client.send(method, below, body=b"{" * 21) == Answer(
        413,
        {"content-type": "text/html"},
        b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n"
        b"<center><h1>413 Request Entity Too Large</h1></center>\r\n</body>\r\n</html>\r\n",
    )
    refused = client.account.calls[-1]
    assert (refused.status, refused.code) == (413, None)
    assert refused.error == "413 Request Entity Too Large"


@pytest.mark.fidelity("BAD_KEYS")
@expect(
    [
        *bad_bodies(*WRITE, "an array of key/value pairs", b'{"keys": ["kept"]}'),
        *bad_bodies(*DELETES[0], "an array of key names", b'{"keys": ["kept"]}'),
        *bad_bodies(*DELETES[1], "an array of key names", b'{"keys": ["kept"]}'),
        *bad_bodies(*GET, "an object with keys", b'["kept"]'),
    ]
)
def test_a_body_that_is_not_json_of_the_right_shape_is_refused(client: Client, case: Case) -> None:
    client.namespace.seed({"kept": "v"})

    answer = case.sent_by(client)

    (call,) = client.account.calls
    assert answer == case.answer
    assert (call.keys, call.error) == ((), case.answer.told)
