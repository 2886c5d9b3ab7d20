"""Which modules are importable when, and whose they are."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pytest_kv.workers import _install, install
from tests.helpers.suites import ASYNCIO
from tests.workers.conftest import forget

WHERE = (
    "is not simulated by pytest-kv, which has what a Worker with KV needs; put a stand-in of your "
    "own there in the test, or ask for it in pytest-kv's issues"
)

WORKER = """
from js import Object
from pyodide.ffi import to_js
from workers import Response, WorkerEntrypoint

import asgi

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        await self.env.KV.put("a", "1", to_js({"expirationTtl": 60}))
        return Response(await self.env.KV.get("a"))
"""
TEST = """
from entry import Default

def test_the_worker(kv_worker, kv_env):
    try:
        kv_worker(Default).fetch("https://a.example/").send(None)
    except StopIteration as stop:
        assert stop.value.status == 200
    kv_env.KV.assert_put("a", "1", expiration_ttl=60)
"""


@pytest.fixture
def entry(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a Worker and a test of it."""
    pytester.makepyfile(entry=WORKER, test_entry=TEST)
    monkeypatch.syspath_prepend(pytester.path)
    forget()
    return pytester


def test_with_the_option_a_test_imports_its_worker(entry: pytest.Pytester) -> None:
    entry.makeini("[pytest]\nkv_workers = true")

    result = entry.runpytest(*ASYNCIO, "-p", "no:randomly")

    result.assert_outcomes(passed=1)
    assert _install._FINDER not in sys.meta_path


@pytest.mark.parametrize("option", ["-o", "--override-ini"])
def test_the_option_can_stand_in_the_command(entry: pytest.Pytester, option: str) -> None:
    entry.runpytest(*ASYNCIO, option, "kv_workers=true").assert_outcomes(passed=1)


def test_a_conftest_can_import_the_worker_at_its_top(entry: pytest.Pytester) -> None:
    entry.makeini("[pytest]\nkv_workers = true")
    entry.makeconftest("from entry import Default")

    entry.runpytest(*ASYNCIO).assert_outcomes(passed=1)


def test_without_the_option_the_worker_cannot_be_imported(entry: pytest.Pytester) -> None:
    result = entry.runpytest(*ASYNCIO)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*ModuleNotFoundError: No module named 'js'")


def test_a_test_that_uses_kv_worker_can_import_its_worker_itself(entry: pytest.Pytester) -> None:
    test = "def test_the_worker(kv_worker):\n    import entry"
    entry.makepyfile(test_entry=test)

    entry.runpytest(*ASYNCIO).assert_outcomes(passed=1)
    assert _install._FINDER not in sys.meta_path


def test_the_modules_are_imported_on_first_use_only(entry: pytest.Pytester) -> None:
    script = (
        "import sys, pytest\n"
        "class Plugin:\n"
        "    def pytest_collection_finish(self):\n"
        "        print('loaded:', sorted(n for n in sys.modules if n.startswith('pytest_kv.w')))\n"
        "pytest.main(['-q', 'test_plain.py', *sys.argv[1:]], plugins=[Plugin()])\n"
    )
    entry.makepyfile(run=script, test_plain="def test_nothing(): pass")

    off = entry.run(sys.executable, "run.py")
    on = entry.run(sys.executable, "run.py", "-o", "kv_workers=true")

    off.stdout.fnmatch_lines("loaded: []")
    on.stdout.fnmatch_lines(
        "loaded: ['pytest_kv.workers', 'pytest_kv.workers._install', "
        "'pytest_kv.workers._not_simulated']"
    )


def test_install_can_be_called_twice_and_undone(workers: Any) -> None:
    install()

    assert sys.meta_path.count(_install._FINDER) == 1
    assert import_module("js").Object.name == "Object"

    _install.uninstall()
    _install.uninstall()

    assert _install._FINDER not in sys.meta_path
    assert "js" not in sys.modules
    with pytest.raises(ModuleNotFoundError, match="No module named 'js'"):
        import_module("js")


