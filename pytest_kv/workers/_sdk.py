"""The module ``workers``, where Cloudflare's own package is not installed.

A test holds it against that package (``tests/workers/test_sdk.py``).
"""

from __future__ import annotations

__all__ = ("WORKERS", "Request", "Response", "WorkerEntrypoint", "handler")

import json
from builtins import bytes as _bytes
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
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
from pytest_kv.workers._pyodide_http import FetchResponse as _PyodideResponse
from pytest_kv.workers._pyodide_http import pyfetch

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True

_BODIES = (
    JsBuffer,
    _bodies.Blob,
    _bodies.FormData,
    KVStream,
    _bodies.URLSearchParams,
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


class Blob:
    """Bytes with a type; ``js_object`` is JavaScript's."""

    def __init__(
        self, blob_parts: Any, content_type: str | None = None, endings: str | None = None
    ) -> None:
        parts, before = _blob_parts(blob_parts)
        kind = content_type or (before.type if before else "")
        self._js_blob: _bodies.Blob = _bodies.Blob.new(parts, {"type": kind})

    @property
    def js_object(self) -> _bodies.Blob:
        """JavaScript's blob."""
        return self._js_blob

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._js_blob.size

    @property
    def content_type(self) -> str:
        """The type, or an empty text."""
        return self._js_blob.type

    async def text(self) -> str:
        """The bytes as text."""
        return await self._js_blob.text()

    async def bytes(self) -> _bytes:
        """The bytes."""
        return (await self._js_blob.arrayBuffer()).to_bytes()

    def slice(
        self, start: int | None = None, end: int | None = None, content_type: str | None = None
    ) -> Blob:
        """A part of it."""
        return Blob([self._js_blob.slice(start, end, content_type)])


class File(Blob):
    """A blob with a name."""

    def __init__(
        self,
        blob_parts: Any,
        filename: str,
        content_type: str | None = None,
        endings: str | None = None,
        last_modified: int | None = None,
    ) -> None:
        parts, before = _blob_parts(blob_parts)
        kind = content_type or (before.type if before else "")
        if last_modified is None and isinstance(before, _bodies.File):
            last_modified = before.lastModified
        options = {"type": kind, "lastModified": last_modified}
        self._js_blob = _bodies.File.new(parts, filename, options)

    @property
    def name(self) -> str:
        """The file's name."""
        return cast(_bodies.File, self._js_blob).name

    @property
    def last_modified(self) -> int:
        """When it was changed, in milliseconds since 1970."""
        return cast(_bodies.File, self._js_blob).lastModified


def _blob_parts(given: Any) -> tuple[list[Any], _bodies.Blob | None]:
    """The parts as JavaScript's, and the blob that gives the type where it is the only part."""
    if isinstance(given, list | tuple):
        return [_blob_part(part) for part in given], None
    part = _blob_part(given)
    return [part], part if isinstance(part, _bodies.Blob) else None


def _blob_part(part: Any) -> Any:
    return part.js_object if isinstance(part, Blob) else to_js(part)


def _blob_of(js_blob: Any) -> Any:
    if isinstance(js_blob, _bodies.File):
        return File(js_blob, js_blob.name)
    return Blob(js_blob) if isinstance(js_blob, _bodies.Blob) else js_blob


class FormData(MutableMapping[str, Any]):
    """A form: names with texts and blobs; a name may stand more than once."""

    def __init__(self, form_data: Any = None) -> None:
        if isinstance(form_data, _bodies.FormData):
            self._js_form: _bodies.FormData = form_data
            return
        if form_data and not isinstance(form_data, dict):
            raise TypeError("Expected form_data to be a dict or an instance of FormData")
        self._js_form = _bodies.FormData.new()
        for name, value in (form_data or {}).items():
            self.append(name, value)

    @property
    def js_object(self) -> _bodies.FormData:
        """JavaScript's form."""
        return self._js_form

    def append(self, key: str, value: Any, filename: str | None = None) -> None:
        """Add a value, beside those that the name has."""
        self._js_form.append(key, value.js_object if isinstance(value, Blob) else value, filename)

    def delete(self, key: str) -> None:
        """Remove every value of a name."""
        self._js_form.delete(key)

    def get_all(self, key: str) -> list[Any]:
        """Every value of a name."""
        return [_blob_of(value) for value in self._js_form.getAll(key)]

    def keys(self) -> Any:
        """The names, one for each value."""
        return self._js_form.keys()

    def values(self) -> Any:
        """The values."""
        return map(_blob_of, self._js_form.values())

    def items(self) -> Any:
        """The names with their values."""
        return ((name, _blob_of(value)) for name, value in self._js_form.entries())

    def __getitem__(self, key: str) -> Any:
        return _blob_of(self._js_form.get(key))

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, list):
            raise TypeError("Expected single item in arguments to FormData.__setitem__")
        self._js_form.set(key, value.js_object if isinstance(value, Blob) else value)

    def __delitem__(self, key: str) -> None:
        self.delete(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._js_form.has(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._js_form.keys())

    def __len__(self) -> int:
        return len(list(self._js_form.keys()))


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
