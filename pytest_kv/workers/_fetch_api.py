"""``URL``, ``Headers``, ``Request`` and ``Response`` of JavaScript."""

from __future__ import annotations

__all__ = ("URL", "Headers", "Request", "Response")

import re
from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx

from pytest_kv.workers._bodies import Body
from pytest_kv.workers._json import stringify
from pytest_kv.workers._objects import JsArray, JsClass, JsProxy, jsnull, members, throw, to_text
from pytest_kv.workers._pairs import URLSearchParams, pairs_from

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True

_NULL_BODY_STATUSES = (101, 204, 205, 304)
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")


class URL(JsProxy):
    """A URL, read as httpx reads it."""

    def __init__(self, text: Any, base: Any = None) -> None:
        try:
            found = httpx.URL(to_text(text))
            self._url = found if base is None else httpx.URL(to_text(base)).join(found)
        except httpx.InvalidURL:
            throw("TypeError", "Invalid URL string.")
        if not self._url.is_absolute_url:
            throw("TypeError", "Invalid URL string.")

    @property
    def href(self) -> str:
        # httpx leaves the path away where it is a slash alone.
        parts = self._url.copy_with(raw_path=self._url.raw_path)
        return str(parts)

    @property
    def origin(self) -> str:
        return f"{self.protocol}//{self.host}"

    @property
    def protocol(self) -> str:
        return f"{self._url.scheme}:"

    @property
    def host(self) -> str:
        return self._url.netloc.decode()

    @property
    def hostname(self) -> str:
        return self._url.raw_host.decode()

    @property
    def port(self) -> str:
        return "" if self._url.port is None else str(self._url.port)

    @property
    def pathname(self) -> str:
        return self._url.raw_path.partition(b"?")[0].decode()

    @property
    def search(self) -> str:
        return f"?{self._url.query.decode()}" if self._url.query else ""

    @property
    def hash(self) -> str:
        _, sign, fragment = str(self._url).partition("#")
        return f"{sign}{fragment}" if fragment else ""

    @property
    def searchParams(self) -> URLSearchParams:
        """A copy of the query."""
        made: URLSearchParams = URLSearchParams.new(self.search)
        return made

    def toString(self) -> str:
        return self.href


class Headers(JsProxy):
    """Headers: names in lower case, and several values of one name joined by a comma."""

    def __init__(self, given: Any = None) -> None:
        self._pairs: list[tuple[str, str]] = []
        if isinstance(given, Headers):
            self._pairs.extend(given._pairs)
        elif given is not None:
            for name, value in pairs_from(given):
                self.append(name, value)

    def append(self, name: str, value: Any) -> None:
        value = to_text(value).strip("\t\n\r ")
        if _TOKEN.fullmatch(name) is None:
            throw("TypeError", f"Invalid header name: {name!r}")
        if any(sign in value for sign in "\0\r\n"):
            throw("TypeError", f"Invalid header value: {value!r}")
        self._pairs.append((name.lower(), value))

    def set(self, name: str, value: Any) -> None:
        self.delete(name)
        self.append(name, value)

    def delete(self, name: str) -> None:
        self._pairs = [pair for pair in self._pairs if pair[0] != name.lower()]

    def get(self, name: str) -> Any:
        """The values of this name, joined, or null."""
        found = self._values(name.lower())
        return ", ".join(found) if found else jsnull

    def getSetCookie(self) -> JsArray:
        made: JsArray = JsArray.new(*self._values("set-cookie"))
        return made

    def has(self, name: str) -> bool:
        return bool(self._values(name.lower()))

    def keys(self) -> Iterator[str]:
        return (name for name, _ in self._joined())

    def values(self) -> Iterator[str]:
        return (value for _, value in self._joined())

    def entries(self) -> Iterator[JsArray]:
        return (JsArray.new(*pair) for pair in self._joined())

    def __iter__(self) -> Iterator[JsArray]:
        return self.entries()

    def _values(self, name: str) -> list[str]:
        return [value for known, value in self._pairs if known == name]

    def _joined(self) -> Iterator[tuple[str, str]]:
        """One pair a name, in the names' order; each cookie is a pair of its own."""
        for name in sorted({name for name, _ in self._pairs}):
            values = self._values(name)
            for value in values if name == "set-cookie" else [", ".join(values)]:
                yield name, value


