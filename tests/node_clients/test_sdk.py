"""The npm package `cloudflare`: every KV method of it, and its mistakes."""

from __future__ import annotations

import json

import pytest

from pytest_kv import Entry, KVServer
from pytest_kv._core.journal import RestOperation
from tests.node_clients.client import Sdk, Thrown, as_buffer, as_file

BINARY = bytes(range(256))
NAMES = [f"page:{number:04}" for number in range(2500)]


def operations(server: KVServer) -> list[str]:
    return [call.operation for call in server.account.calls]


# One key


def test_update_stores_a_text_and_get_reads_it(sdk: Sdk, kv_server: KVServer) -> None:
    assert sdk("values.update", "user:1", value="zoë") == {}

    kv_server.namespace.assert_put("user:1", "zoë", metadata=None)
    assert sdk("values.get", "user:1") == "zoë".encode()
    assert operations(kv_server) == ["put", "get"]


def test_update_with_metadata_and_ttl(sdk: Sdk, kv_server: KVServer) -> None:
    sdk("values.update", "user:1", value="a", metadata='{"role": "ü"}', expiration_ttl=90)

    kv_server.namespace.assert_put("user:1", "a", metadata={"role": "ü"}, expiration_ttl=90)
    assert sdk("metadata.get", "user:1") == {"role": "ü"}


def test_update_with_an_expiration(sdk: Sdk, kv_server: KVServer) -> None:
    sdk("values.update", "user:1", value="a", expiration=4_000_000_000)

    kv_server.namespace.assert_put("user:1", "a", expiration=4_000_000_000)


def test_metadata_that_is_an_object_is_lost(sdk: Sdk, kv_server: KVServer) -> None:
    # The SDK sends a form part `metadata[role]`, which is no part that KV knows.
    sdk("values.update", "user:1", value="a", metadata={"role": "admin"})

    kv_server.namespace.assert_put("user:1", "a", metadata=None)


def test_a_binary_file_arrives_and_comes_back_as_it_is(sdk: Sdk, kv_server: KVServer) -> None:
    sdk("values.update", "image", value=as_file(BINARY), metadata='{"type": "png"}')

    kv_server.namespace.assert_put("image", BINARY, metadata={"type": "png"})
    assert sdk("values.get", "image") == BINARY


def test_a_buffer_is_sent_as_no_value_at_all(sdk: Sdk, kv_server: KVServer) -> None:
    # The SDK makes a form part of each byte: `value[0]`, `value[1]`.
    with pytest.raises(Thrown, match="does not contain required form field 'value'") as thrown:
        sdk("values.update", "image", value=as_buffer(b"\x00\xff"))

    assert (thrown.value.name, thrown.value.codes) == ("BadRequestError", [10047])
    kv_server.namespace.assert_no_puts()


def test_get_gives_json_as_the_bytes_that_were_stored(sdk: Sdk, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"page": '{"title": "é"}'})

    assert json.loads(sdk("values.get", "page")) == {"title": "é"}


@pytest.mark.parametrize("key", ["a/b", "/a//b/", "a?b#c%2F d+e&f", "zoë ✨", "x/../.."])
def test_every_key_arrives_as_it_is(sdk: Sdk, kv_server: KVServer, key: str) -> None:
    sdk("values.update", key, value="value")

    assert list(kv_server.namespace.data) == [key]
    assert sdk("values.get", key) == b"value"
    sdk("values.delete", key)
    kv_server.namespace.assert_only_deleted(key)


@pytest.mark.parametrize("key", [".", ".."])
def test_a_key_of_dots_is_not_sent(sdk: Sdk, kv_server: KVServer, key: str) -> None:
    with pytest.raises(Thrown, match="can't be safely passed as a path parameter"):
        sdk("values.delete", key)

    assert not kv_server.account.calls


