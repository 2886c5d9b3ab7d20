"""`python -m tests.workers [option of pytest ...]`: Cloudflare's own tests of their SDK.

They are in the source distribution of workers-runtime-sdk, which pip downloads. They run unchanged
on the simulated modules, with Cloudflare's classes and with ours: those of Request, Response,
forms, blobs, fetch and scheduled, and those of a KV binding.
"""

from __future__ import annotations

__all__ = ()

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

_CHECKOUT = Path(__file__).parents[2]
_SDK = "workers-runtime-sdk"
_SUITES = (
    (
        "workerd-test/sdk/worker.py",
        "workerd-test/sdk/server.py",
        "workerd-test/sdk/tests/test_sdk.py",
    ),
    ("bindings-test/src/conftest.py", "bindings-test/src/test_kv.py"),
)
_INI = "[pytest]\nkv_workers = true\nasyncio_default_fixture_loop_scope = function\n"


def main(arguments: list[str]) -> int:
    """Runs each suite with each set of classes and gives the worst exit code."""
    codes = []
    with TemporaryDirectory(prefix="pytest-kv-workers-") as scratch:
        tests = _download(Path(scratch))
        for number, files in enumerate(_SUITES):
            folder = Path(scratch, f"suite-{number}")
            folder.mkdir()
            (folder / "pytest.ini").write_text(_INI, "utf-8")
            for file in files:
                shutil.copy(tests / file, folder)
            for plugins in ([], ["-p", "tests.workers.own_classes"]):
                print(f"{files[-1]} with {'our' if plugins else 'their'} classes", flush=True)
                codes.append(_run(folder, [*plugins, *arguments]))
    return max(codes)


def _download(scratch: Path) -> Path:
    """The folder with the tests of the version that is installed."""
    version = importlib.metadata.version(_SDK)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    download += ["--no-binary", ":all:", "--dest", str(scratch), f"{_SDK}=={version}"]
    subprocess.run(download, check=True)
    (archive,) = scratch.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(scratch, filter="data")
    return scratch / archive.name.removesuffix(".tar.gz") / "tests"


def _run(folder: Path, options: list[str]) -> int:
    path = os.pathsep.join([str(folder), str(_CHECKOUT)])
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.workers.host",
    ]
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run([*pytest, *options], cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
