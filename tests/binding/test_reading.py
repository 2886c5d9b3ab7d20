"""`get` and `getWithMetadata`, of one key and of many."""

from __future__ import annotations

import json
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Entry, KVAccount, KVError, KVNamespace, KVUsageWarning, Limits
from pytest_kv._binding.results import KVObject, KVStream
from tests.helpers.json_strategies import json_texts, json_values
from tests.helpers.stopped_clock import NOW
from tests.helpers.texts import any_text, texts_of_bytes
from tests.helpers.worker import Binding, run

UNKNOWN_TYPE = (
    "TypeError: Unknown response type. "
    'Possible types are "text", "arrayBuffer", "json", and "stream".'
)
LEFT_OUT = (
    "KV leaves {!r} out of the result of a bulk get, as JavaScript keeps such a name elsewhere "
    "in an object; get it on its own"
)


async def thrown(call: Awaitable[object]) -> str:
    with pytest.raises(KVError) as caught:
        await call
    return str(caught.value)


async def read(stream: KVStream) -> bytes:
    return b"".join([chunk.to_bytes() async for chunk in stream])


# One key.


async def test_text_is_what_is_read_by_default(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"k": "\ufeffé", "bytes": b"\xff"})

    assert await kv.get("k") == await kv.get("k", "text") == await kv.get("k", {}) == "\ufeffé"
    assert await kv.get("bytes") == "\ufffd"


@pytest.mark.fidelity("binding-results")
async def test_an_array_buffer_is_a_memoryview_of_a_copy(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"k": b"\x00\xff"})

    buffer = await kv.get("k", "arrayBuffer")
    buffer[0] = 7

    assert isinstance(buffer, memoryview)
    assert bytes(buffer) == b"\x07\xff"
    assert namespace.data["k"].value == b"\x00\xff"


@pytest.mark.fidelity("binding-results")
async def test_a_stream_is_read_with_async_for(kv: Binding, namespace: KVNamespace) -> None:
    value = bytes(range(256)) * 40
    namespace.seed({"k": value})

    assert await read(await kv.get("k", "stream")) == value
    assert await read((await kv.getWithMetadata("k", type="stream")).value) == value


@given(st.text(max_size=3).map(lambda prefix: prefix + '{"a":') | json_texts)
def test_json_is_read_alike_in_one_key_and_in_many(text: str) -> None:
    namespace = KVAccount().default_namespace
    namespace.seed({"k": text.encode("utf-8", "replace")})
    try:
        one = run(namespace.get("k", "json"))
    except KVError:
        with pytest.raises(KVError, match="GET_BULK failed: 400 At least one of the requested"):
            run(namespace.get(["k"], "json"))
    else:
        assert run(namespace.get(["k"], "json")) == {"k": one}


@given(json_values)
def test_json_that_was_put_is_what_is_got(value: object) -> None:
    namespace = KVAccount().default_namespace
    run(namespace.put("k", json.dumps(value)))

    assert run(namespace.get("k", "json")) == value


async def test_objects_inside_objects_have_attributes(kv: Binding, namespace: KVNamespace) -> None:
    text = '{"user": {"name": "alice", "roles": [{"id": 1}]}}'
    namespace.seed({"k": Entry(text, metadata={"by": {"name": "bob"}})})

    both = await kv.getWithMetadata("k", "json")

    assert both.value.user.name == "alice"
    assert both.value.user.roles[0].id == 1
    assert both.metadata.by.name == "bob"
    assert isinstance(both, KVObject)


@pytest.mark.fidelity("deviation-json-depth")
@pytest.mark.parametrize("depth", [100, 5_000])
async def test_json_of_any_depth_is_read(kv: Binding, namespace: KVNamespace, depth: int) -> None:
    namespace.seed({"list": "[" * depth + "]" * depth, "dict": '{"a":' * depth + "1" + "}" * depth})

    value = await kv.get("dict", "json")
    for _ in range(depth - 1):
        value = value["a"]
    assert value == {"a": 1}
    assert len(await kv.get("list", "json")) == 1
    assert len(await kv.get(["list", "dict"], "json")) == 2


