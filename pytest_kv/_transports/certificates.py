"""The certificate with which ``kv_intercept`` answers for the API's host, made once a run."""

from __future__ import annotations

__all__ = ("Contexts", "contexts")

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from pytest_kv._rest.routes import HOST

_NEEDS = "kv_intercept needs the package trustme: pip install 'pytest-kv[intercept]'"
_PROTOCOLS = ["http/1.1"]
_NOT_OURS = (
    f"kv_intercept answers for {HOST}, but this client has reached another server under that name, "
    "through a proxy or by an address that it found itself; no request was sent. Let the client "
    "look the name up with Python's socket.getaddrinfo and use no proxy, or use kv_server."
)


class Contexts(NamedTuple):
    """The TLS contexts of both ends."""

    server: ssl.SSLContext
    client: ssl.SSLContext
    """It trusts nothing but the certificate of ``server``, for the API's host alone."""


@cache
def contexts() -> Contexts:
    """The contexts of this process; ImportError, which says what to install, without trustme."""
    try:
        import trustme
    except ImportError:
        raise ImportError(_NEEDS, name="trustme") from None
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # trustme hands the key over in a temporary file, which it removes.
    authority.issue_cert(HOST).configure_cert(server)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client)
    for context in (server, client):
        context.set_alpn_protocols(_PROTOCOLS)
    client.sslsocket_class = _Socket
    client.sslobject_class = _Object
    return Contexts(server, client)


class _Socket(ssl.SSLSocket):
    """A client's end of a connection to the API's host."""

    def do_handshake(self, block: bool = False) -> None:
        with _explained():
            super().do_handshake(block)


class _Object(ssl.SSLObject):
    """The same for clients that do not wrap a socket."""

    def do_handshake(self) -> None:
        with _explained():
            super().do_handshake()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ssl.SSLCertVerificationError(error.errno, _NOT_OURS) from error
