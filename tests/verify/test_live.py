"""The facts against production: only where the environment has credentials and asks for it.

``pytest -m kv_live tests/verify/test_live.py`` with CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from pytest_kv._verify.cases import FACTS
from pytest_kv._verify.cli import LIVE_URL
from pytest_kv._verify.endpoint import Endpoint
from pytest_kv._verify.facts import Fact
from pytest_kv._verify.run import Outcome, Verdict, run_facts, with_namespace

ACCOUNT_ID = os.environ.get("CLOUDFLARE_ACCOUNT_ID", "")
API_TOKEN = os.environ.get("CLOUDFLARE_API_TOKEN", "")
BASE_URL = os.environ.get("PYTEST_KV_LIVE_URL", LIVE_URL)

pytestmark = [
    pytest.mark.kv_live,
    pytest.mark.skipif(
        not (ACCOUNT_ID and API_TOKEN),
        reason="asks production: set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN",
    ),
]


@pytest.fixture(scope="module")
def namespace() -> Iterator[tuple[Endpoint, str]]:
    with (
        Endpoint(BASE_URL, ACCOUNT_ID, API_TOKEN, clock=time.time, sleep=time.sleep) as endpoint,
        with_namespace(endpoint) as id,
    ):
        yield endpoint, id


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_the_fact_holds(fact: Fact, namespace: tuple[Endpoint, str]) -> None:
    outcomes: list[Outcome] = []
    run_facts(*namespace, [fact], outcomes.append)

    [outcome] = outcomes
    assert outcome.verdict is Verdict.HELD, told(outcome)


def told(outcome: Outcome) -> str:
    difference = outcome.difference
    if difference is None:
        return f"{outcome.fact.claim} It was not tried: {outcome.reason}"
    return "\n".join(
        [
            outcome.fact.claim,
            f"request   {difference.request}",
            f"expected  {difference.expected}",
            f"came      {difference.came}",
        ]
    )