class Request(Body):
    """A request, as ``new Request(…)`` makes one or as one arrives."""

    def __init__(self, given: Any, options: Any = None) -> None:
        init = members(options)
        before: Request | None = given if isinstance(given, Request) else None
        self._url: URL = before._url if before else URL.new(given)
        self._method = _method(init.get("method") or (before.method if before else "GET"))
        self.headers: Headers = Headers.new(init.get("headers", before and before.headers))
        body = init.get("body")
        if body is not None and self._method in ("GET", "HEAD"):
            throw("TypeError", "Request with a GET or HEAD method cannot have a body.")
        super().__init__(before._tee() if before and body is None else body)
        if self._body_type is not None and not self.headers.has("content-type"):
            self.headers.set("content-type", self._body_type)
        self.cf: Any = init.get("cf", before.cf if before else None)
        self.redirect: Any = init.get("redirect", before.redirect if before else "follow")

    @property
    def method(self) -> str:
        return self._method

    @property
    def url(self) -> str:
        return self._url.href

    def clone(self) -> Request:
        made: Request = Request.new(self)
        return made


def _method(given: Any) -> str:
    method = to_text(given)
    if _TOKEN.fullmatch(method) is None:
        throw("TypeError", f"Invalid HTTP method string: {method}")
    return method.upper() if method.upper() in _METHODS else method


class _ResponseClass(JsClass):
    """``Response``: its functions are here since no instance has them."""

    def redirect(cls, url: Any, status: int = HTTPStatus.FOUND) -> Any:
        """A response that sends the client to another URL."""
        if status not in _REDIRECT_STATUSES:
            throw("RangeError", f"{int(status)} is not a redirect status code.")
        return cls.new(None, {"status": int(status), "headers": [("location", URL.new(url).href)]})

    @property
    def json(cls) -> Callable[..., Any]:
        """``Response.json(data, options)``; a property, since instances have a ``json`` too."""

        def json(data: Any, options: Any = None, **keywords: Any) -> Any:
            init = members(options) | keywords
            headers = Headers.new(init.get("headers"))
            if not headers.has("content-type"):
                headers.set("content-type", "application/json")
            return cls.new(stringify(data), init | {"headers": headers})

        return json


class Response(Body, metaclass=_ResponseClass):
    """A response, as ``new Response(…)`` makes one or as ``fetch`` gets one."""

    def __init__(self, body: Any = None, options: Any = None) -> None:
        init = _of_response(options) if isinstance(options, Response) else members(options)
        self._status = int(200 if init.get("status") is None else init["status"])
        self._web_socket = init.get("webSocket")
        if not (200 <= self._status <= 599 or (self._status == 101 and self._web_socket)):
            throw(
                "RangeError",
                "Responses may only be constructed with status codes in the range 200 to 599, "
                "inclusive.",
            )
        super().__init__(body)
        if self._stream is not None and self._status in _NULL_BODY_STATUSES:
            throw(
                "TypeError",
                "Response with null body status (101, 204, 205, or 304) cannot have a body.",
            )
        self._status_text = to_text(init.get("statusText") or _phrases().get(self._status, ""))
        self.headers: Headers = Headers.new(init.get("headers"))
        if self._body_type is not None and not self.headers.has("content-type"):
            self.headers.set("content-type", self._body_type)
        self._url = str(init.get("url", ""))

    @property
    def status(self) -> int:
        return self._status

    @property
    def statusText(self) -> str:
        return self._status_text

    @property
    def ok(self) -> bool:
        return 200 <= self._status <= 299

    @property
    def redirected(self) -> bool:
        return False

    @property
    def type(self) -> str:
        return "default"

    @property
    def url(self) -> str:
        return self._url

    def clone(self) -> Response:
        made: Response = Response.new(self._tee(), self)
        return made


@cache
def _phrases() -> dict[int, str]:
    return {status.value: status.phrase for status in HTTPStatus}


def _of_response(response: Response) -> dict[str, Any]:
    return {
        "status": response.status,
        "statusText": response.statusText,
        "headers": response.headers,
        "webSocket": response._web_socket,
        "url": response.url,
    }
