"""The names of the package, and the modules they come from on first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pytest_kv
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

HOMES = {
    "Call": Call,
    "Entry": Entry,
    "KVAccount": KVAccount,
    "KVApi": KVApi,
    "KVClock": KVClock,
    "KVError": KVError,
    "KVIntercept": KVIntercept,
    "KVNamespace": KVNamespace,
    "KVServer": KVServer,
    "KVUsageWarning": KVUsageWarning,
    "Limits": Limits,
    "TooManyCalls": TooManyCalls,
    "intercept": intercept,
    "mock_api": mock_api,
    "serve": serve,
}


def test_every_name_is_exported() -> None:
    assert set(pytest_kv.__all__) == set(HOMES)


@pytest.mark.parametrize("name", sorted(HOMES))
def test_a_name_is_what_its_module_defines(name: str) -> None:
    assert getattr(pytest_kv, name) is HOMES[name]
    assert name in dir(pytest_kv)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = pytest_kv.KVNamespaces

    assert str(caught.value) == "module 'pytest_kv' has no attribute 'KVNamespaces'"


def test_star_import_gives_every_name() -> None:
    script = "from pytest_kv import *; print(sorted(n for n in dir() if n[0] != '_'))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == f"{sorted(HOMES)}\n"
