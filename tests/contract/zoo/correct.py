"""Clients that keep the contract."""

from __future__ import annotations

__all__ = (
    "AsyncHttpx",
    "AsyncSdk",
    "Binding",
    "Httpx",
    "KeyErrors",
    "OneByOne",
    "Patient",
    "Remembering",
    "Sdk",
    "TextOnly",
)

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

import cloudflare
import httpx
from cloudflare.types.kv.namespace_bulk_delete_response import NamespaceBulkDeleteResponse

from pytest_kv import KVApi, KVNamespace

BULK = 10_000
GET = 100
REQUEST_BYTES = 99_000_000
Value = str | bytes


def path_of(key: str) -> str:
    """The path of a key below its namespace."""
    if key in {"", ".", ".."}:
        raise ValueError(f"KV has no key {key!r}")
    return f"values/{quote(key, safe='')}"


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of ``size`` at most."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def pair(key: str, value: Value) -> dict[str, Any]:
    """A pair of a bulk write."""
    if isinstance(value, bytes):
        return {"key": key, "value": b64encode(value).decode(), "base64": True}
    return {"key": key, "value": value}


def pairs_of(mapping: Mapping[str, Value]) -> Iterator[list[dict[str, Any]]]:
    """The pairs of each bulk write, within KV's limits of number and size."""
    chunk: list[dict[str, Any]] = []
    size = 0
    for key, value in mapping.items():
        length = len(json.dumps(pair(key, value))) + 2
        if chunk and (len(chunk) == BULK or size + length > REQUEST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(pair(key, value))
        size += length
    if chunk:
        yield chunk


def enveloped(answer: httpx.Response) -> Any:
    """The envelope of an answer; raises unless it says success."""
    body = answer.raise_for_status().json()
    if not body["success"]:
        raise RuntimeError(body["errors"])
    return body


def all_done(answer: httpx.Response) -> None:
    """Raise when KV has not done a bulk call for every key."""
    undone = enveloped(answer)["result"]["unsuccessful_keys"]
    if undone:
        raise RuntimeError(f"{len(undone)} keys were not done")


class Httpx:
    """A sync client on httpx."""

    def __init__(self, api: KVApi) -> None:
        self.http = httpx.Client(
            base_url=f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces/"
            f"{api.namespace_id}/",
            headers={"Authorization": f"Bearer {api.api_token}"},
        )

    def close(self) -> None:
        self.http.close()

    def path(self, key: str) -> str:
        return path_of(key)

    def get(self, key: str) -> Any:
        answer = self.http.get(self.path(key))
        return None if answer.status_code == 404 else answer.raise_for_status().content

    def put(self, key: str, value: Value) -> Any:
        enveloped(self.http.put(self.path(key), content=value))

    def delete(self, key: str) -> None:
        enveloped(self.http.delete(self.path(key)))

    def page(self, prefix: str, cursor: str) -> Any:
        return enveloped(self.http.get("keys", params={"prefix": prefix, "cursor": cursor}))

    def list(self, prefix: str) -> Any:
        names: list[str] = []
        cursor = ""
        while True:
            page = self.page(prefix, cursor)
            names += [key["name"] for key in page["result"]]
            cursor = page["result_info"]["cursor"]
            if not cursor:
                return names

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            all_done(self.http.post("bulk/delete", json=chunk))

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            all_done(self.http.put("bulk", json=chunk))

    def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            found |= enveloped(self.http.post("bulk/get", json={"keys": chunk}))["result"]["values"]
        return {key: value for key, value in found.items() if value is not None}


class KeyErrors(Httpx):
    """It raises KeyError for a missing key, which the contract must be told."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        if value is None:
            raise KeyError(key)
        return value


class TextOnly(Httpx):
    """It takes and returns values as text, and raises for bytes."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.decode()

    def put(self, key: str, value: Value) -> None:
        if isinstance(value, bytes):
            raise TypeError("values are text")
        super().put(key, value)

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        if any(isinstance(value, bytes) for value in mapping.values()):
            raise TypeError("values are text")
        super().put_many(mapping)


class OneByOne(Httpx):
    """It makes a request for each key."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.delete(key)

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for key, value in mapping.items():
            self.put(key, value)

    def get_many(self, keys: Sequence[str]) -> Any:
        return {key: self.get(key) for key in keys}


class Patient(Httpx):
    """It retries for half a minute, and sends ``unsuccessful_keys`` again."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.http.event_hooks = {"response": [lambda answer: answer.read() and None]}

    def delete(self, key: str) -> None:
        self.try_again(lambda: Httpx.delete(self, key))

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            self.try_again(lambda left=chunk: self.delete_left(left))

    def delete_left(self, left: list[str]) -> None:
        answer = enveloped(self.http.post("bulk/delete", json=left))
        left[:] = answer["result"]["unsuccessful_keys"]
        if left:
            raise RuntimeError(f"{len(left)} keys were not done")

    def try_again(self, act: Any) -> None:
        deadline, delay = time.monotonic() + 30, 0.5
        while True:
            try:
                act()
            except (httpx.HTTPError, RuntimeError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(delay)
                delay *= 2
            else:
                return


class Remembering(Httpx):
    """It keeps values that it has read until its own next write, for 50 seconds at most."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.read: dict[str, tuple[float, bytes]] = {}

    def get(self, key: str) -> Any:
        since, value = self.read.get(key, (0.0, b""))
        if time.time() - since > 50:
            found = super().get(key)
            if found is not None:
                self.read[key] = (time.time(), found)
            return found
        return value

    def put(self, key: str, value: Value) -> None:
        self.read.pop(key, None)
        super().put(key, value)

    def delete(self, key: str) -> None:
        self.read.pop(key, None)
        super().delete(key)

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        self.read.clear()
        super().put_many(mapping)

    def delete_many(self, keys: Sequence[str]) -> None:
        self.read.clear()
        super().delete_many(keys)


class AsyncHttpx:
    """An async client on httpx, with concurrent requests."""

    def __init__(self, api: KVApi) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces/"
            f"{api.namespace_id}/",
            headers={"Authorization": f"Bearer {api.api_token}"},
        )

    async def aclose(self) -> None:
        await self.http.aclose()

    async def get(self, key: str) -> bytes | None:
        answer = await self.http.get(path_of(key))
        return None if answer.status_code == 404 else answer.raise_for_status().content

    async def put(self, key: str, value: Value) -> None:
        enveloped(await self.http.put(path_of(key), content=value))

    async def delete(self, key: str) -> None:
        enveloped(await self.http.delete(path_of(key)))

    async def list(self, prefix: str) -> Any:
        cursor = ""
        while True:
            params = {"prefix": prefix, "cursor": cursor}
            page = enveloped(await self.http.get("keys", params=params))
            for key in page["result"]:
                yield key["name"]
            cursor = page["result_info"]["cursor"]
            if not cursor:
                return

    async def delete_many(self, keys: Sequence[str]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for chunk in chunks(keys, BULK):
                tasks.create_task(self.delete_chunk(chunk))

    async def delete_chunk(self, chunk: Sequence[str]) -> None:
        all_done(await self.http.post("bulk/delete", json=chunk))

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            all_done(await self.http.put("bulk", json=chunk))

    async def get_many(self, keys: Sequence[str]) -> dict[str, str]:
        calls = [self.http.post("bulk/get", json={"keys": chunk}) for chunk in chunks(keys, GET)]
        found: dict[str, str] = {}
        for answer in await asyncio.gather(*calls):
            found |= enveloped(answer)["result"]["values"]
        return found


class Sdk:
    """A client on the official SDK, sync."""

    def __init__(self, api: KVApi) -> None:
        self.sdk = cloudflare.Cloudflare(api_token=api.api_token)
        self.at: dict[str, Any] = {
            "account_id": api.account_id,
            "namespace_id": api.namespace_id,
        }
        self.of: dict[str, Any] = {"account_id": api.account_id}
        self.id = api.namespace_id

    def close(self) -> None:
        self.sdk.close()

    def get(self, key: str) -> bytes | None:
        try:
            return self.sdk.kv.namespaces.values.get(key, **self.at).read()
        except cloudflare.NotFoundError:
            return None

    def put(self, key: str, value: Value) -> None:
        content: Any = value.encode() if isinstance(value, str) else value
        succeeded(self.sdk.kv.namespaces.values.update(key, value=content, **self.at))

    def delete(self, key: str) -> None:
        succeeded(self.sdk.kv.namespaces.values.delete(key, **self.at))

    def list(self, prefix: str) -> Any:
        cursor = ""
        while True:
            # The SDK's own iteration ends at an empty page.
            page = self.sdk.kv.namespaces.keys.list(
                self.id, prefix=prefix, cursor=cursor, **self.of
            )
            if page.result_info is None:
                raise RuntimeError("no success")
            yield from (key.name for key in page.result)
            cursor = page.result_info.cursor or ""
            if not cursor:
                return

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            sdk_done(self.sdk.kv.namespaces.bulk_delete(self.id, body=chunk, **self.of))


class AsyncSdk:
    """A client on the official SDK, async."""

    def __init__(self, api: KVApi) -> None:
        self.sdk = cloudflare.AsyncCloudflare(api_token=api.api_token)
        self.at: dict[str, Any] = {
            "account_id": api.account_id,
            "namespace_id": api.namespace_id,
        }
        self.of: dict[str, Any] = {"account_id": api.account_id}
        self.id = api.namespace_id

    async def close(self) -> None:
        await self.sdk.close()

    async def get(self, key: str) -> bytes | None:
        try:
            answer = await self.sdk.kv.namespaces.values.get(key, **self.at)
        except cloudflare.NotFoundError:
            return None
        return await answer.read()

    async def delete(self, key: str) -> None:
        succeeded(await self.sdk.kv.namespaces.values.delete(key, **self.at))

    async def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            sdk_done(await self.sdk.kv.namespaces.bulk_delete(self.id, body=chunk, **self.of))


def succeeded(answer: object) -> None:
    """Raise for a 200 with ``success`` false, for which the SDK returns None."""
    if answer is None:
        raise RuntimeError("no success")


def sdk_done(answer: NamespaceBulkDeleteResponse | None) -> None:
    """Raise when KV has not done a bulk call for every key."""
    if answer is None or answer.unsuccessful_keys:
        raise RuntimeError("not all keys were done")


class Binding:
    """A client over a namespace binding."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.kv = namespace

    async def get(self, key: str) -> Any:
        value = await self.kv.get(key, "arrayBuffer")
        return None if value is None else bytes(value)

    async def put(self, key: str, value: Value) -> None:
        await self.kv.put(key, value)

    async def delete(self, key: str) -> None:
        await self.kv.delete(key)

    async def page(self, prefix: str, cursor: str | None) -> Any:
        return await self.kv.list(prefix=prefix, cursor=cursor)

    async def list(self, prefix: str) -> Any:
        names: list[str] = []
        cursor = None
        while True:
            page = await self.page(prefix, cursor)
            names += [key["name"] for key in page["keys"]]
            if page["list_complete"]:
                return names
            cursor = page["cursor"]

    async def delete_many(self, keys: Sequence[str]) -> None:
        for key in keys:
            await self.kv.delete(key)

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        for key, value in mapping.items():
            await self.kv.put(key, value)

    async def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            found |= await self.kv.get(chunk)
        # A bulk get leaves out __proto__ and names that look like array indexes.
        return {key: found[key] if key in found else await self.get(key) for key in keys}
