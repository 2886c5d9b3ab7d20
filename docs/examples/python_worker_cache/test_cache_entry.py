"""The cache, with the API answered by respx."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import respx
from cache_entry import API, MINUTES_SECONDS, Default

from pytest_kv import KVAccount, KVClock
from pytest_kv.workers import KVWorkers

URL = "https://cache.example"
RATES = {"EUR": 1}

pytestmark = pytest.mark.kv(title="CACHE")


async def test_the_api_is_asked_once_in_ten_minutes(
    kv_worker: KVWorkers, kv_clock: KVClock, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(API).respond(json=RATES)
    worker = kv_worker(Default)

    answers = [await worker.fetch(URL) for _ in range(3)]

    assert [answer.headers["x-cache"] for answer in answers] == ["miss", "hit", "hit"]
    assert [await answer.json() for answer in answers] == [RATES] * 3
    assert route.call_count == 1

    kv_clock.advance(MINUTES_SECONDS)
    assert (await worker.fetch(URL)).headers["x-cache"] == "miss"


async def test_an_error_of_the_api_is_not_cached(
    kv_worker: KVWorkers, kv_env: SimpleNamespace, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(API).respond(503)

    assert (await kv_worker(Default).fetch(URL)).status == 502
    kv_env.CACHE.assert_no_puts()


async def test_an_error_of_kv_does_not_reach_the_client(
    kv_worker: KVWorkers,
    kv_account: KVAccount,
    respx_mock: respx.MockRouter,
    capsys: pytest.CaptureFixture[str],
) -> None:
    respx_mock.get(API).respond(json=RATES)
    kv_account.fail_next("put", 429)

    answer = await kv_worker(Default).fetch(URL)

    assert await answer.json() == RATES
    assert capsys.readouterr().out == (
        "the rates are not cached: Error: KV PUT failed: 429 Too Many Requests\n"
    )
