"""What of the bytes on a connection is a request, and how a response goes back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._rest.http import Request, Response
from pytest_kv._transports.http11 import Http11Connection, Malformed
from tests.helpers.wire import Wired, read_answer, request_bytes

OK = Response(200, {"content-type": "text/plain"}, b"value")
HOST = b"Host: kv\r\n"


class Peer:
    """The other end: what it sends arrives piece by piece, and what it gets is kept."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)
        self.got = bytearray()
        self.http = Http11Connection(self._receive, self.got.extend)

    def _receive(self, size: int) -> bytes:
        piece = next(self._pieces, b"")
        assert len(piece) <= size
        return piece

    def requests(self) -> Iterator[Request]:
        """The requests that are read, each answered, until the connection closes."""
        is_open = True
        while is_open:
            request = self.http.request()
            if request is None:
                return
            yield request
            is_open = self.http.respond(OK)

    def answers(self, *, is_head: bool = False) -> list[Wired]:
        """What it got."""
        stream = BytesIO(bytes(self.got))
        return [*iter(lambda: read_answer(stream, is_head=is_head), None)]


def only(data: bytes) -> Request:
    [request] = Peer(data).requests()
    return request


# The target


@pytest.mark.fidelity("server-target")
@pytest.mark.parametrize(
    ("sent", "target"),
    [
        (b"/a%2Fb%2e%2E%25", "/a%2Fb%2e%2E%25"),
        (b"//a//../b/.", "//a//../b/."),
        (b"/a?b=c?d#e", "/a?b=c?d#e"),
        (b"/+~'\"<>[]{}|\\^`", "/+~'\"<>[]{}|\\^`"),
        ("/é😀".encode(), "/%C3%A9%F0%9F%98%80"),
        ("/\u00a0\u0085".encode(), "/%C2%A0%C2%85"),
        (b"/\xe0\xff", "/%E0%FF"),
        (b"http://127.0.0.1:8790/a%2Fb?c", "/a%2Fb?c"),
        (b"HTTPS://kv//a", "//a"),
        (b"http://kv", "/"),
        (b"http://kv?a", "/?a"),
        (b"*", "*"),
        (b"kv:443", "kv:443"),
        (b"a", "a"),
    ],
)
def test_a_target_arrives_as_it_was_sent(sent: bytes, target: str) -> None:
    assert only(request_bytes(b"GET", sent)).target == target


@given(st.binary(min_size=1).filter(lambda raw: not set(raw) & {*range(0x21), 0x7F}))
def test_a_key_in_raw_bytes_is_the_key_that_is_percent_encoded(raw: bytes) -> None:
    target = only(request_bytes(b"GET", b"/" + raw)).target

    assert target == "/" + "".join(f"%{byte:02X}" if byte > 0x7F else chr(byte) for byte in raw)


def test_a_method_is_any_word_in_its_own_case() -> None:
    assert [only(request_bytes(m, b"/")).method for m in (b"get", b"PURGE", b"M-S!")] == [
        "get",
        "PURGE",
        "M-S!",
    ]


# Headers and body


def test_headers_are_text_by_their_lower_case_names() -> None:
    raw = (
        b"GET / HTTP/1.1\r\n" + HOST + b"X-One:  a b \r\nx-two: \xc3\xa9\r\nX-Three: \xe9\r\n"
        b"X-Four: 1\r\nx-four: 2\r\nX-None:\r\n\r\n"
    )

    assert only(raw).headers == {
        "host": "kv",
        "x-one": "a b",
        "x-two": "é",
        "x-three": "é",
        "x-four": "1, 2",
        "x-none": "",
    }


def test_a_request_without_a_length_has_no_body() -> None:
    assert only(b"DELETE / HTTP/1.1\r\n" + HOST + b"\r\n") == Request(
        "DELETE", "/", {"host": "kv"}, b""
    )


CHUNKED = (
    b"PUT /k HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    b"3;name=value\r\none\r\n00A\r\n two three\r\n0\r\nX-Trailer: 1\r\n\r\n"
)


def test_a_chunked_body_arrives_whole() -> None:
    assert only(CHUNKED).body == b"one two three"


