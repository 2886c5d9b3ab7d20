"""Runs of ``pytest-kv verify`` in this process, against servers of the fake."""

from __future__ import annotations

__all__ = ("TOKEN", "Time", "endpoint_of", "outcomes_of")

import time as real
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from pytest_kv._verify.cases import FACTS
from pytest_kv._verify.endpoint import Endpoint, Patience
from pytest_kv._verify.facts import Fact
from pytest_kv._verify.run import Outcome, run_facts, with_namespace

TOKEN = "a-token-that-nothing-may-print"


class Served(Protocol):
    """What is asked: ``kv_api`` or ``kv_server``."""

    @property
    def base_url(self) -> str: ...

    @property
    def account_id(self) -> str: ...


class Time:
    """A clock that stands still but for the sleeps, which it keeps."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.sleeps: list[float] = []

    def time(self) -> float:
        """The time in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.sleeps.append(seconds)
        self.now += seconds


@contextmanager
def endpoint_of(
    served: Served, time: Time | None = None, patience: Patience | None = None
) -> Iterator[Endpoint]:
    """An endpoint at a fake; without a time of its own it has the real one, and never sleeps."""
    with Endpoint(
        served.base_url,
        served.account_id,
        TOKEN,
        clock=real.time if time is None else time.time,
        sleep=Time().sleep if time is None else time.sleep,
        patience=patience or Patience(0.0, ()),
    ) as endpoint:
        yield endpoint


def outcomes_of(served: Served, facts: Sequence[Fact] = FACTS) -> list[Outcome]:
    """What comes of facts at a fake."""
    outcomes: list[Outcome] = []
    with endpoint_of(served) as endpoint, with_namespace(endpoint) as namespace_id:
        run_facts(endpoint, namespace_id, facts, outcomes.append)
    return outcomes
