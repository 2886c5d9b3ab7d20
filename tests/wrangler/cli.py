"""Wrangler as a process with a folder of its own and no network but loopback."""

from __future__ import annotations

__all__ = ("NPM_REGISTRY", "WRANGLER", "WRANGLER_VERSION", "Done", "Wrangler")

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.node import LOOPBACK_ONLY, installation_of

WRANGLER_VERSION = "4.164.0"
WRANGLER = installation_of("wrangler", WRANGLER_VERSION)
NPM_REGISTRY = "registry.npmjs.org"

_ALONE = {"CI": "1", "WRANGLER_WRITE_LOGS": "false"}
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left when it ended."""

    code: int
    raw: bytes
    errors: str

    @property
    def output(self) -> str:
        return self.raw.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class Wrangler:
    """Runs Wrangler in a folder of its own."""

    def __init__(self, folder: Path, env: Mapping[str, str], namespace_id: str) -> None:
        self.folder = folder
        self._namespace_id = namespace_id
        self._names = folder / "names"
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "TMPDIR"), str(folder))
        node = {**LOOPBACK_ONLY, "NAMES_ASKED_FOR": str(self._names)}
        path = {"PATH": WRANGLER.environment["PATH"]}
        self.env = path | folders | node | _ALONE | dict(env)

    @property
    def names_asked_for(self) -> set[str]:
        """The hosts other than loopback that a command wanted to reach; none was."""
        return set(self._names.read_text("utf-8").split()) if self._names.exists() else set()

    def __call__(self, *arguments: str, **env: str) -> Done:
        """``wrangler`` with these arguments, nobody being there to answer a question."""
        done = subprocess.run(
            [WRANGLER.command("wrangler"), *arguments],
            cwd=self.folder,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode("utf-8"))

    def kv(self, kind: str, command: str, *arguments: str, **env: str) -> Done:
        """``wrangler kv key …`` or ``wrangler kv bulk …`` on the server's default namespace."""
        where = ("--namespace-id", self._namespace_id, "--remote")
        return self("kv", kind, command, *arguments, *where, **env)

    def file(self, name: str, content: object) -> str:
        """The path of a file with this content, bytes as they are and anything else as JSON."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)
