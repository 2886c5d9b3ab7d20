"""Two servers of the fake's own are compared: equal ones, and ones that differ in a limit."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import SimpleNamespace

import pytest

from pytest_kv import Limits
from pytest_kv._core.rules import Rule
from pytest_kv._rest.errors import CODES, MALFORMED
from tests.explorer.calls import Call, Sequence
from tests.explorer.compare import Comparer, unneeded_exclusions
from tests.explorer.exclusions import EXCLUSIONS
from tests.explorer.sequences import generate
from tests.explorer.shrink import shrink
from tests.explorer.sides import fake
from tests.oracle.notation import Json

_PUT = Call("PUT", ("{ns}", "values", "key"), (), {"text": "value"})
_LIST = Call("GET", ("{ns}", "keys"))


@contextmanager
def comparer(limits: Limits | None = None) -> Iterator[Comparer]:
    """Compares a fake that has these limits with one that has KV's."""
    with fake(limits) as left, fake() as right:
        yield Comparer(left, right)


def test_a_server_answers_like_another_of_its_kind_and_nothing_is_left_out() -> None:
    with comparer() as same:
        for index in range(30):
            assert same.compare(generate(1, index)) is None

        assert same.applied == {}
        assert same.calls > 300


def test_an_exclusion_that_does_not_apply_to_its_example_is_named() -> None:
    with comparer() as same:
        assert unneeded_exclusions(same) == [exclusion.name for exclusion in EXCLUSIONS]


def test_a_sequence_ends_with_a_list_and_the_values_of_its_names() -> None:
    with comparer() as same:
        exchanges = same.exchanges(Sequence.of(_PUT))

    assert [exchange.call for exchange in exchanges] == [
        _PUT,
        _LIST,
        Call("POST", ("{ns}", "bulk", "get"), (), {"json": {"keys": ["key"]}}),
    ]
    assert exchanges[-1].fake.result == {"values": {"key": "value"}}
    assert exchanges[-1].before == (_PUT, _LIST)


def test_the_other_namespace_is_listed_too_where_a_call_names_it() -> None:
    put = Call("PUT", ("{other}", "values", "key"), (), {"text": "value"})
    with comparer() as same:
        exchanges = same.exchanges(Sequence.of(put))

    assert [exchange.call.path for exchange in exchanges[1:]] == [
        ("{ns}", "keys"),
        ("{other}", "keys"),
        ("{other}", "bulk", "get"),
    ]


def test_every_sequence_begins_without_keys() -> None:
    with comparer() as same:
        for _ in range(2):
            (listed, *_) = same.exchanges(Sequence.of(_LIST, _PUT))
            assert listed.explorer.result == listed.fake.result == []


def test_each_side_gets_its_own_cursor() -> None:
    pairs = {"json": [{"key": f"k{index:02}", "value": ""} for index in range(12)]}
    page = Call("GET", ("{ns}", "keys"), (("limit", 10), ("cursor", {"$cursor": True})))
    calls = Sequence.of(Call("PUT", ("{ns}", "bulk"), (), pairs), page, page)
    with comparer() as same:
        pages = same.exchanges(calls)[1:3]

    assert [len(page.explorer.result) for page in pages] == [10, 2]
    assert [len(page.fake.result) for page in pages] == [10, 2]


def _ticking(*times: float) -> SimpleNamespace:
    """A module `time` that gives these times, and the last one from then on."""
    given = iter(times)
    return SimpleNamespace(time=lambda: next(given, times[-1]))


def test_calls_are_sent_again_when_the_second_changes_during_a_call_with_an_expiration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair: Json = {"key": "k", "value": "v", "expiration": {"$now": 60}}
    put = Call("PUT", ("{ns}", "bulk"), (), {"json": [pair]})
    monkeypatch.setattr("tests.explorer.compare.time", _ticking(100, 101, 105))
    with comparer() as same:
        (_, listed, _) = same.exchanges(Sequence.of(put))

    assert listed.explorer.result == [{"name": "k", "expiration": 165}]


def test_a_second_that_always_changes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Call("PUT", ("{ns}", "values", "k"), (("expiration_ttl", 60),), {"text": "v"})
    monkeypatch.setattr("tests.explorer.compare.time", _ticking(*range(99)))
    with (
        comparer() as same,
        pytest.raises(RuntimeError, match=r"^a call does not fit into one second$"),
    ):
        same.compare(Sequence.of(put))


def test_another_limit_is_found_and_shrunk_to_the_one_call_that_shows_it() -> None:
    key: Json = {"$repeat": ["k", 9]}
    long = Call(
        "PUT", ("{ns}", "values", key), (("unknown", "1"),), {"text": "value"}, "text/plain"
    )
    with comparer(Limits(key_bytes=8)) as other:
        found = other.compare(Sequence.of(_PUT, _LIST, long, _PUT))
        assert found is not None
        assert found.sent == Sequence.of(_PUT, _LIST, long)

        least = shrink(found, other.compare)

    assert least.sequence == Sequence.of(
        Call("PUT", ("{ns}", "values", key), (), {"text": "k"}),
    )
    code = CODES.get(Rule.KEY_TOO_LONG, MALFORMED)
    assert str(least) == (
        '    {"method": "PUT", "path": ["{ns}", "values", {"$repeat": ["k", 9]}], '
        '"body": {"text": "k"}}\n'
        'explorer: 414, application/json: {"success": false, "errors": [{"code": '
        f'{code}, "message": '
        '"put: \'UTF-8 encoded length of 9 exceeds key length limit of 8.\'"}], "messages": [], '
        '"result": null}\n'
        'fake:     200, application/json: {"success": true, "errors": [], "messages": [], '
        '"result": {}}'
    )


class _Dropping(BaseRequestHandler):
    """Reads a request and closes its connection without an answer."""

    def handle(self) -> None:
        self.request.recv(65536)


def test_a_dropped_connection_is_a_difference_that_is_shrunk_and_never_left_out() -> None:
    path: tuple[Json, ...] = ("{ns}", "values", {"$raw": "a/b"})
    put = Call("PUT", path, (("unknown", "1"),), {"text": "value"})
    with (
        fake() as left,
        fake() as right,
        ThreadingTCPServer(("127.0.0.1", 0), _Dropping) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        right._netloc = "127.0.0.1:{1}".format(*server.server_address)
        dropping = Comparer(left, right)
        found = dropping.compare(Sequence.of(put, _LIST))
        assert found is not None
        least = shrink(found, dropping.compare)
        server.shutdown()

    assert found.sent == Sequence.of(put)
    assert least.exchange.call.operation == put.operation
    assert least.exchange.call.query == ()
    assert re.search(r"\nfake:     the connection was dropped: \w+$", str(least))


@pytest.mark.parametrize("seed", range(3))
def test_another_limit_is_found_by_random_sequences(seed: int) -> None:
    with comparer(Limits(metadata_bytes=3)) as other:
        found = [other.compare(generate(seed, index)) for index in range(40)]

    assert any(found)
