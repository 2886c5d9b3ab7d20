"""HTTP/1.1 on one connection, as h11 understands it: requests in, responses out."""

from __future__ import annotations

__all__ = ("Exchange", "Malformed")

import re
from collections.abc import Callable

import h11

from pytest_kv._core.faults import reason_phrase
from pytest_kv._rest.http import Request, Response

_PIECE_BYTES = 1 << 18
_MOST_HEAD_BYTES = 1 << 17
"""How long a request's line and headers may be together: 128 KB (D for Workers, I for this API)."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?]*")


class Malformed(Exception):
    """What came in is not a request; ``response`` is the answer before the connection closes."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        text = f"{status} {reason_phrase(status)}: {reason}\n"
        headers = {"content-type": "text/plain", "connection": "close"}
        self.response = Response(status, headers, text.encode())


class Exchange:
    """Requests and responses in turn, on one connection.

    ``receive`` gives the next bytes, at most so many, and none at the end; ``send`` sends some.
    """

    def __init__(self, receive: Callable[[int], bytes], send: Callable[[bytes], object]) -> None:
        self._receive = receive
        self._send = send
        self._ahead = b""
        """What came in behind the last request."""
        self._begin()

    def request(self) -> Request | None:
        """The next request, with its whole body; None when there is none to come.

        Raises :class:`Malformed` for what is no request.
        """
        self._begin()
        line = self._first_line()
        if not line:
            return None
        try:
            self._http.receive_data(line + self._ahead)
            return self._read()
        except h11.RemoteProtocolError as error:
            # KV's own troubles are a test's to plan, so what a client does wrong is never a 5xx.
            status = error.error_status_hint
            # Behind a colon h11 repeats what came in, which may be a token.
            reason = str(error).partition(":")[0]
            raise Malformed(status if status < 500 else 400, reason) from None

    def respond(self, response: Response) -> bool:
        """Send a response; whether another request may follow."""
        headers = [*response.headers.items(), ("content-length", str(len(response.body)))]
        head = h11.Response(
            status_code=response.status, headers=headers, reason=reason_phrase(response.status)
        )
        body = b"" if self._is_head else response.body
        parts = (head, h11.Data(data=body), h11.EndOfMessage())
        self._send(b"".join(self._http.send(part) or b"" for part in parts))
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    def _begin(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD_BYTES)
        self._is_head = False

    def _first_line(self) -> bytes:
        """The line that a request begins with, in ASCII; empty when there is none to come."""
        while True:
            line, end, self._ahead = self._ahead.lstrip(b"\r\n").partition(b"\n")
            # One that begins with a control character, as TLS does, may have no end.
            if end or len(line) > _MOST_HEAD_BYTES or b"" < line[:1] <= b" ":
                method, space, rest = line.partition(b" ")
                return method + space + _NOT_ASCII.sub(_percent_encoded, rest) + end
            more = self._receive(_PIECE_BYTES)
            if not more:
                return b""
            self._ahead = line + more

    def _read(self) -> Request | None:
        head: h11.Request | None = None
        body: list[bytes] = []
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    self._send_continue()
                self._http.receive_data(self._receive(_PIECE_BYTES))
            elif isinstance(event, h11.Request):
                _check_length(event)
                head = event
                self._is_head = event.method == b"HEAD"
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            else:
                self._ahead = self._http.trailing_data[0]
                return None if head is None else _request(head, b"".join(body))

    def _send_continue(self) -> None:
        go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
        self._send(self._http.send(go_on) or b"")


def _percent_encoded(byte: re.Match[bytes]) -> bytes:
    # A client that sends a key's bytes as they are means what one that encodes them means.
    return b"%%%02X" % ord(byte[0])


def _check_length(head: h11.Request) -> None:
    """Refuse a head that h11 let pass because it came in one piece."""
    fields = sum(len(name) + len(value) for name, value in head.headers)
    if len(head.target) + fields > _MOST_HEAD_BYTES:
        raise h11.RemoteProtocolError("Receive buffer too long", error_status_hint=431)


def _request(head: h11.Request, body: bytes) -> Request:
    target = head.target.decode("ascii")
    origin = _ORIGIN.match(target)
    if origin is not None:
        path = target[origin.end() :]
        target = path if path.startswith("/") else f"/{path}"
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii"), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(head.method.decode("ascii"), target, headers, body)


def _text(value: bytes) -> str:
    # As httpx reads a header, so that both transports give the API the same.
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")
