"""One request for each operation, and each way in which a client of httpx can send it."""

from __future__ import annotations

__all__ = (
    "HOST_URL",
    "SAMPLES",
    "SDK_CALLS",
    "SEED",
    "WAYS",
    "Ids",
    "Send",
    "counts",
    "ids_of",
    "request_for",
    "url_of",
)

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypedDict

import anyio
import httpx

from pytest_kv import Entry, KVApi
from pytest_kv._transports.endpoint import Endpoint

HOST_URL = "https://api.cloudflare.com"
SEED: dict[str, str | bytes | Entry] = {"a": "1", "b": Entry("2", metadata={"page": 1})}


class Sample(NamedTuple):
    """A request: its path is the part behind ``…/storage/kv/namespaces``."""

    method: str
    path: str
    body: object = None


SAMPLES = {
    "list_namespaces": Sample("GET", ""),
    "create_namespace": Sample("POST", "", {"title": "SECOND"}),
    "get_namespace": Sample("GET", "/{ns}"),
    "rename_namespace": Sample("PUT", "/{ns}", {"title": "RENAMED"}),
    "remove_namespace": Sample("DELETE", "/{ns}"),
    "list": Sample("GET", "/{ns}/keys?prefix=a"),
    "get": Sample("GET", "/{ns}/values/a"),
    "put": Sample("PUT", "/{ns}/values/c?expiration_ttl=60", "text"),
    "delete": Sample("DELETE", "/{ns}/values/a"),
    "get_metadata": Sample("GET", "/{ns}/metadata/b"),
    "bulk_put": Sample("PUT", "/{ns}/bulk", [{"key": "c", "value": "3"}]),
    "bulk_delete": Sample("POST", "/{ns}/bulk/delete", ["a", "b"]),
    "bulk_delete_older": Sample("DELETE", "/{ns}/bulk", ["a", "b"]),
    "bulk_get": Sample("POST", "/{ns}/bulk/get", {"keys": ["a", "missing"]}),
}


class Ids(TypedDict):
    """The ids that most of the SDK's methods take."""

    account_id: str
    namespace_id: str


def ids_of(api: Endpoint) -> Ids:
    """The ids of the account and its default namespace."""
    return {"account_id": api.account_id, "namespace_id": api.namespace_id}


def url_of(api: Endpoint, path: str = "/{ns}") -> str:
    """The URL of a path behind ``…/storage/kv/namespaces``, ``{ns}`` being the default one's id."""
    namespaces = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
    return namespaces + path.replace("{ns}", api.namespace_id)


def request_for(api: Endpoint, operation: str) -> httpx.Request:
    """The sample request for an operation, with the API's token."""
    method, path, body = SAMPLES[operation]
    headers = {"Authorization": f"Bearer {api.api_token}"}
    return httpx.Request(method, url_of(api, path), headers=headers, json=body)


def counts(api: KVApi) -> dict[str | None, int]:
    """How often each route was called, without those that were not."""
    return {route.name: route.call_count for route in api.routes if route.called}


Send = Callable[[httpx.Request], httpx.Response]


def _send(request: httpx.Request) -> httpx.Response:
    with httpx.Client() as client:
        return client.send(request)


def _send_async(backend: str, request: httpx.Request) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.send(request)

    return anyio.run(send, backend=backend)


WAYS: dict[str, Send] = {
    "sync": _send,
    "asyncio": partial(_send_async, "asyncio"),
    "trio": partial(_send_async, "trio"),
}

# The SDK's two clients have the same methods, so Any stands for either; it has none for the older
# bulk delete.
SDK_CALLS: dict[str, Callable[[Any, Ids], Any]] = {
    "list_namespaces": lambda kv, ids: kv.list(account_id=ids["account_id"]),
    "create_namespace": lambda kv, ids: kv.create(account_id=ids["account_id"], title="SECOND"),
    "get_namespace": lambda kv, ids: kv.get(**ids),
    "rename_namespace": lambda kv, ids: kv.update(**ids, title="RENAMED"),
    "remove_namespace": lambda kv, ids: kv.delete(**ids),
    "list": lambda kv, ids: kv.keys.list(**ids),
    "get": lambda kv, ids: kv.values.get("a", **ids),
    "put": lambda kv, ids: kv.values.update("c", **ids, value=b"3", metadata='{"page": 3}'),
    "delete": lambda kv, ids: kv.values.delete("a", **ids),
    "get_metadata": lambda kv, ids: kv.metadata.get("b", **ids),
    "bulk_put": lambda kv, ids: kv.bulk_update(**ids, body=[{"key": "c", "value": "3"}]),
    "bulk_delete": lambda kv, ids: kv.bulk_delete(**ids, body=["a", "b"]),
    "bulk_get": lambda kv, ids: kv.bulk_get(**ids, keys=["a", "missing"]),
}