def test_delete_removes_the_key_and_no_other(sdk: Sdk, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": "alice", "user:2": "bob"})

    assert sdk("values.delete", "user:1") == {}

    kv_server.namespace.assert_only_deleted("user:1")


def test_delete_of_a_missing_key_succeeds(sdk: Sdk, kv_server: KVServer) -> None:
    assert sdk("values.delete", "user:1") == {}

    assert kv_server.namespace.deletes == ["user:1"]


# List


def test_list_gives_names_with_their_metadata_and_expiration(sdk: Sdk, kv_server: KVServer) -> None:
    admin = Entry("alice", metadata={"role": "admin"}, expiration=4_000_000_000)
    kv_server.namespace.seed({"user:2": "bob", "user:1": admin, "page:1": "cached"})

    assert sdk("keys.list", prefix="user:") == [
        {"name": "user:1", "expiration": 4_000_000_000, "metadata": {"role": "admin"}},
        {"name": "user:2"},
    ]


@pytest.mark.parametrize(("limit", "pages"), [({}, 3), ({"limit": 500}, 5)])
def test_a_loop_over_list_follows_the_cursor(
    sdk: Sdk, kv_server: KVServer, limit: dict[str, int], pages: int
) -> None:
    kv_server.namespace.seed(dict.fromkeys(NAMES, ""))

    assert [key["name"] for key in sdk("keys.list", **limit)] == NAMES

    assert operations(kv_server) == ["list"] * pages


def test_a_loop_over_list_stops_at_an_empty_page_and_loses_the_rest(
    sdk: Sdk, kv_server: KVServer
) -> None:
    # The SDK for Python does the same.
    kv_server.namespace.seed(dict.fromkeys("abc", ""))
    kv_server.account.page_size, kv_server.account.tombstones = 1, True
    sdk("values.delete", "b")

    assert [key["name"] for key in sdk("keys.list")] == ["a"]


# Bulk


@pytest.mark.parametrize("method", ["bulkUpdate", "keys.bulkUpdate"])
def test_bulk_write_with_every_member_of_a_pair(sdk: Sdk, kv_server: KVServer, method: str) -> None:
    image = {"key": "image", "value": "AP8=", "base64": True, "metadata": {"type": "png"}}

    done = sdk(method, body=[image, {"key": "a", "value": "1", "expiration_ttl": 90}])

    assert done == {"successful_key_count": 2, "unsuccessful_keys": []}
    kv_server.namespace.assert_put("image", b"\x00\xff", metadata={"type": "png"})
    kv_server.namespace.assert_put("a", "1", expiration_ttl=90)


@pytest.mark.parametrize("method", ["bulkGet", "keys.bulkGet"])
def test_bulk_get_as_text_and_as_json(sdk: Sdk, kv_server: KVServer, method: str) -> None:
    kv_server.namespace.seed({"a": Entry("1", metadata={"page": 2}), "b": "[3]"})

    assert sdk(method, keys=["a", "missing"]) == {"values": {"a": "1", "missing": None}}
    assert sdk(method, keys=["a", "b"], type="json", withMetadata=True) == {
        "values": {
            "a": {"value": 1, "metadata": {"page": 2}},
            "b": {"value": [3], "metadata": None},
        }
    }


@pytest.mark.parametrize("method", ["bulkDelete", "keys.bulkDelete"])
def test_bulk_delete_removes_its_keys_in_one_request(
    sdk: Sdk, kv_server: KVServer, method: str
) -> None:
    kv_server.namespace.seed(dict.fromkeys([*NAMES, "user:1"], ""))

    done = sdk(method, body=NAMES)

    assert done == {"successful_key_count": 2500, "unsuccessful_keys": []}
    kv_server.namespace.assert_only_deleted(*NAMES)
    assert operations(kv_server) == ["bulk_delete"]


def test_bulk_calls_name_the_keys_that_failed(sdk: Sdk, kv_server: KVServer) -> None:
    kv_server.account.fail_keys("b")

    done = sdk("bulkDelete", body=["a", "b"])

    assert done == {"successful_key_count": 1, "unsuccessful_keys": ["b"]}


# Namespaces


def test_a_namespace_is_created_renamed_listed_and_removed(sdk: Sdk, kv_server: KVServer) -> None:
    cache = sdk("create", title="CACHE")
    renamed = sdk("update", title="PAGES")

    assert renamed["id"] == kv_server.namespace_id
    assert sdk("get") == renamed
    assert sdk("list", order="title", direction="asc") == [cache, renamed]
    # A loop over namespaces asks for pages until one is empty.
    assert operations(kv_server)[-2:] == ["list_namespaces"] * 2
    sdk("delete")
    assert list(kv_server.account.namespaces) == [cache["id"]]


def test_a_title_in_use_is_refused(sdk: Sdk, kv_server: KVServer) -> None:
    with pytest.raises(Thrown, match="a namespace with this account ID and title already exists"):
        sdk("create", title="KV")

    assert list(kv_server.account.namespaces) == [kv_server.namespace_id]


# Errors


@pytest.mark.parametrize("method", ["values.get", "metadata.get"])
def test_a_missing_key_is_a_not_found_error(sdk: Sdk, kv_server: KVServer, method: str) -> None:
    with pytest.raises(Thrown, match="get: 'key not found'") as thrown:
        sdk(method, "user:1")

    error = thrown.value
    assert (error.name, error.status, error.codes) == ("NotFoundError", 404, [10009])
    assert len(kv_server.account.calls) == 1


def test_a_key_too_long_is_an_api_error(sdk: Sdk, kv_server: KVServer) -> None:
    with pytest.raises(Thrown, match="encoded length of 513 exceeds key length limit") as thrown:
        sdk("values.update", "k" * 513, value="")

    assert (thrown.value.name, thrown.value.status) == ("APIError", 414)
    assert len(kv_server.account.calls) == 1


def test_a_ttl_too_short_is_a_bad_request_error(sdk: Sdk, kv_server: KVServer) -> None:
    with pytest.raises(Thrown, match="Expiration TTL must be at least 60") as thrown:
        sdk("values.update", "a", value="1", expiration_ttl=59)

    assert (thrown.value.name, thrown.value.codes) == ("BadRequestError", [10034])
    kv_server.namespace.assert_no_puts()


def test_101_keys_of_a_bulk_get_are_refused(sdk: Sdk) -> None:
    with pytest.raises(Thrown, match="You can request a maximum of 100 keys"):
        sdk("bulkGet", keys=NAMES[:101])


@pytest.mark.kv(api_token="right")
def test_another_token_is_a_permission_denied_error(sdk: Sdk, kv_server: KVServer) -> None:
    sdk.options = {"apiToken": "wrong"}
    with pytest.raises(Thrown, match="Authentication error") as thrown:
        sdk("values.update", "a", value="1")

    error = thrown.value
    assert (error.name, error.status, error.codes) == ("PermissionDeniedError", 403, [10000])
    assert not kv_server.namespace.data


def test_its_options_can_name_the_server_too(sdk: Sdk, kv_server: KVServer) -> None:
    sdk.env = dict.fromkeys(("CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_TOKEN"), "")
    sdk.options = {"baseURL": kv_server.base_url, "apiToken": kv_server.api_token}

    sdk("values.update", "a", value="1")

    kv_server.namespace.assert_put("a", "1")


# Faults


@pytest.mark.parametrize(
    ("operation", "method", "given"),
    [("get", "values.get", {}), ("put", "values.update", {"value": "new"})],
)
def test_a_429_is_tried_again_twice(
    sdk: Sdk,
    kv_server: KVServer,
    operation: RestOperation,
    method: str,
    given: dict[str, str],
) -> None:
    kv_server.namespace.seed({"a": "old"})
    kv_server.account.fail_next(operation, 429, times=2)

    sdk(method, "a", **given)

    assert operations(kv_server) == [operation] * 3


@pytest.mark.parametrize(
    ("status", "name"), [(429, "RateLimitError"), (503, "InternalServerError")]
)
def test_a_fault_that_strikes_every_attempt_is_an_error(
    sdk: Sdk, kv_server: KVServer, status: int, name: str
) -> None:
    kv_server.namespace.seed({"a": "kept"})
    kv_server.account.fail_next("delete", status, times=2)
    sdk.options = {"maxRetries": 1}

    with pytest.raises(Thrown) as thrown:
        sdk("values.delete", "a")

    assert (thrown.value.name, thrown.value.status) == (name, status)
    assert operations(kv_server) == ["delete"] * 2
    kv_server.namespace.assert_no_deletes()


def test_a_connection_that_drops_is_tried_again(sdk: Sdk, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"a": "1"})
    kv_server.account.drop_next("delete")

    sdk("values.delete", "a")

    assert operations(kv_server) == ["delete"] * 2
    kv_server.namespace.assert_only_deleted("a")


@pytest.mark.parametrize(
    ("operation", "method", "key", "answer"),
    [("delete", "values.delete", "a", None), ("list", "keys.list", None, [])],
)
def test_a_200_with_success_false_is_taken_for_an_answer(
    sdk: Sdk,
    kv_server: KVServer,
    operation: RestOperation,
    method: str,
    key: str | None,
    answer: object,
) -> None:
    # The SDK for Python does the same.
    kv_server.namespace.seed({"a": "kept"})
    kv_server.account.refuse_next(operation)

    assert sdk(method, *([key] if key else [])) == answer

    kv_server.namespace.assert_no_deletes()