@given(st.lists(st.integers(1, 400), max_size=5), st.booleans())
def test_it_does_not_matter_in_which_pieces_requests_arrive(cuts: list[int], lines: bool) -> None:
    raw_target = CHUNKED.replace(b"/k", "/é".encode())
    whole = b"\r\n" * lines + request_bytes(b"PUT", "/é".encode(), body=b"v\n") + raw_target * 2
    whole += b"\n" * lines + request_bytes(b"GET", b"/")
    ends = sorted({min(cut, len(whole)) for cut in cuts} | {len(whole)})
    pieces = [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    peer = Peer(*pieces)
    assert [(request.target, request.body) for request in peer.requests()] == [
        ("/%C3%A9", b"v\n"),
        ("/%C3%A9", b"one two three"),
        ("/%C3%A9", b"one two three"),
        ("/", b""),
    ]
    assert [answer.body for answer in peer.answers()] == [b"value"] * 4


@given(st.lists(st.text("\n\r0 v", min_size=1), max_size=5), st.integers(1, 20))
def test_a_chunked_body_may_hold_blank_lines(chunks: list[str], piece_bytes: int) -> None:
    head, _ = CHUNKED.split(b"3;")
    data = "".join(f"{len(chunk):x}\r\n{chunk}\r\n" for chunk in chunks).encode()
    whole = head + data + b"0\r\n\r\n" + request_bytes(b"GET", "/é".encode())

    peer = Peer(*(whole[at : at + piece_bytes] for at in range(0, len(whole), piece_bytes)))
    assert [(request.target, request.body) for request in peer.requests()] == [
        ("/k", "".join(chunks).encode()),
        ("/%C3%A9", b""),
    ]


def test_a_connection_is_one_connection_of_h11(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[h11.Connection] = []

    class Counted(h11.Connection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            built.append(self)

    monkeypatch.setattr(h11, "Connection", Counted)
    peer = Peer(request_bytes(b"GET", b"/") * 3)

    assert len(list(peer.requests())) == 3
    assert len(built) == 1


EXPECTING = b"PUT / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n"


def test_a_client_that_waits_to_be_told_is_told_to_go_on() -> None:
    peer = Peer(EXPECTING, b"v")

    assert next(peer.requests()).body == b"v"
    assert peer.got == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_client_that_does_not_wait_is_not_told() -> None:
    peer = Peer(EXPECTING + b"v")

    assert next(peer.requests()).body == b"v"
    assert peer.got == b""


# Responses


def test_a_response_says_how_long_it_is() -> None:
    peer = Peer(request_bytes(b"GET", b"/"))
    list(peer.requests())

    assert peer.got == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nvalue"
    )


def test_a_response_to_head_says_it_and_has_no_body() -> None:
    peer = Peer(request_bytes(b"HEAD", b"/") * 2)

    assert [request.method for request in peer.requests()] == ["HEAD", "HEAD"]
    headers = {"content-type": "text/plain", "content-length": "5"}
    assert peer.answers(is_head=True) == [Wired(200, headers, b"")] * 2


def test_a_status_that_http_has_no_words_for_can_be_sent() -> None:
    peer = Peer(request_bytes(b"GET", b"/"))
    peer.http.request()
    peer.http.respond(Response(520, {}, b""))

    assert peer.got == b"HTTP/1.1 520 Unknown Error\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "request_that_ends",
    [
        request_bytes(b"GET", b"/", {"Connection": "close"}),
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ],
)
def test_a_client_may_ask_for_the_end(request_that_ends: bytes) -> None:
    peer = Peer(request_that_ends + request_bytes(b"GET", b"/never"))

    assert [request.target for request in peer.requests()] == ["/"]
    assert [answer.headers["connection"] for answer in peer.answers()] == ["close"]


# What is no request


def line(text: bytes) -> bytes:
    return text + b"\r\n" + HOST + b"\r\n"


def with_field(field: bytes, body: bytes = b"") -> bytes:
    return b"PUT / HTTP/1.1\r\n" + HOST + field + b"\r\n\r\n" + body


@pytest.mark.fidelity("server-not-http", "server-headers-too-large")
@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (line(b"GET"), 400, "Bad Request: illegal request line"),
        (line(b"GET /"), 400, "Bad Request: illegal request line"),
        (line(b"GET  HTTP/1.1"), 400, "Bad Request: illegal request line"),
        (line(b"GET /a b HTTP/1.1"), 400, "Bad Request: illegal request line"),
        (line(b"GET /\x00 HTTP/1.1"), 400, "Bad Request: illegal request line"),
        (line(b"GET /\x7f HTTP/1.1"), 400, "Bad Request: illegal request line"),
        (line(b"GE(T / HTTP/1.1"), 400, "Bad Request: illegal request line"),
        (line("G\u00e9T / HTTP/1.1".encode()), 400, "Bad Request: illegal request line"),
        (line(b"GET / HTTP/x"), 400, "Bad Request: illegal request line"),
        (line(b" GET / HTTP/1.1"), 400, "Bad Request: illegal request line"),
        (b"\x16\x03\x01\x02\x00\x01", 400, "Bad Request: illegal request line"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Bad Request: Missing mandatory Host"),
        (with_field(b"Host: again"), 400, "Bad Request: Found multiple Host"),
        (with_field(b"no colon"), 400, "Bad Request: illegal header line"),
        (with_field(b"space : x"), 400, "Bad Request: illegal header line"),
        (with_field(b"x: \x00"), 400, "Bad Request: illegal header line"),
        (with_field(b"Content-Length: x"), 400, "Bad Request: bad Content-Length"),
        (with_field(b"Content-Length: -1"), 400, "Bad Request: bad Content-Length"),
        (
            with_field(b"Content-Length: 1, 2", b"vv"),
            400,
            "Bad Request: conflicting Content-Length",
        ),
        (with_field(b"Transfer-Encoding: gzip"), 400, "Bad Request: Only Transfer-Encoding"),
        (
            with_field(b"Transfer-Encoding: chunked", b"x\r\n"),
            400,
            "Bad Request: illegal chunk header",
        ),
        (
            line(b"GET / HTTP/1.1")[:-2],
            400,
            "Bad Request: the client closed the connection within the headers",
        ),
        (with_field(b"Content-Length: 5", b"v"), 400, "Bad Request: peer closed"),
        (with_field(b"Transfer-Encoding: chunked", b"5\r\nv"), 400, "Bad Request: peer closed"),
        (b"GET /" + b"x" * (1 << 18), 431, "Request Header Fields Too Large: the request line"),
        (with_field(b"x: " + b"y" * (1 << 18))[:-2], 431, "Request Header Fields Too Large: the"),
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(
    sent: bytes, status: int, told: str
) -> None:
    peer = Peer(*(sent[at : at + (1 << 18)] for at in range(0, len(sent), 1 << 18)))

    with pytest.raises(Malformed) as refused:
        peer.http.request()

    assert not peer.http.respond(refused.value.response)
    [answer] = peer.answers()
    assert answer.status == status
    assert answer.headers["connection"] == "close"
    assert answer.body.decode().startswith(f"{status} {told}")
    assert answer.body.endswith(b"\n")


@pytest.mark.parametrize("piece_bytes", [1 << 12, 1 << 18])
def test_a_head_of_128_kb_is_too_long_in_however_many_pieces_it_comes(piece_bytes: int) -> None:
    def sent(length: int) -> Peer:
        head = line(b"GET /" + b"x" * length + b" HTTP/1.1")
        return Peer(*(head[at : at + piece_bytes] for at in range(0, len(head), piece_bytes)))

    accepted = sent((1 << 17) - (1 << 12)).http.request()
    assert accepted is not None
    with pytest.raises(Malformed, match=r"^the request line and headers are longer than 128 KB$"):
        sent(1 << 17).http.request()


def test_a_refusal_does_not_repeat_what_came_in() -> None:
    with pytest.raises(Malformed) as refused:
        only(with_field(b"Authorization Bearer secret"))

    assert refused.value.response.body == b"400 Bad Request: illegal header line\n"


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"GET", b"GET / HTTP/1.1"])
def test_a_client_that_leaves_before_a_first_line_has_asked_nothing(sent: bytes) -> None:
    peer = Peer(sent)

    assert list(peer.requests()) == []
    assert peer.got == b""


def test_a_large_body_arrives_whole() -> None:
    piece = bytes(1 << 18)
    head = request_bytes(b"PUT", b"/", {"Content-Length": str(400 * len(piece))})

    [request] = Peer(head, *[piece] * 400).requests()

    assert len(request.body) == 100 * (1 << 20)
