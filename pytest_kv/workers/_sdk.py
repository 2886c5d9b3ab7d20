"""The module ``workers``, where Cloudflare's own package is not installed.

A test holds it against that package (``tests/workers/test_sdk.py``).
"""

from __future__ import annotations

__all__ = ("WORKERS", "Request", "Response", "WorkerEntrypoint", "handler")

import json
from builtins import bytes as _bytes
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPMethod, HTTPStatus
from http.client import HTTPMessage
from typing import Any, Final, cast

from pytest_kv._binding.results import KVStream
from pytest_kv._errors import JsException
from pytest_kv.workers import _bodies, _fetch_api
from pytest_kv.workers._buffers import JsBuffer
from pytest_kv.workers._ffi import to_js
from pytest_kv.workers._objects import JsNull, JsObject, JsProxy, jsnull
from pytest_kv.workers._pairs import URLSearchParams
from pytest_kv.workers._pyodide_http import FetchResponse as _PyodideResponse
from pytest_kv.workers._pyodide_http import pyfetch
from pytest_kv.workers._sdk_forms import Blob, File, FormData

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True

_BODIES = (
    JsBuffer,
    _bodies.Blob,
    _bodies.FormData,
    KVStream,
    URLSearchParams,
)
"""The objects of JavaScript that can be a body."""


def _as_python_error(error: JsException) -> Exception:
    python = {"RangeError": ValueError, "TypeError": TypeError}.get(error.name)
    return error if python is None else python(error.message)


def _js_headers(given: Any) -> _fetch_api.Headers:
    if isinstance(given, _fetch_api.Headers):
        return given
    if not isinstance(given, dict | list):
        raise TypeError("Received unexpected type for headers argument")
    made: _fetch_api.Headers = _fetch_api.Headers.new(
        given.items() if isinstance(given, dict) else given
    )
    return made


def _headers_of(js_headers: _fetch_api.Headers) -> HTTPMessage:
    message = HTTPMessage()
    for name, value in js_headers._joined():
        message.add_header(name, value)
    return message


def _js_body(body: Any) -> Any:
    if isinstance(body, _bytes):
        return to_js(body)
    return body.js_object if isinstance(body, FormData) else body


class Request:
    """A request; ``js_object`` is JavaScript's."""

    def __init__(self, input: Any, **options: Any) -> None:
        if isinstance(input, _fetch_api.Request):
            if options:
                raise ValueError("Expected no options when constructing Request from a js.Request")
            self._js_request = input
            return
        if isinstance(options.get("method"), HTTPMethod):
            options["method"] = options["method"].value
        if "headers" in options:
            options["headers"] = _js_headers(options["headers"])
        options["body"] = _js_body(options.get("body"))
        given = input.js_object if isinstance(input, Request) else input
        self._js_request = _fetch_api.Request.new(given, options)

    def __repr__(self) -> str:
        return f"Request(method={self._js_request.method!r}, url={self.url!r})"

    @property
    def js_object(self) -> _fetch_api.Request:
        """JavaScript's request."""
        return self._js_request

    @property
    def body(self) -> Any:
        """The body as a stream of JavaScript; false where there is none."""
        return self._js_request.body

    @property
    def body_used(self) -> bool:
        """Whether the body was read."""
        return self._js_request.bodyUsed

    @property
    def cf(self) -> Any:
        """What Cloudflare knows of the client, or None."""
        return self._js_request.cf

    @property
    def headers(self) -> HTTPMessage:
        """The headers by name, in any case."""
        return _headers_of(self._js_request.headers)

    @property
    def method(self) -> HTTPMethod:
        """The method, which equals its text."""
        return HTTPMethod(self._js_request.method)

    @property
    def redirect(self) -> str:
        """What ``fetch`` does with a redirect."""
        return str(self._js_request.redirect)

    @property
    def url(self) -> str:
        """The whole URL."""
        return self._js_request.url

    def clone(self) -> Request:
        """The same request with a body of its own."""
        self._raise_if_failed()
        return Request(self._js_request.clone())

    async def buffer(self) -> Any:
        """The body as an ArrayBuffer."""
        self._raise_if_failed()
        return await self._js_request.arrayBuffer()

    async def bytes(self) -> _bytes:
        """The body."""
        return cast(_bytes, (await self.buffer()).to_bytes())

    async def text(self) -> str:
        """The body as text."""
        self._raise_if_failed()
        return await self._js_request.text()

    async def json(self, **options: Any) -> Any:
        """The body's JSON as Python's values."""
        return json.loads(await self.text(), **options)

    async def blob(self) -> Blob:
        """The body as a blob."""
        self._raise_if_failed()
        return Blob(await self._js_request.blob())

    async def form_data(self) -> FormData:
        """The form in the body."""
        self._raise_if_failed()
        return FormData(await _python_errors(self._js_request.formData()))

    def _raise_if_failed(self) -> None:
        if self.body_used:
            raise OSError("Body already used")


async def _python_errors(of: Awaitable[Any]) -> Any:
    try:
        return await of
    except JsException as error:
        raise _as_python_error(error) from error


