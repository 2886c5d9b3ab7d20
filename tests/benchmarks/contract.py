"""The whole contract on a correct client, in CPU seconds, and what sharing TLS contexts saves."""

from __future__ import annotations

__all__ = ("contract",)

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest import mock

from pytest_kv.contract import check_contract
from pytest_kv.contract._subject import Over
from tests.benchmarks.figures import Figure
from tests.contract.zoo.correct import Binding, Httpx, Sdk
from tests.contract.zoo.over_http import Requests

ROUNDS = 3

_CLIENTS: dict[str, tuple[Callable[[Any], Any], Over, float]] = {
    "a plain httpx client": (Httpx, "respx", 4),
    "the official SDK": (Sdk, "respx", 9),
    "requests over HTTP": (Requests, "http", 10),
    "a binding": (Binding, "binding", 3),
}
"""Each client, how it is reached, and the most seconds it should take."""

_SHARED = "pytest_kv._transports.shared_tls.shared_tls_context"


def contract() -> Iterator[Figure]:
    """``check_contract`` on each client; on httpx clients also without a shared TLS context."""
    for name, (make_client, over, aim) in _CLIENTS.items():
        unshared = over == "respx"
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_seconds(make_client, over, nullcontext()))
            if unshared:
                theirs.append(_seconds(make_client, over, mock.patch(_SHARED, nullcontext)))
        yield Figure(what=f"the contract on {name}", rounds=ours, form="{:.1f} s", at_most=aim)
        if unshared:
            yield Figure(
                what=f"the contract on {name}: its time with a TLS context for each client",
                rounds=[one / other for one, other in zip(ours, theirs, strict=True)],
                form="{:.2f}×",
            )


def _seconds(
    make_client: Callable[[Any], Any], over: Over, block: AbstractContextManager[object]
) -> float:
    with block:
        start = time.process_time()
        check_contract(make_client, over=over)
        return time.process_time() - start
