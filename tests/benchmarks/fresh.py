"""What is measured in a Python of its own: memory and start-up."""

from __future__ import annotations

__all__ = ("memory", "startup")

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest_kv
from tests.benchmarks.figures import Figure

KEYS = 1_000_000
STARTS = 21

_MEMORY = f"""
import asyncio, tracemalloc
from pytest_kv import KVAccount
namespace = KVAccount().default_namespace
tracemalloc.start()
namespace.seed({{f"session:{{number:07}}": "v" for number in range({KEYS})}})
asyncio.run(namespace.list(limit=1))
print(tracemalloc.get_traced_memory()[0] / {KEYS})
"""

_STARTUP = """
import time
import pytest
start = time.process_time()
import pytest_kv.plugin
print((time.process_time() - start) * 1000)
"""


def memory() -> Iterator[Figure]:
    """Bytes a key at a million: its name, its entry and its position in the order; no value.

    Values of one byte are shared by all of Python and so cost nothing.
    """
    yield Figure(
        what=f"memory a key at {KEYS:,} keys, name included",
        rounds=[_printed(_MEMORY)],
        form="{:.0f} bytes",
        at_most=300,
    )


def startup() -> Iterator[Figure]:
    """What importing the plugin adds to importing pytest, its bytecode being compiled already."""
    _printed(_STARTUP)
    yield Figure(
        what="importing the plugin after pytest",
        rounds=[_printed(_STARTUP) for _ in range(STARTS)],
        form="{:.2f} ms",
        at_most=5,
    )


def _printed(code: str) -> float:
    # In the folder that holds the package measured here, so that it is the one imported there.
    home = Path(pytest_kv.__path__[0]).parent
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=home, check=True, capture_output=True, text=True
    )
    return float(run.stdout)
