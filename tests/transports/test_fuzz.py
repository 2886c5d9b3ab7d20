"""The fuzzed requests over both transports: neither breaks, and both give the same answer."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from pytest_kv import KVAccount, KVServer, mock_api
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request, Response
from tests.helpers.rest_client import ACCOUNT_ID, NAMESPACE_ID, snapshot
from tests.helpers.rest_fuzzer import IDS, STORED, Fuzzer
from tests.helpers.samples import HOST_URL
from tests.helpers.stopped_clock import StoppedClock
from tests.helpers.wire import Wire, request_bytes

REQUESTS = int(os.environ.get("PYTEST_KV_FUZZ_REQUESTS", "3000"))
"""How many requests are made at random; set the variable higher for a run by hand."""
PER_EXAMPLE = 100

WORD = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
UNSENDABLE = re.compile(r"[\x00-\x20\x7f]")

# A removal that looks collapsed is warned of, as it should be.
pytestmark = pytest.mark.filterwarnings("ignore::pytest_kv.KVUsageWarning")

# A client costs 20 ms, most of it for TLS.
CLIENT = httpx.Client()


def an_account() -> KVAccount:
    account = KVAccount(
        id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, api_token="token", clock=StoppedClock()
    )
    account.create_namespace("one", id=IDS[1])
    for namespace in account.namespaces.values():
        namespace.seed(STORED)
    return account


def raw(text: str) -> bytes:
    """The bytes of a fuzzed text, also of one that is no Unicode."""
    return text.encode("utf-8", "surrogatepass")


class Both:
    """Two accounts that are alike, one behind a server and one behind httpx."""

    def __init__(self, served: Wire, served_account: KVAccount, mocked: KVAccount) -> None:
        self._wire = served
        self._accounts = (served_account, mocked)
        self._direct = RestApi(mocked._core)
        self.over_httpx = 0
        """How many requests httpx could send as they are."""

    @property
    def is_gone(self) -> bool:
        """Whether the default namespace was removed."""
        return NAMESPACE_ID not in self._accounts[0].namespaces

    def send(self, request: Request) -> None:
        """Send a request over both, and compare what comes back and what is noted."""
        if not WORD.fullmatch(request.method) or not request.target:
            return
        if UNSENDABLE.search(request.target):
            return
        is_head = request.method == "HEAD"
        self._wire.send(
            request_bytes(
                raw(request.method), raw(request.target), dict(request.headers), request.body
            )
        )
        served = self._wire.answer(is_head=is_head)
        mocked = self._mocked(request)
        length = str(len(mocked.body))
        assert served.status == mocked.status < 500
        assert served.headers == {**mocked.headers, "content-length": length}
        assert served.body == (b"" if is_head else mocked.body)
        one, other = self._accounts
        assert one.calls[-1] == other.calls[-1]
        assert len(one.calls) == len(other.calls)

    def compare(self) -> None:
        """Both hold the same."""
        one, other = self._accounts
        assert snapshot(one) == snapshot(other)

    def _mocked(self, request: Request) -> Response:
        """The answer over httpx, or without a transport where httpx would send something else."""
        target = quote(raw(request.target), safe=bytes(range(0x21, 0x7F)))
        headers = [(raw(name), raw(value)) for name, value in request.headers.items()]
        try:
            sent = CLIENT.build_request(
                request.method,
                httpx.URL(HOST_URL).copy_with(raw_path=target.encode()),
                headers=headers,
                content=request.body,
            )
        except httpx.InvalidURL:
            return self._direct.handle(request._replace(target=target))
        if (sent.method, sent.url.raw_path.decode()) != (request.method, target):
            return self._direct.handle(request._replace(target=target))
        self.over_httpx += 1
        answer = CLIENT.send(sent)
        told = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return Response(answer.status_code, told, answer.content)


@contextmanager
def both() -> Iterator[Both]:
    """A server and the API on respx, side by side."""
    served, mocked = an_account(), an_account()
    server = KVServer(served)
    try:
        with mock_api(mocked), Wire(server) as wire:
            both = Both(wire, served, mocked)
            yield both
            both.compare()
        server.check(lambda told: None)
    finally:
        server.stop()


def send_many(random: Random, count: int) -> None:
    """Send requests to accounts that are new whenever the default namespace is gone."""
    fuzzer = Fuzzer(random)
    while count:
        with both() as transports:
            while count and not transports.is_gone:
                request = fuzzer.request()
                count -= 1
                note(repr(request)[:1000])
                transports.send(request)


@pytest.mark.fidelity("server-same-answers")
@settings(max_examples=-(-REQUESTS // PER_EXAMPLE))
@given(st.randoms(use_true_random=True))
def test_both_transports_give_the_same_answer(random: Random) -> None:
    send_many(random, PER_EXAMPLE)


@given(st.randoms(use_true_random=False))
def test_a_request_that_is_answered_differently_shrinks(random: Random) -> None:
    send_many(random, 1)


def test_most_requests_can_be_sent_by_httpx() -> None:
    fuzzer = Fuzzer(Random(0))
    with both() as transports:
        for _ in range(50):
            transports.send(fuzzer.request())

        assert transports.over_httpx >= 25


# Bytes that are no request


def damaged(random: Random, data: bytes) -> bytes:
    """``data`` with a piece cut out, doubled or put in somewhere in its first kilobyte."""
    start = random.randrange(min(len(data), 1000))
    end = start + random.choice((0, 1, 2, 20))
    piece = random.choice((b"", data[start:end] * 2, b"\r\n", b"\n", b"\0", b"\xff", b" ", b":"))
    return data[:start] + piece + data[end:]


@settings(max_examples=-(-REQUESTS // 30))
@given(st.randoms(use_true_random=True))
def test_any_bytes_are_survived(random: Random) -> None:
    fuzzer = Fuzzer(random)
    server = KVServer(an_account())
    try:
        for _ in range(5):
            request = fuzzer.request()
            sent = request_bytes(
                raw(request.method), raw(request.target), dict(request.headers), request.body
            )
            sent = damaged(random, damaged(random, sent))
            note(repr(sent[:1000]))
            with Wire(server) as wire:
                wire.send(sent)
                wire.end()
                answers = wire.rest()
            statuses = re.findall(rb"^HTTP/1\.1 (\d+) ", answers, re.MULTILINE)
            assert not [status for status in statuses if status >= b"500"]
        server.check(lambda told: None)
    finally:
        server.stop()
