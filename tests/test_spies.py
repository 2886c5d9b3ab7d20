"""A test's spies and patches on a namespace, on ``kv_env`` and on its bindings."""

from __future__ import annotations

from textwrap import dedent
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from pytest_kv import KVAccount, KVNamespace
from tests.helpers.suites import ASYNCIO


async def test_a_spy_sees_the_call_and_kv_carries_it_out(kv_namespace: KVNamespace) -> None:
    with patch.object(kv_namespace, "put", autospec=True, side_effect=kv_namespace.put) as spy:
        await kv_namespace.put("a", "1", expirationTtl=60)

    spy.assert_awaited_once_with("a", "1", expirationTtl=60)
    assert kv_namespace.puts == ["a"]
    await kv_namespace.put("b", "2")
    assert kv_namespace.puts == ["a", "b"]
    assert spy.await_count == 1


@pytest.mark.parametrize("method", ["get", "getWithMetadata", "put", "delete", "list"])
async def test_each_method_can_be_patched_and_is_itself_again(
    method: str, kv_namespace: KVNamespace
) -> None:
    original = getattr(kv_namespace, method)

    with patch.object(kv_namespace, method, return_value="patched"):
        assert await getattr(kv_namespace, method)() == "patched"

    assert getattr(kv_namespace, method) == original
    assert kv_namespace.calls == []


async def test_monkeypatch_replaces_a_method(
    kv_namespace: KVNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get(key: str) -> str:
        return f"patched {key}"

    with monkeypatch.context() as patched:
        patched.setattr(kv_namespace, "get", get)
        assert await kv_namespace.get("a") == "patched a"

    assert await kv_namespace.get("a") is None


async def test_a_patch_is_for_the_binding_of_kv_env_too(
    kv_namespace: KVNamespace, kv_env: SimpleNamespace
) -> None:
    with patch.object(kv_env.KV, "get", return_value="patched"):
        assert await kv_namespace.get("a") == "patched"

    assert await kv_env.KV.get("a") is None


async def test_a_patch_is_for_one_namespace(kv_account: KVAccount) -> None:
    other = kv_account.create_namespace("OTHER")

    with patch.object(kv_account.default_namespace, "get", return_value="patched"):
        assert await other.get("a") is None


async def test_a_binding_of_kv_env_can_be_replaced(
    kv_env: SimpleNamespace, kv_namespace: KVNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = KVAccount().default_namespace
    with monkeypatch.context() as patched:
        patched.setattr(kv_env, "KV", other)
        await kv_env.KV.put("a", "1")

    assert kv_env.KV is kv_namespace
    assert (other.puts, kv_namespace.puts) == (["a"], [])


@pytest.mark.parametrize("name", ["cache", "bulk_put", "_note"])
def test_code_under_test_cannot_leave_an_attribute(name: str, kv_namespace: KVNamespace) -> None:
    with pytest.raises(AttributeError) as error:
        setattr(kv_namespace, name, 1)

    assert str(error.value) == (
        f"'KVNamespace' object has no attribute {name!r}; only what it has can be replaced"
    )
    assert not hasattr(kv_namespace, name)


def test_a_misspelled_method_cannot_be_patched(
    kv_namespace: KVNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'gett'"):
        monkeypatch.setattr(kv_namespace, "gett", None)
    with pytest.raises(AttributeError, match="does not have the attribute 'gett'"):
        patch.object(kv_namespace, "gett").start()


def test_what_the_test_reads_stays_read_only(kv_namespace: KVNamespace) -> None:
    with pytest.raises(AttributeError):
        kv_namespace.data = {}  # type: ignore[misc]  # the mistake is tested


def test_mocker_spies_and_patches(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_mock")
    pytester.makepyfile(
        dedent(
            """
            from unittest.mock import call

            async def test_spy(mocker, kv_namespace):
                put = mocker.spy(kv_namespace, "put")
                delete = mocker.spy(kv_namespace, "delete")

                await kv_namespace.put("a", "1", metadata={"b": 2})
                await kv_namespace.delete("a")

                assert put.await_args_list == [call("a", "1", metadata={"b": 2})]
                assert put.spy_return is None
                delete.assert_awaited_once_with("a")
                kv_namespace.assert_only_deleted("a")

            async def test_spy_on_a_binding(mocker, kv_env, kv_namespace):
                get = mocker.spy(kv_env.KV, "get")
                kv_namespace.seed({"a": "1"})

                assert await kv_env.KV.get("a", "json") == 1
                get.assert_awaited_once_with("a", "json")
                assert get.spy_return == 1

            async def test_patch(mocker, kv_namespace):
                mocker.patch.object(kv_namespace, "get", side_effect=OSError)
                try:
                    await kv_namespace.get("a")
                except OSError:
                    return
                assert False

            async def test_after_all(kv_namespace, kv_env, mocker):
                mocker.patch.object(kv_env, "KV", mocker.AsyncMock())
                assert await kv_namespace.get("a") is None
                assert kv_env.KV is not kv_namespace
            """
        )
    )

    pytester.runpytest(*ASYNCIO).assert_outcomes(passed=4)
