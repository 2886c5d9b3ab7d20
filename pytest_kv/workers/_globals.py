"""The module ``js``: what JavaScript's global scope has for a Worker with KV."""

from __future__ import annotations

__all__ = ("GLOBALS",)

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from pytest_kv._binding.javascript import to_iso_string
from pytest_kv._errors import JsException
from pytest_kv.workers._bodies import (
    Blob,
    File,
    FormData,
    ReadableStream,
    TransformStream,
)
from pytest_kv.workers._buffers import TYPED_ARRAYS, ArrayBuffer, DataView, JsBuffer, Uint8Array
from pytest_kv.workers._fetch_api import URL, Headers, Request, Response
from pytest_kv.workers._json import parse, stringify
from pytest_kv.workers._objects import JsArray, JsClass, JsMap, JsObject, JsProxy, JsSet, to_text
from pytest_kv.workers._outbound import fetch
from pytest_kv.workers._pairs import URLSearchParams

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class _DateClass(JsClass):
    """``Date``: its function is here since no instance has it."""

    def now(cls) -> int:
        return int(time.time() * 1000)


class Date(JsProxy, metaclass=_DateClass):
    """A moment."""

    def __init__(self, moment: float | None = None) -> None:
        self._ms = Date.now() if moment is None else int(moment)

    def getTime(self) -> int:
        return self._ms

    def toISOString(self) -> str:
        return to_iso_string(datetime.fromtimestamp(self._ms / 1000, UTC))


class WebSocket(JsProxy):
    """A WebSocket that is not connected: enough to put it into a response."""

    def __init__(self, url: str, protocols: Any = None) -> None:
        self.url = url


class TextEncoder(JsProxy):
    """Text to UTF-8."""

    def encode(self, text: str) -> Any:
        return Uint8Array.new(text.encode())


class TextDecoder(JsProxy):
    """UTF-8 to text."""

    def decode(self, content: JsBuffer | None = None, options: Any = None) -> str:
        return "" if content is None else content.to_bytes().decode(errors="replace")


class _Namespace(JsProxy):
    """An object with functions, such as ``JSON``."""

    def __init__(self, name: str, functions: Mapping[str, Any]) -> None:
        self._name = name
        self.__dict__.update(functions)

    def toString(self) -> str:
        return f"[object {self._name}]"


_LEVELS = ("debug", "error", "info", "log", "warn")


def _print(*values: object) -> None:
    print(*map(to_text, values))


def _error_class(name: str) -> Any:
    """A class of errors; what its ``new`` makes can be raised."""

    def new(message: object = "") -> JsException:
        return JsException(name, to_text(message))

    return _Namespace.new(name, {"new": new, "name": name})


GLOBALS: Final[dict[str, Any]] = {
    "Array": JsArray,
    "ArrayBuffer": ArrayBuffer,
    "Blob": Blob,
    "DataView": DataView,
    "Date": Date,
    "File": File,
    "FormData": FormData,
    "Headers": Headers,
    "JSON": _Namespace.new("JSON", {"parse": parse, "stringify": stringify}),
    "Map": JsMap,
    "Object": JsObject,
    "ReadableStream": ReadableStream,
    "Request": Request,
    "Response": Response,
    "Set": JsSet,
    "TextDecoder": TextDecoder,
    "TextEncoder": TextEncoder,
    "TransformStream": TransformStream,
    "URL": URL,
    "URLSearchParams": URLSearchParams,
    "WebSocket": WebSocket,
    "console": _Namespace.new("console", dict.fromkeys(_LEVELS, _print)),
    "decodeURIComponent": unquote,
    "encodeURIComponent": lambda text: quote(to_text(text), safe="!'()*-._~"),
    "fetch": fetch,
    "undefined": None,
    **{name: _error_class(name) for name in ("Error", "RangeError", "SyntaxError", "TypeError")},
    **TYPED_ARRAYS,
}
"""The names of ``js``; ``js.undefined`` is None, as in Pyodide."""
