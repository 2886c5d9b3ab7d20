"""Checks that a client reaches the fake; without this, no result of a clause means anything."""

from __future__ import annotations

__all__ = ("check_reached",)

from typing import Any

from pytest_kv.contract._outcome import Broken, Outcome
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._tricky_keys import TRICKY

_WAY_OUT = {
    "respx": 'For a client that is not built on httpx set over = "http", and let the client use '
    "api.base_url.",
    "http": "Let the client use api.base_url, the address of the fake.",
    "binding": "Let the client use the namespace that make_client receives.",
}


def check_reached(run: CaseRun) -> None:
    """Raise Broken when no method of the client makes a call that the fake receives."""
    __tracebackhide__ = True
    earlier, outcome = len(run.account.calls), None
    for method, argument in _calls(run):
        if not run.has(method):
            continue
        try:
            outcome = run.call(method, *argument)
        except Broken as broken:
            # A client that was stopped after many calls has reached the fake.
            if not run.calls_since(earlier):
                raise Broken(f"{broken}\n\n{_WAY_OUT[run.subject.over]}") from None
        if run.calls_since(earlier):
            return
    assert outcome is not None, "a client has a method"
    _fail(run, outcome)


def _calls(run: CaseRun) -> list[tuple[str, tuple[Any, ...]]]:
    """A call of each method, with a key that the client takes."""
    key = next((key for key in ("k", *TRICKY) if not run.subject.refuses(key)), "k")
    return [
        ("get", (key,)),
        ("list", ("",)),
        ("put", (key, "v")),
        ("delete", (key,)),
        ("get_many", ([key],)),
        ("put_many", ({key: "v"},)),
        ("delete_many", ([key],)),
    ]


def _fail(run: CaseRun, outcome: Outcome) -> None:
    __tracebackhide__ = True
    run.fail(
        f"no request of the client reached the fake: {outcome.code} {outcome}. "
        f"{_WAY_OUT[run.subject.over]}",
        assertion=f"assert {run.calls_code}",
    )
