"""The certificate with which ``kv_intercept`` answers for the API's host, made once a run."""

from __future__ import annotations

__all__ = ("Contexts", "contexts", "rejections")

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

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


def rejections() -> int:
    """How many connections have sent nothing since their client read the certificate's bytes.

    A client reads them to compare them with a certificate that it expects, and gives up when the
    two differ.
    """
    return _Rejections.count


class _Rejections:
    """Mixed into a client's end of a connection to the API's host."""

    count = 0
    _is_read = False

    def _reads(self, binary_form: bool) -> None:
        if binary_form and not self._is_read:
            self._is_read = True
            _Rejections.count += 1

    def _sends(self) -> None:
        if self._is_read:
            self._is_read = False
            _Rejections.count -= 1


class _Socket(_Rejections, ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        with _explained():
            super().do_handshake(block)

    def getpeercert(self, binary_form: bool = False) -> Any:
        self._reads(binary_form)
        return super().getpeercert(binary_form)

    def send(self, data: Any, flags: int = 0) -> int:
        self._sends()
        return super().send(data, flags)


class _Object(_Rejections, ssl.SSLObject):
    """The same for clients that do not wrap a socket."""

    def do_handshake(self) -> None:
        with _explained():
            super().do_handshake()

    def getpeercert(self, binary_form: bool = False) -> Any:
        self._reads(binary_form)
        return super().getpeercert(binary_form)

    def write(self, data: Any) -> int:
        self._sends()
        return super().write(data)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ssl.SSLCertVerificationError(error.errno, _NOT_OURS) from error
