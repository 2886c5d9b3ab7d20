"""The binding as a whole, and what a test sees behind it."""

from __future__ import annotations

import asyncio
import copy
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_kv import Call, Entry, KVAccount, KVError, KVNamespace, Limits
from tests.helpers.stopped_clock import NOW, StoppedClock
from tests.helpers.worker import Binding, run

ID = "0123456789abcdef" * 2


# What a Worker sees.


def test_no_method_needs_an_event_loop(kv: Binding) -> None:
    run(kv.put("k", "v"))

    assert run(kv.get("k")) == "v"
    assert run(kv.getWithMetadata("k"))["value"] == "v"
    assert len(run(kv.list())["keys"]) == 1
    run(kv.delete("k"))
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


@pytest.mark.fidelity("deviation-raises-when-awaited")
def test_a_method_does_nothing_before_it_is_awaited(namespace: KVNamespace) -> None:
    put = namespace.put("k", "v")

    assert (namespace.data, namespace.calls) == ({}, [])
    with pytest.raises(StopIteration) as done:
        put.send(None)
    assert done.value.value is None
    assert namespace.data["k"].text == "v"


async def test_calls_made_together_are_carried_out_in_order(namespace: KVNamespace) -> None:
    await asyncio.gather(
        namespace.put("k", "1"), namespace.put("k", "2"), namespace.delete("j"), namespace.get("k")
    )

    assert [call.operation for call in namespace.calls] == ["put", "put", "delete", "get"]
    assert namespace.data["k"].text == "2"


async def test_put_and_delete_return_nothing(kv: Binding) -> None:
    assert await kv.put("k", "v") is None
    assert await kv.delete("k") is None
    assert await kv.delete("k") is None


@pytest.mark.fidelity("binding-five-methods")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("get_with_metadata", "it has getWithMetadata"),
        ("gett", "it has get"),
        ("Put", "it has put, puts, assert_put"),
        ("remove", "it has delete"),
        ("exists", "it has get"),
        ("set_", "it has put"),
        ("xyz", "it has get, getWithMetadata, put, delete, list"),
        (
            "assert_delete",
            "it has assert_deleted, assert_no_deletes, assert_not_deleted, assert_only_deleted",
        ),
        ("getMany", "get and getWithMetadata take up to 100 keys as a list"),
        ("read_batch", "get and getWithMetadata take up to 100 keys as a list"),
        ("bulk_put", "a binding has no bulk write: call put or delete for each key"),
        ("delete_many", "a binding has no bulk write: call put or delete for each key"),
        ("keys", "await kv.list() lists the keys of a binding, and a test reads kv.data"),
        ("items", "await kv.list() lists the keys of a binding, and a test reads kv.data"),
    ],
)
def test_a_name_production_lacks_is_an_attribute_error_that_says_what_there_is(
    namespace: KVNamespace, name: str, hint: str
) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(namespace, name)

    assert str(caught.value) == f"'KVNamespace' object has no attribute {name!r}; {hint}"
    assert not hasattr(namespace, name)
    assert getattr(namespace, name, "default") == "default"


@pytest.mark.parametrize("name", ["_repr_pretty_", "__deepcopy__", "_core_"])
def test_a_name_that_python_asks_for_by_itself_has_no_hint(
    namespace: KVNamespace, name: str
) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(namespace, name)

    assert str(caught.value) == f"'KVNamespace' object has no attribute {name!r}"


async def test_a_copy_of_a_namespace_is_the_same_namespace(namespace: KVNamespace) -> None:
    copied = copy.copy(namespace)

    await copied.put("a", "1")

    assert await namespace.get("a") == "1"


def test_a_half_made_namespace_has_no_attributes() -> None:
    with pytest.raises(AttributeError):
        _ = KVNamespace.__new__(KVNamespace).calls


# Cloudflare's wrapper takes an item for an attribute (R, O).


@pytest.mark.fidelity("binding-no-container")
@pytest.mark.parametrize(
    ("key", "shown"),
    [("k" * 80, f"'{'k' * 80}'"), ("k" * 81, f"'{'k' * 60}'…'{'k' * 20}' (81 characters)")],
)
def test_a_key_is_no_item(namespace: KVNamespace, key: str, shown: str) -> None:
    with pytest.raises(AttributeError) as caught:
        _ = cast(Any, namespace)[key]

    assert str(caught.value) == (
        f"'KVNamespace' object has no attribute {shown}; read the key with await kv.get({shown}), "
        f"in a test with kv.data[{shown}]"
    )


