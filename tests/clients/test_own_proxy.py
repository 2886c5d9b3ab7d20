"""Clients with a proxy of their own, which the environment cannot take away."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import trio
import urllib3

from pytest_kv import intercept, mock_api, serve
from tests.clients.getters import texts_of

HEADERS = {"Authorization": "Bearer secret"}


class Proxy:
    """A proxy that keeps what it is sent, and answers nothing."""

    def __init__(self) -> None:
        self.received = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(60)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            while data := connection.recv(1024):
                self.received += data

    def stop(self) -> None:
        """Wait until its one client is done."""
        self._thread.join(60)
        self._listening.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.stop()


def _requests(url: str, proxy: str) -> None:
    with requests.Session() as session:
        session.proxies = {"http": proxy, "https": proxy}
        session.get(url, headers=HEADERS, timeout=60)


def _urllib3(url: str, proxy: str) -> None:
    with urllib3.ProxyManager(proxy) as pool:
        pool.request("GET", url, headers=HEADERS, timeout=60, retries=False)


def _urllib(url: str, proxy: str) -> None:
    handler = urllib.request.ProxyHandler({"http": proxy, "https": proxy})
    request = urllib.request.Request(url, headers=HEADERS)
    urllib.request.build_opener(handler).open(request, timeout=60)


def _http_client(url: str, proxy: str) -> None:
    host, _, port = proxy.removeprefix("http://").partition(":")
    kind = http.client.HTTPSConnection if "https:" in url else http.client.HTTPConnection
    connection = kind(host, int(port), timeout=60)
    try:
        if "https:" in url:
            connection.set_tunnel("api.cloudflare.com", 443)
        connection.request("GET", url, headers=HEADERS)
        connection.getresponse()
    finally:
        connection.close()


def _httpx(url: str, proxy: str) -> None:
    # Old versions know no argument `proxy` of a client.
    mounts = {"all://": httpx.HTTPTransport(proxy=httpx.Proxy(proxy))}
    with httpx.Client(mounts=mounts, timeout=60) as client:
        client.get(url, headers=HEADERS)


def _httpx2(url: str, proxy: str) -> None:
    with httpx2.Client(proxy=proxy, timeout=60) as client:
        client.get(url, headers=HEADERS)


async def _httpx_async(url: str, proxy: str) -> None:
    mounts = {"all://": httpx.AsyncHTTPTransport(proxy=httpx.Proxy(proxy))}
    async with httpx.AsyncClient(mounts=mounts, timeout=60) as client:
        await client.get(url, headers=HEADERS)


async def _httpx2_async(url: str, proxy: str) -> None:
    async with httpx2.AsyncClient(proxy=proxy, timeout=60) as client:
        await client.get(url, headers=HEADERS)


async def _aiohttp(url: str, proxy: str) -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(url, headers=HEADERS, proxy=proxy)


def on(run: Callable[..., Any], get: Callable[..., Any]) -> Callable[[str, str], None]:
    async def got(url: str, proxy: str) -> None:
        await get(url, proxy)

    return lambda url, proxy: run(got, url, proxy)


def on_asyncio(get: Callable[..., Any]) -> Callable[[str, str], None]:
    return on(lambda got, *given: asyncio.run(got(*given)), get)


GETTERS: dict[str, Callable[[str, str], None]] = {
    "requests": _requests,
    "urllib3": _urllib3,
    "urllib": _urllib,
    "http.client": _http_client,
    "httpx": _httpx,
    "httpx2": _httpx2,
    "httpx on asyncio": on_asyncio(_httpx_async),
    "httpx on trio": on(trio.run, _httpx_async),
    "httpx2 on asyncio": on_asyncio(_httpx2_async),
    "httpx2 on trio": on(trio.run, _httpx2_async),
    "aiohttp": on_asyncio(_aiohttp),
}

SILENT = ("httpx", "httpx2")
"""They ignore an error of sending: only the report of the failing test has its words."""


@pytest.mark.parametrize("name", GETTERS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("block", [intercept, serve])
def test_the_proxy_is_told_nothing_and_the_client_why(
    block: Any, scheme: str, name: str, proxy: Proxy
) -> None:
    with block(), pytest.raises(Exception, match=r".*") as failure:
        GETTERS[name](f"{scheme}://api.cloudflare.com/client/v4/zones", proxy.url)

    proxy.stop()
    assert proxy.received == b""
    words = "leave the proxy out" if block is intercept else "use kv_intercept"
    told = any(words in text for text in texts_of(failure.value))
    assert told or (name in SILENT and type(failure.value).__name__ == "RemoteProtocolError")


@pytest.mark.parametrize("name", [name for name in GETTERS if name.startswith("httpx")])
def test_under_kv_api_its_own_clients_are_answered_without_their_proxy(name: str) -> None:
    with mock_api() as api:
        GETTERS[name](f"{api.base_url}/zones", "http://proxy.example.com:8080")

    assert [call.operation for call in api.account.calls] == ["unknown"]


@pytest.mark.parametrize("name", [name for name in GETTERS if not name.startswith("httpx")])
def test_under_kv_api_the_proxy_of_another_client_is_told_nothing(name: str, proxy: Proxy) -> None:
    with mock_api(), pytest.raises(Exception, match=r".*") as failure:
        GETTERS[name]("http://api.cloudflare.com/client/v4/zones", proxy.url)

    proxy.stop()
    assert proxy.received == b""
    assert any("use kv_intercept or kv_server" in text for text in texts_of(failure.value))
