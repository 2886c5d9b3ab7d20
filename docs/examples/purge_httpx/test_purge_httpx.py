"""The purge over httpx, tested with ``kv_api`` in place of api.cloudflare.com."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from purge_httpx import PurgeError, namespace_client, purge

from pytest_kv import KVApi


@pytest.fixture
async def client(kv_api: KVApi) -> AsyncIterator[httpx.AsyncClient]:
    async with namespace_client(kv_api.account_id, kv_api.namespace_id, kv_api.api_token) as client:
        yield client


async def test_25_000_keys_are_listed_with_cursors_and_deleted_in_three_requests(
    kv_api: KVApi, client: httpx.AsyncClient
) -> None:
    kv_api.namespace.seed({f"page:{number}": "cached" for number in range(25_000)})

    assert await purge(client, "page:") == 25_000

    assert not kv_api.namespace.data
    assert kv_api.routes["list"].call_count == 25
    assert kv_api.routes["bulk_delete"].call_count == 3  # 10,000 + 10,000 + 5,000


async def test_only_keys_with_the_prefix_are_deleted(
    kv_api: KVApi, client: httpx.AsyncClient
) -> None:
    kv_api.namespace.seed({"page:1": "cached", "page:2": "cached", "pages": "2"})

    await purge(client, "page:")

    kv_api.namespace.assert_only_deleted("page:1", "page:2")


async def test_a_503_is_an_http_status_error(kv_api: KVApi, client: httpx.AsyncClient) -> None:
    kv_api.namespace.seed({"page:1": "cached"})
    kv_api.routes["bulk_delete"].respond(503)

    with pytest.raises(httpx.HTTPStatusError, match="503"):
        await purge(client, "page:")

    kv_api.namespace.assert_no_deletes()


async def test_success_false_is_a_purge_error(kv_api: KVApi, client: httpx.AsyncClient) -> None:
    kv_api.namespace.seed({"page:1": "cached"})
    kv_api.routes["bulk_delete"].respond(json={"success": False, "errors": [], "result": None})

    with pytest.raises(PurgeError, match="KV answered with errors"):
        await purge(client, "page:")


async def test_keys_left_undone_are_a_purge_error(kv_api: KVApi, client: httpx.AsyncClient) -> None:
    kv_api.namespace.seed({"page:1": "cached", "page:2": "cached"})
    partly = {"successful_key_count": 1, "unsuccessful_keys": ["page:2"]}
    kv_api.routes["bulk_delete"].respond(json={"success": True, "errors": [], "result": partly})

    with pytest.raises(PurgeError, match="did not delete 1 key"):
        await purge(client, "page:")
