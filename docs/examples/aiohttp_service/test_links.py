"""The links, tested with ``kv_server`` in place of api.cloudflare.com."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from links import WEEK_SECONDS, Links

from pytest_kv import KVServer


@pytest.fixture
async def links(kv_server: KVServer) -> AsyncIterator[Links]:
    namespaces = f"{kv_server.base_url}/accounts/{kv_server.account_id}/storage/kv/namespaces"
    base_url = f"{namespaces}/{kv_server.namespace_id}/"
    headers = {"Authorization": f"Bearer {kv_server.api_token}"}
    async with aiohttp.ClientSession(base_url, headers=headers) as session:
        yield Links(session)


@pytest.mark.parametrize("name", ["docs", "docs/start", "50%", "a?b#c", "ü"])
async def test_a_link_has_its_target_for_a_week(
    name: str, links: Links, kv_server: KVServer
) -> None:
    await links.add(name, "https://example.com/")
    assert await links.target(name) == "https://example.com/"

    kv_server.account.clock.advance(WEEK_SECONDS)
    assert await links.target(name) is None


async def test_removing_a_link_removes_no_other(links: Links, kv_server: KVServer) -> None:
    kv_server.namespace.seed(
        {"docs": "https://example.com/1", "docs/start": "https://example.com/2"}
    )

    await links.remove("docs")

    kv_server.namespace.assert_only_deleted("docs")


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_a_name_that_would_remove_all_links_is_a_value_error(
    name: str, links: Links, kv_server: KVServer
) -> None:
    with pytest.raises(ValueError, match="is not the name of a link"):
        await links.remove(name)

    assert not kv_server.account.calls


async def test_the_names_of_all_pages_are_listed(links: Links, kv_server: KVServer) -> None:
    names = [f"link-{number:04}" for number in range(2_500)]
    kv_server.namespace.seed(dict.fromkeys(names, "https://example.com/"))

    assert [name async for name in links.names()] == names


async def test_an_outage_is_not_a_missing_link(links: Links, kv_server: KVServer) -> None:
    kv_server.account.fail_next("get", 503)

    with pytest.raises(aiohttp.ClientResponseError, match="503"):
        await links.target("docs")
