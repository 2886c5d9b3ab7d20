"""`wrangler kv namespace`: list, create, rename, delete."""

from __future__ import annotations

import pytest

from pytest_kv import KVServer
from tests.wrangler.cli import Wrangler

MISSING_ID = "0" * 32
SMALL_PAGE = "per_page=100&order=title&direction=asc"
LARGE_PAGE = "per_page=1000&order=title&direction=asc"


def operations(server: KVServer) -> list[str]:
    return [call.operation for call in server.account.calls]


def test_list_prints_the_namespaces_by_title(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    cache = kv_server.account.create_namespace("CACHE")

    done = wrangler("kv", "namespace", "list")

    assert done.code == 0
    assert done.json == [
        {"id": cache.id, "title": "CACHE", "supports_url_encoding": True},
        {"id": kv_server.namespace_id, "title": "KV", "supports_url_encoding": True},
    ]
    # It asks on until a page is empty, whatever `total_count` says.
    assert requests == [f"GET ?{LARGE_PAGE}", f"GET ?{LARGE_PAGE}&page=2"]
    assert not wrangler.names_asked_for


def test_create_makes_a_namespace_and_prints_its_id(
    wrangler: Wrangler, kv_server: KVServer
) -> None:
    done = wrangler("kv", "namespace", "create", "SESSIONS")

    assert done.code == 0
    assert f'"id": "{kv_server.account.namespace("SESSIONS").id}"' in done.output
    assert operations(kv_server) == ["create_namespace"]
    assert not wrangler.names_asked_for


def test_a_title_in_use_is_refused(wrangler: Wrangler, kv_server: KVServer) -> None:
    done = wrangler("kv", "namespace", "create", "KV")

    assert done.code == 1
    # Wrangler knows the code 10014 and has words of its own for it.
    assert 'A KV namespace with the title "KV" already exists.' in done.errors
    assert list(kv_server.account.namespaces) == [kv_server.namespace_id]


def test_rename_by_id(wrangler: Wrangler, kv_server: KVServer) -> None:
    here = kv_server.namespace_id

    done = wrangler("kv", "namespace", "rename", "--namespace-id", here, "--new-name", "PAGES")

    assert done.code == 0
    assert 'Successfully renamed namespace to "PAGES"' in done.output
    assert kv_server.namespace.title == "PAGES"
    assert operations(kv_server) == ["rename_namespace"]


def test_rename_by_title_looks_for_it_in_pages_of_100(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    for number in range(100):
        kv_server.account.create_namespace(f"A{number}")

    done = wrangler("kv", "namespace", "rename", "KV", "--new-name", "PAGES")

    assert done.code == 0
    assert kv_server.namespace.title == "PAGES"
    pages = [f"GET ?{SMALL_PAGE}&page={page}" for page in (1, 2)]
    assert requests == [*pages, f"PUT /{kv_server.namespace_id}"]


def test_rename_to_a_title_in_use_is_refused(wrangler: Wrangler, kv_server: KVServer) -> None:
    kv_server.account.create_namespace("PAGES")

    done = wrangler("kv", "namespace", "rename", "KV", "--new-name", "PAGES")

    assert done.code == 1
    assert "a namespace with this account ID and title already exists [code: 10014]" in done.errors
    assert kv_server.namespace.title == "KV"


@pytest.mark.parametrize("status", [429, 503])
def test_create_is_tried_again_and_rename_is_not(
    wrangler: Wrangler, kv_server: KVServer, status: int
) -> None:
    for operation in ("create_namespace", "rename_namespace"):
        kv_server.account.fail_next(operation, status)

    created = wrangler("kv", "namespace", "create", "SESSIONS")
    here = kv_server.namespace_id
    renamed = wrangler("kv", "namespace", "rename", "--namespace-id", here, "--new-name", "PAGES")

    assert (created.code, renamed.code) == (0, 1)
    assert operations(kv_server) == ["create_namespace"] * 2 + ["rename_namespace"]


@pytest.mark.parametrize("options", [["--skip-confirmation"], []])
def test_delete_by_id_goes_ahead_where_nobody_can_be_asked(
    wrangler: Wrangler, kv_server: KVServer, options: list[str]
) -> None:
    here = kv_server.namespace_id
    kv_server.namespace.seed({"user:1": "alice"})

    done = wrangler("kv", "namespace", "delete", "--namespace-id", here, *options)

    assert done.code == 0
    assert ("Using fallback value in non-interactive context: yes" in done.output) is (not options)
    assert not kv_server.account.namespaces
    assert operations(kv_server) == ["remove_namespace"]
    assert not wrangler.names_asked_for


def test_delete_by_title(wrangler: Wrangler, kv_server: KVServer) -> None:
    other = kv_server.account.create_namespace("SESSIONS")

    done = wrangler("kv", "namespace", "delete", "KV", "--skip-confirmation")

    assert done.code == 0
    assert list(kv_server.account.namespaces) == [other.id]
    assert operations(kv_server) == ["list_namespaces", "remove_namespace"]


def test_a_namespace_that_is_not_there_cannot_be_deleted(
    wrangler: Wrangler, kv_server: KVServer
) -> None:
    done = wrangler("kv", "namespace", "delete", "--namespace-id", MISSING_ID)

    assert done.code == 1
    assert "remove namespace: 'namespace not found' [code: 10013]" in done.errors
    assert list(kv_server.account.namespaces) == [kv_server.namespace_id]