@pytest.mark.fidelity("binding-no-container")
async def test_the_name_of_a_method_is_an_item(namespace: KVNamespace) -> None:
    assert await cast(Any, namespace)["get"]("a") is None


@pytest.mark.fidelity("binding-no-container")
def test_an_item_that_is_no_text_is_a_type_error(namespace: KVNamespace) -> None:
    with pytest.raises(TypeError) as caught:
        _ = cast(Any, namespace)[b"a"]

    assert str(caught.value) == "attribute name must be string, not 'bytes'"


def test_an_item_cannot_be_set_or_deleted(namespace: KVNamespace) -> None:
    binding = cast(Any, namespace)
    with pytest.raises(TypeError) as of_set:
        binding["a"] = "1"
    with pytest.raises(TypeError) as of_delete:
        del binding["a"]

    assert str(of_set.value) == (
        "'KVNamespace' object does not support item assignment; write await kv.put('a', ...)"
    )
    assert str(of_delete.value) == (
        "'KVNamespace' object does not support item deletion; write await kv.delete('a')"
    )


@pytest.mark.fidelity("binding-no-container")
def test_a_binding_is_true_even_when_empty(namespace: KVNamespace) -> None:
    assert namespace
    assert bool(namespace) is True


@pytest.mark.fidelity("binding-no-container")
def test_a_binding_has_no_length_and_cannot_be_iterated(namespace: KVNamespace) -> None:
    with pytest.raises(TypeError) as of_length:
        len(namespace)
    with pytest.raises(TypeError) as of_iteration:
        iter(namespace)
    with pytest.raises(TypeError, match=r"is not (a container or )?iterable$"):
        _ = "k" in cast(Any, namespace)

    note = "A binding is no dict: await kv.list() lists its keys, and a test reads kv.data."
    assert [*of_length.value.__notes__, *of_iteration.value.__notes__] == [note, note]
    assert str(of_length.value) == "'KvNamespace' object has no len()"
    assert str(of_iteration.value) == "'KvNamespace' object is not iterable"


@pytest.mark.fidelity("deviation-error-classes")
@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("get", "string or Array"),
        ("getWithMetadata", "Array or string"),
        ("put", "string"),
        ("delete", "string"),
    ],
)
async def test_a_key_that_is_missing_is_a_type_error(
    kv: Binding, namespace: KVNamespace, method: str, expected: str
) -> None:
    with pytest.raises(KVError) as caught:
        await getattr(kv, method)()

    assert (caught.value.name, caught.value.message) == (
        "TypeError",
        f"Failed to execute '{method}' on 'KvNamespace': parameter 1 is not of type '{expected}'.",
    )
    assert namespace.calls == [Call(method, (), "binding", str(caught.value), namespace.id)]


@pytest.mark.parametrize("key", ["", ".", ".."])
@pytest.mark.parametrize("method", ["get", "getWithMetadata", "put", "delete"])
async def test_a_forbidden_name_is_a_type_error_of_kv(kv: Binding, method: str, key: str) -> None:
    arguments = (key, "v") if method == "put" else (key,)

    with pytest.raises(KVError) as caught:
        await getattr(kv, method)(*arguments)

    reason = f'"{key}" is not allowed as a key name.' if key else "Key name cannot be empty."
    assert str(caught.value) == f"TypeError: {reason}"


@pytest.mark.fidelity("expiration-second")
async def test_an_entry_expires_without_waiting(
    namespace: KVNamespace, clock: StoppedClock
) -> None:
    await namespace.put("k", "v", expirationTtl=60)

    clock.advance(59)
    assert await namespace.get("k") == "v"
    clock.advance(1)
    assert await namespace.get("k") is None
    assert await namespace.getWithMetadata("k") == {
        "value": None,
        "metadata": None,
        "cacheStatus": None,
    }
    assert namespace.data == {}


async def test_limits_can_be_lowered() -> None:
    namespace = KVAccount(limits=Limits(key_bytes=4, expiration_seconds=5)).default_namespace

    await namespace.put("abcd", "v", expirationTtl=5)
    with pytest.raises(KVError) as caught:
        await namespace.put("ab€", "v")

    assert str(caught.value) == (
        "Error: KV PUT failed: 414 UTF-8 encoded length of 5 exceeds key length limit of 4."
    )


