"""Sleeps return at once in a block of `skip_sleep`, and the clocks move."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from types import ModuleType

import anyio
import pytest
import trio

from pytest_kv._sleep import skip_sleep

HOUR = 3600.0


def test_a_sleep_returns_at_once_and_moves_both_clocks() -> None:
    with skip_sleep():
        wall, steady = time.time(), time.monotonic()
        time.sleep(HOUR)

        assert HOUR <= time.time() - wall < HOUR + 60
        assert HOUR <= time.monotonic() - steady < HOUR + 60


def test_asyncios_sleep_returns_at_once() -> None:
    with skip_sleep() as skipped:
        assert asyncio.run(asyncio.sleep(HOUR, "result")) == "result"

    assert skipped.seconds == HOUR


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyios_sleep_returns_at_once(backend: str) -> None:
    with skip_sleep() as skipped:
        anyio.run(anyio.sleep, HOUR, backend=backend)

    assert skipped.seconds == HOUR


def test_trios_sleep_returns_at_once() -> None:
    with skip_sleep() as skipped:
        trio.run(trio.sleep, HOUR)

    assert skipped.seconds == HOUR


def test_a_sleep_imported_by_name_returns_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("client_with_sleep")
    module.sleep = time.sleep  # type: ignore[attr-defined]  # a module takes any attribute
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with skip_sleep() as skipped:
        module.sleep(HOUR)

    assert skipped.seconds == HOUR
    assert module.sleep is time.sleep


def test_an_object_named_sleep_that_is_no_sleep_is_left_alone() -> None:
    module = ModuleType("client_with_a_tuple_named_sleep")
    module.sleep = ([],)  # type: ignore[attr-defined]  # a module takes any attribute
    sys.modules[module.__name__] = module
    try:
        with skip_sleep():
            assert module.sleep == ([],)
    finally:
        del sys.modules[module.__name__]


def test_the_functions_are_restored_after_the_block() -> None:
    before = (time.sleep, time.time, time.monotonic, asyncio.sleep, anyio.sleep, trio.sleep)
    with skip_sleep():
        assert time.sleep is not before[0]

    assert (
        time.sleep,
        time.time,
        time.monotonic,
        asyncio.sleep,
        anyio.sleep,
        trio.sleep,
    ) == before


def test_a_thread_started_before_the_block_really_sleeps() -> None:
    slept, go, done = [], threading.Event(), threading.Event()

    def work() -> None:
        go.wait()
        slept.append(time.sleep)
        time.sleep(0)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    with skip_sleep() as skipped:
        go.set()
        done.wait()
        thread.join()

    assert slept
    assert skipped.seconds == 0


def test_a_thread_started_in_the_block_does_not_sleep() -> None:
    with skip_sleep() as skipped:
        thread = threading.Thread(target=time.sleep, args=(HOUR,))
        thread.start()
        thread.join()

    assert skipped.seconds == HOUR


def test_a_negative_sleep_is_the_error_that_it_is_outside() -> None:
    with skip_sleep() as skipped, pytest.raises(ValueError, match="must be non-negative"):
        time.sleep(-1)

    assert skipped.seconds == 0


def test_to_advance_by_no_time_moves_nothing() -> None:
    with skip_sleep() as skipped:
        skipped.advance(0)

    assert skipped.seconds == 0


def test_a_negative_sleep_moves_nothing() -> None:
    with skip_sleep() as skipped:
        asyncio.run(asyncio.sleep(-1))

    assert skipped.seconds == 0


@pytest.mark.parametrize("library", ["asyncio", "trio"])
def test_a_library_that_is_not_imported_is_not_patched(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, library)
    with skip_sleep() as skipped:
        assert skipped.seconds == 0


def test_a_module_imported_in_the_block_has_the_real_sleep_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = ModuleType("late")
    monkeypatch.setitem(sys.modules, "late", late)
    real = (time.sleep, time.monotonic)
    with skip_sleep():
        exec("from time import monotonic, sleep", vars(late))
        assert vars(late)["sleep"] is not real[0]

    assert (vars(late)["sleep"], vars(late)["monotonic"]) == real
