"""The copy, tested with ``kv_api`` in place of api.cloudflare.com."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from cloudflare import AsyncCloudflare
from copy_namespace import CopyError, copy

from pytest_kv import Entry, KVApi, KVNamespace


@pytest.fixture
async def client(kv_api: KVApi) -> AsyncIterator[AsyncCloudflare]:
    async with AsyncCloudflare(max_retries=0) as client:  # with retries it would sleep
        yield client


@pytest.fixture
def target(kv_api: KVApi) -> KVNamespace:
    return kv_api.account.create_namespace("COPY")


async def test_2_500_pairs_are_copied_with_their_metadata_and_expiration(
    client: AsyncCloudflare, kv_api: KVApi, target: KVNamespace
) -> None:
    kv_api.namespace.seed({f"page:{number}": str(number) for number in range(2_499)})
    kv_api.namespace.seed({"about": Entry("", metadata=["alice"], expiration=4_000_000_000)})

    assert await copy(client, kv_api.account_id, kv_api.namespace_id, target.id) == 2_500

    assert target.data == kv_api.namespace.data
    assert kv_api.routes["bulk_get"].call_count == 25


async def test_the_copy_does_not_stop_at_an_empty_page(
    client: AsyncCloudflare, kv_api: KVApi, target: KVNamespace
) -> None:
    kv_api.namespace.seed({"a": "1", "b": "2", "c": "3"})
    kv_api.account.page_size, kv_api.account.tombstones = 1, True
    await kv_api.namespace.delete("b")

    await copy(client, kv_api.account_id, kv_api.namespace_id, target.id)

    assert list(target.data) == ["a", "c"]


@pytest.mark.parametrize("operation", ["bulk_get", "bulk_put"])
async def test_success_false_is_a_copy_error(
    operation: str, client: AsyncCloudflare, kv_api: KVApi, target: KVNamespace
) -> None:
    kv_api.namespace.seed({"a": "1"})
    kv_api.account.refuse_next(operation)

    with pytest.raises(CopyError):
        await copy(client, kv_api.account_id, kv_api.namespace_id, target.id)

    assert not target.data