@pytest.mark.fidelity("NAMESPACE_NOT_FOUND")
async def test_a_removed_namespace_refuses_every_call(
    account: KVAccount, namespace: KVNamespace
) -> None:
    namespace.seed({"k": "v"})
    account.remove_namespace(namespace.id)

    for call, verb in (
        (namespace.get("k"), "GET"),
        (namespace.getWithMetadata("k"), "GET"),
        (namespace.get(["k"]), "GET_BULK"),
        (namespace.put("k", "v"), "PUT"),
        (namespace.delete("k"), "DELETE"),
        (namespace.list(), "GET"),
    ):
        with pytest.raises(KVError) as caught:
            await cast(Any, call)
        assert str(caught.value) == f"Error: KV {verb} failed: 404 namespace not found"
    assert namespace.data == {}
    with pytest.raises(ValueError, match=r"^KV would not store this seed: namespace not found$"):
        namespace.seed({"k": "v"})


# What a test sees.


def test_a_namespace_has_an_id_and_a_title() -> None:
    namespace = KVAccount(namespace_id=ID, title="SESSIONS").default_namespace

    assert (namespace.id, namespace.title) == (ID, "SESSIONS")
    assert repr(namespace) == f"<KVNamespace 'SESSIONS' ({ID})>"


async def test_every_call_is_recorded_in_order(kv: Binding, namespace: KVNamespace) -> None:
    await kv.put("k", "v")
    await kv.get("k")
    await kv.getWithMetadata("k")
    await kv.get(["k", "j", "k"])
    await kv.getWithMetadata(["k"])
    await kv.list(prefix="k")
    await kv.delete("k")

    assert [call._replace(written=()) for call in namespace.calls] == [
        Call(operation, keys, "binding", None, namespace.id)
        for operation, keys in (
            ("put", ("k",)),
            ("get", ("k",)),
            ("getWithMetadata", ("k",)),
            ("bulk_get", ("k", "j", "k")),
            ("bulk_get", ("k",)),
            ("list", ()),
            ("delete", ("k",)),
        )
    ]


async def test_a_call_that_was_refused_is_recorded_with_its_error(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"k": "v"})
    for call in (
        kv.put("k", "v", expirationTtl=1),
        kv.put("k", []),
        kv.put("..", "v"),
        kv.get("k", "json"),
        kv.get("k", cacheTtl=2**31),
        kv.get(["k", ".."]),
        kv.get(["k", "j"], cacheTtl=2**31),
        kv.delete(".."),
        kv.list(limit=1001),
    ):
        with pytest.raises(KVError):
            await call

    too_large = "Please specify an integer less than 1000."
    assert [str(call) for call in namespace.calls] == [
        (
            "put 'k' via binding -> Error: KV PUT failed: 400 "
            "Invalid expiration_ttl of 1. Expiration TTL must be at least 60."
        ),
        (
            "put 'k' via binding -> TypeError: KV put() accepts only strings, ArrayBuffers, "
            "ArrayBufferViews, and ReadableStreams as values."
        ),
        "put '..' via binding -> TypeError: \"..\" is not allowed as a key name.",
        ("get 'k' via binding -> SyntaxError: Unexpected token 'v', \"v\" is not valid JSON"),
        (
            "get 'k' via binding -> TypeError: Value out of range. "
            "Must be between -2147483648 and 2147483647 (inclusive)."
        ),
        (
            "bulk_get 'k', '..' via binding -> Error: KV GET_BULK failed: 400 "
            'Illegal key name "..". Please use a different name.'
        ),
        (
            "bulk_get 'k', 'j' via binding -> TypeError: Value out of range. "
            "Must be between -2147483648 and 2147483647 (inclusive)."
        ),
        "delete '..' via binding -> TypeError: \"..\" is not allowed as a key name.",
        (
            "list via binding -> Error: KV GET failed: 400 "
            f"Invalid key_count_limit of 1001. {too_large}"
        ),
    ]
    assert namespace.calls[-1].keys == ()


async def test_calls_of_another_namespace_are_not_shown(
    account: KVAccount, namespace: KVNamespace
) -> None:
    other = account.create_namespace("CACHE")

    await other.delete("k")

    assert (namespace.calls, namespace.deletes) == ([], [])
    assert other.deletes == ["k"]


async def test_deletes_are_the_names_of_successful_deletes(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"a": "v"})
    await kv.delete("a")
    await kv.delete("missing")
    await kv.delete("a")
    with pytest.raises(KVError):
        await kv.delete("..")

    assert namespace.deletes == ["a", "missing", "a"]
    namespace.assert_deleted("a", "missing")
    namespace.assert_only_deleted("missing", "a")
    namespace.assert_not_deleted("b", "..")


