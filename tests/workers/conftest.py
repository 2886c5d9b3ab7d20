"""The modules of a Worker, with our classes and with Cloudflare's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from pytest_kv.workers import _install

NAMES = tuple(_install._SIMULATED)


def forget() -> None:
    """Take the modules of a Worker out of those that are imported."""
    for name in list(sys.modules):
        if name in NAMES or name.startswith("workers."):
            del sys.modules[name]


@pytest.fixture(params=["ours", "cloudflare"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module ``workers``: ours, and that of the package workers-runtime-sdk."""
    if request.param == "ours":
        for name, module in _install._SIMULATED.items():
            monkeypatch.setitem(_install._SIMULATED, name, module._replace(gives_way=False))
    forget()
    _install.install()
    yield import_module("workers")
    _install.uninstall()
    forget()


@pytest.fixture
def asgi(workers: Any) -> Any:
    """The module ``asgi``."""
    return import_module("asgi")


@pytest.fixture
def js(workers: Any) -> Any:
    """The module ``js``."""
    return import_module("js")


@pytest.fixture
def ffi(workers: Any) -> Any:
    """The module ``pyodide.ffi``."""
    return import_module("pyodide.ffi")
