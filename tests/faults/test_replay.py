"""Random faults in random calls come out the same in each run, and nothing waits for them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import KVAccount, KVError
from pytest_kv._core.journal import OPERATIONS
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import NoAnswer, Request
from tests.helpers.faces import BINDING_CALLS
from tests.helpers.samples import SAMPLES, SEED
from tests.helpers.stopped_clock import StoppedClock


class Plan(NamedTuple):
    """One call of the test's side."""

    method: str
    arguments: tuple[object, ...]
    options: dict[str, Any]

    def made_for(self, account: KVAccount) -> None:
        getattr(account, self.method)(*self.arguments, **self.options)


class Script(NamedTuple):
    """Everything a run depends on."""

    seed: int
    plans: list[Plan]
    calls: list[str]
    write_limit: bool
    request_limit: int | None
    page_size: int | None


operations = st.sampled_from(sorted(OPERATIONS))
when = {"times": st.none() | st.integers(1, 3), "after": st.integers(0, 3)}
lost = {**when, "done": st.booleans()}
keys = st.lists(st.sampled_from("abc"), min_size=1)
plans = st.one_of(
    st.builds(
        Plan,
        st.just("fail_next"),
        st.tuples(operations, st.integers(400, 599)),
        st.fixed_dictionaries(lost),
    ),
    st.builds(
        Plan,
        st.sampled_from(["drop_next", "time_out_next"]),
        st.tuples(operations),
        st.fixed_dictionaries(lost),
    ),
    st.builds(
        Plan,
        st.just("refuse_next"),
        st.tuples(operations.filter(lambda name: name != "getWithMetadata")),
        st.fixed_dictionaries(when),
    ),
    st.builds(
        Plan,
        st.just("fail_keys"),
        keys.map(tuple),
        st.fixed_dictionaries({"times": when["times"]}),
    ),
)
scripts = st.builds(
    Script,
    st.integers(0, 2**32),
    st.lists(plans, max_size=5),
    st.lists(st.sampled_from([*BINDING_CALLS, *(f"rest {name}" for name in SAMPLES)]), max_size=20),
    st.booleans(),
    st.none() | st.integers(0, 20),
    st.none() | st.integers(1, 2),
)


def refuse(*_args: object, **_kwargs: object) -> NoReturn:
    raise AssertionError("something was about to wait")


@contextmanager
def nothing_waits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", refuse)
        patch.setattr(asyncio, "sleep", refuse)
        patch.setattr(threading.Condition, "wait", refuse)
        yield


def finished(call: Awaitable[object]) -> object:
    """The result of a coroutine that never waits."""
    with pytest.raises(StopIteration) as end:
        call.__await__().send(None)
    return end.value.value


def outcome(account: KVAccount, call: str) -> object:
    if not call.startswith("rest "):
        try:
            return finished(BINDING_CALLS[call](account.default_namespace))
        except KVError as error:
            return str(error)
    method, path, body = SAMPLES[call.removeprefix("rest ")]
    base = f"/client/v4/accounts/{account.id}/storage/kv/namespaces"
    target = base + path.replace("{ns}", account.default_namespace.id)
    headers = {"authorization": f"Bearer {account.api_token}"}
    try:
        answer = RestApi(account._core).handle(
            Request(method, target, headers, json.dumps(body).encode())
        )
    except NoAnswer as nothing:
        return str(nothing)
    return answer.status, dict(answer.headers), answer.body


def seen_in_a_run(script: Script) -> list[object]:
    """All that a test could see of a run."""
    account = KVAccount(seed=script.seed, clock=StoppedClock())
    account.default_namespace.seed(SEED)
    account.write_limit = script.write_limit
    account.request_limit = script.request_limit
    account.page_size = script.page_size
    for plan in script.plans:
        plan.made_for(account)
    outcomes = [outcome(account, call) for call in script.calls]
    stored = {id: dict(namespace.data) for id, namespace in account.namespaces.items()}
    return [outcomes, account.calls, stored, account._core.faults.missed()]


@given(scripts)
def test_the_same_plan_has_the_same_outcomes_at_once(script: Script) -> None:
    with nothing_waits():
        assert seen_in_a_run(script) == seen_in_a_run(script)
