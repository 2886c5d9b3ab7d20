"""Patches of curl_cffi, so that its transfers lead to our server or fail."""

from __future__ import annotations

__all__ = ("curl_cffi_patches",)

import struct
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
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
    transfers = Transfers(_library(curl))
    yield from handle_patches(curl.Curl, transfers)
    yield Patch(aio.AsyncCurl, "add_handle", _add_handle, transfers)
    yield Patch(aio.AsyncCurl, "remove_handle", removing, transfers)
    yield Patch(aio.AsyncCurl, "set_result", removing, transfers)
    yield Patch(aio.AsyncCurl, "set_exception", _set_exception, transfers)


def _library(curl: ModuleType) -> Library:
    setopt, getinfo = curl.Curl.setopt, curl.Curl.getinfo
    kind = type("CurlError", (curl.CurlError, OSError), {"__module__": "curl_cffi"})
    lib, ffi = curl.lib, curl.ffi

    @cache
    def list_of(entries: tuple[str, ...]) -> Any:
        # libcurl does not copy a list, so it is never freed.
        found = ffi.NULL
        for entry in entries:
            found = lib.curl_slist_append(found, entry.encode())
        return found

    def put(handle: Any, option: int, value: Any) -> None:
        # curl_cffi's own method takes no lists but those it knows, no blobs and no None.
        if handle._curl is None:
            return
        if option == CONNECT_TO:
            found = list_of(tuple(value or ()))
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

    return Library(
        package="curl_cffi",
        put=put,
        url=lambda handle: getinfo(handle, _EFFECTIVE_URL),
        error=curl.CurlError,
        failed=lambda words: kind(words, COULDNT_CONNECT),
    )


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
