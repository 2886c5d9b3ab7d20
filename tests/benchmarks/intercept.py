"""Interception beside the plain server, and the server beside pytest-httpserver, by the clock.

Clients and server share one Python, so the rates are what a test has.
"""

from __future__ import annotations

__all__ = ("beside_httpserver", "get", "set_up")

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from logging import ERROR, getLogger

import requests
from pytest_httpserver import HTTPServer

from pytest_kv import KVAccount, intercept, serve
from pytest_kv._transports.certificates import certificate
from pytest_kv._transports.server import Served
from tests.benchmarks.figures import Figure

HEADERS = {"Authorization": "Bearer any"}
REQUESTS = 200
ROUNDS = 15


def get() -> Iterator[Figure]:
    """``GET …/values/{key}`` with requests, over a connection that stays open and over new ones.

    For each new connection over TLS requests loads all certificates of certifi, as it does in
    production: that is nearly all of the time of ``requests.get``.
    """
    with serve(_account()) as server, intercept(_account()) as api:
        for what, work, most in (
            ("one Session", _in_a_session, 1.6),
            ("requests.get", _each, None),
        ):
            ours, theirs = _by_turns(partial(work, api), partial(work, server))
            yield _milliseconds(f"kv_intercept, {what}", ours)
            yield _milliseconds(f"kv_server, {what}", theirs)
            yield Figure(
                what=f"kv_intercept, {what}: its time over kv_server's",
                rounds=_ratios(ours, theirs),
                form="{:.2f}×",
                at_most=most,
            )


def set_up() -> Iterator[Figure]:
    """``intercept()`` around nothing, with certificates made anew and with those of the run."""
    _seconds(_enter_and_leave)
    new = []
    for _ in range(ROUNDS):
        certificate.cache_clear()
        new.append(_seconds(_enter_and_leave) * 1e3)
    kept = [_seconds(_enter_and_leave) * 1e3 for _ in range(ROUNDS)]
    for what, rounds in (("new certificates", new), ("the certificates of the run", kept)):
        yield Figure(
            what=f"intercept(), entered and left, with {what}",
            rounds=rounds,
            form="{:.2f} ms",
            at_most=30,
        )


def beside_httpserver() -> Iterator[Figure]:
    """A GET with ``http.client``, over a connection that stays open."""
    # What werkzeug logs for each request costs it more than the request.
    getLogger("werkzeug").setLevel(ERROR)
    with serve(_account()) as server, HTTPServer() as other:
        path = _url(server).removeprefix(f"http://{server.host}:{server.port}")
        other.expect_request(path).respond_with_data(b"value")
        ours, theirs = _by_turns(
            partial(_raw, server.host, server.port, path),
            partial(_raw, other.host, other.port, path),
        )
        yield _milliseconds("kv_server, http.client", ours)
        yield _milliseconds("pytest-httpserver, http.client", theirs)
        yield Figure(
            what="kv_server, http.client: pytest-httpserver's time over its own",
            rounds=_ratios(theirs, ours),
            form="{:.2f}×",
            at_least=2,
        )


def _milliseconds(what: str, seconds: list[float]) -> Figure:
    each = [second * 1e3 / REQUESTS for second in seconds]
    return Figure(what=f"{what}, a GET", rounds=each, form="{:.2f} ms")


def _account() -> KVAccount:
    account = KVAccount()
    account.default_namespace.seed({"k": "value"})
    return account


def _url(api: Served) -> str:
    namespaces = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
    return f"{namespaces}/{api.namespace_id}/values/k"


def _in_a_session(api: Served) -> None:
    url = _url(api)
    with requests.Session() as session:
        session.headers.update(HEADERS)
        assert session.get(url).text == "value"
        for _ in range(REQUESTS - 1):
            session.get(url)


def _each(api: Served) -> None:
    url = _url(api)
    for _ in range(REQUESTS):
        assert requests.get(url, headers=HEADERS).text == "value"


def _raw(host: str, port: int, path: str) -> None:
    with closing(http.client.HTTPConnection(host, port)) as connection:
        for _ in range(REQUESTS):
            connection.request("GET", path, headers=HEADERS)
            assert connection.getresponse().read() == b"value"


def _enter_and_leave() -> None:
    with intercept():
        pass


def _by_turns(
    ours: Callable[[], None], theirs: Callable[[], None]
) -> tuple[list[float], list[float]]:
    """The seconds of each round of both sides, after one that warms caches up."""
    measured: tuple[list[float], list[float]] = ([], [])
    turns = [(ours, measured[0]), (theirs, measured[1])]
    for _ in range(ROUNDS + 1):
        for work, seconds in turns:
            seconds.append(_seconds(work))
        turns.reverse()
    return measured[0][1:], measured[1][1:]


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ratios(over: list[float], under: list[float]) -> list[float]:
    return [one / other for one, other in zip(over, under, strict=True)]
