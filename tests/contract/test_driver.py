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


def test_a_plain_value_is_what_it_is() -> None:
    with Driver() as driver:
        assert driver.finish(42) == 42
        assert not driver.is_async


def test_a_coroutine_is_awaited() -> None:
    with Driver() as driver:
        assert driver.finish(answer()) == 42
        assert driver.is_async


def test_an_async_iterator_is_collected() -> None:
    with Driver() as driver:
        assert driver.finish(answers()) == [1, 2]


def test_a_coroutine_of_an_async_iterator_is_collected() -> None:
    with Driver() as driver:
        assert driver.finish(later()) == [1, 2]


def test_a_client_keeps_one_loop() -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    with Driver() as driver:
        assert driver.finish(loop()) is driver.finish(loop())


def test_its_loop_is_closed_at_the_end() -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    with Driver() as driver:
        own = driver.finish(loop())

    assert own.is_closed()


def test_a_runner_of_the_callers_own_is_used() -> None:
    async def now() -> float:
        await trio.lowlevel.checkpoint()
        return trio.current_time()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return trio.run(lambda: coroutine)

    with Driver(run) as driver:
        assert driver.finish(now()) > 0
