"""A recorded call keeps the parts of its error: status, code, and whether a test planned it."""

from __future__ import annotations

import httpx
import pytest

from pytest_kv import Call, KVAccount, KVApi, KVError, KVNamespace
from tests.helpers.samples import WAYS, request_for

send = WAYS["sync"]


def parts(call: Call) -> tuple[int | None, int | None, bool]:
    return (call.status, call.code, call.planned)


async def test_a_call_that_succeeds_has_no_status(kv_api: KVApi) -> None:
    await kv_api.namespace.put("k", "v")
    send(request_for(kv_api, "list"))

    assert [parts(call) for call in kv_api.account.calls] == [(None, None, False)] * 2


async def test_a_refused_call_of_the_binding_has_the_status_of_its_message(
    kv_namespace: KVNamespace,
) -> None:
    with pytest.raises(KVError, match="414"):
        await kv_namespace.get("k" * 513)

    assert parts(kv_namespace.calls[0]) == (414, None, False)


async def test_a_type_error_of_the_binding_has_no_status(kv_namespace: KVNamespace) -> None:
    with pytest.raises(KVError, match="TypeError"):
        await kv_namespace.delete("..")

    assert parts(kv_namespace.calls[0]) == (None, None, False)


def test_a_refused_request_has_its_status_and_code(kv_api: KVApi) -> None:
    assert send(request_for(kv_api, "get")).status_code == 404

    assert parts(kv_api.account.calls[0]) == (404, 10009, False)


def test_a_request_without_a_route_has_its_status_and_code(kv_api: KVApi) -> None:
    assert send(httpx.Request("GET", f"{kv_api.base_url}/zones")).status_code == 404

    assert parts(kv_api.account.calls[0]) == (404, 7000, False)


async def test_a_planned_status_is_planned_on_both_faces(kv_api: KVApi) -> None:
    kv_api.account.fail_next("put", 503, times=2, code=10001)

    with pytest.raises(KVError, match="503"):
        await kv_api.namespace.put("k", "v")
    send(request_for(kv_api, "put"))

    assert [parts(call) for call in kv_api.account.calls] == [
        (503, None, True),
        (503, 10001, True),
    ]


async def test_a_dropped_connection_has_no_status(kv_api: KVApi) -> None:
    kv_api.account.drop_next("put", times=2)

    with pytest.raises(KVError, match="connection lost"):
        await kv_api.namespace.put("k", "v")
    with pytest.raises(httpx.RemoteProtocolError):
        send(request_for(kv_api, "put"))

    assert [parts(call) for call in kv_api.account.calls] == [(None, None, True)] * 2


async def test_a_timeout_has_a_status_only_on_the_binding(kv_api: KVApi) -> None:
    kv_api.account.time_out_next("put", times=2)

    with pytest.raises(KVError, match="504 Gateway Timeout"):
        await kv_api.namespace.put("k", "v")
    with pytest.raises(httpx.ReadTimeout):
        send(request_for(kv_api, "put"))

    assert [parts(call) for call in kv_api.account.calls] == [
        (504, None, True),
        (None, None, True),
    ]


def test_success_false_has_status_200(kv_api: KVApi) -> None:
    kv_api.account.refuse_next("put")

    assert send(request_for(kv_api, "put")).status_code == 200

    assert parts(kv_api.account.calls[0]) == (200, 1000, True)


def test_a_bulk_call_with_planned_unsuccessful_keys_is_planned(kv_api: KVApi) -> None:
    kv_api.account.fail_keys("a")

    send(request_for(kv_api, "bulk_delete"))

    [call] = kv_api.account.calls
    assert (parts(call), call.unsuccessful_keys) == ((None, None, True), ("a",))


async def test_a_limit_that_a_test_switches_on_is_a_refusal_and_not_planned() -> None:
    account = KVAccount()
    account.write_limit = True
    namespace = account.default_namespace

    await namespace.put("k", "v")
    with pytest.raises(KVError, match="429"):
        await namespace.put("k", "v")

    assert parts(account.calls[1]) == (429, None, False)
