"""Clients with a proxy of their own, which the environment cannot take away."""

from __future__ import annotations

import asyncio
import http.client
import importlib.metadata
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

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
    """A proxy that keeps what each connection has sent, and answers nothing."""

    def __init__(self) -> None:
        self._received: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(60)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            data = b""
            with connection:
                while not data.endswith(_END) and (more := connection.recv(1024)):
                    data += more
            if data == _END:
                return
            self._received.append(data)

    def received(self) -> list[bytes]:
        """What each connection has sent; nothing is accepted after this call."""
        self.stop()
        return self._received

    def stop(self) -> None:
        """Accept every connection that was made, and end."""
        if self._thread.is_alive():
            with socket.create_connection(self._listening.getsockname()) as last:
                last.sendall(_END)
            self._thread.join(60)
        self._listening.close()


_END = b"\r\n\r\n"
"""The end of a request; alone, that of all connections."""


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
            connection.set_tunnel(urlsplit(url).hostname or "", 443)
        connection.request("GET", url, headers=HEADERS)
        connection.getresponse()
    finally:
        connection.close()


def _httpx(url: str, proxy: str) -> None:
    # Old versions know no argument `proxy` of a client.
    transport = httpx.HTTPTransport(proxy=httpx.Proxy(proxy))
    with httpx.Client(transport=transport, timeout=60) as client:
        client.get(url, headers=HEADERS)


def _httpx2(url: str, proxy: str) -> None:
    with httpx2.Client(proxy=proxy, timeout=60) as client:
        client.get(url, headers=HEADERS)


async def _httpx_async(url: str, proxy: str) -> None:
    transport = httpx.AsyncHTTPTransport(proxy=httpx.Proxy(proxy))
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
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

if find_spec("niquests"):
    import niquests

    def _niquests(url: str, proxy: str) -> None:
        with niquests.Session() as session:
            session.proxies = {"http": proxy, "https": proxy}
            session.get(url, headers=HEADERS, timeout=60)

    async def _niquests_async(url: str, proxy: str) -> None:
        async with niquests.AsyncSession() as session:
            session.proxies = {"http": proxy, "https": proxy}
            await session.get(url, headers=HEADERS, timeout=60)

    GETTERS["niquests"] = _niquests
    GETTERS["niquests on asyncio"] = on_asyncio(_niquests_async)

URL = "https://api.cloudflare.com/client/v4/zones"
WORDS = {
    intercept: "leave the proxy out",
    mock_api: "use kv_intercept or kv_server",
    serve: "use kv_intercept",
}


def is_answered(name: str, block: Any) -> bool:
    return block is mock_api and name.startswith("httpx")


REFUSED = [(name, block) for name in GETTERS for block in WORDS if not is_answered(name, block)]

refused = pytest.mark.parametrize(("name", "block"), REFUSED)
schemes = pytest.mark.parametrize("scheme", ["https:", "http:"])


def texts(name: str, block: Any, url: str, proxy: str) -> list[str]:
    """All the texts of the error that the client raises."""
    with block(), mock.patch.dict(os.environ):
        # urllib follows it with a proxy of its own, too.
        del os.environ["NO_PROXY"], os.environ["no_proxy"]
        with pytest.raises(Exception, match=r".*") as failure:
            GETTERS[name](url, proxy)
    return list(texts_of(failure.value))


@refused
@schemes
def test_the_proxy_is_not_even_connected_to_and_the_client_is_told_why(
    name: str, block: Any, scheme: str, proxy: Proxy
) -> None:
    told = texts(name, block, URL.replace("https:", scheme), proxy.url)

    assert proxy.received() == []
    assert any(WORDS[block] in text for text in told)


@refused
@schemes
def test_of_a_proxy_that_does_not_exist_the_client_is_told_the_same(
    name: str, block: Any, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: Any, **__: Any) -> Any:
        raise AssertionError("the proxy was about to be looked up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    told = texts(name, block, URL.replace("https:", scheme), "http://proxy.example.com:8080")

    assert any(WORDS[block] in text for text in told)


FIRST = """
import sys
import {client}
from pytest_kv import serve

{assertion}
with serve():
    try:
        transport = {client}.HTTPTransport(proxy={client}.Proxy("http://proxy.example.com:8080"))
        {client}.Client(transport=transport).get("{url}")
    except {client}.ConnectError as error:
        print("use kv_intercept" in str(error))
"""


@pytest.mark.parametrize(("client", "core"), [("httpx", "httpcore"), ("httpx2", "httpcore2")])
def test_a_client_that_imports_its_transport_late_is_told_too(client: str, core: str) -> None:
    is_early = importlib.metadata.version(client).startswith("0.25.")
    assertion = "" if is_early else f"assert {core!r} not in sys.modules"
    script = FIRST.format(client=client, assertion=assertion, url=URL)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (run.stdout, run.stderr) == ("True\n", "")


@pytest.mark.parametrize("name", GETTERS)
def test_another_host_is_asked_of_the_proxy_as_ever(name: str, proxy: Proxy) -> None:
    with serve(), pytest.raises(Exception, match=r".*"):
        GETTERS[name]("https://www.cloudflare.com/", proxy.url)

    asked = proxy.received()
    # aiohttp asks again.
    assert {data.partition(b" HTTP")[0] for data in asked} == {b"CONNECT www.cloudflare.com:443"}


@pytest.mark.parametrize("name", GETTERS)
def test_another_host_is_asked_of_the_proxy_over_http_as_ever(name: str, proxy: Proxy) -> None:
    with serve(), pytest.raises(Exception, match=r".*"):
        GETTERS[name]("http://www.cloudflare.com/", proxy.url)

    asked = proxy.received()
    assert {data.partition(b" HTTP")[0] for data in asked} == {b"GET http://www.cloudflare.com/"}


@pytest.mark.parametrize("name", [name for name in GETTERS if name.startswith("httpx")])
def test_under_kv_api_its_own_clients_are_answered_without_their_proxy(name: str) -> None:
    with mock_api() as api:
        GETTERS[name](f"{api.base_url}/zones", "http://proxy.example.com:8080")

    assert [call.operation for call in api.account.calls] == ["unknown"]


@pytest.mark.parametrize("url", [None, "", "http:///", "http://@/"])
def test_a_url_of_http_client_that_names_no_host_is_passed_on(url: Any) -> None:
    sent: list[bytes] = []
    connection = http.client.HTTPConnection("127.0.0.1", 1)
    connection.send = sent.append  # type: ignore[method-assign,assignment]
    with serve():
        connection.putrequest("GET", url)
        connection.endheaders()

    assert sent[0].startswith(f"GET {url or '/'} HTTP/1.1\r\n".encode())
