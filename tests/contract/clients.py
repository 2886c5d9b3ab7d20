"""Two correct clients for the tests of the contract's parts: over a binding and over REST."""

from __future__ import annotations

__all__ = ("BindingClient", "RestClient")

from typing import Any
from urllib.parse import quote

import httpx

from pytest_kv import KVApi, KVNamespace


class BindingClient:
    """A correct async client, which is quick to make."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.kv = namespace

    async def get(self, key: str) -> str | None:
        return await self.kv.get(key)

    async def put(self, key: str, value: str | bytes) -> None:
        await self.kv.put(key, value)

    async def delete(self, key: str) -> None:
        await self.kv.delete(key)

    async def list(self, prefix: str) -> list[str]:
        names: list[str] = []
        cursor = None
        while True:
            page = await self.kv.list({"prefix": prefix, "cursor": cursor})
            names += [key["name"] for key in page["keys"]]
            if page["list_complete"]:
                return names
            cursor = page["cursor"]


class RestClient:
    """A correct client with few methods: get, put and delete of one key."""

    def __init__(self, api: KVApi) -> None:
        account = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
        self.values = f"{account}/{api.namespace_id}/values/"
        self.http = httpx.Client(headers={"Authorization": f"Bearer {api.api_token}"})

    def get(self, key: str) -> bytes | None:
        answer = self.http.get(self.url(key))
        return None if answer.status_code == 404 else self.checked(answer).content

    def put(self, key: str, value: str | bytes) -> None:
        self.enveloped(self.http.put(self.url(key), content=value))

    def delete(self, key: str) -> None:
        self.enveloped(self.http.delete(self.url(key)))

    def close(self) -> None:
        self.http.close()

    def url(self, key: str) -> str:
        if key in {"", ".", ".."}:
            raise ValueError(f"KV has no key {key!r}")
        return self.values + quote(key, safe="")

    def checked(self, answer: httpx.Response) -> httpx.Response:
        return answer.raise_for_status()

    def enveloped(self, answer: httpx.Response) -> Any:
        envelope = self.checked(answer).json()
        if not envelope["success"]:
            raise RuntimeError(envelope["errors"])
        return envelope["result"]
