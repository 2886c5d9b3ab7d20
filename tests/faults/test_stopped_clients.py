"""A client that makes more calls than it was given is stopped."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from pytest_kv import KVAccount, KVApi, KVError, KVServer, TooManyCalls

WORDS = r"^the client was stopped: it made more calls than stop_after\({}\) allows$"


def a_key(api: KVApi | KVServer) -> httpx.Request:
    path = f"/accounts/{api.account_id}/storage/kv/namespaces/{api.namespace_id}/values/k"
    headers = {"Authorization": f"Bearer {api.api_token}"}
    return httpx.Request("DELETE", api.base_url + path, headers=headers)


async def test_a_call_of_the_binding_too_many_is_stopped(kv_account: KVAccount) -> None:
    kv_account.stop_after(2)
    await kv_account.default_namespace.delete("a")
    await kv_account.default_namespace.delete("b")

    with pytest.raises(TooManyCalls, match=WORDS.format(2)):
        await kv_account.default_namespace.delete("c")

    kv_account.default_namespace.assert_only_deleted("a", "b")


async def test_a_refused_call_of_the_binding_counts(kv_account: KVAccount) -> None:
    kv_account.stop_after(1)
    with pytest.raises(KVError):
        await kv_account.default_namespace.delete("..")

    with pytest.raises(TooManyCalls, match=WORDS.format(1)):
        await kv_account.default_namespace.delete("..")


def test_a_request_too_many_is_stopped(kv_api: KVApi) -> None:
    kv_api.account.stop_after(1)
    with httpx.Client() as client:
        client.send(a_key(kv_api))
        with pytest.raises(TooManyCalls, match=WORDS.format(1)):
            client.send(a_key(kv_api))

    assert len(kv_api.account.calls) == 1


def test_a_request_that_kv_has_no_route_for_counts(kv_api: KVApi) -> None:
    kv_api.account.stop_after(0)

    with pytest.raises(TooManyCalls, match=WORDS.format(0)):
        httpx.get("https://api.cloudflare.com/")


def test_a_server_hangs_up_on_its_client(kv_server: KVServer) -> None:
    kv_server.account.stop_after(1)
    with httpx.Client() as client:
        client.send(a_key(kv_server))
        with pytest.raises(httpx.RemoteProtocolError):
            client.send(a_key(kv_server))


async def test_a_new_number_counts_from_now_on_and_none_ends_it(kv_account: KVAccount) -> None:
    namespace = kv_account.default_namespace
    kv_account.stop_after(0)
    kv_account.stop_after(1)
    await namespace.delete("a")
    kv_account.stop_after(None)
    await namespace.delete("b")
    await namespace.delete("c")


@pytest.mark.fidelity("deviation-operations-of-an-invocation")
async def test_a_worker_of_more_than_1000_operations_is_found_where_a_test_asks(
    kv_account: KVAccount,
) -> None:
    namespace = kv_account.default_namespace
    for _ in range(1_001):
        await namespace.get(["a", "b"])

    kv_account.stop_after(1_000)
    for _ in range(1_000):
        await namespace.get(["a", "b"])
    with pytest.raises(TooManyCalls, match=WORDS.format(1000)):
        await namespace.get(["a", "b"])


def test_no_exception_handler_catches_it() -> None:
    assert not issubclass(TooManyCalls, Exception)


async def test_a_group_of_tasks_is_stopped(kv_account: KVAccount) -> None:
    kv_account.stop_after(1)

    async def delete_side_by_side() -> None:
        async with asyncio.TaskGroup() as tasks:
            for key in "abc":
                tasks.create_task(kv_account.default_namespace.delete(key))

    with pytest.raises(BaseExceptionGroup) as group:
        await delete_side_by_side()

    assert group.group_contains(TooManyCalls)


def test_less_than_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a client is stopped after 0 calls or more, not -1$"):
        KVAccount().stop_after(-1)
