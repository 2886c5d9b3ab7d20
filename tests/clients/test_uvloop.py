"""Clients on uvloop, whose transports use no sockets of Python."""

from __future__ import annotations

import socket
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest

from pytest_kv import intercept, serve
from tests.clients.getters import texts_of

uvloop = pytest.importorskip("uvloop")

URL = "https://api.cloudflare.com/client/v4/zones"
LOOKS_UP_ITSELF = (
    "kv_intercept cannot answer for api.cloudflare.com: uvloop looks names up by itself"
)


async def _aiohttp(proxy: str | None) -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(URL, proxy=proxy)


async def _httpx(proxy: str | None) -> None:
    of = None if proxy is None else httpx.Proxy(proxy)
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(proxy=of)) as client:
        await client.get(URL)


async def _httpx2(proxy: str | None) -> None:
    async with httpx2.AsyncClient(proxy=proxy) as client:
        await client.get(URL)


clients = pytest.mark.parametrize("get", [_aiohttp, _httpx, _httpx2])


def texts(block: Any, get: Callable[..., Coroutine[Any, Any, None]], proxy: str | None) -> str:
    """All the texts of the error that the client raises, in one."""
    with block(), pytest.raises(Exception, match=r".*") as failure:
        uvloop.run(get(proxy))
    return "\n".join(texts_of(failure.value))


@clients
@pytest.mark.parametrize(
    ("block", "words"), [(intercept, "leave the proxy out"), (serve, "use kv_intercept")]
)
def test_its_own_proxy_is_not_connected_to(block: Any, words: str, get: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        told = texts(block, get, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()

    assert words in told


@clients
def test_kv_intercept_says_that_it_cannot_answer(get: Any) -> None:
    assert LOOKS_UP_ITSELF in texts(intercept, get, None)
