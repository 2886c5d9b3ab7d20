"""TLS with the API's host: it is made with a context that trusts nothing but our certificate."""

from __future__ import annotations

__all__ = ("tls_patches",)

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.certificates import CONTEXT
from pytest_kv._transports.host_claims import claim_on
from pytest_kv._transports.patch import Patch, original_of


def tls_patches() -> Iterator[Patch]:
    """Patch ``wrap_socket`` and ``wrap_bio`` of every class of contexts that has its own."""
    wrapped = {"wrap_socket": _wrap_socket, "wrap_bio": _wrap_bio}
    base = {name: original_of(getattr(CONTEXT, name)) for name in wrapped}
    for kind in _kinds_of(CONTEXT):
        for name in wrapped:
            if name in vars(kind):
                yield Patch(kind, name, wrapped[name], base[name])


def _kinds_of(kind: type[ssl.SSLContext]) -> Iterator[type[ssl.SSLContext]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds_of(below)


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
        claim = claim_on(server_hostname)
        if claim is not None:
            # A session of the client's own context does not fit another context.
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
        claim = claim_on(server_hostname)
        if claim is not None:
            return base(claim.server.context, incoming, outgoing, server_side, HOST)
        return original(self, incoming, outgoing, server_side, server_hostname, session)

    return wrap_bio
