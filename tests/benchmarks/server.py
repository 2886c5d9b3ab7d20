"""The server's speed, beside a handler on the same server that does nothing.

Clients and server share one Python, so the rates are what a test has, by the clock.
"""

from __future__ import annotations

__all__ = ("requests", "start_and_stop")

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

from pytest_kv import KVAccount, KVServer, serve
from pytest_kv._rest.http import Response
from pytest_kv._transports.listener import Listener
from tests.benchmarks.figures import Figure
from tests.helpers.wire import Listening, Wire, request_bytes

ACCOUNT_ID = "0" * 32
NAMESPACE_ID = "1" * 32
NAMESPACE = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces/{NAMESPACE_ID}"
DELETE = request_bytes(
    b"DELETE", f"{NAMESPACE}/values/session:1".encode(), {"Authorization": "Bearer token"}
)
ANSWER = Response(
    200,
    {"content-type": "application/json"},
    b'{"success": true, "errors": [], "messages": [], "result": {}}',
)

REQUESTS = 800
CLIENTS = (1, 16)
ROUNDS = 15


def requests() -> Iterator[Figure]:
    """``DELETE …/values/{key}`` from clients that keep their connections open."""
    for clients in CLIENTS:
        who = f"{clients} client{'s' if clients > 1 else ''}"
        ours, theirs = _rates(clients)
        yield Figure(what=f"kv_server, DELETE a second, {who}", rounds=ours, form="{:,.0f}")
        yield Figure(what=f"bare handler, requests a second, {who}", rounds=theirs, form="{:,.0f}")
        yield Figure(
            what=f"kv_server, {who}: its rate over the bare handler's",
            rounds=[kv / bare for kv, bare in zip(ours, theirs, strict=True)],
            form="{:.2f}×",
        )


def start_and_stop() -> Iterator[Figure]:
    """``serve()`` around nothing."""
    yield Figure(
        what="serve(), entered and left",
        rounds=[_start_and_stop_seconds() * 1e3 for _ in range(ROUNDS + 1)][1:],
        form="{:.2f} ms",
    )


def _rates(clients: int) -> tuple[list[float], list[float]]:
    """Requests a second, round by round, of the API and of a bare handler."""
    ours: list[float] = []
    theirs: list[float] = []
    with _kv_port() as kv, _bare_port() as bare:
        turns: list[tuple[Listening, list[float]]] = [(kv, ours), (bare, theirs)]
        for _ in range(ROUNDS + 1):
            for port, rates in turns:
                rates.append(REQUESTS / _seconds(port, clients))
            turns.reverse()
    return ours[1:], theirs[1:]


@contextmanager
def _kv_port() -> Iterator[KVServer]:
    with serve(KVAccount(id=ACCOUNT_ID, namespace_id=NAMESPACE_ID)) as server:
        server.namespace.seed({"session:1": "value"})
        yield server
        server.namespace.assert_only_deleted("session:1")


@contextmanager
def _bare_port() -> Iterator[Listener]:
    listener = Listener("127.0.0.1", 0, lambda request: ANSWER)
    try:
        yield listener
    finally:
        listener.stop()


def _seconds(port: Listening, clients: int) -> float:
    """How long it takes the clients to make all requests, all connected beforehand."""
    ready = Barrier(clients + 1)

    def make_requests() -> None:
        with Wire(port) as wire:
            ready.wait()
            for _ in range(REQUESTS // clients):
                wire.send(DELETE)
                assert wire.answer().status == 200

    threads = [Thread(target=make_requests) for _ in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def _start_and_stop_seconds() -> float:
    start = time.perf_counter()
    with serve():
        pass
    return time.perf_counter() - start
