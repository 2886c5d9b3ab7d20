"""The real runtime: workerd behind Miniflare, in a Node process of its own."""

from __future__ import annotations

__all__ = ("COMPATIBILITY_DATE", "MINIFLARE_VERSION", "WORKERD_VERSION", "Run", "Runtime")

import contextlib
import http.client
import json
import subprocess
import tempfile
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.helpers.node import Installation
from tests.oracle.notation import Json, Outcome, Sequence

MINIFLARE_VERSION = "4.20260730.0"
WORKERD_VERSION = "1.20261117.1"
COMPATIBILITY_DATE = "2025-05-01"
TIMED_START = 1_800_000_000

_SERVER = Path(__file__).with_name("serve.mjs")
_REQUEST_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Run:
    """What the runtime answered, and the second in which it did."""

    now: int
    outcomes: tuple[Outcome, ...]


class Runtime:
    """A running Worker; a context manager."""

    def __init__(self, installation: Installation, compatibility_date: str) -> None:
        node, folder = installation.command("node"), str(installation.folder)
        # Miniflare leaves its scratch folder behind: it gets one that goes with this object.
        self._scratch = tempfile.TemporaryDirectory(prefix="oracle-", ignore_cleanup_errors=True)
        scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._scratch.name)
        self._process = subprocess.Popen(
            [node, str(_SERVER), folder, compatibility_date],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=installation.environment | scratch,
            text=True,
        )
        announced = self._announcement()
        self._address = urllib.parse.urlsplit(announced.pop("url")).netloc
        self.versions: Mapping[str, str] = announced
        self.compatibility_date = compatibility_date

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

    def run(self, sequence: Sequence) -> Run:
        """Runs the sequence on an empty namespace, within one second where that matters.

        Raises RuntimeError when the Worker itself failed.
        """
        request: dict[str, Json] = {"calls": [call.to_json() for call in sequence.calls]}
        if sequence.timed:
            request["now"] = TIMED_START
        else:
            request["withinOneSecond"] = "xpiration" in json.dumps(request)
        now, outcomes = self._post(json.dumps(request, allow_nan=False))
        return Run(now, tuple(outcomes))

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
