"""The operations of KV over requests, aiohttp and urllib, as each library would have them."""

from __future__ import annotations

__all__ = ("CLIENTS", "AiohttpClient", "HttpClient", "RequestsClient", "UrllibClient", "quoted")

import asyncio
import json
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from http.client import RemoteDisconnected
from io import BytesIO
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import aiohttp
import requests

from pytest_kv._transports.server import Served


def quoted(key: str) -> str:
    """A key as it stands in a path."""
    return quote(key, safe="")


class HttpClient(ABC):
    """A client of one namespace; what it raises is its library's own."""

    refused: ClassVar[type[Exception]]
    lost: ClassVar[type[Exception]]
    late: ClassVar[type[Exception]]

    def __init__(self, server: Served, *, timeout: float = 60) -> None:
        namespaces = f"{server.base_url}/accounts/{server.account_id}/storage/kv/namespaces"
        self.url = f"{namespaces}/{server.namespace_id}"
        self.headers = {"Authorization": f"Bearer {server.api_token}"}
        self.timeout = timeout

    @abstractmethod
    def write(self, key: str, value: bytes, **query: int) -> None: ...

    @abstractmethod
    def write_form(self, key: str, value: bytes, metadata: object) -> None: ...

    @abstractmethod
    def write_pieces(self, key: str, pieces: Iterator[bytes]) -> None:
        """Write a body whose length is not known, so that it is sent in chunks."""

    @abstractmethod
    def read(self, key: str) -> bytes: ...

    @abstractmethod
    def delete(self, key: str) -> None: ...

    @abstractmethod
    def names_page(self, query: dict[str, str]) -> Any: ...

    @abstractmethod
    def bulk_delete(self, keys: list[str]) -> Any: ...

    def names(self, **query: str) -> list[str]:
        """The names on all pages."""
        page = self.names_page(query)
        names = [key["name"] for key in page["result"]]
        while cursor := page["result_info"]["cursor"]:
            page = self.names_page(query | {"cursor": cursor})
            names += [key["name"] for key in page["result"]]
        return names

    @abstractmethod
    def close(self) -> None: ...


class RequestsClient(HttpClient):
    refused = requests.HTTPError
    lost = requests.ConnectionError
    late = requests.Timeout

    def __init__(self, server: Served, *, timeout: float = 60) -> None:
        super().__init__(server, timeout=timeout)
        self._session = requests.Session()
        self._session.headers.update(self.headers)

    def _send(self, method: str, path: str, **given: Any) -> requests.Response:
        timeout = (60, self.timeout)  # to connect, and to read
        response = self._session.request(method, self.url + path, timeout=timeout, **given)
        response.raise_for_status()
        return response

    def write(self, key: str, value: bytes, **query: int) -> None:
        self._send("PUT", f"/values/{quoted(key)}", data=value, params=query)

    def write_form(self, key: str, value: bytes, metadata: object) -> None:
        parts = {"value": value, "metadata": (None, json.dumps(metadata))}
        self._send("PUT", f"/values/{quoted(key)}", files=parts)

    def write_pieces(self, key: str, pieces: Iterator[bytes]) -> None:
        self._send("PUT", f"/values/{quoted(key)}", data=pieces)

    def read(self, key: str) -> bytes:
        return self._send("GET", f"/values/{quoted(key)}").content

    def delete(self, key: str) -> None:
        self._send("DELETE", f"/values/{quoted(key)}")

    def names_page(self, query: dict[str, str]) -> Any:
        return self._send("GET", "/keys", params=query).json()

    def bulk_delete(self, keys: list[str]) -> Any:
        return self._send("POST", "/bulk/delete", json=keys).json()["result"]

    def close(self) -> None:
        self._session.close()


class AiohttpClient(HttpClient):
    refused = aiohttp.ClientResponseError
    lost = aiohttp.ServerDisconnectedError
    late = asyncio.TimeoutError

    def __init__(self, server: Served, *, timeout: float = 60) -> None:
        super().__init__(server, timeout=timeout)
        self._runner = asyncio.Runner()
        self._session = self._runner.run(self._open())

    async def _open(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(sock_read=self.timeout)
        return aiohttp.ClientSession(headers=self.headers, timeout=timeout)

    def _send(self, method: str, path: str, **given: Any) -> bytes:
        async def sent() -> bytes:
            url = self.url + path
            async with self._session.request(method, url, raise_for_status=True, **given) as answer:
                return await answer.read()

        return self._runner.run(sent())

    def write(self, key: str, value: bytes, **query: int) -> None:
        self._send("PUT", f"/values/{quoted(key)}", data=BytesIO(value), params=query)

    def write_form(self, key: str, value: bytes, metadata: object) -> None:
        form = aiohttp.FormData()
        form.add_field("value", value, filename="value")
        form.add_field("metadata", json.dumps(metadata))
        self._send("PUT", f"/values/{quoted(key)}", data=form)

    def write_pieces(self, key: str, pieces: Iterator[bytes]) -> None:
        async def body() -> Any:
            for piece in pieces:
                yield piece

        self._send("PUT", f"/values/{quoted(key)}", data=body())

    def read(self, key: str) -> bytes:
        return self._send("GET", f"/values/{quoted(key)}")

    def delete(self, key: str) -> None:
        self._send("DELETE", f"/values/{quoted(key)}")

    def names_page(self, query: dict[str, str]) -> Any:
        return json.loads(self._send("GET", "/keys", params=query))

    def bulk_delete(self, keys: list[str]) -> Any:
        return json.loads(self._send("POST", "/bulk/delete", json=keys))["result"]

    def close(self) -> None:
        self._runner.run(self._session.close())
        self._runner.close()


class UrllibClient(HttpClient):
    refused = HTTPError
    lost = RemoteDisconnected
    late = TimeoutError

    def _send(self, method: str, path: str, data: Any = None, **headers: str) -> bytes:
        request = urllib.request.Request(
            self.url + path, data=data, headers=self.headers | headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                body: bytes = response.read()
                return body
        except HTTPError as error:
            error.close()
            raise

    def write(self, key: str, value: bytes, **query: int) -> None:
        self._send("PUT", f"/values/{quoted(key)}?{urlencode(query)}", value)

    def write_form(self, key: str, value: bytes, metadata: object) -> None:
        part = b'--edge\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        form = part % (b"value", value) + part % (b"metadata", json.dumps(metadata).encode())
        headers = {"Content-Type": "multipart/form-data; boundary=edge"}
        self._send("PUT", f"/values/{quoted(key)}", form + b"--edge--\r\n", **headers)

    def write_pieces(self, key: str, pieces: Iterator[bytes]) -> None:
        self._send("PUT", f"/values/{quoted(key)}", pieces)

    def read(self, key: str) -> bytes:
        return self._send("GET", f"/values/{quoted(key)}")

    def delete(self, key: str) -> None:
        self._send("DELETE", f"/values/{quoted(key)}")

    def names_page(self, query: dict[str, str]) -> Any:
        return json.loads(self._send("GET", f"/keys?{urlencode(query)}"))

    def bulk_delete(self, keys: list[str]) -> Any:
        body = json.dumps(keys).encode()
        return json.loads(self._send("POST", "/bulk/delete", body))["result"]

    def close(self) -> None:
        """Each of its connections is closed after one request."""


CLIENTS: dict[str, Callable[..., HttpClient]] = {
    "requests": RequestsClient,
    "aiohttp": AiohttpClient,
    "urllib": UrllibClient,
}
