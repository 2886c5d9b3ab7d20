"""What makes ``workers``, ``js``, ``pyodide`` and ``asgi`` importable in CPython."""

from __future__ import annotations

__all__ = ("install", "install_for_run", "uninstall")

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NamedTuple

from pytest_kv.workers._not_simulated import names_of


class _Simulated(NamedTuple):
    """A module that can be simulated."""

    names: Callable[[], Mapping[str, Any]]
    """What it has; asked when it is imported."""
    computed: Mapping[str, Callable[[], object]] = {}
    """What is computed whenever it is asked for."""
    absent: Mapping[str, str] = {}
    """What is not there in production either, and what is said of it."""
    is_package: bool = False
    gives_way: bool = True
    """Whether a module of this name that can be found otherwise is used instead."""


def _js() -> Mapping[str, Any]:
    from pytest_kv.workers._globals import GLOBALS

    return GLOBALS


def _pyodide() -> Mapping[str, Any]:
    # The version that the cases in tests/data/pyodide.json were recorded from.
    return {"__version__": "314.0.6"}


def _ffi() -> Mapping[str, Any]:
    from pytest_kv.workers._ffi import FFI

    return FFI


def _http() -> Mapping[str, Any]:
    from pytest_kv.workers._pyodide_http import HTTP

    return HTTP


def _workers() -> Mapping[str, Any]:
    from pytest_kv.workers._sdk import WORKERS

    return WORKERS


def _asgi() -> Mapping[str, Any]:
    from pytest_kv.workers._asgi import ASGI

    return ASGI


def _asgi_env() -> object:
    from pytest_kv.workers._asgi import env

    return env()


def _entrypoint_helper() -> Mapping[str, Any]:
    from pytest_kv.workers._runtime import cloudflare_workers

    return {"cloudflareWorkersModule": cloudflare_workers, "patchWaitUntil": lambda ctx: None}


def _compat_flags() -> Mapping[str, Any]:
    # Those of a new project.
    return {
        "python_request_headers_preserve_commas": True,
        "python_workflows_implicit_dependencies": True,
    }


def _env() -> object:
    from pytest_kv.workers._runtime import cloudflare_workers

    return cloudflare_workers.env


def _wait_until() -> object:
    from pytest_kv.workers._runtime import cloudflare_workers

    return cloudflare_workers.waitUntil


_NO_TO_PY = (
    "module 'pyodide.ffi' has no attribute 'to_py', in production either: "
    "to_py() is a method of a JsProxy"
)

_SIMULATED = {
    "_cloudflare_compat_flags": _Simulated(_compat_flags),
    "_pyodide_entrypoint_helper": _Simulated(_entrypoint_helper),
    "asgi": _Simulated(_asgi, {"env": _asgi_env}),
    "js": _Simulated(_js),
    # PyPI has a package pyodide-py for type checkers; in CPython it converts nothing.
    "pyodide": _Simulated(_pyodide, is_package=True, gives_way=False),
    "pyodide.ffi": _Simulated(_ffi, absent={"to_py": _NO_TO_PY}, gives_way=False),
    "pyodide.http": _Simulated(_http, gives_way=False),
    "workers": _Simulated(
        _workers,
        {"env": _env, "wait_until": _wait_until, "waitUntil": _wait_until},
        is_package=True,
    ),
    "workers.asgi": _Simulated(_asgi, {"env": _asgi_env}),
}


class _Finder(MetaPathFinder, Loader):
    """Finds the modules that are simulated."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = _SIMULATED.get(name)
        if module is None or (module.gives_way and self._is_elsewhere(name, path)):
            return None
        return ModuleSpec(name, self, is_package=module.is_package)

    def exec_module(self, module: ModuleType) -> None:
        simulated = _SIMULATED[module.__name__]
        vars(module).update(simulated.names())
        vars(module)["__getattr__"] = names_of(
            module.__name__, simulated.computed, simulated.absent
        )

    def _is_elsewhere(self, name: str, path: Sequence[str] | None) -> bool:
        """Whether a module is found without us; a folder of that name alone, such as one of
        JavaScript, is none."""
        others = [finder for finder in sys.meta_path if finder is not self]
        found = (finder.find_spec(name, path) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        return spec is not None and spec.loader is not None


_FINDER = _Finder()


def install() -> None:
    """Make ``workers``, ``js``, ``pyodide.ffi`` and ``asgi`` importable where they are not.

    A module of Cloudflare's is used where it is installed (the package workers-runtime-sdk). In
    Pyodide nothing is done, and a second call does nothing. The ini option ``kv_workers = true``
    does this before any conftest.py is imported.
    """
    if _FINDER not in sys.meta_path and not _is_pyodide():
        sys.meta_path.insert(0, _FINDER)


def install_for_run(add_cleanup: Callable[[Callable[[], None]], None]) -> None:
    """``install`` for one run of pytest, which undoes it, unless it was done before the run."""
    if _FINDER not in sys.meta_path:
        install()
        add_cleanup(uninstall)


def uninstall() -> None:
    """Undo ``install``; modules that were imported stay with who has them."""
    if _FINDER not in sys.meta_path:
        return
    sys.meta_path.remove(_FINDER)
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if isinstance(spec, ModuleSpec) and spec.loader is _FINDER:
            del sys.modules[name]


def _is_pyodide() -> bool:
    return sys.platform == "emscripten" or find_spec("_pyodide_core") is not None
