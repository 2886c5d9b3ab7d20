"""The real runtime: workerd behind Miniflare, in a Node process of its own."""

from __future__ import annotations

__all__ = (
    "COMPATIBILITY_DATE",
    "MINIFLARE_VERSION",
    "WORKERD_VERSION",
    "Run",
    "Runtime",
    "running",
)

import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.miniflare import Miniflare
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
    """The Worker that Miniflare runs."""

    def __init__(self, miniflare: Miniflare, compatibility_date: str) -> None:
        self._address = miniflare.netloc
        self.versions = miniflare.versions
        self.compatibility_date = compatibility_date

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


@contextlib.contextmanager
def running(installation: Installation, compatibility_date: str) -> Iterator[Runtime]:
    """A running Worker."""
    with Miniflare(installation, _SERVER, compatibility_date) as miniflare:
        yield Runtime(miniflare, compatibility_date)
