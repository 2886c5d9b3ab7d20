"""Look-ups of the API host's name: they find the stand-in, or fail with the words of a block."""

from __future__ import annotations

__all__ = ("HTTPS_PORTS", "look_up_patches", "looked_up")

import errno
import socket
import sys
from asyncio import BaseEventLoop
from collections.abc import Callable, Iterator
from typing import Any

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.host_claims import STAND_IN, Claim, claim_on
from pytest_kv._transports.host_connections import HTTPS_PORT
from pytest_kv._transports.patch import Patch, import_early

HTTPS_PORTS = (HTTPS_PORT, str(HTTPS_PORT), "https")

_OF_AIODNS = ("getaddrinfo", "gethostbyname", "query", "query_dns")

_BY_ITSELF = (
    f"kv_intercept cannot answer for {HOST}: aiodns looks names up by itself. With aiohttp use "
    "TCPConnector(resolver=ThreadedResolver()), or use kv_server."
)


def look_up_patches() -> Iterator[Patch]:
    """Patch what looks names up."""
    yield Patch(socket, "getaddrinfo", _getaddrinfo)
    yield Patch(socket, "gethostbyname", _gethostbyname)
    yield Patch(socket, "gethostbyname_ex", _gethostbyname_ex)
    yield Patch(socket, "gethostbyaddr", _gethostbyname_ex)
    # asyncio calls socket.getaddrinfo in another thread, where nothing shows the client.
    yield Patch(BaseEventLoop, "getaddrinfo", _getaddrinfo_of_asyncio)
    import_early("aiodns")
    resolver = getattr(sys.modules.get("aiodns"), "DNSResolver", None)
    for name in _OF_AIODNS:
        if hasattr(resolver, name):
            yield Patch(resolver, name, _by_itself)


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        host, port, flags = looked_up(host, port, family, flags)
        return original(host, port, family, type, proto, flags)

    return getaddrinfo


def looked_up(host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int]:
    """The host, the port and the flags to look up in place of these."""
    claim = claim_on(host)
    if claim is None:
        return host, port, flags
    if flags & socket.AI_NUMERICHOST:
        raise socket.gaierror(socket.EAI_NONAME, f"{HOST} is a name, not an address")
    server = claim.server
    # With ADDRCONFIG a machine without a network would find no address.
    flags &= ~socket.AI_ADDRCONFIG
    if family == socket.AF_INET6:
        flags |= socket.AI_V4MAPPED
    return STAND_IN, server.port if port in HTTPS_PORTS else port, flags


def _getaddrinfo_of_asyncio(original: Callable[..., Any]) -> Callable[..., Any]:
    async def getaddrinfo(self: BaseEventLoop, host: Any, *args: Any, **options: Any) -> Any:
        claim = claim_on(host)
        if claim is not None:
            _ = claim.server
        return await original(self, host, *args, **options)

    return getaddrinfo


def _gethostbyname(original: Callable[..., Any]) -> Callable[..., Any]:
    def gethostbyname(hostname: Any) -> Any:
        claim = claim_on(hostname)
        return _stand_in(claim) if claim is not None else original(hostname)

    return gethostbyname


def _gethostbyname_ex(original: Callable[..., Any]) -> Callable[..., Any]:
    def gethostbyname_ex(hostname: Any) -> Any:
        claim = claim_on(hostname)
        return (HOST, [], [_stand_in(claim)]) if claim is not None else original(hostname)

    return gethostbyname_ex


def _stand_in(claim: Claim) -> str:
    _ = claim.server
    return STAND_IN


def _by_itself(original: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(*args: Any, **options: Any) -> Any:
        for given in (*args, *options.values()):
            claim = claim_on(given)
            if claim is not None:
                raise claim.error(errno.EHOSTUNREACH, _BY_ITSELF, client="aiodns")
        return original(*args, **options)

    return look_up