@pytest.mark.parametrize(
    ("method", "keys", "first_line"),
    [
        (
            "assert_deleted",
            ("b",),
            "expected 'b' to be deleted in namespace 'KV', but it was not",
        ),
        (
            "assert_not_deleted",
            ("a",),
            "expected 'a' not to be deleted in namespace 'KV', but it was",
        ),
        (
            "assert_only_deleted",
            ("b",),
            "expected only 'b' to be deleted in namespace 'KV', but it was not and 1 other key was",
        ),
        (
            "assert_no_deletes",
            (),
            "expected no deletes in namespace 'KV', but 1 key was deleted",
        ),
    ],
)
async def test_a_claim_that_does_not_hold_is_an_assertion_error(
    namespace: KVNamespace, method: str, keys: tuple[str, ...], first_line: str
) -> None:
    await namespace.delete("a")

    with pytest.raises(AssertionError) as caught:
        getattr(namespace, method)(*keys)

    assert str(caught.value).split("\n")[0] == first_line


def test_claims_about_nothing_hold_where_nothing_was_deleted(namespace: KVNamespace) -> None:
    namespace.assert_no_deletes()
    namespace.assert_only_deleted()
    namespace.assert_not_deleted("k")


@pytest.mark.fidelity("deviation-binding-attributes")
def test_the_data_of_a_namespace_is_live(namespace: KVNamespace) -> None:
    data = namespace.data
    namespace.seed({"k": "v"})

    assert data == namespace.data == {"k": Entry("v")}


# Seeds.


def test_a_seed_is_text_bytes_or_an_entry(namespace: KVNamespace) -> None:
    entry = Entry("v", metadata={"a": 1}, expiration=NOW + 1)

    namespace.seed({"text": "é", "bytes": b"\xff", "entry": entry})

    assert namespace.data == {"text": Entry("é"), "bytes": Entry(b"\xff"), "entry": entry}
    assert namespace.calls == []


def test_a_seed_comes_on_top_of_what_is_there(namespace: KVNamespace) -> None:
    namespace.seed({"a": Entry("1", metadata=1), "b": "2"})

    namespace.seed({"a": "3"})

    assert namespace.data == {"a": Entry("3"), "b": Entry("2")}


def test_a_seed_may_have_expired(namespace: KVNamespace) -> None:
    namespace.seed({"past": Entry("v", expiration=1), "soon": Entry("v", expiration=NOW + 1)})

    assert list(namespace.data) == ["soon"]


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("", "v", "Key names must not be empty"),
        ("..", "v", 'Illegal key name "..". Please use a different name.'),
        ("é" * 257, "v", "UTF-8 encoded length of 514 exceeds key length limit of 512."),
        ("\ud800", "v", "Could not URL-decode key name"),
        ("k", "v" * 101, "Value length of 101 exceeds limit of 100."),
        ("k", Entry("v", metadata="x" * 1023), "Metadata length of 1025 exceeds limit of 1024."),
    ],
)
def test_a_seed_kv_would_not_store_is_a_value_error(
    name: str, given: str | Entry, reason: str
) -> None:
    namespace = KVAccount(limits=Limits(value_bytes=100)).default_namespace

    with pytest.raises(ValueError, match=r"^KV would not store this seed: ") as caught:
        namespace.seed({"good": "v", name: given})

    assert str(caught.value) == f"KV would not store this seed: {reason}"
    assert namespace.data == {}


def test_a_seed_of_a_wrong_type_is_a_type_error(namespace: KVNamespace) -> None:
    with pytest.raises(TypeError, match=r"^the names of a seed are str, not 5$"):
        namespace.seed({"good": "v", 5: "v"})  # type: ignore[dict-item]  # the mistake is tested
    with pytest.raises(TypeError) as caught:
        namespace.seed({"good": "v", "k": 5})  # type: ignore[dict-item]  # the mistake is tested
    assert str(caught.value) == "the value of 'k' in a seed is a str, bytes or Entry, not 5"
    assert namespace.data == {}


async def test_a_namespace_stands_in_for_a_binding_of_env(namespace: KVNamespace) -> None:
    env = SimpleNamespace(SESSIONS=namespace)

    await env.SESSIONS.delete("session:1")

    namespace.assert_deleted("session:1")
