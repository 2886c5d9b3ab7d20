"""The facts of ``pytest-kv verify`` hold for the fake, over both of its transports."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pytest_kv import KVAccount, mock_api, serve
from pytest_kv._verify.cases import FACTS
from pytest_kv._verify.endpoint import MOST_REQUESTS, Endpoint, Patience
from pytest_kv._verify.facts import Fact
from pytest_kv._verify.run import Outcome, Verdict, run_facts, with_namespace
from tests.helpers.stopped_clock import StoppedClock
from tests.helpers.verifying import TOKEN, endpoint_of, outcomes_of

# One fact is about what this warns of.
pytestmark = pytest.mark.filterwarnings("ignore:DELETE .* removes the whole namespace")

OVER_HTTPX = [fact for fact in FACTS if not any("/.." in step.path for step in fact.steps)]
"""httpx removes literal dot segments, and kv_api sees what httpx has made of them."""


@pytest.fixture(scope="module")
def server_namespace() -> Iterator[tuple[Endpoint, str]]:
    with serve() as server, endpoint_of(server) as endpoint, with_namespace(endpoint) as id:
        yield endpoint, id


@pytest.fixture(scope="module")
def api_namespace() -> Iterator[tuple[Endpoint, str]]:
    with mock_api() as api, endpoint_of(api) as endpoint, with_namespace(endpoint) as id:
        yield endpoint, id


def assert_held(namespace: tuple[Endpoint, str], fact: Fact) -> None:
    outcomes: list[Outcome] = []
    run_facts(*namespace, [fact], outcomes.append)

    assert outcomes == [Outcome(fact, Verdict.HELD)]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_the_fact_holds_for_kv_server(fact: Fact, server_namespace: tuple[Endpoint, str]) -> None:
    assert_held(server_namespace, fact)


@pytest.mark.parametrize("fact", OVER_HTTPX, ids=lambda fact: fact.id)
def test_the_fact_holds_for_kv_api(fact: Fact, api_namespace: tuple[Endpoint, str]) -> None:
    assert_held(api_namespace, fact)


def test_each_fact_has_a_name_and_a_claim_of_its_own() -> None:
    assert len({fact.id for fact in FACTS}) == len(FACTS)
    assert len({fact.claim for fact in FACTS}) == len(FACTS)
    assert [fact.id for fact in FACTS if not re.fullmatch("[a-z0-9-]+", fact.id)] == []
    assert [fact.claim for fact in FACTS if not re.fullmatch(r"[A-Z`.].+\.", fact.claim)] == []


def test_each_fact_expects_an_answer() -> None:
    assert [fact for fact in FACTS if not any(step.answer for step in fact.steps)] == []


def test_a_fact_is_shown_by_its_name() -> None:
    assert repr(FACTS[0]) == "<Fact route-unknown>"


def test_a_run_needs_few_requests_and_leaves_nothing_behind() -> None:
    with serve() as server:
        before = dict(server.account.namespaces)
        with endpoint_of(server) as endpoint:
            with with_namespace(endpoint) as id:
                run_facts(endpoint, id, FACTS, lambda outcome: None)
            assert endpoint.request_count < MOST_REQUESTS / 2

        assert dict(server.account.namespaces) == before


def test_all_facts_hold_under_the_limits_of_production() -> None:
    clock, sleeps, outcomes = StoppedClock(), list[float](), list[Outcome]()
    account = KVAccount(clock=clock)
    account.write_limit = account.request_limit = True

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        clock.advance(seconds)

    with (
        serve(account) as server,
        Endpoint(
            server.base_url,
            server.account_id,
            TOKEN,
            clock=clock.time,
            sleep=sleep,
            patience=Patience.of("api.cloudflare.com"),
        ) as endpoint,
        with_namespace(endpoint) as id,
    ):
        run_facts(endpoint, id, FACTS, outcomes.append)

    assert [one for one in outcomes if one.verdict is not Verdict.HELD] == []
    assert [call for call in account.calls if call.status == 429] == []
    assert sleeps


def test_facts_hold_in_any_order() -> None:
    with serve() as server:
        outcomes = outcomes_of(server, FACTS[::-1])

        assert [one.fact.id for one in outcomes if one.verdict is not Verdict.HELD] == []
