"""A block without real waiting: a sleep moves the clocks forward instead."""

from __future__ import annotations

__all__ = ("SkippedTime", "skip_sleep")

from pytest_kv._sleep.block import skip_sleep
from pytest_kv._sleep.skipped import SkippedTime
