"""A trial: a fresh account and client, and every step written down."""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import Any

import httpx
import pytest

from pytest_kv import KVApi, KVError, KVNamespace
from pytest_kv.contract import Broken, Skipped, Subject
from pytest_kv.contract._run import trial
from tests.contract.clients import BindingClient, RestClient

BINDING = Subject(make_client=BindingClient, over="binding")
REST = Subject(make_client=RestClient)


def test_every_trial_has_an_account_of_its_own() -> None:
    for _ in range(2):
        with trial(BINDING) as stage:
            assert stage.data() == {}
            stage.call("put", "k", "v")
            assert stage.data()["k"].text == "v"


def test_what_happened_is_told_as_a_test() -> None:
    with trial(REST) as stage:
        stage.seed({"k": "v"})
        stage.set("page_size", 2)
        stage.plan("fail_next", "delete", 503, times=None)
        keys = stage.let("keys", ["a", "b"])
        outcome = stage.call("get", "k")
        stage.advance(61)
        see = f"assert {outcome.code} == b'x'"
        with pytest.raises(Broken) as broken:
            stage.fail(f"{keys.code} differ", see=see, outcome=outcome)

    assert str(broken.value) == (
        "keys differ\n"
        "\n"
        "To see it again:\n"
        "\n"
        "    from pytest_kv import mock_api\n"
        "\n"
        "\n"
        "    def test_it():\n"
        "        with mock_api() as api:\n"
        "            client = make_client(api)\n"
        "            api.namespace.seed({'k': 'v'})\n"
        "            api.account.page_size = 2\n"
        "            api.account.fail_next('delete', 503, times=None)\n"
        "            keys = ['a', 'b']\n"
        "            try:\n"
        "                result = client.get('k')\n"
        "            except Exception:\n"
        "                pass  # raising would be fine\n"
        "            else:\n"
        "                assert result == b'x'\n"
        "            api.account.clock.advance(61)\n"
        "\n"
        "What KV saw:\n"
        "\n"
        "    1. get 'k' via rest"
    )


def test_an_async_client_is_awaited_in_the_test_too() -> None:
    async def make_client(namespace: KVNamespace) -> BindingClient:
        return BindingClient(namespace)

    subject = Subject(make_client=make_client, over="binding")
    with trial(subject) as stage:
        stage.call("delete", "k")
        with pytest.raises(Broken) as broken:
            stage.fail("wrong", see="assert 'k' in namespace.data")

    assert str(broken.value) == (
        "wrong\n"
        "\n"
        "To see it again:\n"
        "\n"
        "    from pytest_kv import KVAccount\n"
        "\n"
        "\n"
        "    async def test_it():\n"
        "        account = KVAccount()\n"
        "        namespace = account.default_namespace\n"
        "        client = await make_client(namespace)\n"
        "        await client.delete('k')\n"
        "        assert 'k' in namespace.data\n"
        "\n"
        "What KV saw:\n"
        "\n"
        "    1. delete 'k' via binding"
    )


def test_a_client_without_an_end_is_stopped() -> None:
    class Endless(RestClient):
        def get(self, key: str) -> bytes | None:
            while True:
                try:
                    super().get(key)
                except Exception:
                    continue

    with trial(Subject(make_client=Endless)) as stage, pytest.raises(Broken) as broken:
        stage.call("get", "k", calls=7)

    lines = str(broken.value).splitlines()
    assert lines[0] == "client.get('k') did not end: it was stopped after 7 calls"
    assert "            api.account.stop_after(7)" in lines
    assert "            client.get('k')" in lines


def test_a_client_is_not_stopped_for_what_it_did_before() -> None:
    with trial(BINDING) as stage:
        for _ in range(3):
            assert not stage.call("get", "k", calls=1).raised


def test_a_client_that_leaves_the_fake_is_told() -> None:
    class Straying(RestClient):
        def get(self, key: str) -> bytes | None:
            try:
                return self.http.get("https://example.com/").content
            except Exception as error:
                raise RuntimeError("in its own words") from error

    with trial(Subject(make_client=Straying)) as stage, pytest.raises(Broken) as broken:
        stage.call("get", "k")

    assert str(broken.value).splitlines()[0] == (
        "client.get('k') sent a request to another host: in its own words"
    )


def test_a_client_that_raises_has_an_outcome() -> None:
    with trial(BINDING) as stage:
        outcome = stage.call("delete", "..")

    assert isinstance(outcome.error, KVError)
    assert str(outcome).startswith("raised KVError: TypeError: ")


