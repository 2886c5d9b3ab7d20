"""HTTP/1.1 on one connection; h11 reads the requests."""

from __future__ import annotations

__all__ = ("Http11Connection", "Malformed")

import re
from collections.abc import Callable, Iterator

import h11

from pytest_kv._rest.http import Request, Response
from pytest_kv._status import reason_phrase

_PIECE_BYTES = 1 << 18
_MOST_HEAD_BYTES = 1 << 17
"""The longest request line and headers together: 128 KB (D for Workers, I for this API)."""

_ANY_RESPONSE = (
    h11.Response(status_code=200, headers=[("content-length", "0")]),
    h11.EndOfMessage(),
)

_BLANK_LINE = re.compile(rb"\n\r?\n")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?]*")


class Malformed(Exception):
    """The bytes are no request; the client gets ``response``, then the connection closes."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        text = f"{status} {reason_phrase(status)}: {reason}\n"
        headers = {"content-type": "text/plain", "connection": "close"}
        self.response = Response(status, headers, text.encode())


class Http11Connection:
    """Reads requests from one connection and writes a response to each.

    ``receive(size)`` returns the next bytes, at most ``size``, and none at the end; ``send(data)``
    sends bytes.

    h11 accepts only ASCII in a target, so other bytes are percent-encoded before h11 reads them.
    This is why h11 gets the bytes of one request and none of the next.
    """

    def __init__(self, receive: Callable[[int], bytes], send: Callable[[bytes], object]) -> None:
        self._receive = receive
        self._send = send
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD_BYTES)
        self._ahead = bytearray()
        """Received bytes that h11 has not got yet."""
        self._is_head = False

    def request(self) -> Request | None:
        """The next request with its whole body; None when the client sends no more.

        Raises :class:`Malformed` for bytes that are no request.
        """
        head = self._head()
        if not head:
            return None
        try:
            return self._read(head)
        except h11.RemoteProtocolError as error:
            # Only a planned fault is a 5xx; a client's own mistake is never one.
            status = error.error_status_hint
            # After a colon h11 quotes the received bytes, which may be a token.
            reason = str(error).partition(":")[0]
            raise Malformed(status if status < 500 else 400, reason) from None

    def respond(self, response: Response) -> bool:
        """Send a response; return whether another request may follow."""
        goes_on = self._http.their_state is h11.DONE
        headers = {**response.headers, "content-length": str(len(response.body))}
        if not goes_on:
            headers["connection"] = "close"
        lines = [f"HTTP/1.1 {response.status} {reason_phrase(response.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("iso-8859-1")
        self._send(head if self._is_head else head + response.body)
        if goes_on:
            # h11 only needs to know that there was a response.
            for event in _ANY_RESPONSE:
                self._http.send(event)
            self._http.start_next_cycle()
            self._is_head = False
        return goes_on

    def _head(self) -> bytes:
        """The next request's line, in ASCII, and headers; empty when the client sends no more."""
        size = self._head_size()
        if not size:
            return b""
        if size > _MOST_HEAD_BYTES:
            raise Malformed(431, "the request line and headers are longer than 128 KB")
        line, end, fields = self._take(size).partition(b"\n")
        method, space, rest = line.partition(b" ")
        return b"".join((method, space, _NOT_ASCII.sub(_percent_encoded, rest), end, fields))

    def _head_size(self) -> int:
        """The size of the next request's line and headers in bytes; 0 when none comes."""
        while True:
            self._ahead = self._ahead.lstrip(b"\r\n")
            blank_line = _BLANK_LINE.search(self._ahead)
            if blank_line:
                return blank_line.end()
            # TLS begins with a control character and may have no line end; h11 rejects it.
            if len(self._ahead) > _MOST_HEAD_BYTES or b"" < self._ahead[:1] <= b" ":
                return len(self._ahead)
            more = self._receive(_PIECE_BYTES)
            if not more and b"\n" in self._ahead:
                raise Malformed(400, "the client closed the connection within the headers")
            if not more:
                return 0
            self._ahead += more

    def _read(self, head: bytes) -> Request:
        self._http.receive_data(head)
        event = self._http.next_event()
        assert isinstance(event, h11.Request), "h11 was given a whole head"
        self._is_head = event.method == b"HEAD"
        headers = _headers(event)
        body = b"".join(self._body(headers))
        return Request(event.method.decode("ascii"), _path(event.target), headers, body)

    def _body(self, headers: dict[str, str]) -> Iterator[bytes]:
        is_chunked = "transfer-encoding" in headers
        length = int(headers.get("content-length", 0))
        pieces = self._chunks() if is_chunked else self._bytes(length)
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue and not self._ahead:
                    self._send_continue()
                self._http.receive_data(next(pieces))
            elif isinstance(event, h11.Data):
                yield event.data
            else:
                return

    def _chunks(self) -> Iterator[bytes]:
        """The pieces of a chunked body; it ends where its sizes say so."""
        size = 1
        while size:
            line = b""
            while not line.endswith(b"\r\n"):
                piece = self._take_line()
                line += piece
                yield piece
            # h11 has checked the line: it asks for more only when there is a size.
            size = int(line.partition(b";")[0], 16)
            if size:
                yield from self._bytes(size + len(b"\r\n"))
        while True:
            yield self._take_line()

    def _bytes(self, size: int) -> Iterator[bytes]:
        """The pieces of a body of ``size`` bytes."""
        while size:
            piece = self._take(size)
            size -= len(piece)
            yield piece

    def _take_line(self) -> bytes:
        """The next line as far as it has come; empty when the client has closed the connection."""
        self._wait()
        return self._take(self._ahead.find(b"\n") + 1 or len(self._ahead))

    def _take(self, most: int) -> bytes:
        """The next bytes, at most ``most``; empty when the client has closed the connection."""
        self._wait()
        taken = bytes(self._ahead[:most])
        del self._ahead[:most]
        return taken

    def _wait(self) -> None:
        """Wait for bytes unless some are there already."""
        if not self._ahead:
            self._ahead += self._receive(_PIECE_BYTES)

    def _send_continue(self) -> None:
        go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
        self._send(self._http.send(go_on) or b"")


def _percent_encoded(byte: re.Match[bytes]) -> bytes:
    # A key sent as raw bytes and the same key percent-encoded are one key.
    return b"%%%02X" % ord(byte[0])


def _path(raw_target: bytes) -> str:
    """The path and query of a target, which may be a whole URL."""
    target = raw_target.decode("ascii")
    origin = _ORIGIN.match(target)
    if origin is None:
        return target
    path = target[origin.end() :]
    return path if path.startswith("/") else f"/{path}"


def _headers(head: h11.Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii"), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _text(value: bytes) -> str:
    # httpx decodes headers in this way, so both transports hand on the same text.
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")
