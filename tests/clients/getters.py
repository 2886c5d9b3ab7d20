"""One GET with each HTTP client of Python, at an address that is written into the caller's code.

What a client raises is its own error. A client that is not installed is left out.
"""

from __future__ import annotations

__all__ = ("ANSWERED_BY_KV_API", "GETTERS", "Got", "texts_of")

import asyncio
import http.client
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from io import BytesIO
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import requests
import trio
import urllib3

# As an application has it, made when its module was imported.
SESSION = requests.Session()


class Got(NamedTuple):
    """A status and a body."""

    status: int
    text: str


Getter = Callable[[str, dict[str, str], float], Got]
"""Gets a URL with these headers, and gives up after so many seconds without an answer."""


def _requests(url: str, headers: dict[str, str], patience: float) -> Got:
    with requests.Session() as session:
        answer = session.get(url, headers=headers, timeout=patience)
        return Got(answer.status_code, answer.text)


def _requests_made_at_import(url: str, headers: dict[str, str], patience: float) -> Got:
    answer = SESSION.get(url, headers=headers, timeout=patience)
    return Got(answer.status_code, answer.text)


def _urllib3(url: str, headers: dict[str, str], patience: float) -> Got:
    with urllib3.PoolManager() as pool:
        answer = pool.request("GET", url, headers=headers, timeout=patience, retries=False)
        return Got(answer.status, answer.data.decode())


def _urllib(url: str, headers: dict[str, str], patience: float) -> Got:
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=patience) as answer:
            return Got(answer.status, answer.read().decode())
    except HTTPError as error:
        with error:
            return Got(error.code, error.read().decode())


def _http_client(url: str, headers: dict[str, str], patience: float) -> Got:
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=patience)
    try:
        connection.request("GET", parts.path, headers=headers)
        answer = connection.getresponse()
        return Got(answer.status, answer.read().decode())
    finally:
        connection.close()


def _httpx(url: str, headers: dict[str, str], patience: float) -> Got:
    answer = httpx.get(url, headers=headers, timeout=patience)
    return Got(answer.status_code, answer.text)


def _httpx2(url: str, headers: dict[str, str], patience: float) -> Got:
    answer = httpx2.get(url, headers=headers, timeout=patience)
    return Got(answer.status_code, answer.text)


async def _httpx_async(url: str, headers: dict[str, str], patience: float) -> Got:
    async with httpx.AsyncClient(headers=headers, timeout=patience) as client:
        answer = await client.get(url)
        return Got(answer.status_code, answer.text)


async def _httpx2_async(url: str, headers: dict[str, str], patience: float) -> Got:
    async with httpx2.AsyncClient(headers=headers, timeout=patience) as client:
        answer = await client.get(url)
        return Got(answer.status_code, answer.text)


async def _httpx_on_aiohttp(url: str, headers: dict[str, str], patience: float) -> Got:
    from httpx_aiohttp import AiohttpTransport

    async with httpx.AsyncClient(transport=AiohttpTransport(), timeout=patience) as client:
        answer = await client.get(url, headers=headers)
        return Got(answer.status_code, answer.text)


async def _aiohttp(url: str, headers: dict[str, str], patience: float) -> Got:
    timeout = aiohttp.ClientTimeout(sock_read=patience)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, headers=headers) as answer,
    ):
        return Got(answer.status, await answer.text())


async def _streams(url: str, headers: dict[str, str], patience: float) -> Got:
    parts = urlsplit(url)
    is_secure = parts.scheme == "https" or None
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=is_secure)
    try:
        writer.write(_request(url, headers))
        return _answer(await asyncio.wait_for(reader.read(), patience))
    finally:
        # It says no farewell over TLS, for which the loop would have to run on.
        writer.transport.abort()


async def _trio(url: str, headers: dict[str, str], patience: float) -> Got:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    with trio.fail_after(patience):
        stream: trio.abc.Stream
        if parts.scheme == "https":
            stream = await trio.open_ssl_over_tcp_stream(host, port)
        else:
            stream = await trio.open_tcp_stream(host, port)
        async with stream:
            await stream.send_all(_request(url, headers))
            pieces = []
            while piece := await stream.receive_some():
                pieces.append(piece)
            return _answer(b"".join(pieces))


def _request(url: str, headers: dict[str, str]) -> bytes:
    parts = urlsplit(url)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.hostname}", "Connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def _answer(data: bytes) -> Got:
    head, _, body = data.partition(b"\r\n\r\n")
    if not head:
        raise ConnectionResetError("no answer")
    return Got(int(head.split()[1]), body.decode())


