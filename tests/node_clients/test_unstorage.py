"""unstorage with its driver `cloudflare-kv-http`, and its mistakes."""

from __future__ import annotations

import pytest

from pytest_kv import Entry, KVServer
from pytest_kv._core.journal import RestOperation
from tests.node_clients.client import Storage, Thrown, as_buffer

NAMES = [f"page:{number:05}" for number in range(10_001)]


def operations(server: KVServer) -> list[str]:
    return [call.operation for call in server.account.calls]


# Items


@pytest.mark.parametrize(
    ("value", "stored"),
    [("zoë", "zoë"), ({"role": "admin"}, '{"role":"admin"}'), (5, "5"), ("", ""), (None, "null")],
)
def test_set_item_stores_text_or_json_and_get_item_reads_it(
    storage: Storage, kv_server: KVServer, value: object, stored: str
) -> None:
    storage("setItem", "user:1", value)

    kv_server.namespace.assert_put("user:1", stored, metadata=None)
    assert storage("getItem", "user:1") == value
    assert operations(kv_server) == ["put", "get"]


def test_set_item_with_a_ttl(storage: Storage, kv_server: KVServer) -> None:
    storage("setItem", "user:1", "a", {"ttl": 90})

    kv_server.namespace.assert_put("user:1", "a", expiration_ttl=90)


def test_a_ttl_that_kv_would_refuse_becomes_60(storage: Storage, kv_server: KVServer) -> None:
    storage("setItem", "user:1", "a", {"ttl": 5})

    kv_server.namespace.assert_put("user:1", "a", expiration_ttl=60)


@pytest.mark.parametrize(
    ("key", "stored"),
    [("a/b", "a:b"), ("/a//b/", "a:b"), ("zoë ✨", "zoë ✨"), ("100%25", "100%25")],
)
def test_a_key_is_stored_with_colons_for_slashes(
    storage: Storage, kv_server: KVServer, key: str, stored: str
) -> None:
    storage("setItem", key, "value")

    assert list(kv_server.namespace.data) == [stored]
    assert storage("getItem", key) == "value"
    storage("removeItem", key)
    kv_server.namespace.assert_only_deleted(stored)


def test_a_key_is_cut_at_a_question_mark(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"a?b": "meant", "a": "not meant"})

    storage("removeItem", "a?b")

    kv_server.namespace.assert_only_deleted("a")


@pytest.mark.parametrize("key", [".", "..", "x/../.."])
def test_a_key_with_dots_between_slashes_is_not_sent(
    storage: Storage, kv_server: KVServer, key: str
) -> None:
    with pytest.raises(Thrown, match="Invalid key"):
        storage("removeItem", key)

    assert not kv_server.account.calls


def test_bytes_are_stored_as_base64(storage: Storage, kv_server: KVServer) -> None:
    storage("setItemRaw", "image", as_buffer(b"\x00\xff"))

    kv_server.namespace.assert_put("image", "base64:AP8=")
    assert storage("getItemRaw", "image") == b"\x00\xff"


def test_bytes_that_another_client_stored_are_read_as_text(
    storage: Storage, kv_server: KVServer
) -> None:
    kv_server.namespace.seed({"image": b"a\xff"})

    assert storage("getItemRaw", "image") == "a\ufffd"


def test_a_missing_item(storage: Storage, kv_server: KVServer) -> None:
    assert storage("getItem", "user:1") is None
    assert storage("hasItem", "user:1") is False
    assert operations(kv_server) == ["get", "get_metadata"]


