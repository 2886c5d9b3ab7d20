"""Short links in a KV namespace, with ``aiohttp``; a link lives for a week."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

WEEK_SECONDS = 7 * 24 * 60 * 60


class Links:
    """The links of one namespace; the session has a ``base_url`` and a token."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def add(self, name: str, target: str) -> None:
        """Let ``name`` lead to ``target`` for a week."""
        query = {"expiration_ttl": WEEK_SECONDS}
        await self._send("PUT", path_of(name).with_query(query), data=target)

    async def target(self, name: str) -> str | None:
        """The target of a link, or None when there is no link with this name."""
        try:
            return (await self._send("GET", path_of(name))).decode()
        except aiohttp.ClientResponseError as error:
            if error.status == 404:
                return None
            raise

    async def remove(self, name: str) -> None:
        """Delete a link."""
        await self._send("DELETE", path_of(name))

    async def names(self) -> AsyncIterator[str]:
        """The names of all links, page by page."""
        cursor = None
        while cursor != "":
            query = {"cursor": cursor} if cursor else None
            async with self._session.get("keys", params=query) as response:
                response.raise_for_status()
                page: Any = await response.json()
            for key in page["result"]:
                yield key["name"]
            cursor = page["result_info"]["cursor"]

    async def _send(self, method: str, url: URL, **given: Any) -> bytes:
        async with self._session.request(method, url, raise_for_status=True, **given) as response:
            return await response.read()


def path_of(name: str) -> URL:
    """The path of a link, percent-encoded.

    Raises ValueError for an empty name, ``.`` and ``..``, which KV does not take. aiohttp shortens
    ``values/..`` to the path of the namespace; a DELETE of that path removes every link.
    """
    if name in {"", ".", ".."}:
        raise ValueError(f"{name!r} is not the name of a link")
    return URL(f"values/{quote(name, safe='')}", encoded=True)
