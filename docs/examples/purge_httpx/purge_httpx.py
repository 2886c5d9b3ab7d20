"""Delete the keys of a KV namespace that start with a prefix, with ``httpx.AsyncClient``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx

API = "https://api.cloudflare.com/client/v4"
BULK_KEYS = 10_000  # the most that one request can delete


class PurgeError(Exception):
    """KV answered 200 but did not do all that it was asked to do."""


def namespace_client(account_id: str, namespace_id: str, api_token: str) -> httpx.AsyncClient:
    """A client for one namespace; use it in an ``async with``."""
    return httpx.AsyncClient(
        base_url=f"{API}/accounts/{account_id}/storage/kv/namespaces/{namespace_id}",
        headers={"Authorization": f"Bearer {api_token}"},
    )


async def purge(client: httpx.AsyncClient, prefix: str) -> int:
    """Delete the keys that start with ``prefix``, 10,000 in each request; return their number."""
    names = [name async for name in key_names(client, prefix)]
    for start in range(0, len(names), BULK_KEYS):
        batch = names[start : start + BULK_KEYS]
        body = answer(await client.post("/bulk/delete", json=batch))
        if undeleted := body["result"]["unsuccessful_keys"]:
            raise PurgeError(f"KV did not delete {len(undeleted):,} keys")
    return len(names)


async def key_names(client: httpx.AsyncClient, prefix: str) -> AsyncIterator[str]:
    """The names that start with ``prefix``, page by page; any page may be empty."""
    cursor = None
    while cursor != "":
        params = {"prefix": prefix} | ({"cursor": cursor} if cursor else {})
        body = answer(await client.get("/keys", params=params))
        for key in body["result"]:
            yield key["name"]
        cursor = body["result_info"]["cursor"]


def answer(response: httpx.Response) -> Any:
    """The JSON of a response; an exception unless its status and its JSON say that it succeeded."""
    response.raise_for_status()
    body = response.json()
    if not body["success"]:
        raise PurgeError(f"KV answered with errors: {body['errors']}")
    return body
