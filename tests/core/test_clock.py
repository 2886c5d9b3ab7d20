"""The account's clock: real time, and what a test adds to it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from pytest_kv._core.clock import KVClock
from tests.helpers.stopped_clock import NOW, StoppedClock

needs_time_machine = pytest.mark.skipif(
    sys.platform == "emscripten", reason="time-machine has no wheel for WebAssembly"
)


def test_a_clock_shows_the_time_that_freezegun_freezes() -> None:
    clock = KVClock()

    with freeze_time("2026-03-01 12:00:00.75") as frozen:
        assert clock.now() == datetime(2026, 3, 1, 12, 0, 0, 750_000, UTC)
        frozen.tick(3600)
        assert clock.now() == datetime(2026, 3, 1, 13, 0, 0, 750_000, UTC)


@needs_time_machine
def test_a_clock_shows_the_time_that_time_machine_travels_to() -> None:
    import time_machine

    clock = KVClock()

    with time_machine.travel(NOW + 0.5, tick=False):
        assert (clock.time(), clock.seconds()) == (NOW + 0.5, NOW)


def test_advancing_adds_up() -> None:
    clock = StoppedClock()

    clock.advance(60)
    clock.advance(0)
    clock.advance(0.5)

    assert clock.time() == NOW + 0.25 + 60.5


def test_a_clock_is_advanced_by_a_timedelta_too() -> None:
    clock = StoppedClock()

    clock.advance(timedelta(hours=1, milliseconds=500))

    assert clock.time() == NOW + 0.25 + 3600.5


def test_a_clock_that_was_advanced_still_follows_time() -> None:
    clock = KVClock()
    clock.advance(60)

    with freeze_time(datetime.fromtimestamp(NOW, UTC)) as frozen:
        frozen.tick(5)
        assert clock.time() == NOW + 65


def test_clocks_are_advanced_one_by_one() -> None:
    clock, other = StoppedClock(), StoppedClock()

    clock.advance(60)

    assert other.time() == NOW + 0.25


def test_now_is_an_aware_datetime_in_utc() -> None:
    now = StoppedClock().now()

    assert now == datetime(2023, 11, 14, 23, 13, 20, 250_000, timezone(timedelta(hours=1)))
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("advanced_seconds", "second"), [(0, NOW), (0.74, NOW), (0.75, NOW + 1), (1.75, NOW + 2)]
)
def test_seconds_are_rounded_down(advanced_seconds: float, second: int) -> None:
    clock = StoppedClock()
    clock.advance(advanced_seconds)

    assert clock.seconds() == second


@needs_time_machine
def test_seconds_before_the_epoch_are_rounded_down_too() -> None:
    import time_machine

    with time_machine.travel(-0.25, tick=False):
        assert KVClock().seconds() == -1


@pytest.mark.parametrize("seconds", [-1, -0.001, float("-inf"), float("nan"), float("inf")])
def test_time_does_not_run_backwards_nor_ends(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^a clock advances by 0 seconds or more, not by "):
        KVClock().advance(seconds)


@pytest.mark.parametrize(
    ("given", "told"),
    [(-1.5, "-1.5"), (timedelta(seconds=-1), "datetime.timedelta(days=-1, seconds=86399)")],
)
def test_the_error_says_what_was_given(given: float | timedelta, told: str) -> None:
    with pytest.raises(ValueError, match=r"^a clock advances by 0 seconds or more") as error:
        KVClock().advance(given)

    assert str(error.value) == f"a clock advances by 0 seconds or more, not by {told}"


def test_a_repr_shows_the_time_and_how_far_it_was_moved() -> None:
    clock = StoppedClock()
    clock.advance(90)

    assert repr(clock) == ("<KVClock at 2023-11-14T22:14:50.250000+00:00, +90 s from time.time()>")
