"""Connections to the API's host: they lead to our server, and never through a proxy."""

from __future__ import annotations

__all__ = ("HTTPS_PORT", "NO_TLS", "NO_UDP", "connection_patches", "destination")

import errno
import re
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.certificates import leads_to_host
from pytest_kv._transports.host_claims import STAND_IN, Claims, claim_on_address
from pytest_kv._transports.host_proxies import NO_PROXY
from pytest_kv._transports.patch import Patch

_SOCKETS = cast("type[socket.socket]", ssl.SSLSocket.__mro__[1])
"""Python's class of sockets, whatever somebody has put in place of ``socket.socket``."""

HTTPS_PORT = 443
NO_TLS = (
    f"Cloudflare's API answers at port {HTTPS_PORT} only, not at port {{port}}: "
    f"write https://{HOST} without a port"
)
NO_UDP = f"pytest-kv answers for {HOST} over TCP only, not over UDP: use HTTP/1.1, not HTTP/3"
_PROXY_REQUEST = re.compile(
    # HTTP: CONNECT host:443, or GET http://host/
    rb"(?:[A-Z]+ (?:https?://)?(?:%(host)s|%(address)s)[:/ ?]"
    # SOCKS 5 by name and by address, SOCKS 4a by name and 4 by address
    rb"|\x05[\x01-\x03]\0(?:\x03.%(host)s|\x01%(packed)s)"
    rb"|\x04[\x01\x02]..(?:\0{3}[^\0][^\0]*\0%(host)s|%(packed)s))"
    % {
        b"host": rb"(?i:%s)\.?" % re.escape(HOST.encode()),
        b"address": re.escape(STAND_IN.encode()),
        b"packed": re.escape(socket.inet_aton(STAND_IN)),
    },
    re.DOTALL,
)
"""The first bytes that a proxy gets for the host."""


def connection_patches() -> Iterator[Patch]:
    """Patch what connects and what sends."""
    yield Patch(_SOCKETS, "connect", _connect)
    yield Patch(_SOCKETS, "connect_ex", _connect)
    yield Patch(_SOCKETS, "sendto", _sendto)
    yield Patch(_SOCKETS, "send", _send)
    yield Patch(_SOCKETS, "sendall", _send)
    yield Patch(_SOCKETS, "sendmsg", _sendmsg)
    # For a proxy that is itself reached over TLS.
    yield Patch(ssl.SSLSocket, "send", _send)
    yield Patch(ssl.SSLObject, "write", _send)
    # trio took the methods of sockets when it was imported, so the patches do not reach it.
    trio_streams = getattr(sys.modules.get("trio"), "SocketStream", None)
    if hasattr(trio_streams, "send_all"):
        yield Patch(trio_streams, "send_all", _send)


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, /) -> Any:
        return original(self, destination(address, self.type))

    return connect


def destination(address: Any, kind: int) -> Any:
    """Where a socket connects to in place of ``address``, if this is the API's host."""
    claim = claim_on_address(address)
    if claim is None:
        return address
    server = claim.server
    _, port, *rest = address
    if kind == socket.SOCK_DGRAM:
        raise claim.error(errno.ECONNREFUSED, NO_UDP)
    if port not in (HTTPS_PORT, server.port):
        raise claim.error(errno.ECONNREFUSED, NO_TLS.format(port=port))
    # With more than two parts it is an address of IPv6.
    return (f"::ffff:{server.host}" if rest else server.host, server.port, *rest)


def _sendto(original: Callable[..., Any]) -> Callable[..., Any]:
    def sendto(self: socket.socket, data: Any, *flags_and_address: Any) -> Any:
        _check_datagram(flags_and_address[-1:])
        return original(self, data, *flags_and_address)

    return sendto


def _sendmsg(original: Callable[..., Any]) -> Callable[..., Any]:
    def sendmsg(self: socket.socket, buffers: Any, *rest: Any) -> Any:
        # The third item of the rest is an address.
        _check_datagram(rest[2:])
        buffers = list(buffers)
        for first in buffers[:1]:
            _check_proxy(first, self)
        return original(self, buffers, *rest)

    return sendmsg


def _send(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, data: Any, *flags: Any) -> Any:
        _check_proxy(data, self)
        return original(self, data, *flags)

    return send


def _check_datagram(addresses: tuple[Any, ...]) -> None:
    for address in addresses:
        claim = claim_on_address(address)
        if claim is not None:
            raise claim.error(errno.ECONNREFUSED, NO_UDP)


def _check_proxy(data: Any, sender: Any) -> None:
    """Raise an OSError if these bytes ask a proxy for the API's host."""
    if not isinstance(data, bytes | bytearray | memoryview) or not _PROXY_REQUEST.match(data):
        return
    claim = Claims.deciding
    if claim is None or leads_to_host(sender):
        return
    if isinstance(sender, _SOCKETS):
        # httpx ignores an error of sending, and would wait for an answer.
        with suppress(OSError):
            sender.shutdown(socket.SHUT_RDWR)
    raise claim.error(errno.EHOSTUNREACH, NO_PROXY)