class FetchResponse(_PyodideResponse):
    """A response that was fetched, and what it has in common with the Worker's own."""

    @property
    def js_object(self) -> _fetch_api.Response:
        """JavaScript's response."""
        return cast(_fetch_api.Response, self.js_response)

    @property
    def body(self) -> Any:
        """The body as a stream of JavaScript, or None."""
        body = self.js_object.body
        return None if body is jsnull else body

    @property
    def headers(self) -> HTTPMessage:
        """The headers by name, in any case."""
        return _headers_of(self.js_object.headers)

    async def blob(self) -> Blob:
        """The body as a blob."""
        self._raise_if_failed()
        return Blob(await self.js_object.blob())

    async def form_data(self) -> FormData:
        """The form in the body."""
        self._raise_if_failed()
        return FormData(await _python_errors(self.js_object.formData()))

    formData = form_data

    def replace_body(self, body: Any) -> Response:
        """The same response with another body."""
        return Response(_fetch_api.Response.new(_js_body(body), self.js_object))

    @staticmethod
    def redirect(url: str, status: HTTPStatus | int = HTTPStatus.FOUND) -> Any:
        """A response that sends the client to another URL: JavaScript's, not Python's."""
        try:
            return _fetch_api.Response.redirect(url, int(status))
        except JsException as error:
            raise _as_python_error(error) from error

    @staticmethod
    def from_json(
        data: Any,
        status: HTTPStatus | int = HTTPStatus.OK,
        status_text: str = "",
        headers: Any = None,
    ) -> Response:
        """A response with JSON as its body."""
        options = _options(status, status_text, headers)
        js_headers = _js_headers(options.get("headers", {}))
        if not js_headers.has("content-type"):
            js_headers.set("content-type", "application/json")
        options["headers"] = js_headers
        try:
            if isinstance(data, JsProxy):
                static: Any = _fetch_api.Response
                return Response(static.json(data, options))
            return Response(_fetch_api.Response.new(json.dumps(data), options))
        except JsException as error:
            raise _as_python_error(error) from error

    def json(self, *args: Any, **kwargs: Any) -> Any:
        """The body's JSON; ``Response.json(data)`` is ``Response.from_json(data)``."""
        if isinstance(self, FetchResponse):
            return super().json(*args, **kwargs)
        return Response.from_json(self, *args, **kwargs)


class Response(FetchResponse):
    """The response of a Worker; ``js_object`` is JavaScript's."""

    def __init__(
        self,
        body: Any = None,
        status: HTTPStatus | int | None = None,
        status_text: str = "",
        headers: Any = None,
        web_socket: Any = None,
    ) -> None:
        if isinstance(body, _fetch_api.Response):
            if status is not None or status_text or headers is not None:
                raise ValueError(
                    "Expected no options when constructing Response from a js.Response"
                )
            super().__init__(body.url, body)
            return
        if body is not None and not isinstance(body, (str, FormData, _bytes, *_BODIES)):
            name = body.constructor.name if isinstance(body, JsProxy) else type(body).__name__
            raise TypeError(f"Unsupported type in Response: {name}")
        options = _options(status, status_text, headers, web_socket)
        made = _fetch_api.Response.new(_js_body(body), options)
        super().__init__(made.url, made)

    def __repr__(self) -> str:
        shown = [f"status={self.status}"]
        if self.status_text:
            shown.append(f"status_text={self.status_text!r}")
        if "content-type" in self.headers:
            shown.append(f"content_type={self.headers['content-type']!r}")
        if self.url:
            shown.append(f"url={self.url!r}")
        return f"Response({', '.join(shown)})"


def _options(
    status: HTTPStatus | int | None, status_text: str, headers: Any, web_socket: Any = None
) -> dict[str, Any]:
    given = {
        "status": None if status is None else int(status),
        "statusText": status_text,
        "headers": _js_headers(headers) if headers else None,
        "webSocket": web_socket,
    }
    return {name: value for name, value in given.items() if value}


async def fetch(resource: Any, **options: Any) -> Response:
    """Fetch a URL or a request; the test has to answer it."""
    if isinstance(resource, Request):
        resource = resource.js_object
    if isinstance(options.get("method"), HTTPMethod):
        options["method"] = options["method"].value
    return Response((await pyfetch(resource, **options)).js_response)


def handler(func: Callable[..., Any]) -> Callable[..., Any]:
    """Give a handler such as ``on_fetch`` the Request of Python."""

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], _fetch_api.Request):
            args = (Request(args[0]), *args[1:])
        return func(*args, **kwargs)

    return wrapper


class WorkerEntrypoint:
    """The base class of a Worker's entry."""

    def __init__(self, ctx: Any, env: Any) -> None:
        self.ctx = ctx
        self.env = env


class DurableObject(WorkerEntrypoint):
    """The base class of a Durable Object, so that an entry file with one can be imported."""


class WorkflowEntrypoint(WorkerEntrypoint):
    """The base class of a Workflow, so that an entry file with one can be imported."""


def python_to_rpc(value: Any) -> Any:
    """A value of Python as JavaScript's, with null for None."""
    if value is None:
        return jsnull
    return getattr(value, "js_object", None) or to_js(value, dict_converter=JsObject.fromEntries)


def python_from_rpc(value: Any) -> Any:
    """A value of JavaScript as Python's, with None for null."""
    if isinstance(value, JsNull):
        return None
    if isinstance(value, _fetch_api.Request):
        return Request(value)
    if isinstance(value, _fetch_api.Response):
        return Response(value)
    return value.to_py() if isinstance(value, JsProxy) else value


WORKERS: Final[dict[str, Any]] = {
    "Blob": Blob,
    "DurableObject": DurableObject,
    "FetchResponse": FetchResponse,
    "File": File,
    "FormData": FormData,
    "Request": Request,
    "Response": Response,
    "WorkerEntrypoint": WorkerEntrypoint,
    "WorkflowEntrypoint": WorkflowEntrypoint,
    "fetch": fetch,
    "handler": handler,
    "python_from_rpc": python_from_rpc,
    "python_to_rpc": python_to_rpc,
}
"""The names of ``workers``; ``env`` and ``wait_until`` are those of the running test."""
