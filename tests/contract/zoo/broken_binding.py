"""Clients over a binding with one realistic bug each; each docstring says which."""

from __future__ import annotations

__all__ = ("BROKEN_BINDINGS",)

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pytest_kv import KVError
from tests.contract.zoo.correct import GET, Binding, Value, chunks

BROKEN_BINDINGS: dict[type, str] = {}
"""The broken clients, each with the name of the clause that catches it."""


def caught_by(clause: str) -> Any:
    """Register a client with the name of the clause that catches it."""

    def note(client: type) -> type:
        BROKEN_BINDINGS[client] = clause
        return client

    return note


@caught_by("get_many_gets_all")
class TrustingBulkGet(Binding):
    """It trusts a bulk get, which leaves out names that look like numbers."""

    async def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            found |= await self.kv.get(chunk)
        return found


@caught_by("get_many_gets_all")
class ManyReads(Binding):
    """It asks for more than 100 keys in one bulk get."""

    async def get_many(self, keys: Sequence[str]) -> Any:
        found = dict(await self.kv.get(list(keys))) if keys else {}
        return {key: found[key] if key in found else await self.get(key) for key in keys}


@caught_by("list_gives_each_name_once")
class OnePage(Binding):
    """It ignores ``list_complete``."""

    async def list(self, prefix: str) -> Any:
        return [key["name"] for key in (await self.page(prefix, None))["keys"]]


@caught_by("list_gives_each_name_once")
class NoCursor(Binding):
    """It does not send the cursor, so it reads the first page again and again."""

    async def page(self, prefix: str, cursor: str | None) -> Any:
        return await super().page(prefix, None)


@caught_by("list_gives_each_name_once")
class UntilEmpty(Binding):
    """It treats an empty page as the last page."""

    async def list(self, prefix: str) -> Any:
        names: list[str] = []
        page = await self.page(prefix, None)
        while page["keys"]:
            names += [key["name"] for key in page["keys"]]
            if page["list_complete"]:
                break
            page = await self.page(prefix, page["cursor"])
        return names


@caught_by("values_and_metadata_survive_exactly")
class Truthy(Binding):
    """It returns None for an empty value."""

    async def get(self, key: str) -> Any:
        return await super().get(key) or None


@caught_by("values_and_metadata_survive_exactly")
class AsText(Binding):
    """It writes bytes unchanged, but reads every value as text."""

    async def get(self, key: str) -> Any:
        return await self.kv.get(key)


@caught_by("a_write_that_returns_was_done")
class Swallowing(Binding):
    """It catches KV's errors and ignores them."""

    async def put(self, key: str, value: Value) -> None:
        with suppress(KVError):
            await self.kv.put(key, value)


@caught_by("a_read_that_returns_tells_the_truth")
class ErrorIsMissing(Binding):
    """It treats KV's errors as a missing key."""

    async def get(self, key: str) -> Any:
        try:
            return await super().get(key)
        except KVError:
            return None


@caught_by("a_write_that_returns_was_done")
class Gathering(Binding):
    """It ignores the errors that ``gather`` returns."""

    async def delete_many(self, keys: Sequence[str]) -> None:
        await asyncio.gather(*map(self.kv.delete, keys), return_exceptions=True)


@caught_by("deleting_a_missing_key_succeeds")
class LookingFirst(Binding):
    """It raises for a missing key."""

    async def delete(self, key: str) -> None:
        if await self.get(key) is None:
            raise KeyError(key)
        await super().delete(key)


@caught_by("delete_many_deletes_all")
class FirstHundred(Binding):
    """It deletes only the first 100 keys."""

    async def delete_many(self, keys: Sequence[str]) -> None:
        await super().delete_many(keys[:GET])
