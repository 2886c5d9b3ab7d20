"""The certificate with which ``kv_intercept`` answers for the API's host, made once a run."""

from __future__ import annotations

__all__ = ("CONTEXT", "Certificate", "certificate", "leads_to_host", "rejections")

import _ssl
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, cast

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.attempts import keep_attempt

_CONTEXTS = cast("list[type[ssl.SSLContext]]", _ssl._SSLContext.__subclasses__())
CONTEXT = next(iter(_CONTEXTS), ssl.SSLContext)  # In Pyodide, ssl is empty.
"""Python's class of contexts, whatever truststore or a test has put in place of its name."""

_NEEDS = "kv_intercept needs the package trustme: pip install 'pytest-kv[intercept]'"
_PROTOCOLS = ["http/1.1"]
_NOT_OURS = (
    f"kv_intercept answers for {HOST}, but this client has connected to another server: the "
    "server's certificate is not the one of pytest-kv. No request was sent. The client used a "
    "proxy, or an address of its own: leave the proxy out in this test, and let the client look "
    "the name up with Python's socket.getaddrinfo."
)


class Certificate(NamedTuple):
    """What both ends of a connection need."""

    server_context: ssl.SSLContext
    authority: str
    """The certificate that a client must trust, as PEM."""

    def client_context(self) -> ssl.SSLContext:
        """A new context that trusts nothing but this certificate, for the API's host alone.

        A client can reach the context of its connection and change it, so none is kept.
        """
        context = CONTEXT(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.authority)
        context.set_alpn_protocols(_PROTOCOLS)
        context.sslsocket_class = _Socket
        context.sslobject_class = _Object
        return context


@cache
def certificate() -> Certificate:
    """The certificate of this process; ImportError, which says what to install, without trustme."""
    try:
        import trustme
    except ImportError:
        raise ImportError(_NEEDS, name="trustme") from None
    authority = trustme.CA()
    context = CONTEXT(ssl.PROTOCOL_TLS_SERVER)
    # trustme's own methods for a context reject this one while truststore is in place of ssl's.
    with authority.issue_cert(HOST).private_key_and_cert_chain_pem.tempfile() as path:
        context.load_cert_chain(path)
    context.set_alpn_protocols(_PROTOCOLS)
    return Certificate(context, authority.cert_pem.bytes().decode())


def rejections() -> int:
    """How many connections have sent nothing since their client read the certificate's bytes.

    A client reads them to compare them with a certificate that it expects, and gives up when the
    two differ.
    """
    return _Rejections.count


def leads_to_host(connection: object) -> bool:
    """Whether this is a client's end of a TLS connection to the API's host."""
    return isinstance(connection, _Rejections)


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
        keep_attempt(_NOT_OURS)
        raise ssl.SSLCertVerificationError(error.errno, _NOT_OURS) from error
