"""An account as it began, and a namespace without keys and calls."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_kv import KVAccount, KVClock, KVError, KVNamespace, mock_api
from tests.helpers.samples import WAYS, request_for


def switches_of(account: KVAccount) -> list[object]:
    """The switches of an account."""
    return [
        account.page_size,
        account.tombstones,
        account.write_limit,
        account.request_limit,
    ]


async def test_a_reset_account_is_as_it_began() -> None:
    account = KVAccount(seed=3)
    namespace = account.default_namespace
    again = KVAccount(seed=3)
    other = account.create_namespace("OTHER")
    await namespace.put("a", "1")
    await other.put("b", "1")
    account.clock.advance(3600)
    account.page_size, account.tombstones, account.write_limit = 1, True, True
    account.request_limit = 0
    account.fail_next("get", times=None)
    account.stop_after(0)
    account.default_namespace = other

    account.reset()

    assert account.default_namespace is namespace
    assert dict(account.namespaces) == {namespace.id: namespace}
    assert (account.calls, dict(namespace.data), namespace.puts) == ([], {}, [])
    assert "+0 s" in repr(account.clock)
    assert switches_of(account) == [None, False, False, None]
    assert (account.id, account.api_token) == (again.id, again.api_token)
    assert await namespace.get("a") is None
    assert account.create_namespace("X").id == again.create_namespace("X").id
    account.assert_all_faults_fired()


async def test_what_a_test_did_to_the_namespaces_is_undone() -> None:
    account = KVAccount(title="FIRST")
    first = account.default_namespace
    new = account.create_namespace("NEW")
    account._core.rename_namespace(first.id, "RENAMED")
    account.remove_namespace(first.id)

    account.reset()

    assert [found.title for found in account.namespaces.values()] == ["FIRST"]
    await first.put("a", "1")
    assert await account.namespace("FIRST").get("a") == "1"
    with pytest.raises(KVError):
        await new.get("a")


def test_a_shared_clock_stays() -> None:
    clock = KVClock()
    account = KVAccount(clock=clock)
    clock.advance(60)

    account.reset()

    assert "+60 s" in repr(clock)


@pytest.mark.kv(bindings=["CACHE"])
async def test_the_bindings_of_the_marker_are_there_after_a_reset(
    kv_account: KVAccount, kv_env: SimpleNamespace
) -> None:
    await kv_env.CACHE.put("a", "1")

    kv_account.reset()

    assert await kv_env.CACHE.get("a") is None
    assert kv_account.namespace("CACHE") is kv_env.CACHE


async def test_a_location_forgets_what_it_cached(kv_account: KVAccount) -> None:
    namespace = kv_account.default_namespace
    namespace.seed({"a": "1"})
    london = namespace.at("LHR")
    for forget in (kv_account.reset, namespace.clear):
        await london.get("a")

        forget()

        assert await london.get("a") is None


async def test_a_clear_leaves_what_is_cached_of_another_namespace(kv_account: KVAccount) -> None:
    other = kv_account.create_namespace("OTHER")
    other.seed({"a": "1"})
    london = other.at("LHR")
    await london.get("a")
    await other.delete("a")

    kv_account.default_namespace.clear()

    assert await london.get("a") == "1"


def test_an_api_answers_for_an_account_that_is_reset() -> None:
    with mock_api() as api:
        api.namespace.seed({"a": "1"})
        api.account.reset()

        assert WAYS["sync"](request_for(api, "delete")).status_code == 200
        assert [call.operation for call in api.account.calls] == ["delete"]


async def test_a_cleared_namespace_has_no_keys_and_no_calls(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    other = kv_account.create_namespace("OTHER")
    await other.at("LHR").put("b", "1")
    await kv_namespace.put("a", "1")
    await kv_namespace.delete("a")
    await kv_namespace.put("c", "1")

    kv_namespace.clear()

    assert (dict(kv_namespace.data), kv_namespace.calls) == ({}, [])
    kv_namespace.assert_no_deletes()
    kv_namespace.assert_no_puts()
    assert other.puts == ["b"]
    assert [call.operation for call in kv_account.calls] == ["put", "put", "delete", "put"]
    await kv_namespace.delete("d")
    kv_namespace.assert_only_deleted("d")


async def test_a_clear_leaves_faults_and_the_rate_of_writes_alone(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("get")
    kv_account.write_limit = True
    await kv_namespace.put("a", "1")

    kv_namespace.clear()

    await kv_namespace.put("a", "2")
    with pytest.raises(KVError):
        await kv_namespace.get("a")
