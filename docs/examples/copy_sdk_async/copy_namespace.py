"""Copy the texts of one KV namespace to another with the official SDK, five batches at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from cloudflare import AsyncCloudflare

GET_KEYS = 100  # the most that one request can read
AT_ONCE = 5  # batches


class CopyError(Exception):
    """KV answered 200 but did not do all that it was asked to do."""


async def copy(client: AsyncCloudflare, account_id: str, source: str, target: str) -> int:
    """Write each pair of ``source`` to ``target`` with its metadata; return their number."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def copied(names: list[str]) -> int:
        async with gate:
            return await copy_batch(client, account_id, source, target, names)

    names = [name async for name in key_names(client, account_id, source)]
    batches = (names[start : start + GET_KEYS] for start in range(0, len(names), GET_KEYS))
    return sum(await asyncio.gather(*map(copied, batches)))


async def copy_batch(
    client: AsyncCloudflare, account_id: str, source: str, target: str, names: list[str]
) -> int:
    """Copy these keys; a key that was deleted meanwhile is left out. Return their number."""
    namespaces = client.kv.namespaces
    found: Any = await namespaces.bulk_get(
        source, account_id=account_id, keys=names, with_metadata=True
    )
    if found is None:  # a 200 with success false: the SDK raises nothing
        raise CopyError(f"KV did not read {len(names)} keys")
    pairs = [pair_of(name, value) for name, value in found.values.items() if value is not None]
    done = await namespaces.bulk_update(target, account_id=account_id, body=pairs)
    if done is None or done.unsuccessful_keys:
        raise CopyError(f"KV did not write all of {len(pairs)} pairs")
    return len(pairs)


def pair_of(name: str, found: Any) -> Any:
    """What a bulk read found under a key, in the format of a bulk write."""
    pair = {"key": name, **found.to_dict(exclude_none=True)}
    if "expiration" in pair:
        pair["expiration"] = int(pair["expiration"])  # the SDK turns KV's integer into a float
    return pair


async def key_names(
    client: AsyncCloudflare, account_id: str, namespace_id: str
) -> AsyncIterator[str]:
    """The names of all keys, page by page."""
    page = await client.kv.namespaces.keys.list(namespace_id, account_id=account_id)
    while True:
        for key in page.result:
            yield key.name
        # Not `async for key in page` or has_next_page(): both end at an empty page.
        if not page.next_page_info():
            return
        page = await page.get_next_page()
