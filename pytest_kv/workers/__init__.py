"""A Python Worker under test: its entry file, imported and called in CPython.

``install`` makes the modules of Cloudflare's runtime importable; the ini option ``kv_workers`` does
it before collection, and the fixture ``kv_worker`` calls a Worker.
"""

from __future__ import annotations

__all__ = ("KVWorker", "KVWorkers", "install")

from typing import TYPE_CHECKING

from pytest_kv.workers._install import install

if TYPE_CHECKING:
    from pytest_kv.workers._runtime import KVWorker, KVWorkers

_RUNTIME = ("KVWorker", "KVWorkers")


def __getattr__(name: str) -> object:
    if name not in _RUNTIME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pytest_kv.workers import _runtime

    return getattr(_runtime, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