@pytest.mark.fidelity("bulk-get-json-values")
async def test_a_number_json_cannot_hold_is_infinite_alone_and_none_among_many(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"k": '{"a": [1e400, -1e400, 1]}'})

    assert await kv.get("k", "json") == {"a": [float("inf"), float("-inf"), 1]}
    assert await kv.get(["k"], "json") == {"k": {"a": [None, None, 1]}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "SyntaxError: Unexpected end of JSON input"),
        ("nope", "SyntaxError: Unexpected token 'o', \"nope\" is not valid JSON"),
        ("\ufeff1", "SyntaxError: Unexpected token '\ufeff', \"\ufeff1\" is not valid JSON"),
    ],
)
async def test_text_that_is_not_json_is_a_syntax_error(
    kv: Binding, namespace: KVNamespace, text: str, message: str
) -> None:
    namespace.seed({"k": text})

    assert await thrown(kv.get("k", "json")) == message
    assert await thrown(kv.getWithMetadata("k", type="json")) == message


@pytest.mark.fidelity("binding-missing-key")
@pytest.mark.parametrize("type_", ["JSON", "arraybuffer", "", 5, True, "stream "])
async def test_an_unknown_type_matters_only_where_there_is_a_value(
    kv: Binding, namespace: KVNamespace, type_: object
) -> None:
    namespace.seed({"k": "v"})

    assert await thrown(kv.get("k", type_)) == UNKNOWN_TYPE
    assert await thrown(kv.get("k", type=type_)) == UNKNOWN_TYPE
    assert await thrown(kv.getWithMetadata("k", type_)) == UNKNOWN_TYPE
    assert await kv.get("missing", type_) is None


async def test_a_type_of_none_is_no_type_alone_and_an_unknown_one_by_name(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"k": "v"})

    assert await kv.get("k", None) == "v"
    assert await thrown(kv.get("k", type=None)) == UNKNOWN_TYPE


@pytest.mark.parametrize("type_", ["text", "json", "arrayBuffer", "stream"])
async def test_a_missing_key_is_none_whatever_the_type(kv: Binding, type_: str) -> None:
    nothing = {"value": None, "metadata": None, "cacheStatus": None}

    assert await kv.get("k", type_) is None
    assert await kv.getWithMetadata("k", type_) == nothing


async def test_metadata_comes_with_the_value(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"k": Entry("v", metadata=[0], expiration=NOW + 5)})

    both = await kv.getWithMetadata("k")

    assert both == {"value": "v", "metadata": [0], "cacheStatus": None}
    assert list(both) == ["value", "metadata", "cacheStatus"]


@pytest.mark.parametrize(
    ("cache_ttl", "read_as"), [(29, 29), (-1, -1), (None, 0), ("abc", 0), (29.9, 29), (True, 1)]
)
async def test_a_cache_ttl_under_30_is_refused(
    kv: Binding, cache_ttl: object, read_as: int
) -> None:
    reason = f"400 Invalid cache_ttl of {read_as}. Cache TTL must be at least 30."

    assert await thrown(kv.get("k", cacheTtl=cache_ttl)) == f"Error: KV GET failed: {reason}"
    assert await thrown(kv.getWithMetadata("k", cacheTtl=cache_ttl)) == (
        f"Error: KV GET failed: {reason}"
    )
    assert await thrown(kv.get(["k"], cacheTtl=cache_ttl)) == (
        f"Error: KV GET_BULK failed: {reason}"
    )


@given(texts_of_bytes(513))
def test_a_key_past_512_bytes_is_refused(key: str) -> None:
    namespace = KVAccount().default_namespace
    reason = "414 UTF-8 encoded length of 513 exceeds key length limit of 512."

    for call, verb in (
        (namespace.get(key), "GET"),
        (namespace.getWithMetadata(key), "GET"),
        (namespace.get(["k", key]), "GET_BULK"),
        (namespace.delete(key), "DELETE"),
        (namespace.put(key, "v"), "PUT"),
    ):
        with pytest.raises(KVError) as caught:
            run(call)
        assert str(caught.value) == f"Error: KV {verb} failed: {reason}"


@given(st.sampled_from([511, 512]).flatmap(texts_of_bytes))
def test_a_key_of_512_bytes_is_read_and_written(key: str) -> None:
    namespace = KVAccount().default_namespace
    run(namespace.put(key, "v"))

    assert run(namespace.get(key)) == "v"
    assert run(namespace.get([key])) == {key: "v"}


# Many keys.


@given(st.dictionaries(any_text.filter(lambda name: not name.isdigit()), any_text, max_size=5))
def test_many_keys_are_a_dict_in_the_order_asked_for(values: dict[str, str]) -> None:
    values = {f"k{name}": value for name, value in values.items()}
    namespace = KVAccount().default_namespace
    namespace.seed(values)
    keys = [*values, "missing", *values]

    found = run(namespace.get(keys))

    assert found == {**{k: v.removeprefix("\ufeff") for k, v in values.items()}, "missing": None}
    assert list(found) == [*values, "missing"]


