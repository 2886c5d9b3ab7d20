"""Patches of curl_cffi, so that its transfers lead to our server or fail."""

from __future__ import annotations

__all__ = ("curl_cffi_patches",)

import struct
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from typing import Any

from pytest_kv._transports.host_libcurl import (
    CAINFO_BLOB,
    CONNECT_TO,
    COULDNT_CONNECT,
    Library,
    Transfers,
    handle_patches,
    removing,
)
from pytest_kv._transports.patch import Patch, import_early

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_EFFECTIVE_URL = 0x100001
_BLOB_COPY = 1
"""Numbers from libcurl's ``curl.h``."""


def curl_cffi_patches() -> Iterator[Patch]:
    """Patch what sets options of a handle, and what begins and ends a transfer."""
    import_early("curl_cffi")
    # The modules that define the classes: a test may have put something else in place of the names
    # that curl_cffi itself gives them.
    curl, aio = sys.modules.get("curl_cffi.curl"), sys.modules.get("curl_cffi.aio")
    if curl is None or aio is None:
        return
    transfers = Transfers(
        Library(
            package="curl_cffi",
            put=partial(_put, curl.Curl.setopt),
            url=partial(_url, curl.Curl.getinfo),
            error=curl.CurlError,
            failed=partial(_failed, curl.CurlError),
        )
    )
    yield from handle_patches(curl.Curl, transfers)
    for name, wrapped in _OF_MANY.items():
        yield Patch(aio.AsyncCurl, name, wrapped, transfers)


def _c() -> tuple[Any, Any]:
    """The package's access to C, which it has for itself."""
    curl: Any = import_module("curl_cffi.curl")
    return curl.ffi, curl.lib


def _put(setopt: Callable[..., Any], handle: Any, option: int, value: Any) -> None:
    # curl_cffi's own method takes no lists but those it knows, no blobs and no None.
    ffi, lib = _c()
    if handle._curl is None:
        return
    if option == CONNECT_TO:
        found = _list_of(tuple(value or ()))
    elif value is None:
        found = ffi.NULL
    elif option == CAINFO_BLOB:
        data = ffi.new("char[]", value.encode())
        address = int(ffi.cast("uintptr_t", data))
        found = ffi.new("char[]", struct.pack("PNI", address, len(value), _BLOB_COPY))
    else:
        setopt(handle, option, value)
        return
    lib._curl_easy_setopt(handle._curl, option, found)


@cache
def _list_of(entries: tuple[str, ...]) -> Any:
    # libcurl does not copy a list, so it is never freed.
    ffi, lib = _c()
    found = ffi.NULL
    for entry in entries:
        found = lib.curl_slist_append(found, entry.encode())
    return found


def _url(getinfo: Callable[..., Any], handle: Any) -> Any:
    return getinfo(handle, _EFFECTIVE_URL)


def _failed(error: type[Exception], words: str) -> Exception:
    kind: Any
    try:
        from curl_cffi.requests.exceptions import ConnectionError as kind
    except ImportError:  # an old version, of which no error is an OSError
        kind = type(error.__name__, (error, OSError), {"__module__": error.__module__})
    failed: Exception = kind(words, COULDNT_CONNECT)
    return failed


def _add_handle(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def add_handle(self: Any, curl: Any) -> Any:
        transfers.begin_in_multi(curl)
        return original(self, curl)

    return add_handle


def _set_exception(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def set_exception(self: Any, curl: Any, exception: Any) -> Any:
        led = transfers.led(curl)
        result = original(self, curl, exception if led is None else led)
        transfers.end(curl)
        return result

    return set_exception


_OF_MANY = {
    "add_handle": _add_handle,
    "remove_handle": removing,
    "set_result": removing,
    "set_exception": _set_exception,
}
"""The methods of ``AsyncCurl``, which makes many transfers at once."""
