"""A run of a case: a fresh account, a fresh client, and a record of every step."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import warnings
from typing import Any

import httpx
import pytest

from pytest_kv import KVApi, KVError, KVNamespace
from pytest_kv.contract import Broken, Skipped, Subject
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._record import Pairs
from pytest_kv.contract._run import NotMade
from pytest_kv.strategies import KeyBatch
from tests.contract.clients import BindingClient, RestClient

BINDING = Subject(make_client=BindingClient, over="binding")
REST = Subject(make_client=RestClient)


def test_every_run_has_an_account_of_its_own() -> None:
    for _ in range(2):
        with case_run(BINDING) as run:
            assert run.stored.entries() == {}
            run.call("put", "k", "v")
            assert run.stored.entries()["k"].text == "v"


def test_a_failure_prints_the_run_as_a_test() -> None:
    with case_run(REST) as run:
        run.seed({"k": "v"})
        run.configure("page_size", 2)
        run.plan_fault("fail_next", "delete", 503, times=None)
        keys = run.assign("keys", ["a", "b"])
        outcome = run.call("get", "k")
        run.advance(61)
        assertion = f"assert {outcome.code} == b'x'"
        with pytest.raises(Broken) as broken:
            run.fail(f"{keys.code} differ", assertion=assertion, outcome=outcome)

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


def test_the_printed_test_awaits_an_async_client() -> None:
    async def make_client(namespace: KVNamespace) -> BindingClient:
        return BindingClient(namespace)

    subject = Subject(make_client=make_client, over="binding")
    with case_run(subject) as run:
        run.call("delete", "k")
        with pytest.raises(Broken) as broken:
            run.fail("wrong", assertion="assert 'k' in namespace.data")

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


def test_a_client_in_an_endless_loop_is_stopped() -> None:
    class Endless(RestClient):
        def get(self, key: str) -> bytes | None:
            while True:
                try:
                    super().get(key)
                except Exception:
                    continue

    with case_run(Subject(make_client=Endless)) as run, pytest.raises(Broken) as broken:
        run.call("get", "k", budget=7)

    lines = str(broken.value).splitlines()
    assert lines[0] == "client.get('k') did not end: it was stopped after 7 calls"
    assert "            api.account.stop_after(7)" in lines
    assert "            client.get('k')" in lines


def test_every_call_has_a_call_budget_of_its_own() -> None:
    with case_run(BINDING) as run:
        for _ in range(3):
            assert not run.call("get", "k", budget=1).raised


def test_a_request_to_another_host_is_reported() -> None:
    class Straying(RestClient):
        def get(self, key: str) -> bytes | None:
            try:
                return self.http.get("https://example.com/").content
            except Exception as error:
                raise RuntimeError("in its own words") from error

    with case_run(Subject(make_client=Straying)) as run, pytest.raises(Broken) as broken:
        run.call("get", "k")

    assert str(broken.value).splitlines()[0] == (
        "client.get('k') sent a request to another host: in its own words"
    )


def test_the_outcome_of_a_call_may_be_an_exception() -> None:
    with case_run(BINDING) as run:
        outcome = run.call("delete", "..")

    assert isinstance(outcome.error, KVError)
    assert str(outcome).startswith("raised KVError: TypeError: ")


def test_a_long_result_is_shortened() -> None:
    with case_run(BINDING) as run:
        run.seed({"k": "v" * 1000} | {f"k{n}": "" for n in range(100)})

        assert str(run.call("get", "k")).endswith("' (1,000 characters)")
        assert str(run.call("list", "")).endswith("…")


def test_the_client_is_closed_at_the_end() -> None:
    closed: list[str] = []

    class Closing(BindingClient):
        async def aclose(self) -> None:
            closed.append("aclose")

    class ClosingRest(RestClient):
        def close(self) -> None:
            closed.append("close")
            super().close()

    binding = Subject(make_client=Closing, over="binding")
    with case_run(binding), case_run(Subject(make_client=ClosingRest)):
        assert closed == []
    assert closed == ["close", "aclose"]


def test_a_missing_method_skips_the_clause() -> None:
    with case_run(REST) as run:
        run.require("get", "put")
        with pytest.raises(Skipped, match=r"^the client has no method list\(\)$"):
            run.require("get", "list")


def test_a_client_must_have_a_method() -> None:
    class Nothing:
        def __init__(self, _api: KVApi) -> None: ...

        def __repr__(self) -> str:
            return "<Nothing>"

    with case_run(Subject(make_client=Nothing)) as run, pytest.raises(NotMade) as error:
        run.require()

    assert str(error.value) == "make_client returned <Nothing>"
    assert str(error.value.error) == (
        "make_client returned <Nothing>, which has none of the methods get, put, delete, list, "
        "delete_many, put_many, get_many, delete_prefix"
    )


def test_advancing_moves_the_clocks_of_account_and_client() -> None:
    with case_run(BINDING) as run:
        run.seed({"k": run.expiring("v", 60)})
        before = time.time()
        run.advance(61)

        assert time.time() - before >= 61
        assert run.stored.entries() == {}


def test_a_sleep_of_the_client_moves_the_accounts_clock() -> None:
    class Sleepy(BindingClient):
        async def get(self, key: str) -> str | None:
            await asyncio.sleep(61)
            return await super().get(key)

    with case_run(Subject(make_client=Sleepy, over="binding")) as run:
        run.seed({"k": run.expiring("v", 60)})

        assert run.call("get", "k").value is None


def test_a_reset_namespace_has_its_old_id_and_no_faults() -> None:
    with case_run(REST) as run:
        run.plan_fault("fail_next", "get", 500)
        run.seed({"k": "v"})
        id = run.namespace.id
        run.reset()

        assert run.namespace.id == id
        assert run.call("get", "k").value is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": None}, "another key, 'k', was deleted"),
        ({"new": "v"}, "another key, 'new', was written: Entry(b'v')"),
        ({"k": "x"}, "another key, 'k', was changed from Entry(b'v') to Entry(b'x')"),
    ],
)
def test_a_change_of_another_key_is_reported(change: dict[str, Any], message: str) -> None:
    with case_run(REST) as run:
        run.seed({"k": "v", "own": "v"})
        before = run.stored.entries()
        for key, value in change.items():
            run.call("delete", key) if value is None else run.call("put", key, value)
        run.call("delete", "own")
        with pytest.raises(Broken) as broken:
            run.check_untouched(before, "own")
        run.check_untouched(before, "own", *change)

    assert str(broken.value).splitlines()[0] == message


def test_a_removed_namespace_is_reported() -> None:
    class Removing(RestClient):
        def delete(self, key: str) -> None:
            self.http.delete(self.values.removesuffix("values/"))

    with warnings.catch_warnings(), case_run(Subject(make_client=Removing)) as run:
        before = run.stored.entries()
        run.call("delete", "k")
        with pytest.raises(Broken) as broken:
            run.check_untouched(before)

    assert str(broken.value).splitlines()[0] == (
        "the client removed the whole namespace 'KV' and every key in it: a request for a key "
        "became DELETE …/namespaces/{id}, because a path with '..' in it is shortened before "
        "it is sent"
    )


def test_the_last_call_is_one_line() -> None:
    with case_run(BINDING) as run:
        assert run.last_call == "nothing"
        run.call("delete", "k")
        assert run.last_call == "delete 'k' via binding"


def test_a_run_knows_the_parameters_of_a_method() -> None:
    with case_run(BINDING) as run:
        assert run.takes("put", "value")
        assert not run.takes("put", "metadata")


def test_httpx_reaches_no_network() -> None:
    with case_run(REST), pytest.raises(AssertionError, match="not mocked"):
        httpx.get("https://example.com/")


def test_a_base_exception_of_the_client_is_not_caught() -> None:
    class Interrupted(BindingClient):
        async def delete(self, key: str) -> None:
            raise SystemExit

    subject = Subject(make_client=Interrupted, over="binding")
    with case_run(subject) as run, pytest.raises(SystemExit):
        run.call("delete", "k")


def test_a_failure_shows_the_usage_warnings_of_the_client() -> None:
    class Misspelling(BindingClient):
        async def put(self, key: str, value: str | bytes) -> None:
            await self.kv.put(key, value, {"expiration_ttl": 60})  # type: ignore[call-overload]  # the mistake is tested

    with case_run(Subject(make_client=Misspelling, over="binding")) as run:
        run.call("put", "k", "v")
        run.call("put", "k2", "v")
        with pytest.raises(Broken) as broken:
            run.fail("it does not expire")

    lines = str(broken.value).splitlines()
    assert lines[0] == "it does not expire"
    assert lines[1].startswith("KVUsageWarning: ")
    assert "expiration_ttl" in lines[1]
    assert lines[2] == ""


def test_another_warning_of_the_client_goes_where_it_went() -> None:
    class Old(BindingClient):
        async def put(self, key: str, value: str | bytes) -> None:
            warnings.warn("put is old", DeprecationWarning, stacklevel=1)

    with (
        pytest.warns(DeprecationWarning, match="put is old"),
        case_run(Subject(make_client=Old, over="binding")) as run,
    ):
        run.call("put", "k", "v")


def test_a_failure_shows_the_line_of_the_client_that_raised() -> None:
    class Raising(RestClient):
        def put(self, key: str, value: str | bytes) -> None:
            raise OSError("no")

    with case_run(Subject(make_client=Raising)) as run:
        outcome = run.call("put", "k", "v")
        with pytest.raises(Broken) as broken:
            run.fail("it raised", outcome=outcome)

    line = str(broken.value).splitlines()[1]
    assert line.startswith("raised at tests/contract/test_run.py:")
    assert line.endswith(', in put: raise OSError("no")')


def test_of_many_calls_the_last_are_shown() -> None:
    with case_run(BINDING) as run:
        for number in range(30):
            run.call("put", f"k{number}", "v")
        run.seed({"k": "v"})
        with pytest.raises(Broken) as broken:
            run.fail("wrong")

    lines = str(broken.value).splitlines()
    assert lines[-4:] == [
        "    … 27 lines before",
        "    28. put 'k27' via binding",
        "    29. put 'k28' via binding",
        "    30. put 'k29' via binding",
    ]


def prefixed(key: str) -> str:
    return f"app:{key}"


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@pytest.mark.parametrize(
    ("options", "code", "hooks"),
    [
        ({}, "{key: f'v{n}' for n, key in enumerate(keys)}", ""),
        (
            {"stored_key": prefixed},
            "{'app:' + key: f'v{n}' for n, key in enumerate(keys)}",
            "",
        ),
        (
            {"stored_key": lambda key: f"{key}.json"},
            "{key + '.json': f'v{n}' for n, key in enumerate(keys)}",
            "",
        ),
        (
            {"stored_key": hashed, "stored_value": json.dumps},
            "{stored_key(key): stored_value(f'v{n}') for n, key in enumerate(keys)}",
            " (beside make_client, stored_key and stored_value)",
        ),
        (
            {"stored_value": json.dumps},
            "{key: stored_value(f'v{n}') for n, key in enumerate(keys)}",
            " (beside make_client and stored_value)",
        ),
        (
            {"stored_key": lambda key: "third" if key == "k3" else prefixed(key)},
            "{stored_key(key): f'v{n}' for n, key in enumerate(keys)}",
            " (beside make_client and stored_key)",
        ),
    ],
    ids=["no habit", "prefix", "suffix", "hash and JSON", "JSON", "a name that differs"],
)
def test_a_large_batch_is_printed_with_the_habits(
    options: dict[str, Any], code: str, hooks: str
) -> None:
    with case_run(Subject(make_client=RestClient, **options)) as run:
        keys = run.assign("keys", KeyBatch(7))
        pairs = {key: f"v{number}" for number, key in enumerate(keys.value)}
        run.seed(Pairs.of(pairs, "f'v{n}'", "for n, key in enumerate(keys)"))
        with pytest.raises(Broken) as broken:
            run.fail("wrong")
        stored = run.stored.entries()

    lines = str(broken.value).splitlines()
    assert f"            api.namespace.seed({code})" in lines
    assert lines[2] == f"To see it again{hooks}:"
    names = options.get("stored_key", str)
    content = options.get("stored_value", str)
    assert {name: entry.text for name, entry in stored.items()} == {
        names(key): content(value) for key, value in pairs.items()
    }


def test_a_large_batch_of_one_value_is_printed_with_what_is_stored() -> None:
    subject = Subject(make_client=RestClient, stored_key=prefixed, stored_value=json.dumps)
    with case_run(subject) as run:
        run.assign("keys", KeyBatch(7))
        run.seed(Pairs.of(dict.fromkeys(KeyBatch(7), "v"), "'v'", "for key in keys"))
        with pytest.raises(Broken) as broken:
            run.fail("wrong")

    assert "api.namespace.seed({'app:' + key: '\"v\"' for key in keys})" in str(broken.value)


def test_lookalikes_are_seeded_inside_and_outside_the_clients_own_names() -> None:
    with case_run(Subject(make_client=RestClient, stored_key=prefixed)) as run:
        run.seed_lookalikes("a/b")
        names = set(run.stored.entries())

    assert {"app:a%2Fb", "a/b", "APP:A/B", "app%3Aa/b"} <= names
    assert "app:a/b" not in names
