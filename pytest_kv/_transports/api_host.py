"""Who answers for Cloudflare's API host in this process, while a block of ours is open.

Each block makes a *claim* on the host: either a server of ours answers for it, or every attempt to
reach it fails with the block's words. A server goes before words, an inner block before an outer.

While at least one block is open, this is patched, and nothing else:

- ``socket.getaddrinfo``, ``gethostbyname`` and ``gethostbyname_ex``: the host's name stands for
  :data:`STAND_IN`, an address of this machine that nobody else uses, and its port 443 for the port
  of the server.
- ``connect`` and ``connect_ex`` of ``socket.socket``: the stand-in leads to the server. anyio and
  trio take only the address from a look-up, not the port; and where the system does not have the
  stand-in (macOS), the server listens on 127.0.0.1.
- ``wrap_socket`` and ``wrap_bio`` of ``ssl.SSLContext``, and of those subclasses that have their
  own, such as truststore's: a connection to the host is made with a context of ours, which trusts
  nothing but our certificate. A client that has reached the real host in spite of the rest fails
  here, before it sends a request, also one that verifies nothing.
- Look-ups of aiodns and uvloop, if these are imported, which do not use ``socket.getaddrinfo``:
  they fail for the host.

What is asked for any other host goes on to the original. When the last block closes, each name has
its original again.
"""

from __future__ import annotations

__all__ = ("STAND_IN", "answered_by", "refused")

import errno
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.patch import Patch, original_of

STAND_IN = "127.75.86.1"
_STAND_IN_V6 = f"::ffff:{STAND_IN}"
_HTTPS_PORT = 443
_HTTPS_PORTS = (_HTTPS_PORT, str(_HTTPS_PORT), "https")
_LOOK_UPS = {
    ("aiodns", "DNSResolver"): ("getaddrinfo", "gethostbyname", "query", "query_dns"),
    ("uvloop", "Loop"): ("getaddrinfo", "create_connection"),
}
"""The modules and classes that look names up by themselves, and their methods that do so."""

_CONTEXT = ssl.SSLContext

_OWN_LOOK_UP = (
    f"kv_intercept cannot answer for {HOST}: {{module}} looks names up by itself. With aiohttp use "
    "TCPConnector(resolver=ThreadedResolver()), in place of uvloop use asyncio's own event loop, "
    "or use kv_server."
)
_NO_TLS = (
    f"Cloudflare's API answers at port {_HTTPS_PORT} only, not at port {{port}}: "
    f"write https://{HOST} without a port"
)


class _Server(NamedTuple):
    host: str
    port: int
    context: ssl.SSLContext
    """The context that trusts the server."""


class _Claim(NamedTuple):
    words: Callable[[], str]
    """Why the host cannot be reached, where no server answers."""
    its_server: _Server | None = None

    @property
    def server(self) -> _Server:
        """The server that answers; an OSError if there is none."""
        if self.its_server is None:
            raise OSError(errno.EHOSTUNREACH, self.words())
        return self.its_server


