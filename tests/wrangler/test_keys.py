"""`wrangler kv key`: put, list, get, delete."""

from __future__ import annotations

import pytest

from pytest_kv import Entry, KVServer, KVUsageWarning
from pytest_kv._core.journal import Operation
from tests.wrangler.cli import NPM_REGISTRY, Wrangler

BINARY = bytes(range(256))


def operations(server: KVServer) -> list[str]:
    return [call.operation for call in server.namespace.calls]


def test_put_stores_a_value(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler.kv("key", "put", "user:1", "alice")

    assert done.code == 0
    assert kv_server.namespace.data == {"user:1": Entry(value=b"alice")}
    assert operations(kv_server) == ["put"]
    assert not wrangler.names_asked_for


def test_put_with_metadata_and_ttl(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    before = kv_server.account.clock.time()

    done = wrangler.kv("key", "put", "user:1", "zoë", "--metadata", '{"role": "ü"}', "--ttl", "90")

    assert done.code == 0
    entry = kv_server.namespace.data["user:1"]
    assert (entry.text, entry.metadata) == ("zoë", {"role": "ü"})
    assert entry.expiration is not None
    assert before + 89 < entry.expiration <= kv_server.account.clock.time() + 90
    assert requests == [f"PUT /{kv_server.namespace_id}/values/user%3A1?expiration_ttl=90"]


def test_put_with_an_expiration(wrangler: Wrangler, kv_server: KVServer) -> None:
    expiration = int(kv_server.account.clock.time()) + 3600

    assert wrangler.kv("key", "put", "a", "b", "--expiration", str(expiration)).code == 0

    assert kv_server.namespace.data["a"].expiration == expiration


@pytest.mark.parametrize("options", [[], ["--metadata", '{"type": "image"}']], ids=["raw", "form"])
def test_a_binary_file_arrives_and_comes_back_as_it_is(
    wrangler: Wrangler, kv_server: KVServer, options: list[str]
) -> None:
    path = wrangler.file("image.bin", BINARY)

    assert wrangler.kv("key", "put", "image", "--path", path, *options).code == 0

    assert kv_server.namespace.data["image"].value == BINARY
    assert wrangler.kv("key", "get", "image").raw == BINARY


@pytest.mark.parametrize("key", ["/a//b/", "a?b#c%2F d+e&f", "zoë ✨", "x/../.."])
def test_every_key_arrives_as_it_is(wrangler: Wrangler, kv_server: KVServer, key: str) -> None:
    assert wrangler.kv("key", "put", key, "value").code == 0

    assert list(kv_server.namespace.data) == [key]
    assert wrangler.kv("key", "get", key).output == "value"


def test_a_ttl_too_short_is_refused(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler.kv("key", "put", "user:1", "alice", "--ttl", "59")

    assert done.code == 1
    message = "put: 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'"
    assert f"{message} [code: 10034]" in done.errors
    assert not kv_server.namespace.data
    assert not wrangler.names_asked_for


def test_list_prints_names_with_their_metadata_and_expiration(
    wrangler: Wrangler, kv_server: KVServer
) -> None:
    expiration = int(kv_server.account.clock.time()) + 3600
    admin = Entry(value=b"alice", metadata={"role": "admin"}, expiration=expiration)
    kv_server.namespace.seed({"user:2": "bob", "user:1": admin, "page:1": "cached"})

    done = wrangler.kv("key", "list", "--prefix", "user:")

    assert done.code == 0
    assert done.json == [
        {"name": "user:1", "expiration": expiration, "metadata": {"role": "admin"}},
        {"name": "user:2"},
    ]
    assert operations(kv_server) == ["list"]


def test_list_follows_the_cursor_over_pages_that_are_empty(
    wrangler: Wrangler, kv_server: KVServer
) -> None:
    names = [f"k{number}" for number in range(8)]
    kv_server.account.tombstones = True
    kv_server.account.page_size = 2
    kv_server.namespace.seed(dict.fromkeys(names, "value"))
    kv_server.account._core.namespace(kv_server.namespace_id).bulk_delete(names[:4])

    done = wrangler.kv("key", "list")

    assert [key["name"] for key in done.json] == names[4:]
    assert operations(kv_server) == ["list"] * 4


def test_get_of_a_missing_key_fails(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler.kv("key", "get", "user:1")

    assert done.code == 1
    assert "404: Not Found" in done.errors
    assert operations(kv_server) == ["get"]
    # It takes this for a fault of its own, and asks whether a newer version is out.
    assert wrangler.names_asked_for == {NPM_REGISTRY}


def test_delete_removes_the_key_and_no_other(wrangler: Wrangler, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"user:1": "alice", "user:2": "bob"})

    done = wrangler.kv("key", "delete", "user:1")

    assert done.code == 0
    kv_server.namespace.assert_only_deleted("user:1")
    assert list(kv_server.namespace.data) == ["user:2"]
    assert operations(kv_server) == ["delete"]


def test_delete_of_a_missing_key_succeeds(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler.kv("key", "delete", "user:1")

    assert done.code == 0
    assert not done.errors
    assert kv_server.namespace.deletes == ["user:1"]


@pytest.mark.fidelity("rest-collapsed-key")
def test_delete_of_two_dots_deletes_the_whole_namespace(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    kv_server.namespace.seed({"user:1": "alice"})

    done = wrangler.kv("key", "delete", "..")

    with pytest.warns(KVUsageWarning, match="removes the whole namespace 'KV'"):
        kv_server.check()
    assert done.code == 0
    assert requests == [f"DELETE /{kv_server.namespace_id}/"]
    assert not kv_server.account.namespaces


def test_put_of_two_dots_renames_the_namespace(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler.kv("key", "put", "..", '{"title": "PAGES"}')

    assert done.code == 0
    assert kv_server.namespace.title == "PAGES"
    assert not kv_server.namespace.data


def test_without_an_account_id_it_asks_for_what_is_not_kvs(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    done = wrangler.kv("key", "put", "user:1", "alice", CLOUDFLARE_ACCOUNT_ID="")

    assert done.code == 1
    assert "No route for that URI [code: 7000]" in done.errors
    # Both at once, in either order.
    assert set(requests) == {"GET /client/v4/accounts?page=1", "GET /client/v4/memberships?page=1"}
    assert not kv_server.namespace.data


@pytest.mark.kv(api_token="right")
def test_another_token_is_refused(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler.kv("key", "put", "user:1", "alice", CLOUDFLARE_API_TOKEN="wrong")

    assert done.code == 1
    assert "Authentication error [code: 10000]" in done.errors
    assert not kv_server.namespace.data


@pytest.mark.parametrize(("operation", "status"), [("put", 429), ("get", 503), ("delete", 500)])
def test_an_error_of_the_server_is_not_tried_again(
    wrangler: Wrangler, kv_server: KVServer, operation: Operation, status: int
) -> None:
    kv_server.account.fail_next(operation, status)
    value = ["alice"] if operation == "put" else []

    done = wrangler.kv("key", operation, "user:1", *value)

    assert done.code == 1
    assert operations(kv_server) == [operation]


def test_success_false_behind_a_200_is_a_failure(wrangler: Wrangler, kv_server: KVServer) -> None:
    kv_server.account.refuse_next("delete")

    done = wrangler.kv("key", "delete", "user:1")

    assert done.code == 1
    assert "the request was refused [code: 1000]" in done.errors


def test_a_connection_that_drops_is_a_failure(wrangler: Wrangler, kv_server: KVServer) -> None:
    kv_server.account.drop_next("delete")

    done = wrangler.kv("key", "delete", "user:1")

    assert done.code == 1
    assert operations(kv_server) == ["delete"]
