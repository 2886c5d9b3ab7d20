"""One cause is one failure."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from pytest_kv import KVApi, KVNamespace
from pytest_kv.contract import CLAUSES, ContractBroken, Skipped, Subject, check_contract
from pytest_kv.contract._known_causes import KnownCauses
from pytest_kv.contract._outcome import Broken
from tests.contract.clients import BindingClient, RestClient
from tests.contract.zoo.correct import Httpx, Value

BY_NAME = {clause.name: clause for clause in CLAUSES}
_FIRST = "no_key_reaches_another_endpoint"
_ROUND_TRIP = "every_key_round_trips"
_MIXED = "calls_in_any_order_keep_their_promises"


class Unquoted(RestClient):
    """A client that does not percent-encode the key."""

    def url(self, key: str) -> str:
        return self.values + key


class UnquotedAndBlind(Unquoted):
    """It also ignores every answer to a delete."""

    def delete(self, key: str) -> None:
        self.http.delete(self.url(key))


def test_keys_that_are_sent_wrongly_break_one_clause() -> None:
    with pytest.raises(ContractBroken) as broken:
        check_contract(Unquoted)

    assert list(broken.value.broken) == [_FIRST]
    lines = broken.value.broken[_FIRST].splitlines()
    assert lines[-7:-4] == [
        "The client sends 33 keys wrongly, which may break other clauses:",
        "    '/a': KV saw delete 'a' via rest",
        "    'a#b': KV saw delete 'a' via rest",
    ]
    assert lines[-1] == "    … and 28 more keys"


def test_they_hide_no_failure_of_plain_keys() -> None:
    with pytest.raises(ContractBroken) as broken:
        check_contract(UnquotedAndBlind)

    assert list(broken.value.broken) == [_FIRST, "a_write_that_returns_was_done"]


def test_the_clause_that_fails_first_reports_the_cause_and_the_others_name_it() -> None:
    known = KnownCauses()
    with pytest.raises(Broken):
        known.check(BY_NAME[_ROUND_TRIP], Subject(make_client=Unquoted))
    with pytest.raises(Skipped) as skipped:
        known.check(BY_NAME[_FIRST], Subject(make_client=Unquoted))
    with pytest.raises(Broken):
        known.check(BY_NAME[_ROUND_TRIP], Subject(make_client=Unquoted))

    assert str(skipped.value) == (
        "it fails for the reason that every_key_round_trips shows: the client sends some keys "
        "wrongly"
    )


def test_a_key_that_differs_only_a_little_is_not_sent_wrongly() -> None:
    class OneBug(RestClient):
        def url(self, key: str) -> str:
            return self.values + quote(key, safe="~")

    with pytest.raises(ContractBroken) as broken:
        check_contract(OneBug)

    assert list(broken.value.broken) == [_FIRST]


def test_mixed_calls_are_not_skipped_for_a_method_that_is_not_broken() -> None:
    class Stale(Httpx):
        """It still returns what it has read before put_many, and is blind to success."""

        def __init__(self, api: KVApi) -> None:
            super().__init__(api)
            self.read: dict[str, Any] = {}

        def get(self, key: str) -> Any:
            if key not in self.read:
                self.read[key] = super().get(key)
            return self.read[key]

        def put(self, key: str, value: Value) -> None:
            self.read.pop(key, None)
            self.http.put(self.path(key), content=value).raise_for_status()

    known = KnownCauses()
    subject = Subject(make_client=Stale, quick=True)
    with pytest.raises(Broken):
        known.check(BY_NAME["an_answer_without_success_is_an_error"], subject)
    with pytest.raises(Broken) as broken:
        known.check(BY_NAME[_MIXED], subject)

    assert broken.value.method == "get"


@pytest.mark.usefixtures("many_examples")
def test_mixed_calls_are_skipped_when_another_clause_is_broken() -> None:
    class Idle(BindingClient):
        async def delete(self, key: str) -> None:
            await self.kv.get(key)

    with pytest.raises(ContractBroken) as broken:
        check_contract(Idle, over="binding")

    assert _MIXED not in broken.value.broken


def test_a_put_that_always_raises_is_one_failure_whatever_it_says() -> None:
    class Failing(RestClient):
        def put(self, key: str, value: Value) -> None:
            raise OSError(f"ray {id(object())}")

    with pytest.raises(ContractBroken) as broken:
        check_contract(Failing, quick=True)

    assert list(broken.value.broken) == ["a_plain_entry_is_stored_as_said"]


CLASSES = """
    import pytest
    from pytest_kv.contract import KVBindingContract

    class TestNoClient(KVBindingContract):
        def make_client(self, namespace):
            raise OSError(f"no such server, says {id(namespace)}")
"""

ASYNCIO = ("-o", "asyncio_default_fixture_loop_scope=function")


@pytest.mark.parametrize("order", [("-p", "no:randomly"), ("-p", "randomly")])
def test_a_make_client_that_fails_is_shown_once(
    pytester: pytest.Pytester, order: tuple[str, ...]
) -> None:
    pytester.makepyfile(CLASSES)

    result = pytester.runpytest(*ASYNCIO, *order, "-rs")

    result.assert_outcomes(failed=1, skipped=17)
    result.stdout.fnmatch_lines(
        [
            "E *OSError: no such server, says *",
            "SKIPPED * it fails for the reason that * shows: make_client raised OSError",
        ]
    )


def test_a_make_client_that_returns_nothing_is_shown_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_kv.contract import KVBindingContract

        class TestForgot(KVBindingContract):
            def make_client(self, namespace):
                namespace.get
        """
    )

    result = pytester.runpytest(*ASYNCIO, "-rs")

    result.assert_outcomes(failed=1, skipped=17)
    result.stdout.fnmatch_lines(
        [
            "E *TypeError: make_client returned None, which has none of the methods get, put, *",
            "SKIPPED * it fails for the reason that * shows: make_client returned None",
        ]
    )


def test_a_list_that_returns_nothing_is_shown_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_kv.contract import KVBindingContract

        class Client:
            def __init__(self, kv):
                self.kv = kv

            async def list(self, prefix):
                await self.kv.list(prefix=prefix)

        class TestForgot(KVBindingContract):
            def make_client(self, namespace):
                return Client(namespace)
        """
    )

    result = pytester.runpytest(*ASYNCIO, "-rs")

    result.assert_outcomes(failed=1, skipped=17)
    result.stdout.fnmatch_lines(
        [
            "client.list('') returned None; an adapter returns a list of keys, or an iterator",
            "        list(await client.list(''))",
            "SKIPPED * it fails for the reason that * shows: list() returns no list of keys",
        ]
    )


def test_each_set_of_parameters_reports_the_cause_for_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CLASSES.replace(
            "    class TestNoClient",
            "    @pytest.mark.parametrize('kind', ['sync', 'async'])\n    class TestNoClient",
        ).replace(
            "def make_client",
            "@pytest.fixture(autouse=True)\n"
            "        def kinds(self, kind): ...\n\n        def make_client",
        )
    )

    pytester.runpytest(*ASYNCIO).assert_outcomes(failed=2, skipped=34)


def test_another_class_reports_the_cause_for_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CLASSES + "\n    class TestOther(TestNoClient): ...\n")

    pytester.runpytest(*ASYNCIO).assert_outcomes(failed=2, skipped=34)


def test_an_error_of_make_client_is_raised_by_a_clause_as_it_is() -> None:
    def make_client(_namespace: KVNamespace) -> Any:
        raise OSError("no")

    with pytest.raises(OSError, match=r"^no$"):
        BY_NAME[_FIRST](make_client, over="binding")
