"""Requests to a proxy for the API's host: none is sent, whatever the client and the proxy."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trio

from pytest_kv._transports.api_host import answered_by
from pytest_kv._transports.certificates import certificate

STAND_IN = b"\x7fKV\x01"
ASKS = {
    "CONNECT": b"CONNECT api.cloudflare.com:443 HTTP/1.1\r\n",
    "CONNECT in capitals": b"CONNECT API.CLOUDFLARE.COM:443 HTTP/1.1\r\n",
    "CONNECT with a dot": b"CONNECT api.cloudflare.com.:443 HTTP/1.1\r\n",
    "CONNECT by the address": b"CONNECT 127.75.86.1:443 HTTP/1.1\r\n",
    "GET": b"GET http://api.cloudflare.com/client/v4 HTTP/1.1\r\n",
    "GET without a path": b"GET http://api.cloudflare.com HTTP/1.1\r\n",
    "GET with a query alone": b"GET http://api.cloudflare.com?a=b HTTP/1.1\r\n",
    "PUT to a port": b"PUT http://api.cloudflare.com:80/ HTTP/1.1\r\n",
    "SOCKS 5 by the name": b"\x05\x01\0\x03\x12api.cloudflare.com\x01\xbb",
    "SOCKS 5 by the address": b"\x05\x01\0\x01" + STAND_IN + b"\x01\xbb",
    "SOCKS 4a": b"\x04\x01\x01\xbb\0\0\0\x01user\0api.cloudflare.com\0",
    "SOCKS 4": b"\x04\x01\x01\xbb" + STAND_IN + b"\0",
}
ASKS_NOT = {
    "a direct request": b"GET /client/v4 HTTP/1.1\r\nHost: api.cloudflare.com\r\n",
    "another host": b"CONNECT example.com:443 HTTP/1.1\r\nX: api.cloudflare.com\r\n",
    "a longer name": b"CONNECT api.cloudflare.com.example.com:443 HTTP/1.1\r\n",
    "another subdomain": b"CONNECT my-api.cloudflare.com:443 HTTP/1.1\r\n",
    "a path": b"GET http://example.com/http://api.cloudflare.com/ HTTP/1.1\r\n",
    "another address in SOCKS 5": b"\x05\x01\0\x01\x7f\0\0\x01\x01\xbb",
    "a greeting in SOCKS 5": b"\x05\x01\0",
    "nothing": b"",
}
WORDS = (
    "kv_intercept answers for api.cloudflare.com without a proxy, but this client was about to ask "
    "a proxy for that host: leave the proxy out in this test, or make the client during the test, "
    "when NO_PROXY has the host"
)

asks = pytest.mark.parametrize("data", ASKS.values(), ids=ASKS)
asks_not = pytest.mark.parametrize("data", ASKS_NOT.values(), ids=ASKS_NOT)


@pytest.fixture(autouse=True)
def _answered() -> Iterator[None]:
    with answered_by("127.0.0.1", 4430, certificate().client_context()):
        yield


def sends() -> dict[str, Any]:
    """Each way in which a client sends the start of a request."""
    return {
        "send": lambda sender, data: sender.send(data),
        "send a bytearray": lambda sender, data: sender.send(bytearray(data)),
        "sendall": lambda sender, data: sender.sendall(data),
        "sendall with flags": lambda sender, data: sender.sendall(memoryview(data), 0),
        "sendmsg": lambda sender, data: sender.sendmsg([data]),
        "makefile": write,
    }


def write(sender: socket.socket, data: bytes) -> None:
    with sender.makefile("wb", 0) as file:
        file.write(data)


def refusal_of(send: Any, *given: Any) -> OSError:
    with pytest.raises(OSError, match="ask a proxy") as failure:
        send(*given)
    return failure.value


@asks
@pytest.mark.parametrize("name", sends())
def test_nothing_is_sent_to_a_proxy_for_the_host(name: str, data: bytes) -> None:
    one, other = socket.socketpair()
    with one, other:
        failure = refusal_of(sends()[name], one, data)

        assert failure.args == (errno.EHOSTUNREACH, WORDS)
        assert other.recv(100) == b""
        # A client that goes on in spite of the error does not wait for an answer.
        assert one.recv(100) == b""


@asks_not
@pytest.mark.parametrize("name", sends())
def test_what_is_for_nobody_else_to_see_is_sent(name: str, data: bytes) -> None:
    one, other = socket.socketpair()
    with one, other:
        sends()[name](one, data)
        one.sendall(b".")

        assert other.recv(100) == data + b"."


def test_data_of_another_type_is_the_originals_to_judge() -> None:
    one, other = socket.socketpair()
    with one, other, pytest.raises(TypeError, match="a bytes-like object is required"):
        one.send("CONNECT api.cloudflare.com:443")  # type: ignore[arg-type]  # as a mistaken client


@asks
def test_nothing_is_sent_over_a_stream_of_trio(data: bytes) -> None:
    async def send() -> bytes:
        one, other = trio.socket.socketpair()
        async with trio.SocketStream(one) as stream, trio.SocketStream(other) as received:
            with pytest.raises(OSError, match="ask a proxy"):
                await stream.send_all(data)
            await stream.send_all(b".")
            return bytes(await received.receive_some())

    assert trio.run(send) == b"."


def test_nothing_is_sent_to_a_proxy_that_is_itself_reached_over_tls() -> None:
    theirs = ssl.create_default_context()
    one, other = socket.socketpair()
    how: Any = {"server_hostname": "proxy.example.com", "do_handshake_on_connect": False}
    with one, other, theirs.wrap_socket(one, **how) as tls:
        refusal_of(tls.sendall, ASKS["CONNECT"])

    ends = (ssl.MemoryBIO(), ssl.MemoryBIO())
    refusal_of(theirs.wrap_bio(*ends, server_hostname="example.com").write, ASKS["CONNECT"])
