"""Patches of pycurl, so that its transfers lead to our server or fail."""

from __future__ import annotations

__all__ = ("pycurl_patches",)

import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import ModuleType
from typing import Any

from pytest_kv._transports.host_libcurl import (
    COULDNT_CONNECT,
    Library,
    Transfers,
    handle_patches,
    removing,
)
from pytest_kv._transports.patch import Patch, Stoppable, import_early

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


def pycurl_patches() -> Iterator[Stoppable]:
    """Patch what sets options of a handle, and what begins and ends a transfer."""
    kinds = _classes()
    pycurl = sys.modules.get("pycurl")
    if not kinds or not isinstance(pycurl, ModuleType):
        return
    handles, multis = kinds["Curl"], kinds["CurlMulti"]
    transfers = Transfers(_library(pycurl, handles))
    yield from handle_patches(handles, transfers)
    yield Patch(multis, "add_handle", _add_handle, transfers)
    yield Patch(multis, "remove_handle", removing, transfers)
    yield Patch(multis, "info_read", _info_read, transfers)
    yield transfers


@cache
def _classes() -> dict[str, Any]:
    """pycurl's own classes by their names, in whose place a test may put something else."""
    import_early("pycurl")
    return {kind.__name__: kind for kind in object.__subclasses__() if kind.__module__ == "pycurl"}


def _library(pycurl: ModuleType, handles: Any) -> Library:
    setopt, getinfo, effective_url = handles.setopt, handles.getinfo, pycurl.EFFECTIVE_URL
    kind = type("error", (pycurl.error, OSError), {"__module__": "pycurl"})
    return Library(
        package="pycurl",
        put=setopt,
        url=lambda handle: getinfo(handle, effective_url),
        error=pycurl.error,
        failed=partial(kind, COULDNT_CONNECT),
        has_blobs=hasattr(pycurl, "CAINFO_BLOB"),
    )


def _add_handle(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def add_handle(self: Any, handle: Any) -> Any:
        # First, since the options of a handle that is in a transfer already must not change.
        result = original(self, handle)
        transfers.begin_in_multi(handle)
        return result

    return add_handle


def _info_read(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def info_read(self: Any, *most: Any) -> Any:
        queued, done, failed = original(self, *most)
        told = []
        for handle, number, words in failed:
            led = transfers.led(handle)
            told.append((handle, *((number, words) if led is None else led.args)))
        return queued, done, told

    return info_read
