"""Many threads on one account: nothing is lost, nothing raises, and a test may look meanwhile."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from threading import Barrier, Thread

import pytest

from pytest_kv import KVAccount, KVServer, serve
from tests.helpers.wire import Wire

THREADS = 64
TOKEN = {"Authorization": "Bearer any"}


@pytest.fixture(autouse=True)
def _eager_threads() -> Iterator[None]:
    """Let threads switch as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Client:
    """A client with ten keys: it writes them, deletes two, deletes three in bulk, and lists."""

    def __init__(self, server: KVServer, number: int) -> None:
        self._server = server
        self._keys = [f"{number}:{each}" for each in range(10)]
        self._root = (
            f"/client/v4/accounts/{server.account_id}/storage/kv/namespaces/{server.namespace_id}"
        )

    @property
    def deleted(self) -> list[str]:
        return self._keys[:5]

    @property
    def kept(self) -> list[str]:
        return self._keys[5:]

    def work(self) -> None:
        with Wire(self._server) as wire:
            for key in self._keys:
                self._ask(wire, b"PUT", f"/values/{key}", key.encode())
                self._ask(wire, b"GET", "/keys")
            for key in self.deleted[:2]:
                self._ask(wire, b"DELETE", f"/values/{key}")
            self._ask(wire, b"POST", "/bulk/delete", json.dumps(self.deleted[2:]).encode())
            self._ask(wire, b"GET", "/keys?limit=10")

    def _ask(self, wire: Wire, method: bytes, below: str, body: bytes = b"") -> None:
        answer = wire.ask(method, f"{self._root}{below}".encode(), body, headers=TOKEN)
        assert answer.status == 200


def run_together(works: list[Callable[[], object]]) -> list[Thread]:
    """A thread for each of ``works``, all begun at the same moment."""
    together = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        together.wait()
        work()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    return threads


def look_at(account: KVAccount) -> None:
    """Whatever a test may look at while others write."""
    namespace = account.default_namespace
    assert all(entry.text in (key, "v") for key, entry in namespace.data.items())
    assert all(isinstance(key, str) for key in namespace.data)
    assert all(entry.text for entry in namespace.data.values())
    assert repr(namespace.data).startswith("{")
    assert len(list(account.calls)) <= len(list(account.calls))
    assert len(namespace.deletes) <= len(namespace.deletes)
    namespace.assert_not_deleted("never")
    assert namespace in account.namespaces.values()


def test_64_clients_lose_nothing_and_never_raise() -> None:
    with serve() as server:
        clients = [Client(server, number) for number in range(THREADS)]
        threads = run_together([client.work for client in clients])
        turns = 0
        while any(thread.is_alive() for thread in threads):
            look_at(server.account)
            name = f"main:{turns}"
            asyncio.run(server.namespace.put(name, "v"))
            asyncio.run(server.namespace.list())
            asyncio.run(server.namespace.delete(name))
            server.account.remove_namespace(server.account.create_namespace(name).id)
            turns += 1
        for thread in threads:
            thread.join()

        kept = {key for client in clients for key in client.kept}
        deleted = Counter(key for client in clients for key in client.deleted)
        assert set(server.namespace.data) == kept
        assert all(entry.text == key for key, entry in server.namespace.data.items())
        mine = {f"main:{turn}": 1 for turn in range(turns)}
        assert Counter(server.namespace.deletes) == deleted + Counter(mine)
        assert len(server.namespace.calls) == THREADS * 24 + turns * 3
        assert not [call for call in server.account.calls if call.error]
        page = asyncio.run(server.namespace.list())
        assert [key["name"] for key in page["keys"]] == sorted(kept)


def test_64_threads_on_the_binding_lose_nothing_and_never_raise() -> None:
    namespace = KVAccount().default_namespace
    raised: list[BaseException] = []

    async def use(number: int) -> None:
        for each in range(50):
            await namespace.put(f"{number}:{each}", "v")
            await namespace.list()
            await namespace.delete(f"{number}:{each // 2}")

    def work(number: int) -> None:
        try:
            asyncio.run(use(number))
        except BaseException as error:
            raised.append(error)

    for thread in run_together([partial(work, number) for number in range(THREADS)]):
        thread.join()

    assert raised == []
    assert set(namespace.data) == {f"{n}:{each}" for n in range(THREADS) for each in range(25, 50)}
    assert len(namespace.calls) == THREADS * 150
