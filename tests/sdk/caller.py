"""One way to call the SDK's two clients, so that a test is written once for both."""

from __future__ import annotations

__all__ = ("COMMON", "MAJOR", "VERSION", "Sdk", "methods_of", "over_both", "plain")

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import cloudflare
import httpx
import pytest
from cloudflare import AsyncCloudflare, Cloudflare, DefaultAsyncHttpxClient, DefaultHttpxClient

from pytest_kv._transports.endpoint import Endpoint

VERSION = cloudflare.__version__
MAJOR = int(VERSION.partition(".")[0])
COMMON = ("extra_headers", "extra_query", "extra_body", "timeout")
"""The parameters that every method of the SDK has."""

over_both = pytest.mark.parametrize("face", ["kv_api", "kv_server"], indirect=True)
"""Marks a test that runs over HTTP too: what a server could do otherwise than respx."""


class Sdk:
    """The sync or the async client of one account, without retries of its own.

    ``Any`` stands for the SDK's own types, since those of the two clients differ.
    """

    def __init__(self, face: Endpoint, runner: asyncio.Runner | None) -> None:
        self.face = face
        self.ids = {"account_id": face.account_id, "namespace_id": face.namespace_id}
        self.sent: list[httpx.Request] = []
        """The requests the client has sent."""
        self._runner = runner
        self.client: Any = self._make_client()

    def _make_client(self) -> Cloudflare | AsyncCloudflare:
        options: Any = {
            "api_token": self.face.api_token,
            "base_url": self.face.base_url,
            "max_retries": 0,
        }
        if self._runner is None:
            http = DefaultHttpxClient()
            http.event_hooks = {"request": [self.sent.append]}
            return Cloudflare(http_client=http, **options)

        async def note(request: httpx.Request) -> None:
            self.sent.append(request)

        async_http = DefaultAsyncHttpxClient()
        async_http.event_hooks = {"request": [note]}
        return AsyncCloudflare(http_client=async_http, **options)

    @property
    def kv(self) -> Any:
        """The SDK's resource for namespaces, where all of its KV methods are."""
        return self.client.kv.namespaces

    @property
    def is_async(self) -> bool:
        return self._runner is not None

    def wait(self, answer: Any) -> Any:
        """What a call of either client answers, once it is there."""
        if self._runner is None or not inspect.isawaitable(answer):
            return answer

        async def awaited() -> Any:
            return await answer

        return self._runner.run(awaited())

    def every(self, pages: Any) -> list[Any]:
        """The items of all pages, as a ``for`` over the SDK's answer meets them."""
        if self._runner is None:
            return list(pages)

        async def gathered() -> list[Any]:
            return [item async for item in pages]

        return self._runner.run(gathered())

    def call(self, method: str, **given: Any) -> Any:
        """The plain answer of a method named as ``keys.list``, given the ids it asks for."""
        bound = self.bound(method)
        return self.settled(bound(**self.ids_for(bound), **given))

    def call_raw(self, method: str, **given: Any) -> Any:
        """The SDK's response itself, its body read."""
        bound = self.bound(method, by="with_raw_response")
        return self.wait(bound(**self.ids_for(bound), **given))

    def stream(self, method: str, **given: Any) -> tuple[int, list[bytes]]:
        """The status and the body, four bytes at a time."""
        bound = self.bound(method, by="with_streaming_response")
        block = bound(**self.ids_for(bound), **given)
        if self._runner is None:
            with block as response:
                return response.status_code, list(response.iter_bytes(4))

        async def streamed() -> tuple[int, list[bytes]]:
            async with block as response:
                return response.status_code, [piece async for piece in response.iter_bytes(4)]

        return self._runner.run(streamed())

    def settled(self, answer: Any) -> Any:
        """An answer as plain data: pages as the items of all of them, a value as bytes."""
        if hasattr(answer, "__aiter__") or hasattr(answer, "next_page_info"):
            return [plain(item) for item in self.every(answer)]
        answer = self.wait(answer)
        return self.wait(answer.read()) if hasattr(answer, "read") else plain(answer)

    def bound(self, method: str, *, by: str | None = None) -> Any:
        """A method of the client, or the one of the same name reached by ``with_…_response``."""
        *path, name = method.split(".")
        resource = self.kv
        for part in (*path, by) if by else path:
            resource = getattr(resource, part)
        return getattr(resource, name)

    def ids_for(self, bound: Any) -> dict[str, str]:
        """Those of the ids that a method takes."""
        taken = inspect.signature(bound).parameters
        return {name: value for name, value in self.ids.items() if name in taken}

    def close(self) -> None:
        self.wait(self.client.close())


def plain(answer: Any) -> Any:
    """One of the SDK's models as a dict of what the API has sent; anything else as it is."""
    return answer.to_dict() if hasattr(answer, "to_dict") else answer


def methods_of(resource: Any, prefix: str = "") -> Iterator[tuple[str, inspect.Signature]]:
    """Every public method of a resource and of those below it, with its signature."""
    for name in dir(resource):
        if name.startswith(("_", "with_")):
            continue
        member = getattr(resource, name)
        if inspect.ismethod(member):
            yield prefix + name, inspect.signature(member)
        else:
            yield from methods_of(member, f"{prefix}{name}.")