def test_has_item_asks_for_the_metadata(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": "alice", "user:2": Entry("bob", metadata={"role": "x"})})

    assert storage("hasItem", "user:1") is True
    assert storage("hasItem", "user:2") is True
    assert operations(kv_server) == ["get_metadata"] * 2


def test_several_items_are_got_one_by_one(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": "alice"})

    assert storage("getItems", ["user:1", "user:2"]) == [
        {"key": "user:1", "value": "alice"},
        {"key": "user:2", "value": None},
    ]
    assert operations(kv_server) == ["get"] * 2


def test_remove_item_removes_the_key_and_no_other(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": "alice", "user:10": "bob"})

    storage("removeItem", "user:1")
    storage("removeItem", "missing")

    kv_server.namespace.assert_only_deleted("user:1", "missing")
    assert list(kv_server.namespace.data) == ["user:10"]


def test_its_meta_is_a_key_of_its_own(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": Entry("alice", metadata={"role": "admin"})})

    storage("setMeta", "user:1", {"page": 2})

    kv_server.namespace.assert_put("user:1$", '{"page":2}')
    assert storage("getMeta", "user:1") == {"page": 2}
    assert storage("getKeys") == ["user:1"]


# Keys and clear


def test_get_keys_follows_the_cursor(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed(dict.fromkeys(NAMES[:2500], ""))

    assert storage("getKeys") == NAMES[:2500]

    assert operations(kv_server) == ["list"] * 3


def test_get_keys_goes_on_after_an_empty_page(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed(dict.fromkeys("abc", ""))
    kv_server.account.page_size, kv_server.account.tombstones = 1, True
    storage("removeItem", "b")

    assert storage("getKeys") == ["a", "c"]


def test_get_keys_of_a_base_asks_for_its_prefix(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": "", "users": "", "user": ""})

    assert storage("getKeys", "user") == ["user:1"]


def test_clear_deletes_10_000_keys_in_each_request(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed(dict.fromkeys(NAMES, ""))

    storage("clear")

    kv_server.namespace.assert_only_deleted(*NAMES)
    deletes = [call for call in kv_server.account.calls if call.operation == "bulk_delete"]
    assert sorted(len(call.keys) for call in deletes) == [1, 10_000]


def test_clear_of_a_base_that_is_no_mount_does_nothing(
    storage: Storage, kv_server: KVServer
) -> None:
    kv_server.namespace.seed({"user:1": "alice", "page:1": "cached"})

    storage("clear", "user")

    assert not kv_server.account.calls


def test_a_driver_with_a_base_sees_and_clears_what_is_under_it(
    storage: Storage, kv_server: KVServer
) -> None:
    kv_server.namespace.seed({"user:1": "alice", "page:1": "cached"})
    storage.options["base"] = "user"

    assert storage("getKeys") == ["1"]
    assert storage("getItem", "1") == "alice"
    storage("clear")

    kv_server.namespace.assert_only_deleted("user:1")


def test_clear_ignores_keys_that_were_not_deleted(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"a": "", "b": ""})
    kv_server.account.fail_keys("b")

    storage("clear")

    kv_server.namespace.assert_only_deleted("a")


# Errors and faults


def test_a_key_too_long_is_a_fetch_error(storage: Storage, kv_server: KVServer) -> None:
    with pytest.raises(Thrown, match=r": 414 ") as thrown:
        storage("setItem", "k" * 513, "value")

    assert (thrown.value.name, thrown.value.status) == ("FetchError", 414)
    kv_server.namespace.assert_no_puts()


@pytest.mark.kv(api_token="right")
@pytest.mark.parametrize("method", ["getItem", "hasItem", "removeItem", "getKeys", "clear"])
def test_another_token_is_a_fetch_error(storage: Storage, kv_server: KVServer, method: str) -> None:
    kv_server.namespace.seed({"a": "kept"})
    storage.options["apiToken"] = "wrong"

    with pytest.raises(Thrown, match=r": 403 Forbidden$") as thrown:
        storage(method, *([] if method in ("getKeys", "clear") else ["a"]))

    assert (thrown.value.status, thrown.value.codes) == (403, [10000])
    assert list(kv_server.namespace.data) == ["a"]


@pytest.mark.kv(api_token="right")
def test_an_e_mail_and_a_global_key_are_accepted(storage: Storage, kv_server: KVServer) -> None:
    del storage.options["apiToken"]
    storage.options |= {"email": "a@example.com", "apiKey": "right"}

    storage("setItem", "a", "1")

    kv_server.namespace.assert_put("a", "1")


@pytest.mark.parametrize("status", [429, 503])
def test_a_read_is_tried_again_once(storage: Storage, kv_server: KVServer, status: int) -> None:
    kv_server.namespace.seed({"a": "1"})
    kv_server.account.fail_next("get", status)

    assert storage("getItem", "a") == 1

    assert operations(kv_server) == ["get"] * 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("put", ("setItem", "a", "new")),
        ("delete", ("removeItem", "a")),
        ("bulk_delete", ("clear",)),
    ],
)
def test_a_write_and_a_delete_are_not_tried_again(
    storage: Storage,
    kv_server: KVServer,
    operation: RestOperation,
    call: tuple[str, ...],
    status: int,
) -> None:
    kv_server.namespace.seed({"a": "old"})
    kv_server.account.fail_next(operation, status)

    with pytest.raises(Thrown) as thrown:
        storage(*call)

    assert thrown.value.status == status
    assert operations(kv_server).count(operation) == 1
    assert kv_server.namespace.data == {"a": Entry("old")}


def test_a_connection_that_drops_is_a_fetch_error(storage: Storage, kv_server: KVServer) -> None:
    kv_server.account.drop_next("put")

    with pytest.raises(Thrown, match="<no response> fetch failed"):
        storage("setItem", "a", "1")

    assert operations(kv_server) == ["put"]


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("put", ("setItem", "a", "new")),
        ("delete", ("removeItem", "a")),
        ("bulk_delete", ("clear",)),
    ],
)
def test_a_200_with_success_false_raises_nothing_for_a_write_or_a_delete(
    storage: Storage, kv_server: KVServer, operation: RestOperation, call: tuple[str, ...]
) -> None:
    kv_server.namespace.seed({"a": "old"})
    kv_server.account.refuse_next(operation)

    storage(*call)

    assert kv_server.namespace.data == {"a": Entry("old")}


def test_a_200_with_success_false_is_no_value(storage: Storage, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"a": "old"})
    kv_server.account.refuse_next("get")

    with pytest.raises(Thrown, match="text is not a function"):
        storage("getItem", "a")
