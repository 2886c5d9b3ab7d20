"""Clients with a proxy of their own: they fail before they connect to it for the API's host.

A client that this module does not know connects to its proxy, and fails when it is about to name
the host there: see :mod:`pytest_kv._transports.host_connections`.
"""

from __future__ import annotations

__all__ = ("NO_PROXY", "proxy_patches")

import errno
import re
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from types import ModuleType
from typing import Any

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.host_claims import claim_on
from pytest_kv._transports.patch import Patch, import_early

NO_PROXY = (
    f"kv_intercept answers for {HOST} without a proxy, but this client was about to ask a proxy "
    "for that host: leave the proxy out in this test, or make the client during the test, when "
    "NO_PROXY has the host"
)

_HTTPCORES = {"httpx": "httpcore", "httpx2": "httpcore2"}
"""The clients, and what each imports when it makes its first connection."""

_POOLS = ("HTTPProxy", "SOCKSProxy", "AsyncHTTPProxy", "AsyncSOCKSProxy")
"""Their classes for connections through a proxy; the SOCKS ones need ``socksio``."""

_URLLIB3_FUTURE = ("urllib3", "urllib3_future")
"""urllib3-future installs itself as ``urllib3``, for requests too, or beside it."""

_BACKENDS = {"backend.hface": "HfaceBackend", "backend._async.hface": "AsyncHfaceBackend"}
"""Its modules, and their classes in place of ``HTTPConnection``."""

_CONNECTION_POOLS = {
    "connectionpool": "HTTPConnectionPool",
    "_async.connectionpool": "AsyncHTTPConnectionPool",
}
"""Its modules, and their classes that connect before they say what they request."""

_WHOLE_URL = re.compile("https?://(?:[^/?#]*@)?([^/?#:]*)", re.IGNORECASE)
"""A whole URL, and its host."""

_OF_AIOHTTP = "_create_proxy_connection"


def proxy_patches() -> Iterator[Patch]:
    """Patch the functions that connect through a proxy."""
    # For urllib, urllib3 and requests, too.
    yield Patch(HTTPConnection, "set_tunnel", _set_tunnel)
    yield Patch(HTTPConnection, "putrequest", _request)
    for package in _URLLIB3_FUTURE:
        # urllib3 itself has no such module.
        if f"{package}.backend.hface" in sys.modules:
            for backend in _kinds(package, _BACKENDS):
                yield Patch(backend, "set_tunnel", _set_tunnel)
            for pool in _kinds(package, _CONNECTION_POOLS):
                yield Patch(pool, "urlopen", _request)
    for client, core in _HTTPCORES.items():
        if client in sys.modules:
            import_early(core)
        module = sys.modules.get(core)
        for kind in (getattr(module, name, None) for name in _POOLS):
            if hasattr(kind, "create_connection"):
                yield Patch(kind, "create_connection", _create_connection, module)
    aiohttp = sys.modules.get("aiohttp")
    connector = getattr(aiohttp, "TCPConnector", None)
    if hasattr(connector, _OF_AIOHTTP):
        yield Patch(connector, _OF_AIOHTTP, _create_proxy_connection, aiohttp)


def _kinds(package: str, names: dict[str, str]) -> Iterator[type]:
    for module, name in names.items():
        kind = getattr(sys.modules.get(f"{package}.{module}"), name, None)
        if kind is not None:
            yield kind


def _set_tunnel(original: Callable[..., Any]) -> Callable[..., Any]:
    def set_tunnel(self: Any, host: str, *args: Any, **options: Any) -> Any:
        error = _error(host.partition(":")[0])
        if error is not None:
            raise error
        return original(self, host, *args, **options)

    return set_tunnel


def _request(original: Callable[..., Any]) -> Callable[..., Any]:
    def request(self: Any, method: Any, url: Any, *args: Any, **options: Any) -> Any:
        # Over plain http only a proxy gets a whole URL. Nothing is connected yet.
        whole = _WHOLE_URL.match(url) if isinstance(url, str) else None
        if whole and claim_on(self.host) is None:
            error = _error(whole[1])
            if error is not None:
                raise error
        return original(self, method, url, *args, **options)

    return request


def _create_connection(original: Callable[..., Any], httpcore: ModuleType) -> Callable[..., Any]:
    def create_connection(self: Any, origin: Any) -> Any:
        error = _error(origin.host)
        if error is not None:
            raise httpcore.ConnectError(str(error)) from error
        return original(self, origin)

    return create_connection


def _create_proxy_connection(
    original: Callable[..., Any], aiohttp: ModuleType
) -> Callable[..., Any]:
    async def create_proxy_connection(self: Any, req: Any, *args: Any, **options: Any) -> Any:
        error = _error(req.url.host)
        if error is not None:
            raise aiohttp.ClientProxyConnectionError(req.connection_key, error) from error
        return await original(self, req, *args, **options)

    return create_proxy_connection


def _error(host: str | bytes) -> OSError | None:
    """The error for a client that is about to use a proxy for the API's host; None for others."""
    claim = claim_on(host)
    return None if claim is None else claim.error(errno.EHOSTUNREACH, NO_PROXY)
