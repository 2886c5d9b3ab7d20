"""`python -m tests.pyodide [option of pytest ...]`: runs tests on the Python that Workers have.

It is CPython 3.14 on WebAssembly: the package pyodide from npm, on Node. pip installs this checkout
and what its tests need, as wheels that are pure Python or built for Pyodide.
"""

from __future__ import annotations

__all__ = ()

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.helpers.node import Installation, install
from tests.oracle.wrapper import PYODIDE_VERSION

_CHECKOUT = Path(__file__).parents[2]
_SCRIPT = Path(__file__).with_name("run.mjs")
_PLUGINS = ("-p", "tests.pyodide.event_loop", "-p", "no:cacheprovider")
_TESTS_UNLESS_NAMED = ("-o", "testpaths=tests/core tests/binding tests/rest")


def main(arguments: list[str]) -> int:
    """Runs pytest in Pyodide and gives its exit code."""
    installation = install("pyodide", PYODIDE_VERSION)
    versions = installation.versions
    print(", ".join(f"{name} {version}" for name, version in versions.items()), flush=True)
    with TemporaryDirectory(prefix="pytest-kv-pyodide-") as packages:
        _pip_install(installation, Path(packages))
        folders = [str(installation.folder), packages, str(_CHECKOUT)]
        node = [installation.command("node"), str(_SCRIPT)]
        pytest = [*_PLUGINS, *_TESTS_UNLESS_NAMED, *arguments]
        ran = subprocess.run([*node, *folders, *pytest], env=installation.environment, check=False)
    return ran.returncode


def _pip_install(installation: Installation, folder: Path) -> None:
    """Installs the checkout and its tests' needs for Pyodide, whatever Python this is."""
    lock = installation.folder / "node_modules" / "pyodide" / "pyodide-lock.json"
    info = json.loads(lock.read_text("utf-8"))["info"]
    target = ["--python-version", info["python"], "--only-binary", ":all:"]
    target += ["--platform", f"pyemscripten_{info['abi_version']}_{info['arch']}"]
    needs = [str(_CHECKOUT), "--group", f"{_CHECKOUT / 'pyproject.toml'}:in-pyodide"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    subprocess.run([*pip, *target, *needs], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
