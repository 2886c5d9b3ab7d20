"""A port that listens, and a thread for each connection to it: werkzeug's server, kept tidy."""

from __future__ import annotations

__all__ = ("Answer", "Listener", "Log")

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from werkzeug.exceptions import NotImplemented as NoApplication
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, select_address_family

from pytest_kv._core.faults import FaultKind, TooManyCalls
from pytest_kv._rest.http import NoAnswer, Request, Response
from pytest_kv._transports.http11 import Exchange, Malformed

_BACKLOG = 256
"""How many clients may connect at the same moment."""

PATIENCE_SECONDS = 100
"""How long a client that never gives up waits for an answer that is not to come."""

_LINGER_SECONDS = 2
"""How long a client may go on sending what is no request, so that it sees the answer."""

Answer = Callable[[Request], Response]
"""What answers a request; it may raise :class:`NoAnswer`."""

Log = Callable[[str], object]
"""What is told of each request, in one line."""


class Listener(ThreadedWSGIServer):
    """Answers whoever connects, from when it is made until :meth:`stop`.

    Of werkzeug's server it has the socket, the threads and their errors. The connections are h11's,
    for werkzeug's own handler decodes targets and hangs up behind each answer.
    """

    # How long stop() takes at most when it cannot connect.
    timeout = 1

    def __init__(self, host: str, port: int, answer: Answer, log: Log = lambda line: None) -> None:
        self.answer = answer
        self.log_line = log
        self.errors: list[BaseException] = []
        """What was raised by ``answer``, where nobody could catch it."""
        self._connections: dict[Thread, socket.socket] = {}
        self._is_stopping = False
        family = select_address_family(host, port)
        with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listening:
            super().__init__(host, port, NoApplication(), _Handler, fd=listening.fileno())
        self._thread = self._start(self._accept)

    def stop(self) -> None:
        """Close every connection and end every thread, whatever they are at."""
        self._is_stopping = True
        with suppress(OSError):
            # Wakes the thread that waits for somebody to connect.
            socket.create_connection(self.socket.getsockname()[:2], timeout=1).close()
        self._thread.join()
        self.server_close()
        for connection in self._connections.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._connections:
            thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread of its own."""
        if self._is_stopping:
            self.shutdown_request(request)
            return
        known = self._connections.items()
        self._connections = {thread: other for thread, other in known if thread.is_alive()}
        thread = self._start(self.process_request_thread, request, client_address)
        self._connections[thread] = request

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end; what is raised is kept, also what is no Exception."""
        try:
            self.finish_request(request, client_address)
        except BaseException:
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep an error of a connection's thread for the one that stops the server."""
        error = sys.exception()
        assert error is not None, "it is called where one was caught"
        self.errors.append(error)

    def _accept(self) -> None:
        while not self._is_stopping:
            self.handle_request()

    def _start(self, target: Callable[..., object], *args: object) -> Thread:
        name = f"pytest-kv on port {self.port}"
        thread = Thread(target=target, args=args, name=name, daemon=True)
        thread.start()
        return thread


class _Handler(WSGIRequestHandler):
    """One connection, from its first request to its last."""

    server: Listener
    disable_nagle_algorithm = True

    def handle(self) -> None:
        exchange = Exchange(self._receive, self._send)
        while self._answer_next(exchange):
            pass

    def _answer_next(self, exchange: Exchange) -> bool:
        """Answer one request; whether another may follow."""
        try:
            request = exchange.request()
        except Malformed as malformed:
            self.server.log_line(f"{malformed.response.status} for no request: {malformed}")
            exchange.respond(malformed.response)
            self._hang_up()
            return False
        return request is not None and self._answer(exchange, request)

    def _answer(self, exchange: Exchange, request: Request) -> bool:
        asked = f"{request.method} {request.target}"
        try:
            response = self.server.answer(request)
        except NoAnswer as nothing:
            self.server.log_line(f"{asked} {nothing}")
            if nothing.kind is FaultKind.TIMED_OUT:
                self._wait_for_the_end(PATIENCE_SECONDS)
            return False
        except TooManyCalls as stop:
            self.server.log_line(f"{asked} {stop}")
            return False
        self.server.log_line(f"{asked} {response.status}")
        return exchange.respond(response)

    def _receive(self, size: int) -> bytes:
        try:
            received: bytes = self.connection.recv(size)
        except OSError:
            return b""
        return received

    def _send(self, data: bytes) -> None:
        with suppress(OSError):
            self.connection.sendall(data)

    def _hang_up(self) -> None:
        # To close with something unread would reset the connection, and the answer be lost.
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
        self._wait_for_the_end(_LINGER_SECONDS)

    def _wait_for_the_end(self, seconds: float) -> None:
        """Let the client have its say until it closes, says nothing for so long, or is cut off."""
        self.connection.settimeout(seconds)
        while self._receive(1 << 16):
            pass
