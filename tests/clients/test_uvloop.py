"""Clients on uvloop, which looks names up and connects without Python's sockets."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import anyio
import httpx
import httpx2
import pytest

from pytest_kv import KVIntercept, intercept, mock_api, serve
from tests.clients.getters import texts_of

uvloop = pytest.importorskip("uvloop")

HOST = "api.cloudflare.com"
URL = f"https://{HOST}/client/v4/zones"
REQUEST = f"GET /client/v4/zones HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()


async def _aiohttp(proxy: str | None = None) -> int:
    async with aiohttp.ClientSession() as session, session.get(URL, proxy=proxy) as answer:
        return answer.status


async def _httpx(proxy: str | None = None) -> int:
    of = None if proxy is None else httpx.Proxy(proxy)
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(proxy=of)) as client:
        return (await client.get(URL)).status_code


async def _httpx2(proxy: str | None = None) -> int:
    async with httpx2.AsyncClient(proxy=proxy) as client:
        return (await client.get(URL)).status_code


async def _streams(name: str | None = None) -> int:
    reader, writer = await asyncio.open_connection(HOST, 443, ssl=True, server_hostname=name)
    writer.write(REQUEST)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


async def _streams_with_a_name() -> int:
    return await _streams(HOST)


async def _anyio() -> int:
    async with await anyio.connect_tcp(HOST, 443, tls=True) as stream:
        await stream.send(REQUEST)
        answer = b""
        while True:
            try:
                answer += await stream.receive()
            except anyio.EndOfStream:
                return int(answer.split()[1])


GETTERS = [_aiohttp, _httpx, _httpx2, _streams, _streams_with_a_name, _anyio]
WITH_PROXY = [_aiohttp, _httpx, _httpx2]


def texts(block: Any, get: Callable[..., Coroutine[Any, Any, Any]], *given: Any) -> str:
    """All the texts of the error that the client raises, in one."""
    with block(), pytest.raises(Exception, match=r".*") as failure:
        uvloop.run(get(*given))
    return "\n".join(texts_of(failure.value))


@pytest.mark.parametrize("get", GETTERS)
def test_kv_intercept_answers(get: Any, kv_intercept: KVIntercept) -> None:
    assert uvloop.run(get()) == 404
    assert [call.operation for call in kv_intercept.account.calls] == ["unknown"]


@pytest.mark.parametrize("port", ["443", "https"])
def test_the_port_may_be_a_text(port: Any, kv_intercept: KVIntercept) -> None:
    async def connect() -> object:
        _, writer = await asyncio.open_connection(HOST, port, ssl=True)
        peer = writer.get_extra_info("peername")
        writer.close()
        await writer.wait_closed()
        return peer

    assert uvloop.run(connect()) == (kv_intercept.host, kv_intercept.port)


def test_a_client_may_ask_for_an_address_of_ipv6(kv_intercept: KVIntercept) -> None:
    async def connect() -> object:
        _, writer = await asyncio.open_connection(HOST, 443, ssl=True, family=socket.AF_INET6)
        peer = writer.get_extra_info("peername")
        writer.close()
        await writer.wait_closed()
        return peer

    assert uvloop.run(connect()) == (kv_intercept.host, kv_intercept.port)


@pytest.mark.parametrize("get", GETTERS)
def test_where_nothing_answers_it_fails_before_a_name_is_looked_up(get: Any) -> None:
    assert f"kv_server does not answer at {HOST}" in texts(serve, get)
    if get not in (_httpx, _httpx2):
        assert f"nothing reaches {HOST} while kv_api is active" in texts(mock_api, get)


@pytest.mark.parametrize("get", WITH_PROXY)
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


def test_without_tls_kv_intercept_says_which_port_answers() -> None:
    async def connect() -> None:
        await asyncio.open_connection(HOST, 80)

    assert f"answers at port 443 only, not at port 80: write https://{HOST}" in texts(
        intercept, connect
    )


@pytest.mark.parametrize(
    ("block", "words"), [(intercept, "over TCP only"), (serve, "use kv_intercept")]
)
def test_a_datagram_to_the_host_is_an_error(block: Any, words: str) -> None:
    async def connect() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, 443))

    assert words in texts(block, connect)


@pytest.mark.parametrize("block", [intercept, mock_api, serve])
def test_other_hosts_are_reached_as_ever(block: Any) -> None:
    async def connect(port: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.getaddrinfo("localhost", port, family=socket.AF_INET, type=socket.SOCK_STREAM)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        with socket.socket() as plain:
            plain.setblocking(False)
            await loop.sock_connect(plain, ("127.0.0.1", port))
        to, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
        )
        to.close()

    with socket.create_server(("127.0.0.1", 0)) as server, block():
        uvloop.run(connect(server.getsockname()[1]))


@pytest.mark.parametrize("block", [intercept, mock_api, serve])
def test_all_is_as_it_was_after_a_block(block: Any) -> None:
    before = dict(vars(uvloop.Loop))
    with block():
        during = dict(vars(uvloop.Loop))
    assert dict(vars(uvloop.Loop)) == before != during


IMPORTED_LATE = f"""
import asyncio
from pytest_kv import serve

with serve():
    import uvloop
    try:
        uvloop.run(asyncio.open_connection("{HOST}", 443))
    except OSError as error:
        print(error.strerror.partition(",")[0])
"""


def test_a_loop_that_is_imported_in_the_block_fails_too() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTED_LATE], capture_output=True, text=True)

    assert (run.stdout, run.stderr) == (f"kv_server does not answer at {HOST}\n", "")
