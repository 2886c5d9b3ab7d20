"""How arguments travel: keywords, options, keys, and what the wrapper does not send."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Any

import pytest

from pytest_kv import Entry, KVError, KVNamespace, KVUsageWarning
from pytest_kv._binding.arguments import describe
from tests.helpers.worker import Binding

METHODS = ["get", "getWithMetadata", "put", "delete", "list"]


async def warned(call: Awaitable[object]) -> list[str]:
    with pytest.warns(KVUsageWarning) as record:
        await call
    return [str(warning.message) for warning in record]


# Keywords and a dict.


async def test_keywords_are_options(kv: Binding, namespace: KVNamespace) -> None:
    await kv.put("k", '{"a": 1}', metadata={"m": 1}, expirationTtl=60)

    assert await kv.get("k", type="json") == {"a": 1}
    assert await kv.get("k", type="json", cacheTtl=30) == {"a": 1}
    assert (await kv.list(prefix="k", limit=1))["keys"][0]["metadata"] == {"m": 1}
    assert namespace.data["k"].metadata == {"m": 1}


@pytest.mark.parametrize("options", [None, {}])
async def test_no_options_may_be_given_as_none_or_as_an_empty_dict(
    kv: Binding, options: object
) -> None:
    await kv.put("k", "v", options)
    await kv.delete("other", options)

    assert await kv.get("k", options) == "v"
    assert (await kv.getWithMetadata("k", options))["value"] == "v"
    assert len((await kv.list(options))["keys"]) == 1


@pytest.mark.fidelity("binding-keywords")
@pytest.mark.parametrize("options", [None, {}, {"metadata": 1}])
async def test_keywords_beside_options_are_ignored(
    kv: Binding, options: dict[str, object] | None
) -> None:
    assert await warned(kv.put("k", "v", options, metadata=2, expirationTtl=60)) == [
        "put() has all its arguments already; KV ignores expirationTtl, metadata"
    ]

    [listed] = (await kv.list())["keys"]
    assert listed == {"name": "k", **(options or {})}


async def test_keywords_beside_a_type_are_ignored(kv: Binding) -> None:
    await kv.put("k", "1")

    assert await warned(kv.get("k", "json", cacheTtl=5)) == [
        "get() has all its arguments already; KV ignores cacheTtl"
    ]


async def test_keywords_of_a_method_without_options_are_ignored(kv: Binding) -> None:
    assert await warned(kv.delete("k", expiration=5)) == [
        "delete() has all its arguments already; KV ignores expiration"
    ]


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("delete", ("a", "b"), "delete() takes 1 argument at most; KV ignores 'b' (str)"),
        (
            "delete",
            ("a", None, "b", ["c"]),
            "delete() takes 1 argument at most; KV ignores 'b' (str), ['c'] (list)",
        ),
        ("get", ("a", "text", 5), "get() takes 2 arguments at most; KV ignores 5 (int)"),
        (
            "put",
            ("a", "v", None, {"metadata": 1}),
            "put() takes 3 arguments at most; KV ignores {'metadata': 1} (dict)",
        ),
        ("list", (None, "b"), "list() takes 1 argument at most; KV ignores 'b' (str)"),
    ],
)
async def test_arguments_past_the_last_are_ignored(
    kv: Binding, namespace: KVNamespace, method: str, arguments: tuple[object, ...], message: str
) -> None:
    namespace.seed({"a": "1", "b": "2"})

    assert await warned(getattr(kv, method)(*arguments)) == [message]
    assert "b" in namespace.data
    assert all(entry.metadata is None for entry in namespace.data.values())


@pytest.mark.fidelity("binding-options-of-another-type", "deviation-options-object")
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["expirationTtl"], "['expirationTtl'] (list)"),
        ({"expirationTtl"}, "{'expirationTtl'} (set)"),
        (
            MappingProxyType({"expirationTtl": 60}),
            "mappingproxy({'expirationTtl': 60}) (mappingproxy)",
        ),
    ],
)
async def test_options_that_are_no_dict_are_not_read(
    kv: Binding, namespace: KVNamespace, options: object, shown: str
) -> None:
    assert await warned(kv.put("k", "v", options)) == [
        f"put() was given options that are no dict, {shown}; none of them is read"
    ]
    assert namespace.data == {"k": Entry("v")}


async def test_the_arguments_of_a_method_have_no_names(kv: Binding, namespace: KVNamespace) -> None:
    assert await warned(kv.delete(key="k")) == [
        "delete() was given the key {'key': 'k'} (dict); KV used '[object Object]'"
    ]
    assert namespace.deletes == ["[object Object]"]


# Keys.


@pytest.mark.fidelity("binding-coercion")
@pytest.mark.parametrize(
    ("key", "shown", "used"),
    [
        (5, "5 (int)", "5"),
        (1.0, "1.0 (float)", "1"),
        (True, "True (bool)", "true"),
        (None, "None (NoneType)", "null"),
        (b"a", "b'a' (bytes)", "97"),
        ({"id": 1}, "{'id': 1} (dict)", "[object Object]"),
        ({1}, "{1} (set)", "[object Set]"),
    ],
)
@pytest.mark.parametrize("method", ["get", "getWithMetadata", "delete", "put"])
async def test_a_key_that_is_no_text_becomes_text(
    kv: Binding, namespace: KVNamespace, method: str, key: object, shown: str, used: str
) -> None:
    arguments = (key, "v") if method == "put" else (key,)

    assert await warned(getattr(kv, method)(*arguments)) == [
        f"{method}() was given the key {shown}; KV used {used!r}"
    ]
    assert namespace.calls[-1].keys == (used,)


@pytest.mark.parametrize(
    ("length", "used"),
    [(80, f"'{'k' * 80}'"), (81, f"'{'k' * 60}'…'{'k' * 20}' (81 characters)")],
)
async def test_a_name_of_more_than_80_characters_is_cut_in_a_warning(
    kv: Binding, length: int, used: str
) -> None:
    [warning] = await warned(kv.delete(["k" * length]))

    assert warning.endswith(f"; KV used {used}")


async def test_keys_of_a_bulk_get_become_text_one_by_one(
    kv: Binding, namespace: KVNamespace
) -> None:
    assert await warned(kv.get(["a", None, 1.5])) == [
        "get() was given the key None (NoneType); KV used 'null'",
        "get() was given the key 1.5 (float); KV used '1.5'",
    ]
    assert namespace.calls[-1].keys == ("a", "null", "1.5")


async def test_a_list_of_keys_to_delete_is_one_key(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"a": "1", "b": "2"})

    assert await warned(kv.delete(["a", "b"])) == [
        "delete() was given the key ['a', 'b'] (list); KV used 'a,b'"
    ]
    assert set(namespace.data) == {"a", "b"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 41, f"'{'x' * 30}'…'{'x' * 10}' (41 characters) (str)"),
        (b"x" * 1000, f"b'{'x' * 30}'…b'{'x' * 10}' (1,000 bytes) (bytes)"),
    ],
)
def test_a_long_value_is_cut_in_a_warning(value: object, text: str) -> None:
    assert describe(value) == text


def test_what_is_no_text_is_cut_after_60_characters() -> None:
    assert describe([1] * 20) == f"[{'1, ' * 19}1] (list)"  # 60 characters
    assert describe([1] * 1000) == f"[{'1, ' * 19}1,… (list)"
    assert describe(-(10**10_000)) == f"-1{'0' * 58}… (int)"


async def test_a_long_name_is_cut_in_a_warning(kv: Binding) -> None:
    with pytest.warns(KVUsageWarning) as record, pytest.raises(KVError):
        await kv.delete([f"session:{number}" for number in range(10_000)])

    assert len(str(record[0].message)) < 400


# Options that do not exist.


@pytest.mark.fidelity("binding-unknown-option")
@pytest.mark.parametrize(
    ("method", "arguments", "option", "hint"),
    [
        ("put", ("k", "v"), "expiration_ttl", "; did you mean 'expirationTtl'?"),
        ("put", ("k", "v"), "expirationTTL", "; did you mean 'expirationTtl'?"),
        ("put", ("k", "v"), "Expiration", "; did you mean 'expiration'?"),
        ("put", ("k", "v"), "meta_data", "; did you mean 'metadata'?"),
        ("put", ("k", "v"), "expires", "; did you mean 'expiration'?"),
        ("put", ("k", "v"), "foo", ""),
        ("get", ("k",), "cache_ttl", "; did you mean 'cacheTtl'?"),
        ("get", ("k",), "cache_seconds", "; did you mean 'cacheTtl'?"),
        ("get", (["k"],), "cache_ttl", "; did you mean 'cacheTtl'?"),
        ("getWithMetadata", ("k",), "Type", "; did you mean 'type'?"),
        ("list", (), "Limit", "; did you mean 'limit'?"),
        ("list", (), "prefixes", "; did you mean 'prefix'?"),
        ("list", (), "reverse", ""),
    ],
)
async def test_an_option_that_does_not_exist_is_ignored(
    kv: Binding, method: str, arguments: tuple[object, ...], option: str, hint: str
) -> None:
    expected = [f"{method}() has no option {option!r} and KV ignores it{hint}"]

    assert await warned(getattr(kv, method)(*arguments, {option: 60})) == expected
    assert await warned(getattr(kv, method)(*arguments, **{option: 60})) == expected


async def test_each_option_that_does_not_exist_is_named(kv: Binding) -> None:
    assert await warned(kv.put("k", "v", {"ttl": 1, "metadata": 1, 5: 2})) == [
        "put() has no option 'ttl' and KV ignores it",
        "put() has no option 5 and KV ignores it",
    ]


# What cannot be sent.


async def nothing() -> None:
    """A coroutine to be passed by mistake."""


@pytest.mark.parametrize("unsendable", [("a",), bytearray(b"v")])
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"a": {"b": [v]}}])
async def test_a_tuple_or_a_bytearray_is_pythons_type_error(
    kv: Binding, namespace: KVNamespace, unsendable: object, wrap: Callable[[object], object]
) -> None:
    given = wrap(unsendable)
    for call in (
        kv.put("k", given),
        kv.put("k", "v", {"metadata": given}),
        kv.put("k", "v", metadata=given),
        kv.get(given),
        kv.getWithMetadata("k", given),
        kv.delete(given),
        kv.list(given),
        kv.list(None, given),
    ):
        with pytest.raises(TypeError) as caught:
            await call
        assert str(caught.value) == f"{type(unsendable)} cannot be sent over RPC."
    assert namespace.calls == []


async def test_a_set_is_looked_into(kv: Binding) -> None:
    with pytest.raises(TypeError) as caught:
        await kv.put("k", "v", metadata={("a",)})

    assert str(caught.value) == "<class 'tuple'> cannot be sent over RPC."


@pytest.mark.fidelity("binding-values-that-cannot-travel")
async def test_an_awaitable_is_pythons_type_error(kv: Binding) -> None:
    forgotten, future = nothing(), asyncio.get_running_loop().create_future()
    for awaitable, name in ((forgotten, "coroutine"), (future, "_asyncio.Future")):
        with pytest.raises(TypeError) as caught:
            await kv.put("k", awaitable)
        assert str(caught.value) == f"Awaitable <class '{name}'> cannot be sent over RPC."
    forgotten.close()


# What is ignored.


@pytest.mark.parametrize("method", METHODS)
async def test_none_after_the_last_argument_is_no_argument(kv: Binding, method: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {"put": ("k", "v", None), "list": (None,)}

    await getattr(kv, method)(*arguments.get(method, ("k", None)), None)
