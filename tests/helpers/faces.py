"""Every operation of the binding as a call, and what the REST API says when it refuses."""

from __future__ import annotations

__all__ = ("BINDING_CALLS", "BINDING_VERBS", "refusal", "sent")

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from pytest_kv import KVApi, KVNamespace
from tests.helpers.samples import url_of

BINDING_CALLS: dict[str, Callable[[KVNamespace], Awaitable[object]]] = {
    "get": lambda kv: kv.get("a"),
    "getWithMetadata": lambda kv: kv.getWithMetadata("a"),
    "put": lambda kv: kv.put("c", "3"),
    "delete": lambda kv: kv.delete("a"),
    "list": lambda kv: kv.list(),
    "bulk_get": lambda kv: kv.get(["a", "b"]),
}
"""A call for each operation of the binding; it succeeds on its own."""

BINDING_VERBS = {
    "get": "GET",
    "getWithMetadata": "GET",
    "put": "PUT",
    "delete": "DELETE",
    "list": "GET",
    "bulk_get": "GET_BULK",
}
"""What the binding's messages call each of them."""


def refusal(code: int, message: str) -> dict[str, object]:
    """The whole envelope of a refusal."""
    errors = [{"code": code, "message": message}]
    return {"success": False, "errors": errors, "messages": [], "result": None}


def sent(
    api: KVApi, method: str, path: str, json: Any = None, content: bytes | None = None
) -> httpx.Response:
    """The response to a request for a path behind ``…/storage/kv/namespaces``."""
    headers = {"Authorization": f"Bearer {api.api_token}"}
    with httpx.Client() as client:
        return client.request(
            method, url_of(api, path), json=json, content=content, headers=headers
        )