@pytest.mark.fidelity("bulk-get-json-values")
async def test_many_keys_with_metadata(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"a": Entry("1", metadata={"m": 1}), "b": "null"})

    assert await kv.getWithMetadata(["a", "b", "c"]) == {
        "a": {"value": "1", "metadata": {"m": 1}},
        "b": {"value": "null", "metadata": None},
        "c": None,
    }
    as_json = await kv.getWithMetadata(["a", "b"], "json")
    assert as_json == {"a": {"value": 1, "metadata": {"m": 1}}, "b": None}
    assert as_json["a"].metadata.m == 1


@pytest.mark.fidelity("bulk-get-lost-names")
@pytest.mark.parametrize("name", ["0", "1", "42", "4294967294"])
async def test_a_name_like_an_array_index_is_left_out(
    kv: Binding, namespace: KVNamespace, name: str
) -> None:
    namespace.seed({name: "v", "k": "w"})

    with pytest.warns(KVUsageWarning) as record:
        found = await kv.get([name, "k", name])

    assert found == {"k": "w"}
    assert [str(warning.message) for warning in record] == [LEFT_OUT.format(name)]


@pytest.mark.parametrize("name", ["01", "-1", "1.0", "4294967295", "1e3", "constructor"])
async def test_a_name_that_is_no_array_index_is_kept(
    kv: Binding, namespace: KVNamespace, name: str
) -> None:
    namespace.seed({name: "v"})

    assert await kv.get([name]) == {name: "v"}


@pytest.mark.fidelity("bulk-get-lost-names")
async def test_the_name_of_the_prototype_is_left_out(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"__proto__": "v"})

    with pytest.warns(KVUsageWarning) as record:
        found = await kv.get(["__proto__", "k"])

    assert found == {"k": None}
    assert [str(warning.message) for warning in record] == [LEFT_OUT.format("__proto__")]


@pytest.mark.parametrize("stored", [{}, {"__proto__": "null"}])
async def test_a_prototype_of_null_makes_way_for_the_name_asked_for_once_more(
    kv: Binding, namespace: KVNamespace, stored: dict[str, str]
) -> None:
    namespace.seed(stored)

    assert await kv.get(["__proto__", "__proto__"], "json") == {"__proto__": None}


@pytest.mark.parametrize("type_", ["stream", "arrayBuffer", "banana", "null"])
async def test_many_keys_are_read_as_text_or_json_only(kv: Binding, type_: str) -> None:
    message = f'Error: KV GET_BULK failed: 400 "{type_}" is not a valid type. Use "json" or "text"'

    assert await thrown(kv.get(["k"], type_)) == message
    assert await thrown(kv.getWithMetadata(["k"], type=type_)) == message


async def test_an_empty_type_is_text(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"k": "1"})

    assert await kv.get(["k"], "") == {"k": "1"}


async def test_1_to_100_keys_are_read_at_once(kv: Binding) -> None:
    assert len(await kv.get([f"k{number}" for number in range(100)])) == 100
    assert await thrown(kv.get(["k"] * 101)) == (
        "Error: KV GET_BULK failed: 400 You can request a maximum of 100 keys"
    )
    assert await thrown(kv.get([])) == (
        "Error: KV GET_BULK failed: 400 You must request a minimum of 1 key"
    )


@pytest.mark.fidelity("Limits.bulk_get_units", "BULK_GET_TOO_LARGE")
async def test_many_values_are_limited_together() -> None:
    namespace = KVAccount(limits=Limits(bulk_get_units=1024 * 1024)).default_namespace
    namespace.seed({"half": "x" * 512 * 1024, "x": "x"})

    assert len(await namespace.get(["half", "half"])) == 1
    assert await thrown(namespace.get(["half", "half", "x"])) == (
        "Error: KV GET_BULK failed: 413 Total size of request exceeds the limit of 1MB"
    )


@pytest.mark.fidelity("lone-surrogates")
async def test_a_lone_surrogate_in_one_of_many_names_is_replaced(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"a\ufffd\ufffd\ufffdb": "v"})

    assert await kv.get(["a\ud800b"]) == {"a\ufffd\ufffd\ufffdb": "v"}
    assert await thrown(kv.get("a\ud800b")) == (
        "Error: KV GET failed: 400 Could not URL-decode key name"
    )
