"""A socket that listens and a thread for each connection to it: werkzeug's server, kept tidy."""

from __future__ import annotations

__all__ = ("Listener",)

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from werkzeug.exceptions import NotImplemented as NoApplication
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, select_address_family

from pytest_kv.core.faults import Outage
from pytest_kv.rest.messages import NoAnswer, Request, Response
from pytest_kv.transports.exchange import Connection, Malformed

_BACKLOG = 256
_PATIENCE_SECONDS = 100
"""How long a client that never gives up is left without an answer."""

Answer = Callable[[Request], Response]
"""What answers the requests; it may raise :class:`NoAnswer`."""


class Listener(ThreadedWSGIServer):
    """Serves ``answer`` over HTTP/1.1 from when it is made until :meth:`stop`.

    Of werkzeug's server it has the socket and the threads. Its handler closes the connection
    behind each answer and decodes targets, so connections are h11's.
    """

    def __init__(self, host: str, port: int, answer: Answer) -> None:
        self.answer = answer
        self._connections: dict[Thread, socket.socket] = {}
        self._is_stopping = False
        family = select_address_family(host, port)
        with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listening:
            super().__init__(host, port, NoApplication(), _Handler, fd=listening.fileno())
        self._thread = Thread(target=self._accept, name=f"pytest-kv on port {self.port}")
        self._thread.daemon = True
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and end every thread, whatever they are at."""
        self._is_stopping = True
        with suppress(OSError):
            # Wakes the thread that waits for a connection.
            socket.create_connection(self.socket.getsockname()[:2]).close()
        self._thread.join()
        self.server_close()
        for connection in self._connections.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._connections:
            thread.join()

    def _accept(self) -> None:
        while not self._is_stopping:
            self.handle_request()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self._is_stopping

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections = {
            thread: connection
            for thread, connection in self._connections.items()
            if thread.is_alive()
        }
        args = (request, client_address)
        thread = Thread(target=self.process_request_thread, args=args, daemon=True)
        thread.start()
        self._connections[thread] = request


class _Handler(WSGIRequestHandler):
    """One connection, from its first request to its last."""

    server: Listener
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(OSError):
            connection = Connection(self.connection.recv, self.connection.sendall)
            while self._exchange(connection):
                pass

    def _exchange(self, connection: Connection) -> bool:
        """Answer one request; whether another may follow."""
        try:
            request = connection.request()
            if request is None:
                return False
            connection.respond(self.server.answer(request))
        except Malformed as malformed:
            connection.respond(malformed.response, last=True)
        except NoAnswer as nothing:
            if nothing.outage is Outage.TIMED_OUT:
                self._wait_until_the_client_gives_up()
            return False
        return connection.is_open

    def _wait_until_the_client_gives_up(self) -> None:
        self.connection.settimeout(_PATIENCE_SECONDS)
        while self.connection.recv(4096):
            pass
