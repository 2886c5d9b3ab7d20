"""Nobody waits while a client is tried."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from types import ModuleType

import anyio
import pytest
import trio

from pytest_kv.contract._sleep import no_waiting

HOUR = 3600.0


def test_a_sleep_returns_at_once_and_moves_both_clocks() -> None:
    with no_waiting():
        wall, steady = time.time(), time.monotonic()
        time.sleep(HOUR)

        assert HOUR <= time.time() - wall < HOUR + 60
        assert HOUR <= time.monotonic() - steady < HOUR + 60


def test_asyncio_sleeps_at_once() -> None:
    with no_waiting() as pause:
        assert asyncio.run(asyncio.sleep(HOUR, "result")) == "result"

    assert pause.seconds == HOUR


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio_sleeps_at_once(backend: str) -> None:
    with no_waiting() as pause:
        anyio.run(anyio.sleep, HOUR, backend=backend)

    assert pause.seconds == HOUR


def test_trio_sleeps_at_once() -> None:
    with no_waiting() as pause:
        trio.run(trio.sleep, HOUR)

    assert pause.seconds == HOUR


def test_a_timeout_ends_a_sleep_that_is_longer() -> None:
    async def sleep_too_long() -> None:
        async with asyncio.timeout(10):
            await asyncio.sleep(HOUR)
            await asyncio.sleep(0)

    with no_waiting(), pytest.raises(TimeoutError):
        asyncio.run(sleep_too_long())


def test_a_module_that_imported_sleep_by_name_sleeps_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("client_with_sleep")
    module.sleep = time.sleep  # type: ignore[attr-defined]  # a module takes any attribute
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with no_waiting() as pause:
        module.sleep(HOUR)

    assert pause.seconds == HOUR
    assert module.sleep is time.sleep


def test_what_is_named_sleep_and_is_none_stays() -> None:
    module = ModuleType("client_with_a_dict_named_sleep")
    module.sleep = {}  # type: ignore[attr-defined]  # a module takes any attribute
    sys.modules[module.__name__] = module
    try:
        with no_waiting():
            assert module.sleep == {}
    finally:
        del sys.modules[module.__name__]


def test_afterwards_everything_is_as_it_was() -> None:
    before = (time.sleep, time.time, time.monotonic, asyncio.sleep, anyio.sleep, trio.sleep)
    with no_waiting():
        assert time.sleep is not before[0]

    assert (
        time.sleep,
        time.time,
        time.monotonic,
        asyncio.sleep,
        anyio.sleep,
        trio.sleep,
    ) == before


def test_a_thread_that_was_there_before_really_sleeps() -> None:
    slept, go, done = [], threading.Event(), threading.Event()

    def work() -> None:
        go.wait()
        slept.append(time.sleep)
        time.sleep(0)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    with no_waiting() as pause:
        go.set()
        done.wait()
        thread.join()

    assert slept
    assert pause.seconds == 0


def test_a_thread_of_the_client_sleeps_at_once() -> None:
    with no_waiting() as pause:
        thread = threading.Thread(target=time.sleep, args=(HOUR,))
        thread.start()
        thread.join()

    assert pause.seconds == HOUR


def test_a_negative_sleep_moves_nothing() -> None:
    with no_waiting() as pause:
        asyncio.run(asyncio.sleep(-1))

    assert pause.seconds == 0
