"""A listening port with a thread for each connection, on the standard ``socketserver``."""

from __future__ import annotations

__all__ = ("Answer", "Listener", "Log")

import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread
from typing import Any

from pytest_kv._core.faults import FaultKind, TooManyCalls
from pytest_kv._rest.http import NoAnswer, Request, Response
from pytest_kv._transports.http11 import Http11Connection, Malformed

_BACKLOG = 256
"""How many clients may connect at the same moment."""

PATIENCE_SECONDS = 100
"""How long a client without a timeout waits for an answer that a fault withholds."""

_STAYS_OPEN = {FaultKind.DROPPED: False, FaultKind.TIMED_OUT: True}
"""Whether the connection of a request that gets no answer stays open."""

_LINGER_SECONDS = 2
"""How long a client may go on sending after a malformed request, so that it gets the answer."""

Answer = Callable[[Request], Response]
"""Answers a request; it may raise :class:`NoAnswer`."""

Log = Callable[[str], object]
"""Called with one line for each request."""


class Listener(TCPServer):
    """Accepts connections from its creation until :meth:`stop`; over TLS when ``tls`` is given.

    A thread that serves a connection calls ``keep`` with what ``answer`` raised.

    It is no ``ThreadingTCPServer``, which cannot close a connection that is still open and keeps
    only errors that are an Exception.
    """

    # handle_request() need not wait: the thread that calls it has waited already.
    timeout = 0

    def __init__(
        self,
        host: str,
        port: int,
        answer: Answer,
        log: Log = lambda line: None,
        keep: Callable[[BaseException], object] = lambda error: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.answer = answer
        self.log_line = log
        self._keep = keep
        self._tls = tls
        self._connections: dict[Thread, socket.socket] = {}
        self._is_stopping = False
        super().__init__((host, port), _Handler)

    def stop(self) -> None:
        """Close every connection and end every thread, also in the middle of a request."""
        self._is_stopping = True
        self._wake.close()
        self._thread.join()
        self.server_close()
        for connection in self._connections.values():
            with suppress(OSError):
                _shut_down(connection, socket.SHUT_RDWR)
        for thread in self._connections:
            thread.join()

    def server_bind(self) -> None:
        """Listen at the address; the constructor calls it."""
        self.socket.close()
        # Unlike TCPServer's own socket, one of create_server names the address in its errors and
        # serves an IPv6 address to IPv6 clients only.
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.socket = socket.create_server(self.server_address, family=family, backlog=_BACKLOG)
        self.server_address = self.socket.getsockname()
        self.port = self.server_address[1]

    def server_activate(self) -> None:
        """Begin to accept connections; the constructor calls it."""
        self._wake, self._woken = socket.socketpair()
        self._thread = self._start(self._accept)

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection; the TLS handshake follows in the connection's own thread."""
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread of its own."""
        known = self._connections.items()
        self._connections = {thread: other for thread, other in known if thread.is_alive()}
        thread = self._start(self._serve, request, client_address)
        self._connections[thread] = request

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Call ``keep`` with the error of a connection's thread."""
        error = sys.exception()
        assert error is not None, "it is called where one was caught"
        self._keep(error)

    def _accept(self) -> None:
        with self._woken, DefaultSelector() as selector:
            selector.register(self.socket, EVENT_READ)
            # stop() closes the other end, which ends the wait.
            selector.register(self._woken, EVENT_READ)
            while True:
                selector.select()
                if self._is_stopping:
                    return
                self.handle_request()

    def _serve(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end; keep every error, also a BaseException."""
        try:
            self.finish_request(request, client_address)
        except BaseException:
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)

    def _start(self, target: Callable[..., object], *args: object) -> Thread:
        name = f"pytest-kv on port {self.port}"
        thread = Thread(target=target, args=args, name=name, daemon=True)
        thread.start()
        return thread


class _Handler(BaseRequestHandler):
    """One connection, from its first request to its last."""

    server: Listener

    def handle(self) -> None:
        self.connection: socket.socket = self.request
        with suppress(OSError):
            # Without this, a second small packet waits until the client has confirmed the first.
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        if isinstance(self.connection, ssl.SSLSocket) and not self._shake_hands(self.connection):
            return
        http = Http11Connection(self._receive, self._send)
        while self._answer_next(http):
            pass

    def _shake_hands(self, connection: ssl.SSLSocket) -> bool:
        """Agree on TLS; return False for a client that does not."""
        try:
            connection.do_handshake()
        except OSError:
            return False
        return True

    def _answer_next(self, http: Http11Connection) -> bool:
        """Answer one request; return whether another may follow."""
        try:
            request = http.request()
        except Malformed as malformed:
            self.server.log_line(f"{malformed.response.status} for no request: {malformed}")
            http.respond(malformed.response)
            self._hang_up()
            return False
        return request is not None and self._answer(http, request)

    def _answer(self, http: Http11Connection, request: Request) -> bool:
        asked = f"{request.method} {request.target}"
        try:
            response = self.server.answer(request)
        except NoAnswer as nothing:
            self.server.log_line(f"{asked} {nothing}")
            if _STAYS_OPEN[nothing.kind]:
                self._read_to_the_end(PATIENCE_SECONDS)
            return False
        except TooManyCalls as stop:
            self.server.log_line(f"{asked} {stop}")
            return False
        self.server.log_line(f"{asked} {response.status}")
        stays_open = http.respond(response)
        if not stays_open:
            self._end_tls()
        return stays_open

    def _end_tls(self) -> None:
        """Tell the client that no bytes are missing; some clients raise an error without this."""
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.settimeout(0)
            with suppress(OSError):  # the client's own farewell has not come yet
                self.connection.unwrap()

    def _receive(self, size: int) -> bytes:
        try:
            return self.connection.recv(size)
        except OSError:
            return b""

    def _send(self, data: bytes) -> None:
        with suppress(OSError):
            self.connection.sendall(data)

    def _hang_up(self) -> None:
        self._end_tls()
        # Closing with unread bytes resets the connection, and the client may lose the answer.
        with suppress(OSError):
            _shut_down(self.connection, socket.SHUT_WR)
        self._read_to_the_end(_LINGER_SECONDS)

    def _read_to_the_end(self, seconds: float) -> None:
        """Read until the client closes the connection or is silent for ``seconds``."""
        self.connection.settimeout(seconds)
        while self._receive(1 << 16):
            pass


def _shut_down(connection: socket.socket, how: int) -> None:
    # A socket's own method: that of an SSLSocket drops its TLS, which another thread may be using.
    socket.socket.shutdown(connection, how)