class _Claims:
    """The claims of the open blocks, and the one that decides."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.made: list[_Claim] = []
        self.deciding: _Claim | None = None
        self.patches: list[Patch] = []

    def add(self, claim: _Claim) -> None:
        with self.lock:
            if not self.made:
                self._patch()
            self.made.append(claim)
            self._decide()

    def remove(self, claim: _Claim) -> None:
        with self.lock:
            # By identity: two blocks may make equal claims.
            self.made = [other for other in self.made if other is not claim]
            self._decide()
            if not self.made:
                self._stop_patches()

    def _patch(self) -> None:
        try:
            for patch in _patches():
                self.patches.append(patch)
        except BaseException:
            self._stop_patches()
            raise

    def _stop_patches(self) -> None:
        while self.patches:
            self.patches.pop().stop()

    def _decide(self) -> None:
        servers = [claim for claim in self.made if claim.its_server is not None]
        self.deciding = next(reversed(servers or self.made), None)


_CLAIMS = _Claims()


@contextmanager
def refused(words: Callable[[], str]) -> Iterator[None]:
    """During the block an attempt to reach the API's host is an OSError with these words.

    Unless a block of :func:`answered_by` is open, too.
    """
    yield from _claimed(_Claim(words))


@contextmanager
def answered_by(host: str, port: int, context: ssl.SSLContext) -> Iterator[None]:
    """During the block this server answers for the API's host; ``context`` trusts it.

    ``host`` is an IPv4 address.
    """
    yield from _claimed(_Claim(lambda: _OWN_LOOK_UP, _Server(host, port, context)))


def _claimed(claim: _Claim) -> Iterator[None]:
    _CLAIMS.add(claim)
    try:
        yield
    finally:
        _CLAIMS.remove(claim)


# Patches


def _patches() -> Iterator[Patch]:
    # Python's class of sockets, whatever somebody has put in place of socket.socket.
    sockets = ssl.SSLSocket.__mro__[1]
    yield Patch(socket, "getaddrinfo", _getaddrinfo)
    yield Patch(socket, "gethostbyname", _gethostbyname)
    yield Patch(socket, "gethostbyname_ex", _gethostbyname_ex)
    yield Patch(sockets, "connect", _connect)
    yield Patch(sockets, "connect_ex", _connect)
    yield from _context_patches()
    yield from _own_look_up_patches()


def _context_patches() -> Iterator[Patch]:
    wrapped = {"wrap_socket": _wrap_socket, "wrap_bio": _wrap_bio}
    # A test may have put something that is no class in place of ssl.SSLContext.
    found: Any = ssl.SSLContext
    context: type[ssl.SSLContext] = found if isinstance(found, type) else _CONTEXT
    base = {name: original_of(getattr(context, name)) for name in wrapped}
    for kind in _kinds_of(context):
        for name in wrapped:
            if name in vars(kind):
                yield Patch(kind, name, wrapped[name], base[name])


def _own_look_up_patches() -> Iterator[Patch]:
    for (module, kind_name), names in _LOOK_UPS.items():
        kind = getattr(sys.modules.get(module), kind_name, None)
        for name in names:
            if hasattr(kind, name):
                yield Patch(kind, name, _own_look_up, module)


def _kinds_of(kind: type[ssl.SSLContext]) -> Iterator[type[ssl.SSLContext]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds_of(below)


# Names


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        claim = _claim_on(host)
        if claim is not None:
            if flags & socket.AI_NUMERICHOST:
                raise socket.gaierror(socket.EAI_NONAME, f"{HOST} is a name, not an address")
            host, server_port = STAND_IN, claim.server.port
            port = server_port if port in _HTTPS_PORTS else port
            # With ADDRCONFIG a machine without a network would find no address.
            flags &= ~socket.AI_ADDRCONFIG
            if family == socket.AF_INET6:
                flags |= socket.AI_V4MAPPED
        return original(host, port, family, type, proto, flags)

    return getaddrinfo


def _gethostbyname(original: Callable[..., Any]) -> Callable[..., Any]:
    def gethostbyname(hostname: Any) -> Any:
        claim = _claim_on(hostname)
        return _stand_in(claim) if claim is not None else original(hostname)

    return gethostbyname


def _gethostbyname_ex(original: Callable[..., Any]) -> Callable[..., Any]:
    def gethostbyname_ex(hostname: Any) -> Any:
        claim = _claim_on(hostname)
        return (HOST, [], [_stand_in(claim)]) if claim is not None else original(hostname)

    return gethostbyname_ex


def _own_look_up(original: Callable[..., Any], module: str) -> Callable[..., Any]:
    def look_up(*args: Any, **options: Any) -> Any:
        claim = _CLAIMS.deciding
        if claim is not None and any(map(_is_host, (*args, *options.values()))):
            raise OSError(errno.EHOSTUNREACH, claim.words().format(module=module))
        return original(*args, **options)

    return look_up


def _stand_in(claim: _Claim) -> str:
    _ = claim.server
    return STAND_IN


# Connections


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, /) -> Any:
        return original(self, _destination(address))

    return connect


def _destination(address: Any) -> Any:
    """Where a socket connects to in place of ``address``, if this is the API's host."""
    if not isinstance(address, tuple) or len(address) < 2:
        return address
    host, port, *rest = address
    if host not in (STAND_IN, _STAND_IN_V6) and not _is_host(host):
        return address
    claim = _CLAIMS.deciding
    if claim is None:
        return address
    server = claim.server
    if port not in (_HTTPS_PORT, server.port):
        raise OSError(errno.ECONNREFUSED, _NO_TLS.format(port=port))
    # With more than two parts it is an address of IPv6.
    return (f"::ffff:{server.host}" if rest else server.host, server.port, *rest)


# TLS


def _wrap_socket(original: Callable[..., Any], base: Callable[..., Any]) -> Callable[..., Any]:
    def wrap_socket(
        self: ssl.SSLContext,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        how = (server_side, do_handshake_on_connect, suppress_ragged_eofs)
        claim = _claim_on(server_hostname)
        if claim is not None:
            # A session belongs to the client's own context.
            return base(claim.server.context, sock, *how, HOST)
        return original(self, sock, *how, server_hostname, session)

    return wrap_socket


def _wrap_bio(original: Callable[..., Any], base: Callable[..., Any]) -> Callable[..., Any]:
    def wrap_bio(
        self: ssl.SSLContext,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        claim = _claim_on(server_hostname)
        if claim is not None:
            return base(claim.server.context, incoming, outgoing, server_side, HOST)
        return original(self, incoming, outgoing, server_side, server_hostname, session)

    return wrap_bio


# The host


def _claim_on(host: Any) -> _Claim | None:
    """The claim that decides, if ``host`` is the API's host."""
    return _CLAIMS.deciding if _is_host(host) else None


def _is_host(host: Any) -> bool:
    """Whether a name is the API's host; with a dot at its end it is the same host to DNS."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return isinstance(host, str) and host.removesuffix(".").lower() == HOST
