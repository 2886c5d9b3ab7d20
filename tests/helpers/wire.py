"""HTTP as bytes on a socket, for what no client would send."""

from __future__ import annotations

__all__ = ("Listening", "Wire", "Wired", "read_answer", "request_bytes")

import socket
from collections.abc import Mapping
from types import TracebackType
from typing import BinaryIO, NamedTuple, Protocol


class Listening(Protocol):
    """What can be connected to."""

    host: str
    port: int


class Wired(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_bytes(
    method: bytes, target: bytes, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """A request that says how long its body is."""
    fields = {"Host": "kv", "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"{name}: {value}\r\n".encode() for name, value in fields.items()]
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method, target, b"".join(lines), body)


def read_answer(stream: BinaryIO, *, is_head: bool = False) -> Wired | None:
    """The next answer of ``stream``; None at its end."""
    line = stream.readline()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (field := stream.readline()) != b"\r\n":
        name, _, value = field.decode().partition(":")
        headers[name.lower()] = value.strip()
    length = 0 if is_head else int(headers.get("content-length", "0"))
    version, status, _ = line.decode().split(" ", 2)
    assert version == "HTTP/1.1"
    return Wired(int(status), headers, stream.read(length))


class Wire:
    """One connection to a server."""

    def __init__(self, server: Listening) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=60)
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def end(self) -> None:
        """Say that no more is to come."""
        self.socket.shutdown(socket.SHUT_WR)

    def answer(self, *, is_head: bool = False) -> Wired:
        """The next answer."""
        answer = read_answer(self._stream, is_head=is_head)
        assert answer is not None, "the server closed the connection"
        return answer

    def ask(self, *request: bytes, headers: Mapping[str, str] | None = None) -> Wired:
        """The answer to a request: its method, its target and its body."""
        method, target, *body = request
        self.send(request_bytes(method, target, headers, b"".join(body)))
        return self.answer(is_head=method == b"HEAD")

    def rest(self) -> bytes:
        """Whatever is still to come, until the server closes."""
        return self._stream.read()
