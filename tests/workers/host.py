"""A plugin of pytest for Cloudflare's own tests: what they find around them inside workerd.

Their Worker is a binding of itself, ``env.SELF``, and what it fetches is answered by another one,
the module ``server``.
"""

from __future__ import annotations

__all__ = ()

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
import respx

from pytest_kv.workers import KVWorker, KVWorkers


def pytest_collection(session: pytest.Session) -> None:
    """Make importable what only their test run has, before a test module is."""
    runner = ModuleType("testlib.entrypoint")
    vars(runner)["run_pytest"] = None
    sys.modules |= {"testlib": ModuleType("testlib"), "testlib.entrypoint": runner}
    workers = import_module("workers")
    if not hasattr(workers, "rpc"):
        rpc = ModuleType("workers.rpc")
        vars(rpc)["_EnvWrapper"] = type(workers.env)
        sys.modules["workers.rpc"] = rpc


class _Itself:
    """The Worker as a binding."""

    def __init__(self, worker: KVWorker) -> None:
        self._worker = worker

    async def fetch(self, url: str, *, redirect: str = "follow", **options: Any) -> object:
        return await self._worker.fetch(url, **options)

    async def scheduled(self, *, scheduledTime: float, cron: str) -> SimpleNamespace:
        await self._worker.scheduled(cron, scheduled_time=scheduledTime)
        return SimpleNamespace(outcome="ok")


@pytest.fixture(autouse=True)
def _surroundings(
    kv_worker: KVWorkers, kv_env: SimpleNamespace, respx_mock: respx.MockRouter
) -> None:
    if find_spec("worker") is None:
        return  # the tests of a KV binding need its env alone
    kv_env.SELF = _Itself(kv_worker(import_module("worker")))
    server = kv_worker(import_module("server"))

    async def answer(request: httpx.Request) -> httpx.Response:
        headers = list(request.headers.items())
        answered = await server.fetch(str(request.url), method=request.method, headers=headers)
        content = await answered.bytes()
        return httpx.Response(answered.status, headers=answered.headers.items(), content=content)

    respx_mock.route().mock(side_effect=answer)
