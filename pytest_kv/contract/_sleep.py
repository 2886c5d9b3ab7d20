"""No real waiting while a case runs; the mechanism is that of ``kv_clock.skip_sleep()``."""

from __future__ import annotations

__all__ = ("SkippedTime", "skip_sleep")

from pytest_kv._internal import SkippedTime, skip_sleep
