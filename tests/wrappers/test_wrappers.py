"""Four packages with Cloudflare's address written in do with ``kv_intercept`` what they do with KV.

Each test is a recipe: the package as its users have it, and one fixture.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kv import KVIntercept, KVServer

cfkv: Any = pytest.importorskip("cfkv")
cloudflare_kv: Any = pytest.importorskip("cloudflare_kv.kv")
python_cloudflare: Any = pytest.importorskip("CloudFlare")
workers_kv: Any = pytest.importorskip("workers_kv")


# workers-kv.py


@pytest.fixture
def namespace(kv_intercept: KVIntercept) -> Any:
    ids = (kv_intercept.account_id, kv_intercept.namespace_id)
    return workers_kv.Namespace(*ids, kv_intercept.api_token)


def test_workers_kv_writes_reads_and_lists(namespace: Any, kv_intercept: KVIntercept) -> None:
    namespace.write({"a": "1"})
    namespace.write({"b": "text", "c": [1, 2]})

    assert (namespace.read("b"), namespace.read("c")) == ("text", [1, 2])
    assert namespace.read("missing") is None
    assert namespace.list_keys() == ["a", "b", "c"]
    assert kv_intercept.namespace.data["c"].text == "[1, 2]"


def test_workers_kv_deletes_one_and_many(namespace: Any, kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed(dict.fromkeys("abcd", ""))

    namespace.delete_one("a")
    namespace.delete_many(["b", "c"])

    kv_intercept.namespace.assert_only_deleted("a", "b", "c")


def test_workers_kv_lists_the_first_page_only(namespace: Any, kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed({f"{number:04}": "" for number in range(1_001)})

    assert len(namespace.list_keys()) == 1_000


def test_workers_kv_deletes_the_key_before_a_number_sign(
    namespace: Any, kv_intercept: KVIntercept
) -> None:
    kv_intercept.namespace.seed({"a": "1", "a#b": "2"})

    namespace.delete_one("a#b")

    kv_intercept.namespace.assert_only_deleted("a")


def test_workers_kv_raises_what_kv_says(namespace: Any, kv_intercept: KVIntercept) -> None:
    kv_intercept.account.fail_next("delete", 503)

    with pytest.raises(Exception, match="code"):
        namespace.delete_one("a")


# cfkv


@pytest.fixture
def store(kv_intercept: KVIntercept) -> Any:
    ids = (kv_intercept.namespace_id, kv_intercept.account_id)
    return cfkv.KVStore(*ids, kv_intercept.api_token)


def test_cfkv_sets_and_gets(store: Any, kv_intercept: KVIntercept) -> None:
    assert store.set("user", {"name": "alice"})

    assert store.get("user") == '{"name": "alice"}'
    assert store.get("missing") is None
    assert list(kv_intercept.namespace.data) == ["user"]


def test_cfkv_stores_its_expiration_in_the_value(store: Any, kv_intercept: KVIntercept) -> None:
    """A bug of cfkv 1.1.2 that the test sees: the key never expires."""
    store.set("user", "alice", expiresMinutes=1)

    entry = kv_intercept.namespace.data["user"]
    assert entry.expiration is None
    assert '"expiration_ttl"' in entry.text


# cloudlare-kv


def test_cloudlare_kv_makes_a_namespace_and_uses_it(kv_intercept: KVIntercept) -> None:
    client = cloudflare_kv.KV("a@example.com", kv_intercept.api_token, kv_intercept.account_id)

    client.create_namespace("SESSIONS")
    client.create_kv_pair("session:1", "alice")

    assert client.read_kv_pair("session:1") == "alice"
    assert client.list_keys("session:") == [{"name": "session:1"}]
    client.delete_kv_pair("session:1")
    kv_intercept.account.namespace("SESSIONS").assert_only_deleted("session:1")


# python-cloudflare 2


def use(api: KVIntercept | KVServer) -> None:
    api.namespace.seed({"a": "1"})
    namespaces = python_cloudflare.CloudFlare().accounts.storage.kv.namespaces

    assert [found["id"] for found in namespaces.get(api.account_id)] == [api.namespace_id]
    assert namespaces.keys.get(api.account_id, api.namespace_id) == [{"name": "a"}]
    namespaces.values.delete(api.account_id, api.namespace_id, "a")
    api.namespace.assert_only_deleted("a")


def test_python_cloudflare_2_is_answered_at_the_address_written_in(
    kv_intercept: KVIntercept,
) -> None:
    use(kv_intercept)


def test_python_cloudflare_2_finds_the_server_in_the_environment(kv_server: KVServer) -> None:
    use(kv_server)
