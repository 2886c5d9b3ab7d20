"""A client may be sync or async."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import trio
import trio.lowlevel

from pytest_kv.contract._driver import Driver


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


async def answers() -> AsyncIterator[int]:
    for number in (1, 2):
        await asyncio.sleep(0)
        yield number


async def later() -> AsyncIterator[int]:
    return answers()


def test_a_plain_value_is_returned_unchanged() -> None:
    with Driver() as driver:
        assert driver.finish(42) == 42
        assert not driver.is_async


def test_a_coroutine_is_awaited() -> None:
    with Driver() as driver:
        assert driver.finish(answer()) == 42
        assert driver.is_async


def test_an_async_iterator_becomes_a_list() -> None:
    with Driver() as driver:
        assert driver.finish(answers()) == [1, 2]


def test_an_awaited_async_iterator_becomes_a_list() -> None:
    with Driver() as driver:
        assert driver.finish(later()) == [1, 2]


def test_all_calls_run_on_one_loop() -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    with Driver() as driver:
        assert driver.finish(loop()) is driver.finish(loop())


def test_the_loop_is_closed_at_the_end() -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    with Driver() as driver:
        own = driver.finish(loop())

    assert own.is_closed()


def test_the_callers_own_runner_is_used() -> None:
    async def now() -> float:
        await trio.lowlevel.checkpoint()
        return trio.current_time()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return trio.run(lambda: coroutine)

    with Driver(run) as driver:
        assert driver.finish(now()) > 0
