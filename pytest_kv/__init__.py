"""pytest-kv: Workers KV for tests, as a binding and as a REST API, without a network.

What is here is imported on first use, so that loading the plugin costs a test run nothing.
"""

from __future__ import annotations

__all__ = (
    "Call",
    "Entry",
    "KVAccount",
    "KVApi",
    "KVClock",
    "KVError",
    "KVNamespace",
    "KVServer",
    "KVUsageWarning",
    "Limits",
    "TooManyCalls",
    "mock_api",
    "serve",
)

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_kv.account import KVAccount
    from pytest_kv.binding.namespace import KVNamespace
    from pytest_kv.core.clock import KVClock
    from pytest_kv.core.entry import Entry
    from pytest_kv.core.faults import TooManyCalls
    from pytest_kv.core.journal import Call
    from pytest_kv.core.limits import Limits
    from pytest_kv.errors import KVError, KVUsageWarning
    from pytest_kv.transports.respx_mount import KVApi, mock_api
    from pytest_kv.transports.server import KVServer, serve

_HOMES = {
    "Call": "pytest_kv.core.journal",
    "Entry": "pytest_kv.core.entry",
    "KVAccount": "pytest_kv.account",
    "KVApi": "pytest_kv.transports.respx_mount",
    "KVClock": "pytest_kv.core.clock",
    "KVError": "pytest_kv.errors",
    "KVNamespace": "pytest_kv.binding.namespace",
    "KVServer": "pytest_kv.transports.server",
    "KVUsageWarning": "pytest_kv.errors",
    "Limits": "pytest_kv.core.limits",
    "TooManyCalls": "pytest_kv.core.faults",
    "mock_api": "pytest_kv.transports.respx_mount",
    "serve": "pytest_kv.transports.server",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
