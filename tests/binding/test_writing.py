"""`put`: values, metadata, expirations, and what is refused first."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from pytest_kv import Entry, KVAccount, KVError, KVNamespace, KVUsageWarning, Limits
from pytest_kv._core.clock import KVClock
from tests.helpers.json_strategies import json_values
from tests.helpers.stopped_clock import NOW
from tests.helpers.texts import any_text, texts_of_bytes
from tests.helpers.worker import Binding, run

NOT_A_VALUE = (
    "TypeError: KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and "
    "ReadableStreams as values."
)


async def thrown(call: Awaitable[object]) -> str:
    with pytest.raises(KVError) as caught:
        await call
    return str(caught.value)


@given(any_text)
def test_text_is_stored_in_utf8(text: str) -> None:
    namespace = KVAccount().default_namespace
    run(namespace.put("k", text))

    assert namespace.data == {"k": Entry(text.encode())}


@pytest.mark.parametrize("value", [b"\x00\xff", memoryview(b"\x00\xff"), b"", memoryview(b"")])
async def test_bytes_are_stored_as_they_are(
    kv: Binding, namespace: KVNamespace, value: bytes | memoryview
) -> None:
    await kv.put("k", value)

    assert namespace.data["k"].value == bytes(value)


@pytest.mark.fidelity("stream-put-and-read-again")
async def test_a_stream_that_was_got_can_be_put(kv: Binding, namespace: KVNamespace) -> None:
    value = bytes(range(256)) * 40
    namespace.seed({"a": value})

    await kv.put("copy", await kv.get("a", "stream"))

    assert namespace.data["copy"].value == value


@pytest.mark.fidelity("deviation-stream-read-in-part")
async def test_only_what_is_left_of_a_stream_is_put(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"a": b"x" * 5000})
    stream = await kv.get("a", "stream")
    async for _ in stream:
        break

    await kv.put("rest", stream)

    assert namespace.data["rest"].value == b"x" * 904


@pytest.mark.fidelity("binding-coercion")
@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (None, "None (NoneType)", "null"),
        (True, "True (bool)", "true"),
        (5, "5 (int)", "5"),
        (1.0, "1.0 (float)", "1"),
        (2**53, "9007199254740992 (int)", "9007199254740992"),
    ],
)
async def test_a_value_that_is_no_text_becomes_text(
    kv: Binding, namespace: KVNamespace, value: object, shown: str, text: str
) -> None:
    with pytest.warns(KVUsageWarning) as record:
        await kv.put("k", value)

    assert [str(warning.message) for warning in record] == [
        f"put() was given the value {shown}; KV stored the text {text!r}"
    ]
    assert namespace.data["k"].text == text


@pytest.mark.parametrize(
    ("digits", "text"),
    [(80, f"'{'1' * 80}'"), (81, f"'{'1' * 60}'…'{'1' * 20}' (81 characters)")],
)
async def test_a_text_of_more_than_80_characters_is_cut_in_a_warning(
    kv: Binding, digits: int, text: str
) -> None:
    with pytest.warns(KVUsageWarning) as record:
        await kv.put("k", int("1" * digits))

    assert str(record[0].message).endswith(f"; KV stored the text {text}")


@pytest.mark.parametrize("value", [{"a": 1}, [1], [], {1}, datetime(2026, 1, 1, tzinfo=UTC)])
async def test_an_object_is_no_value(kv: Binding, namespace: KVNamespace, value: object) -> None:
    assert await thrown(kv.put("k", value)) == NOT_A_VALUE
    assert namespace.data == {}


async def test_a_value_is_limited_in_bytes() -> None:
    namespace = KVAccount(limits=Limits(value_bytes=100)).default_namespace

    await namespace.put("k", "é" * 50)
    assert await thrown(namespace.put("k", "é" * 50 + "x")) == (
        "Error: KV PUT failed: 413 Value length of 101 exceeds limit of 100."
    )
    assert namespace.data["k"].text == "é" * 50


@given(json_values.filter(lambda value: value is not None))
def test_metadata_comes_back_as_it_was_given(metadata: object) -> None:
    namespace = KVAccount(limits=Limits(metadata_bytes=10**6)).default_namespace
    run(namespace.put("k", "v", metadata=metadata))

    assert run(namespace.getWithMetadata("k")).metadata == metadata
    assert run(namespace.list())["keys"][0].metadata == metadata


@given(texts_of_bytes(1022))
def test_metadata_is_limited_in_bytes_of_its_json(text: str) -> None:
    namespace = KVAccount().default_namespace
    run(namespace.put("k", "v", metadata=text))

    with pytest.raises(KVError) as caught:
        run(namespace.put("k", "v", metadata=text + "!"))
    assert str(caught.value) == (
        "Error: KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024."
    )


async def test_a_big_integer_is_no_metadata(kv: Binding, namespace: KVNamespace) -> None:
    assert await thrown(kv.put("k", "v", metadata={"id": 2**53})) == (
        "TypeError: Do not know how to serialize a BigInt"
    )
    assert namespace.data == {}


@pytest.mark.parametrize(
    ("options", "expiration"),
    [
        ({"expirationTtl": 60}, NOW + 60),
        ({"expirationTtl": 60.9}, NOW + 60),
        ({"expirationTtl": "120"}, NOW + 120),
        ({"expiration": NOW + 60}, NOW + 60),
        ({"expiration": NOW + 1000, "expirationTtl": 60}, NOW + 60),
        ({"expiration": 5, "expirationTtl": 60}, NOW + 60),
        ({"expiration": 2**31 - 1}, 2**31 - 1),
        ({}, None),
    ],
)
async def test_an_expiration_is_a_second(
    kv: Binding, namespace: KVNamespace, options: dict[str, object], expiration: int | None
) -> None:
    await kv.put("k", "v", options)

    assert namespace.data["k"].expiration == expiration


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expirationTtl": None}, "expiration_ttl of 0. Please specify integer greater than 0."),
        ({"expirationTtl": -1}, "expiration_ttl of -1. Please specify integer greater than 0."),
        ({"expirationTtl": 59.9}, "expiration_ttl of 59. Expiration TTL must be at least 60."),
        (
            {"expiration": NOW + 59},
            (
                f"expiration of {NOW + 59}. "
                "Expiration times must be at least 60 seconds in the future."
            ),
        ),
        (
            {"expiration": None},
            (
                "expiration of 0. Please specify integer greater than the current number of "
                "seconds since the UNIX epoch."
            ),
        ),
    ],
)
async def test_an_expiration_that_is_too_soon_is_refused(
    kv: Binding, options: dict[str, object], message: str
) -> None:
    assert await thrown(kv.put("k", "v", options)) == f"Error: KV PUT failed: 400 Invalid {message}"


@pytest.mark.parametrize("option", ["expiration", "expirationTtl"])
async def test_milliseconds_are_out_of_range(kv: Binding, option: str) -> None:
    assert await thrown(kv.put("k", "v", {option: NOW * 1000})) == (
        "TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive)."
    )
    assert await thrown(kv.put("k", "v", {option: 2**53})) == (
        "TypeError: Cannot convert a BigInt value to a number"
    )


@pytest.mark.parametrize(
    ("arguments", "parameter", "expected"),
    [
        ((), 1, "string"),
        (("k",), 2, "string or Object"),
        (("", "v", "x"), 3, "PutOptions"),
        (("k", "v", 5), 3, "PutOptions"),
    ],
)
async def test_an_argument_that_is_missing_or_wrong_is_named_by_its_number(
    kv: Binding, arguments: tuple[object, ...], parameter: int, expected: str
) -> None:
    assert await thrown(kv.put(*arguments)) == (
        "TypeError: Failed to execute 'put' on 'KvNamespace': "
        f"parameter {parameter} is not of type '{expected}'."
    )


FAULTS: dict[str, object] = {"expirationTtl": 1, "metadata": "x" * 9}
SMALL = Limits(value_bytes=10, metadata_bytes=10)


@pytest.mark.fidelity("binding-several-faults")
@pytest.mark.parametrize(
    ("key", "value", "options", "start"),
    [
        ("", [], FAULTS | {"expiration": 2**31}, "TypeError: Value out of range."),
        ("", [], FAULTS, "TypeError: Key name cannot be empty."),
        ("\ud800", [], FAULTS, NOT_A_VALUE),
        ("\ud800", "v" * 11, FAULTS, "Error: KV PUT failed: 400 Could not URL-decode key name"),
        ("k", "v" * 11, FAULTS, "Error: KV PUT failed: 400 Invalid expiration_ttl of 1."),
        ("k", "v" * 11, {"metadata": "x" * 9}, "Error: KV PUT failed: 413 Metadata length of 11"),
        ("k", "v" * 11, {}, "Error: KV PUT failed: 413 Value length of 11"),
    ],
)
async def test_a_put_with_several_faults_is_refused_for_the_first(
    key: str, value: Any, options: Any, start: str
) -> None:
    namespace = KVAccount(limits=SMALL).default_namespace

    assert (await thrown(namespace.put(key, value, options))).startswith(start)
    assert namespace.data == {}


async def test_a_put_that_is_refused_leaves_the_old_entry(
    kv: Binding, namespace: KVNamespace
) -> None:
    entry = Entry("old", metadata=1, expiration=NOW + 5)
    namespace.seed({"k": entry})

    await thrown(kv.put("k", "new", expirationTtl=59))

    assert namespace.data == {"k": entry}


async def test_the_clock_of_an_account_may_be_real() -> None:
    clock = KVClock()
    namespace = KVAccount(clock=clock).default_namespace
    before = clock.seconds()

    await namespace.put("k", "v", expirationTtl=60)

    expiration = namespace.data["k"].expiration
    assert expiration is not None
    assert before + 60 <= expiration <= clock.seconds() + 60