def _on_asyncio(get: Callable[[str, dict[str, str], float], Awaitable[Got]]) -> Getter:
    def got(*given: Any) -> Got:
        async def run() -> Got:
            return await get(*given)

        return asyncio.run(run())

    return got


def _on_trio(get: Callable[[str, dict[str, str], float], Awaitable[Got]]) -> Getter:
    def got(*given: Any) -> Got:
        return trio.run(get, *given)

    return got


GETTERS: dict[str, Getter] = {
    "requests": _requests,
    "requests, a Session made at import": _requests_made_at_import,
    "urllib3": _urllib3,
    "urllib": _urllib,
    "http.client": _http_client,
    "aiohttp": _on_asyncio(_aiohttp),
    "asyncio streams": _on_asyncio(_streams),
    "trio streams": _on_trio(_trio),
    "httpx": _httpx,
    "httpx on asyncio": _on_asyncio(_httpx_async),
    "httpx on trio": _on_trio(_httpx_async),
    "httpx2": _httpx2,
    "httpx2 on asyncio": _on_asyncio(_httpx2_async),
    "httpx2 on trio": _on_trio(_httpx2_async),
}
if find_spec("httpx_aiohttp"):
    GETTERS["httpx on aiohttp"] = _on_asyncio(_httpx_on_aiohttp)
if find_spec("niquests"):
    import niquests

    def _niquests(url: str, headers: dict[str, str], patience: float) -> Got:
        answer = niquests.get(url, headers=headers, timeout=patience)
        return Got(answer.status_code or 0, answer.text or "")

    async def _niquests_async(url: str, headers: dict[str, str], patience: float) -> Got:
        async with niquests.AsyncSession() as session:
            answer = await session.get(url, headers=headers, timeout=patience)
            return Got(answer.status_code or 0, answer.text or "")

    GETTERS["niquests"] = _niquests
    GETTERS["niquests on asyncio"] = _on_asyncio(_niquests_async)
if find_spec("pycurl"):
    import pycurl

    def _handle(url: str, headers: dict[str, str], patience: float) -> Any:
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
        handle.setopt(pycurl.TIMEOUT_MS, int(patience * 1000))
        return handle

    def _pycurl(url: str, headers: dict[str, str], patience: float) -> Got:
        with closing(_handle(url, headers, patience)) as handle:
            text = handle.perform_rs()
            return Got(handle.getinfo(pycurl.RESPONSE_CODE), text)

    def _pycurl_multi(url: str, headers: dict[str, str], patience: float) -> Got:
        body = BytesIO()
        with (
            closing(pycurl.CurlMulti()) as multi,
            closing(_handle(url, headers, patience)) as handle,
        ):
            handle.setopt(pycurl.WRITEDATA, body)
            multi.add_handle(handle)
            is_running = 1
            while is_running:
                _, is_running = multi.perform()
                multi.select(1)
            _, _, failed = multi.info_read()
            multi.remove_handle(handle)
            for _, number, words in failed:
                raise pycurl.error(number, words)
            return Got(handle.getinfo(pycurl.RESPONSE_CODE), body.getvalue().decode())

    GETTERS["pycurl"] = _pycurl
    GETTERS["pycurl, many at once"] = _pycurl_multi
if find_spec("curl_cffi"):
    import curl_cffi

    def _curl_cffi(url: str, headers: dict[str, str], patience: float) -> Got:
        answer = curl_cffi.get(url, headers=headers, timeout=patience, impersonate="chrome")
        return Got(answer.status_code, answer.text)

    async def _curl_cffi_async(url: str, headers: dict[str, str], patience: float) -> Got:
        async with curl_cffi.AsyncSession[curl_cffi.Response]() as session:
            answer = await session.get(url, headers=headers, timeout=patience)
            return Got(answer.status_code, answer.text)

    GETTERS["curl_cffi"] = _curl_cffi
    GETTERS["curl_cffi on asyncio"] = _on_asyncio(_curl_cffi_async)

ANSWERED_BY_KV_API = {
    f"{name}{loop}" for name in ("httpx", "httpx2") for loop in ("", " on asyncio", " on trio")
}


def texts_of(error: BaseException | None) -> Iterator[str]:
    """The text of an error, and of each error behind it."""
    while error is not None:
        yield str(error)
        yield from (str(argument) for argument in error.args)
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from texts_of(inner)
        error = error.__cause__ or error.__context__
