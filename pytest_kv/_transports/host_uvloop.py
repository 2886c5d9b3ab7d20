"""Loops of uvloop, which look names up and connect in C: they lead to our server or fail."""

from __future__ import annotations

__all__ = ("uvloop_patches",)

import errno
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.host_claims import claim_on_address
from pytest_kv._transports.host_connections import HTTPS_PORT, NO_UDP, destination
from pytest_kv._transports.host_look_ups import HTTPS_PORTS, looked_up
from pytest_kv._transports.patch import Patch, import_early

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


def uvloop_patches() -> Iterator[Patch]:
    """Patch what looks names up and what connects."""
    import_early("uvloop")
    loop = getattr(sys.modules.get("uvloop"), "Loop", None)
    if loop is not None:
        for name, wrapped in _WRAPPED.items():
            yield Patch(loop, name, wrapped)


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    async def getaddrinfo(
        self: Any, host: Any, port: Any, *, family: int = 0, flags: int = 0, **options: Any
    ) -> Any:
        host, port, flags = looked_up(host, port, family, flags)
        return await original(self, host, port, family=family, flags=flags, **options)

    return getaddrinfo


def _create_connection(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if claim_on_address((host, port)) is not None:
            port = HTTPS_PORT if port in HTTPS_PORTS else port
            host, port = destination((host, port), socket.SOCK_STREAM)
            # The host has addresses of IPv6, too; the server has none.
            options["family"] = socket.AF_INET
            if options.get("ssl") and options.get("server_hostname") is None:
                options["server_hostname"] = HOST
        return await original(self, protocol_factory, host, port, **options)

    return create_connection


def _sock_connect(original: Callable[..., Any]) -> Callable[..., Any]:
    async def sock_connect(self: Any, sock: Any, address: Any) -> Any:
        return await original(self, sock, destination(address, sock.type))

    return sock_connect


def _create_datagram_endpoint(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_datagram_endpoint(self: Any, *args: Any, **options: Any) -> Any:
        for given in (*args, *options.values()):
            claim = claim_on_address(given)
            if claim is not None:
                raise claim.error(errno.ECONNREFUSED, NO_UDP, client="uvloop")
        return await original(self, *args, **options)

    return create_datagram_endpoint


_WRAPPED = {
    "getaddrinfo": _getaddrinfo,
    "create_connection": _create_connection,
    "sock_connect": _sock_connect,
    "create_datagram_endpoint": _create_datagram_endpoint,
}