@pytest.mark.parametrize("is_emscripten", [True, False])
def test_in_pyodide_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_emscripten: bool
) -> None:
    if is_emscripten:
        monkeypatch.setattr(sys, "platform", "emscripten")
    else:
        (tmp_path / "_pyodide_core.py").touch()
        monkeypatch.syspath_prepend(tmp_path)

    install()

    assert _install._FINDER not in sys.meta_path


def test_the_package_pyodide_of_pypi_is_no_real_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "pyodide"
    folder.mkdir()
    (folder / "__init__.py").write_text("__version__ = '0.29.5'", "utf-8")
    (folder / "ffi.py").write_text("def to_js(value, **options): return value", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    forget()

    install()

    assert str(import_module("pyodide.ffi").to_js({})) == "[object Object]"
    assert import_module("pyodide").__version__ == "314.0.6"
    _install.uninstall()
    forget()


def test_a_folder_named_js_is_no_module_and_a_file_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "workers").mkdir()
    (tmp_path / "asgi.py").write_text("is_own = True", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    forget()

    install()

    assert import_module("js").Object.name == "Object"
    assert import_module("workers").WorkerEntrypoint
    assert import_module("asgi").is_own
    _install.uninstall()
    forget()


def test_cloudflares_own_package_is_used_where_it_is_installed() -> None:
    forget()
    install()

    spec = find_spec("workers")

    assert spec is not None
    assert str(spec.origin).endswith("workers/__init__.py")
    assert "pytest_kv" not in str(spec.origin)
    _install.uninstall()
    forget()


@pytest.mark.parametrize("workers", ["ours"], indirect=True)
@pytest.mark.parametrize("module", ["js", "workers", "asgi", "pyodide", "pyodide.ffi"])
def test_what_is_not_there_is_not_simulated(workers: Any, module: str) -> None:
    with pytest.raises(AttributeError) as raised:
        _ = import_module(module).Caches

    assert str(raised.value) == f"{module}.Caches {WHERE}"


@pytest.mark.parametrize("workers", ["ours"], indirect=True)
@pytest.mark.parametrize("module", ["js", "workers", "pyodide.ffi"])
def test_an_import_of_what_is_not_there_says_so_too(workers: Any, module: str) -> None:
    with pytest.raises(ImportError) as raised:
        exec(f"from {module} import Caches")

    assert str(raised.value) == f"{module}.Caches {WHERE}"
    assert raised.value.name == module


def test_to_py_is_no_function_in_production_either(ffi: Any) -> None:
    told = (
        "module 'pyodide.ffi' has no attribute 'to_py', in production either: "
        "to_py() is a method of a JsProxy"
    )

    with pytest.raises(AttributeError) as raised:
        _ = ffi.to_py
    with pytest.raises(ImportError) as from_import:
        exec("from pyodide.ffi import to_py")

    assert [str(raised.value), str(from_import.value)] == [told, told]


def test_python_may_ask_the_modules_for_names_of_its_own(js: Any) -> None:
    assert not hasattr(js, "__wrapped__")
    with pytest.raises(ImportError, match="cannot import name '__wrapped__'"):
        exec("from js import __wrapped__")


def test_an_entry_file_with_other_kinds_of_objects_can_be_imported(workers: Any) -> None:
    class Counter(workers.DurableObject):  # type: ignore[misc]  # the module is Any
        pass

    class Flow(workers.WorkflowEntrypoint):  # type: ignore[misc]  # the module is Any
        pass

    assert Counter("ctx", "env").env
    assert Flow("ctx", "env").env


def test_the_public_names_are_there() -> None:
    script = "import pytest_kv.workers as w; print(w.KVWorker.__name__, w.KVWorkers.__name__)"
    script += "; print(sorted(set(w.__all__) - set(dir(w)))); w.nothing"

    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert ran.stdout == "KVWorker KVWorkers\n[]\n"
    assert ran.stderr.endswith(
        "AttributeError: module 'pytest_kv.workers' has no attribute 'nothing'\n"
    )