def test_a_long_result_is_cut() -> None:
    with trial(BINDING) as stage:
        stage.seed({"k": "v" * 1000} | {f"k{n}": "" for n in range(100)})

        assert str(stage.call("get", "k")).endswith("' (1,000 characters)")
        assert str(stage.call("list", "")).endswith("…")


def test_a_client_is_closed() -> None:
    closed: list[str] = []

    class Closing(BindingClient):
        async def aclose(self) -> None:
            closed.append("aclose")

    class ClosingRest(RestClient):
        def close(self) -> None:
            closed.append("close")
            super().close()

    binding = Subject(make_client=Closing, over="binding")
    with trial(binding), trial(Subject(make_client=ClosingRest)):
        assert closed == []
    assert closed == ["close", "aclose"]


def test_a_missing_method_skips_and_says_so() -> None:
    with trial(REST) as stage:
        stage.require("get", "put")
        with pytest.raises(Skipped, match=r"^the client has no method list\(\)$"):
            stage.require("get", "list")


def test_a_client_without_delete_is_no_client() -> None:
    class Nothing:
        def __init__(self, _api: KVApi) -> None: ...

        def __repr__(self) -> str:
            return "<Nothing>"

    with trial(Subject(make_client=Nothing)) as stage, pytest.raises(TypeError) as error:
        stage.require()

    assert str(error.value) == "<Nothing> has no delete(key), which the contract needs"


def test_time_that_passes_passes_for_the_client_too() -> None:
    with trial(BINDING) as stage:
        stage.seed({"k": stage.expiring("v", 60)})
        before = time.time()
        stage.advance(61)

        assert time.time() - before >= 61
        assert stage.data() == {}


def test_a_client_that_sleeps_lets_the_accounts_time_pass() -> None:
    class Sleepy(BindingClient):
        async def get(self, key: str) -> str | None:
            await asyncio.sleep(61)
            return await super().get(key)

    with trial(Subject(make_client=Sleepy, over="binding")) as stage:
        stage.seed({"k": stage.expiring("v", 60)})

        assert stage.call("get", "k").value is None


def test_an_emptied_namespace_has_its_old_id_and_no_troubles() -> None:
    with trial(REST) as stage:
        stage.plan("fail_next", "get", 500)
        stage.seed({"k": "v"})
        id = stage.namespace.id
        stage.start_over()

        assert stage.namespace.id == id
        assert stage.call("get", "k").value is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": None}, "another key, 'k', was deleted"),
        ({"new": "v"}, "another key, 'new', was written: Entry(b'v')"),
        ({"k": "x"}, "another key, 'k', was changed from Entry(b'v') to Entry(b'x')"),
    ],
)
def test_what_is_touched_and_should_not_be_is_told(change: dict[str, Any], message: str) -> None:
    with trial(REST) as stage:
        stage.seed({"k": "v", "own": "v"})
        before = stage.data()
        for key, value in change.items():
            stage.call("delete", key) if value is None else stage.call("put", key, value)
        stage.call("delete", "own")
        with pytest.raises(Broken) as broken:
            stage.check_untouched(before, "own")
        stage.check_untouched(before, "own", *change)

    assert str(broken.value).splitlines()[0] == message


def test_a_namespace_that_is_gone_is_told() -> None:
    class Removing(RestClient):
        def delete(self, key: str) -> None:
            self.http.delete(self.values.removesuffix("values/"))

    with warnings.catch_warnings(), trial(Subject(make_client=Removing)) as stage:
        before = stage.data()
        stage.call("delete", "k")
        with pytest.raises(Broken) as broken:
            stage.check_untouched(before)

    assert str(broken.value).splitlines()[0] == (
        "the client removed the whole namespace 'KV' and every key in it: a request for a key "
        "landed on DELETE …/namespaces/{id}, because a path with '..' in it is shortened before "
        "it is sent"
    )


def test_what_kv_saw_last_is_told() -> None:
    with trial(BINDING) as stage:
        assert stage.last_call == "nothing"
        stage.call("delete", "k")
        assert stage.last_call == "delete 'k' via binding"


def test_parameters_of_a_method_are_known() -> None:
    with trial(BINDING) as stage:
        assert stage.takes("put", "value")
        assert not stage.takes("put", "metadata")


def test_httpx_reaches_no_network() -> None:
    with trial(REST), pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://example.com/")
