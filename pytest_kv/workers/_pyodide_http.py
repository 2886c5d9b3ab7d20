"""The module ``pyodide.http``: ``pyfetch`` and what it returns."""

from __future__ import annotations

__all__ = ("HTTP", "BodyUsedError", "FetchResponse", "HttpStatusError", "pyfetch")

import json
from builtins import bytes as _bytes
from builtins import memoryview as _memoryview
from typing import Any, Final

from pytest_kv._errors import JsException
from pytest_kv.workers._buffers import ArrayBuffer
from pytest_kv.workers._ffi import to_js
from pytest_kv.workers._globals import GLOBALS

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class BodyUsedError(OSError):
    """The body was read before."""

    def __init__(self) -> None:
        super().__init__("Response body is already used")


class HttpStatusError(OSError):
    """The status is an error, and ``raise_for_status`` was called."""

    def __init__(self, status: int, status_text: str, url: str) -> None:
        self.status, self.status_text, self.url = status, status_text, url
        kind = "Client" if status < 500 else "Server"
        super().__init__(f"{status} {kind} Error: {status_text} for url: {url}")


class FetchResponse:
    """A response of JavaScript with Python's names."""

    def __init__(self, url: str, js_response: Any, *_ignored: object) -> None:
        self._url = url
        self.js_response = js_response

    @property
    def body_used(self) -> bool:
        """Whether the body was read."""
        return bool(self.js_response.bodyUsed)

    @property
    def headers(self) -> Any:
        """The headers by name."""
        return dict(self.js_response.headers.entries())

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return bool(self.js_response.ok)

    @property
    def redirected(self) -> bool:
        """Whether it came after a redirect."""
        return bool(self.js_response.redirected)

    @property
    def status(self) -> int:
        """The status, such as 200."""
        return int(self.js_response.status)

    @property
    def status_text(self) -> str:
        """The words of the status."""
        return str(self.js_response.statusText)

    @property
    def type(self) -> str:
        """``default``."""
        return str(self.js_response.type)

    @property
    def url(self) -> str:
        """Where it came from."""
        return str(self.js_response.url)

    def raise_for_status(self) -> None:
        """Raise HttpStatusError for a status of 400 or more."""
        if 400 <= self.status < 600:
            raise HttpStatusError(self.status, self.status_text, self.url)

    def clone(self) -> FetchResponse:
        """The same response with a body of its own; it is Pyodide's, not the Worker's class (R)."""
        self._raise_if_failed()
        return FetchResponse(self._url, self.js_response.clone())

    async def buffer(self) -> ArrayBuffer:
        """The body as an ArrayBuffer."""
        self._raise_if_failed()
        content: ArrayBuffer = await self.js_response.arrayBuffer()
        return content

    async def text(self) -> str:
        """The body as text."""
        self._raise_if_failed()
        return str(await self.js_response.text())

    async def string(self) -> str:
        """The same as ``text``."""
        return await self.text()

    async def json(self, **options: Any) -> Any:
        """The body's JSON as Python's values."""
        return json.loads(await self.text(), **options)

    async def memoryview(self) -> _memoryview:
        """The body as a memoryview."""
        return (await self.buffer()).to_memoryview()

    async def bytes(self) -> _bytes:
        """The body as bytes."""
        return (await self.buffer()).to_bytes()

    def _raise_if_failed(self) -> None:
        if self.body_used:
            raise BodyUsedError


async def pyfetch(
    request: Any, /, *, signal: Any = None, fetcher: Any = None, **options: Any
) -> FetchResponse:
    """Fetch with JavaScript's ``fetch``; an error of the network is an OSError."""
    try:
        answer = await (fetcher or GLOBALS["fetch"])(request, to_js(options))
    except JsException as error:
        raise OSError(error.message) from None
    return FetchResponse(answer.url, answer)


HTTP: Final[dict[str, Any]] = {
    "BodyUsedError": BodyUsedError,
    "FetchResponse": FetchResponse,
    "HttpStatusError": HttpStatusError,
    "pyfetch": pyfetch,
}
