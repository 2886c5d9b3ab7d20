"""Calls that take time on the account's clock, over both faces, while nothing sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from pytest_kv import Entry, KVAccount, KVApi, KVError, mock_api, serve
from pytest_kv._core.journal import Operation
from tests.helpers.faces import BINDING_CALLS
from tests.helpers.samples import WAYS, Send, request_for
from tests.helpers.stopped_clock import NOW, StoppedClock


@pytest.fixture
def account() -> KVAccount:
    return KVAccount(clock=StoppedClock())


@pytest.fixture
def api(account: KVAccount) -> Iterator[KVApi]:
    with mock_api(account) as api:
        yield api


def seconds_passed(account: KVAccount) -> float:
    return account.clock.time() - NOW - 0.25


def with_timeout(request: httpx.Request, **timeout: float | None) -> httpx.Request:
    request.extensions = {"timeout": timeout}
    return request


@pytest.mark.parametrize("operation", BINDING_CALLS)
async def test_a_call_of_the_binding_takes_time(operation: Operation, account: KVAccount) -> None:
    account.delay_next(operation, 2.5)

    await BINDING_CALLS[operation](account.default_namespace)
    assert seconds_passed(account) == 2.5

    await BINDING_CALLS[operation](account.default_namespace)
    assert seconds_passed(account) == 2.5
    assert [(call.error, call.planned) for call in account.calls] == [(None, False)] * 2
    account.assert_all_faults_fired()


@pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("timeout", [{}, {"read": None}, {"read": 30.0}, {"connect": 1.0}])
def test_a_request_takes_time(send: Send, timeout: dict[str, float | None], api: KVApi) -> None:
    api.account.delay_next("list", 30)

    answer = send(with_timeout(request_for(api, "list"), **timeout))

    assert answer.status_code == 200
    assert seconds_passed(api.account) == 30


@pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)
def test_a_client_that_waits_less_times_out_and_kv_has_done_what_it_asked(
    send: Send, api: KVApi
) -> None:
    api.account.delay_next("put", 30)
    request = with_timeout(request_for(api, "put"), read=29.5)

    with pytest.raises(httpx.ReadTimeout) as timeout:
        send(request)

    assert str(timeout.value) == "The read operation timed out"
    assert timeout.value.request is request
    assert seconds_passed(api.account) == 29.5
    assert [str(call) for call in api.account.calls] == [
        "put 'c' via rest -> a timeout (it was carried out)"
    ]
    assert api.account.calls[0].planned
    api.namespace.assert_put("c")


def test_the_timeout_of_an_httpx_client_counts_as_it_does_for_real(api: KVApi) -> None:
    api.account.delay_next("list", 7, times=2)

    with httpx.Client(timeout=5) as client, pytest.raises(httpx.ReadTimeout):
        client.send(client.build_request("GET", request_for(api, "list").url, headers=auth(api)))
    with httpx.Client(timeout=8) as client:
        answer = client.get(request_for(api, "list").url, headers=auth(api))

    assert answer.status_code == 200
    assert seconds_passed(api.account) == 12


def auth(api: KVApi) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.api_token}"}


def test_a_refused_request_that_comes_too_late_was_not_carried_out(api: KVApi) -> None:
    api.account.delay_next("get", 30)

    with pytest.raises(httpx.ReadTimeout):
        WAYS["sync"](with_timeout(request_for(api, "get"), read=1))

    [call] = api.account.calls
    assert (call.error, call.status, call.code, call.answer_lost) == (
        "a timeout",
        None,
        None,
        False,
    )


@pytest.mark.parametrize("via", ["rest", "binding"])
async def test_the_answer_is_what_kv_held_before_the_delay(via: str, api: KVApi) -> None:
    api.namespace.seed({"a": Entry("1", expiration=NOW + 10)})
    api.account.delay_next("get", 20)

    if via == "rest":
        request = with_timeout(request_for(api, "get"), read=None)
        assert WAYS["sync"](request).text == "1"
    else:
        assert await api.namespace.get("a") == "1"

    assert not api.namespace.data


def test_a_server_answers_at_once_and_moves_the_clock(account: KVAccount) -> None:
    account.delay_next("list", 600)
    with serve(account) as server:
        answer = WAYS["sync"](with_timeout(request_for(server, "list"), read=20))

    assert answer.status_code == 200
    assert seconds_passed(account) == 600


@pytest.mark.parametrize("key", ["a", "b"])
def test_a_delay_may_be_for_one_key(key: str, api: KVApi) -> None:
    api.account.delay_next("delete", 9, key="a", after=1, times=None)
    request = request_for(api, "delete")
    url = str(request.url).removesuffix("a") + key

    for _ in range(3):
        httpx.delete(url, headers=auth(api), timeout=None)

    assert seconds_passed(api.account) == (18 if key == "a" else 0)
    api.account._core.forget_plans()


@pytest.mark.parametrize(
    "plan", [KVAccount.fail_next, KVAccount.drop_next, KVAccount.time_out_next]
)
async def test_a_delay_strikes_beside_another_fault(
    plan: Callable[[KVAccount, str], None], account: KVAccount
) -> None:
    account.delay_next("get", 3)
    account.delay_next("get", 4)
    plan(account, "get")

    with pytest.raises(KVError):
        await account.default_namespace.get("a")
    assert seconds_passed(account) == 3

    await account.default_namespace.get("a")
    assert seconds_passed(account) == 7
    account.assert_all_faults_fired()


def test_a_lost_connection_is_noticed_before_a_timeout(api: KVApi) -> None:
    api.account.delay_next("list", 30)
    api.account.drop_next("list")

    with pytest.raises(httpx.RemoteProtocolError):
        WAYS["sync"](with_timeout(request_for(api, "list"), read=1))

    assert seconds_passed(api.account) == 1


def test_no_seconds_are_a_delay_that_is_over_at_once(api: KVApi) -> None:
    api.account.delay_next("list", 0)

    WAYS["sync"](with_timeout(request_for(api, "list"), read=0.0))

    assert seconds_passed(api.account) == 0
    api.account.assert_all_faults_fired()
