"""Faults that are planned for one key, over both faces, single and in bulk."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pytest_kv import KVAccount, KVApi, KVError, KVNamespace
from pytest_kv._core.journal import Operation
from tests.helpers.faces import sent
from tests.helpers.samples import url_of

PLANS: dict[str, Callable[..., None]] = {
    "fail": KVAccount.fail_next,
    "drop": KVAccount.drop_next,
    "time out": KVAccount.time_out_next,
}


async def is_struck(call: Any) -> bool:
    try:
        await call
    except KVError:
        return True
    return False


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("get", lambda kv, key: kv.get(key)),
        ("getWithMetadata", lambda kv, key: kv.getWithMetadata(key)),
        ("put", lambda kv, key: kv.put(key, "v")),
        ("delete", lambda kv, key: kv.delete(key)),
        ("bulk_get", lambda kv, key: kv.get(["other", key])),
    ],
)
async def test_a_fault_strikes_only_calls_of_the_binding_that_name_its_key(
    plan: Callable[..., None],
    operation: str,
    call: Callable[[KVNamespace, str], Any],
    kv_account: KVAccount,
    kv_namespace: KVNamespace,
) -> None:
    plan(kv_account, operation, key="a/é")

    struck = [await is_struck(call(kv_namespace, key)) for key in ("b", "a/é", "a/é")]

    assert struck == [False, True, False]


REST_CALLS: dict[Operation, Callable[[KVApi, str], httpx.Response]] = {
    "get": lambda api, key: sent(api, "GET", f"/{{ns}}/values/{key}"),
    "get_metadata": lambda api, key: sent(api, "GET", f"/{{ns}}/metadata/{key}"),
    "put": lambda api, key: sent(api, "PUT", f"/{{ns}}/values/{key}", content=b"v"),
    "delete": lambda api, key: sent(api, "DELETE", f"/{{ns}}/values/{key}"),
    "bulk_put": lambda api, key: sent(
        api, "PUT", "/{ns}/bulk", json=[{"key": k, "value": ""} for k in ("x", key)]
    ),
    "bulk_delete": lambda api, key: sent(api, "POST", "/{ns}/bulk/delete", json=["x", key]),
    "bulk_get": lambda api, key: sent(api, "POST", "/{ns}/bulk/get", json={"keys": ["x", key]}),
}


@pytest.mark.parametrize("operation", REST_CALLS)
def test_a_fault_strikes_only_requests_that_name_its_key(
    operation: Operation, kv_api: KVApi
) -> None:
    kv_api.namespace.seed({"a": "1", "b": "2"})
    kv_api.account.fail_next(operation, 503, key="a")

    statuses = [REST_CALLS[operation](kv_api, key).status_code for key in ("b", "a")]

    assert statuses == [200, 503]
    assert "a" in kv_api.namespace.data
    kv_api.account.assert_all_faults_fired()


def test_an_answer_without_success_is_for_a_key_too(kv_api: KVApi) -> None:
    kv_api.account.refuse_next("delete", key="a")

    answers = [REST_CALLS["delete"](kv_api, key).json()["success"] for key in ("b", "a", "a")]

    assert answers == [True, False, True]


@pytest.mark.parametrize("done", [False, True])
def test_a_bulk_call_with_the_key_is_struck_as_a_whole(kv_api: KVApi, done: bool) -> None:
    kv_api.account.drop_next("bulk_put", key="a", done=done)

    with pytest.raises(httpx.RemoteProtocolError):
        REST_CALLS["bulk_put"](kv_api, "a")

    assert set(kv_api.namespace.data) == ({"x", "a"} if done else set())
    assert [call.keys for call in kv_api.account.calls] == [("x", "a")]


def test_the_older_bulk_delete_is_struck_by_key_too(kv_api: KVApi) -> None:
    kv_api.account.fail_next("bulk_delete", key="a")

    with httpx.Client(headers={"Authorization": f"Bearer {kv_api.api_token}"}) as client:
        for keys, status in ((["b"], 200), (["b", "a"], 500)):
            body = json.dumps(keys)
            answer = client.request("DELETE", url_of(kv_api, "/{ns}/bulk"), content=body)
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [("/{ns}/bulk", ["no pair"]), ("/{ns}/bulk", {}), ("/{ns}/bulk", [{"key": "a"}] * 10_001)],
)
def test_a_bulk_call_that_kv_refuses_is_not_struck_by_key(
    kv_api: KVApi, path: str, body: object
) -> None:
    kv_api.account.fail_next("bulk_put", key="a")

    assert sent(kv_api, "PUT", path, json=body).status_code in {400, 413}
    with pytest.raises(AssertionError) as missed:
        kv_api.account.assert_all_faults_fired()

    assert str(missed.value) == (
        "not every planned fault struck: "
        "a status 500 for bulk_put of 'a' (bulk_put of 'a' was never called)"
    )
    kv_api.account._core.forget_plans()


async def test_calls_of_other_keys_do_not_count(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("put", key="a", after=1, times=2)

    struck = [await is_struck(kv_namespace.put(key, "v")) for key in "abababa"]

    assert struck == [False, False, True, False, True, False, False]


async def test_a_fault_for_any_key_and_one_for_a_key_take_turns(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("get", 501, key="a")
    kv_account.fail_next("get", 502)
    told = []
    for key in ("a", "a", "a"):
        try:
            await kv_namespace.get(key)
        except KVError as error:
            told.append(error.message[:22])
        else:
            told.append("ok")

    assert told == ["KV GET failed: 501 Not", "KV GET failed: 502 Bad", "ok"]


async def test_the_keys_of_other_calls_are_named_up_to_three(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("get", key="user:1")
    for key in ("app:user:1", "app:user:2", "app:user:2", "x", "y", "z"):
        await kv_namespace.get(key)

    with pytest.raises(AssertionError) as missed:
        kv_account.assert_all_faults_fired()

    assert str(missed.value) == (
        "not every planned fault struck: a status 500 for get of 'user:1' "
        "(get of 'user:1' was never called, only of 'app:user:1', 'app:user:2', 'x', …)"
    )
    kv_account._core.forget_plans()


def test_a_request_that_was_struck_is_noted_with_its_keys_and_ttl(kv_api: KVApi) -> None:
    kv_api.account.fail_next("put")
    kv_api.account.fail_next("bulk_put", times=3)
    kv_api.account.fail_next("bulk_delete")
    sent(kv_api, "PUT", "/{ns}/values/a?expiration_ttl=60", content=b"v")
    sent(kv_api, "PUT", "/{ns}/bulk", json=[{"key": "b", "value": "", "expiration_ttl": 70}])
    sent(kv_api, "PUT", "/{ns}/bulk", json="no list")
    sent(kv_api, "PUT", "/{ns}/bulk", json=[{"key": "b", "value": "", "expiration_ttl": "soon"}])
    REST_CALLS["bulk_delete"](kv_api, "c")

    assert [(call.keys, call.expiration_ttl) for call in kv_api.account.calls] == [
        (("a",), 60),
        (("b",), 70),
        ((), None),
        ((), None),
        (("x", "c"), None),
    ]
