"""A port and its connections: what they survive, and that nothing is left of them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from threading import Event

import pytest

from pytest_kv import KVAccount, KVServer, serve
from pytest_kv._transports import listener
from tests.helpers.late_answers import until_request_is_read
from tests.helpers.wire import Wire, request_bytes

VALUE = b"/client/v4/accounts/%b/storage/kv/namespaces/%b/values/k"
TOKEN = {"Authorization": "Bearer any"}


@pytest.fixture
def server() -> Iterator[KVServer]:
    with serve() as server:
        server.namespace.seed({"k": "value"})
        yield server


@pytest.fixture
def wire(server: KVServer) -> Iterator[Wire]:
    with Wire(server) as wire:
        yield wire


def value_of(server: KVServer) -> bytes:
    """The target of the key that is there."""
    return VALUE % (server.account_id.encode(), server.namespace_id.encode())


def threads_of(server: KVServer) -> list[threading.Thread]:
    name = f"pytest-kv on port {server.port}"
    return [thread for thread in threading.enumerate() if thread.name == name]


# One connection


def test_a_connection_serves_request_after_request(server: KVServer, wire: Wire) -> None:
    for _ in range(3):
        assert wire.ask(b"GET", value_of(server), headers=TOKEN).body == b"value"

    assert len(threads_of(server)) == 2


def test_requests_sent_together_are_answered_in_order(server: KVServer, wire: Wire) -> None:
    get = request_bytes(b"GET", value_of(server), TOKEN)
    wire.send(get + request_bytes(b"DELETE", value_of(server), TOKEN) + get)

    assert [wire.answer().status for _ in range(3)] == [200, 200, 404]


@pytest.mark.fidelity("server-head")
def test_head_is_answered_as_any_method_without_a_route_and_without_a_body(
    server: KVServer, wire: Wire
) -> None:
    head = wire.ask(b"HEAD", value_of(server), headers=TOKEN)
    patch = wire.ask(b"PATCH", value_of(server), headers=TOKEN)

    assert (head.status, head.body) == (405, b"")
    assert int(head.headers["content-length"]) == len(patch.body)


def test_a_refused_request_with_a_large_body_leaves_the_connection_in_order(
    server: KVServer, wire: Wire
) -> None:
    assert wire.ask(b"PUT", value_of(server), bytes(1 << 20)).status == 400
    assert wire.ask(b"PUT", b"/nowhere", bytes(1 << 20)).status == 404

    assert wire.ask(b"GET", value_of(server), headers=TOKEN).body == b"value"


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_of_100_mb_reaches_the_api(server: KVServer, wire: Wire, is_chunked: bool) -> None:
    megabyte = bytes(1_000_000)
    if is_chunked:
        framing, piece, end = (
            "Transfer-Encoding: chunked",
            b"f4240\r\n%b\r\n" % megabyte,
            b"0\r\n\r\n",
        )
    else:
        framing, piece, end = "Content-Length: 100000000", megabyte, b""
    wire.send(
        b"PUT %b HTTP/1.1\r\nHost: kv\r\nAuthorization: Bearer any\r\n%b\r\n\r\n"
        % (value_of(server), framing.encode())
    )
    for _ in range(100):
        wire.send(piece)
    wire.send(end)

    answer = wire.answer()
    assert (answer.status, b"Value length of 100000000 exceeds" in answer.body) == (413, True)
    assert wire.ask(b"GET", value_of(server), headers=TOKEN).body == b"value"


def test_a_client_waits_with_its_body_until_it_is_told_to_go_on(
    server: KVServer, wire: Wire
) -> None:
    request = request_bytes(b"PUT", value_of(server), {**TOKEN, "Expect": "100-continue"}, b"new")
    head, body = request[:-3], request[-3:]

    wire.send(head)
    assert wire.socket.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(body)

    assert wire.answer().status == 200
    assert server.namespace.data["k"].text == "new"


def test_a_client_that_sends_no_request_sees_the_answer_whatever_it_goes_on_to_send(
    server: KVServer, wire: Wire
) -> None:
    wire.send(b"PUT / HTTP/1.1\r\nHost: kv\r\nContent-Length: x\r\n\r\n" + bytes(1 << 20))
    wire.end()

    answer = wire.answer()
    assert (answer.status, answer.body) == (400, b"400 Bad Request: bad Content-Length\n")
    assert wire.rest() == b""
    assert server.account.calls == []


def test_a_client_that_leaves_without_its_answer_harms_nobody(server: KVServer) -> None:
    server.namespace.seed({"k": bytes(10_000_000)})
    for _ in range(3):
        with Wire(server) as wire:
            wire.send(request_bytes(b"GET", value_of(server), TOKEN))
            wire.socket.recv(1)

    with Wire(server) as wire:
        assert len(wire.ask(b"GET", value_of(server), headers=TOKEN).body) == 10_000_000


# Planned faults


def test_a_dropped_connection_closes_without_an_answer(server: KVServer, wire: Wire) -> None:
    server.account.drop_next("delete", done=True)

    wire.send(request_bytes(b"DELETE", value_of(server), TOKEN))

    assert wire.rest() == b""
    server.namespace.assert_only_deleted("k")


def test_a_timeout_is_the_clients_own(server: KVServer) -> None:
    server.account.time_out_next("get")
    with Wire(server) as wire, until_request_is_read(server):
        wire.send(request_bytes(b"GET", value_of(server), TOKEN))
        wire.socket.settimeout(0.05)

        with pytest.raises(TimeoutError):
            wire.socket.recv(1)

    with Wire(server) as wire:
        assert wire.ask(b"GET", value_of(server), headers=TOKEN).status == 200


def test_a_client_that_never_gives_up_is_cut_off_in_the_end(
    server: KVServer, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PATIENCE_SECONDS", 0.01)
    server.account.time_out_next("get")

    wire.send(request_bytes(b"GET", value_of(server), TOKEN))

    assert wire.rest() == b""


# Stopping


def test_nothing_is_left_of_a_server_whatever_its_clients_are_at() -> None:
    waits = Event()
    server = KVServer(KVAccount(), log=lambda line: waits.set() if "timeout" in line else None)
    server.account.time_out_next("get")
    with Wire(server) as idle, Wire(server) as halfway, Wire(server) as waiting, Wire(server):
        assert idle.ask(b"GET", b"/").status == 404
        halfway.send(b"PUT / HTTP/1.1\r\nHost: kv\r\nContent-Length: 5\r\n\r\nv")
        waiting.send(request_bytes(b"GET", value_of(server), TOKEN))
        assert waits.wait(60)

        server.stop()

        assert threads_of(server) == []
        assert waiting.rest() == idle.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        Wire(server)


def test_a_server_stops_although_nothing_can_connect_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_args: object) -> None:
        raise OSError("too many open files")

    with serve() as server, monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", fail)
        patch.setattr(socket.socket, "connect_ex", fail)
        server.stop()

    assert threads_of(server) == []


def test_a_thread_ends_with_its_connection(server: KVServer) -> None:
    [accepting] = threads_of(server)
    for _ in range(2):
        with Wire(server) as wire:
            wire.ask(b"GET", b"/")
            [thread] = {*threads_of(server)} - {accepting}
        thread.join(60)
        assert not thread.is_alive()


def test_64_clients_connect_at_the_same_moment(server: KVServer) -> None:
    together = threading.Barrier(64)
    statuses: list[int] = []

    def ask() -> None:
        together.wait()
        with Wire(server) as wire:
            statuses.append(wire.ask(b"GET", value_of(server), headers=TOKEN).status)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 64


# Other writers


def test_another_writer_may_wait_for_a_request_of_its_own(server: KVServer) -> None:
    def write() -> None:
        with Wire(server) as wire:
            assert wire.ask(b"DELETE", value_of(server), headers=TOKEN).status == 200

    server.namespace.after_next_read("k", write)
    server.namespace.after_next_read("missing", write)
    with Wire(server) as wire:
        assert wire.ask(b"GET", value_of(server), headers=TOKEN).body == b"value"
    assert asyncio.run(server.namespace.get("missing")) is None

    assert server.namespace.deletes == ["k", "k"]


@pytest.mark.parametrize("kind", [OSError, pytest.fail.Exception])
def test_an_error_where_nobody_catches_it_is_raised_by_who_serves(
    kind: type[BaseException],
) -> None:
    def act() -> None:
        raise kind("another writer")

    def read() -> None:
        with serve() as server, Wire(server) as wire:
            server.namespace.after_next_read("k", act)
            wire.send(request_bytes(b"GET", value_of(server), TOKEN))
            assert wire.rest() == b""

    with pytest.raises(kind, match=r"^another writer$"):
        read()
