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
    "KVIntercept",
    "KVNamespace",
    "KVServer",
    "KVUsageWarning",
    "Limits",
    "TooManyCalls",
    "intercept",
    "mock_api",
    "serve",
)

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount
    from pytest_kv._binding.namespace import KVNamespace
    from pytest_kv._core.clock import KVClock
    from pytest_kv._core.entry import Entry
    from pytest_kv._core.faults import TooManyCalls
    from pytest_kv._core.journal import Call
    from pytest_kv._core.limits import Limits
    from pytest_kv._errors import KVError, KVUsageWarning
    from pytest_kv._transports.intercept import KVIntercept, intercept
    from pytest_kv._transports.respx_mount import KVApi, mock_api
    from pytest_kv._transports.server import KVServer, serve

_HOMES = {
    "Call": "pytest_kv._core.journal",
    "Entry": "pytest_kv._core.entry",
    "KVAccount": "pytest_kv._account",
    "KVApi": "pytest_kv._transports.respx_mount",
    "KVClock": "pytest_kv._core.clock",
    "KVError": "pytest_kv._errors",
    "KVIntercept": "pytest_kv._transports.intercept",
    "KVNamespace": "pytest_kv._binding.namespace",
    "KVServer": "pytest_kv._transports.server",
    "KVUsageWarning": "pytest_kv._errors",
    "Limits": "pytest_kv._core.limits",
    "TooManyCalls": "pytest_kv._core.faults",
    "intercept": "pytest_kv._transports.intercept",
    "mock_api": "pytest_kv._transports.respx_mount",
    "serve": "pytest_kv._transports.server",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
