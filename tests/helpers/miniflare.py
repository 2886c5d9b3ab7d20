"""Miniflare in a Node process of its own."""

from __future__ import annotations

__all__ = ("Miniflare",)

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from tests.helpers.node import Installation


class Miniflare:
    """A running Miniflare; a context manager.

    The script gets the installation's folder and ``arguments``. It starts Miniflare, prints its
    address and its versions as one line of JSON, and ends when its standard input does.
    """

    def __init__(self, installation: Installation, script: Path, *arguments: str) -> None:
        # Miniflare does not remove its temporary folder: it gets one that this object removes.
        self._scratch = tempfile.TemporaryDirectory(prefix="miniflare-", ignore_cleanup_errors=True)
        scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._scratch.name)
        self._process = subprocess.Popen(
            [installation.command("node"), str(script), str(installation.folder), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=installation.environment | scratch,
            text=True,
        )
        announced = self._announcement()
        self.netloc = urlsplit(announced.pop("url")).netloc
        """Its host and port."""
        self.versions: Mapping[str, str] = announced

    def __enter__(self) -> Miniflare:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
        self._scratch.cleanup()

    def _announcement(self) -> dict[str, str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Miniflare did not start: exit code {self._process.wait()}")
        announced: dict[str, str] = json.loads(line)
        return announced
