"""Clients on libcurl, which looks names up and connects by itself: they fail for the API's host."""

from __future__ import annotations

__all__ = ("libcurl_patches",)

import errno
import re
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.host_claims import claim_on, failed
from pytest_kv._transports.patch import Patch, import_early

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_BY_ITSELF = (
    f"{{module}} is not answered at {HOST}: it uses libcurl, which looks names up by itself. "
    "Use kv_server, and give the client its base_url."
)
_URL_OPTIONS = (10002, 10282)
"""The numbers of ``CURLOPT_URL`` and ``CURLOPT_CURLU``."""

_HOST_IN_URL = re.compile(r"\s*(?:[a-z][a-z\d+-]*:/{1,3})?(?:[^/?#]*@)?([^/?#:@]*)", re.IGNORECASE)
"""libcurl takes a URL without a scheme, and one with a slash too many or too few."""


def libcurl_patches() -> Iterator[Patch]:
    """Patch the functions that give a URL to libcurl."""
    import_early("pycurl")
    kind = getattr(sys.modules.get("pycurl"), "Curl", None)
    if kind is not None:
        yield from [Patch(module, "Curl", _guarded) for module in _modules_with(kind)]
    import_early("curl_cffi")
    kind = getattr(sys.modules.get("curl_cffi"), "Curl", None)
    if kind is not None:
        yield Patch(kind, "setopt", _setopt, "curl_cffi")


def _modules_with(kind: type) -> list[ModuleType]:
    """pycurl itself, and every module that has imported its ``Curl`` from it."""
    modules = list(sys.modules.values())
    return [module for module in modules if getattr(module, "__dict__", {}).get("Curl") is kind]


def _guarded(original: type) -> type:
    """A subclass of ``pycurl.Curl``, whose methods cannot be replaced."""
    names = [name for name in ("setopt", "setopt_string") if hasattr(original, name)]
    methods = {name: _setopt(getattr(original, name), "pycurl") for name in names}
    about = {"__module__": original.__module__, "__doc__": original.__doc__}
    return type(original.__name__, (original,), {**about, **methods})


def _setopt(original: Callable[..., Any], module: str) -> Callable[..., Any]:
    def setopt(self: Any, option: Any, value: Any) -> Any:
        if option in _URL_OPTIONS and claim_on(_host_of(value)) is not None:
            raise failed(errno.EHOSTUNREACH, _BY_ITSELF.format(module=module), client=module)
        return original(self, option, value)

    return setopt


def _host_of(url: Any) -> str:
    """The host in a URL, which is a text, bytes or an object of pycurl; empty for anything else."""
    url = getattr(url, "url", url)
    text = url.decode("latin-1") if isinstance(url, bytes) else url
    found = _HOST_IN_URL.match(text) if isinstance(text, str) else None
    return unquote(found[1]) if found is not None else ""
