"""What a clause makes of clients that the zoo does not have: of few methods, or of more."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from pytest_kv import KVNamespace
from pytest_kv.contract import CLAUSES, Broken, Skipped, Subject
from pytest_kv.contract._cases import draw
from pytest_kv.contract._clauses.mixed_calls import Step, play
from pytest_kv.contract._run import Trial, trial
from pytest_kv.contract._sleep import no_waiting
from tests.contract.clients import BindingClient, RestClient
from tests.contract.zoo.correct import Binding, Httpx, Value

BY_NAME = {clause.name: clause for clause in CLAUSES}


class Typed(Binding):
    """Its ``put`` takes metadata and a TTL too."""

    async def put(
        self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
    ) -> None:
        options: dict[str, Any] = {"metadata": metadata}
        if expiration_ttl is not None:
            options["expirationTtl"] = expiration_ttl
        await self.kv.put(key, value, options)


class Deleting:
    """It does nothing but delete."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.kv = namespace

    async def delete(self, key: str) -> None:
        await self.kv.delete(key)


def broken_by(clause: str, client: type, over: Any = "binding") -> str:
    """The first line of what a clause says of a client."""
    with pytest.raises(Broken) as broken:
        BY_NAME[clause](client, over=over)
    return str(broken.value).splitlines()[0]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_client_that_writes_metadata_and_ttls_keeps_every_clause(name: str) -> None:
    if name == "keys_that_kv_left_undone_are_not_forgotten":
        with pytest.raises(Skipped, match=r"^the client makes no bulk call$"):
            BY_NAME[name](Typed, over="binding")
    else:
        BY_NAME[name](Typed, over="binding")


def test_bulk_writes_are_tried_past_every_limit() -> None:
    BY_NAME["put_many_puts_all"](Httpx)


def test_a_rest_client_may_have_few_methods() -> None:
    BY_NAME["calls_in_any_order_keep_their_promises"](RestClient)


def test_a_client_is_tried_over_http() -> None:
    BY_NAME["deleting_a_missing_key_succeeds"](RestClient, over="http")


def test_a_client_that_only_deletes_is_held_to_that() -> None:
    BY_NAME["every_key_round_trips"](Deleting, over="binding")
    BY_NAME["expired_keys_are_gone"](Deleting, over="binding")
    with pytest.raises(Skipped, match=r"^the client has no method that the clause is about$"):
        BY_NAME["a_read_that_returns_tells_the_truth"](Deleting, over="binding")


def test_a_client_without_put_is_asked_for_bytes_by_its_put_many() -> None:
    class Many(Deleting):
        async def put_many(self, mapping: Mapping[str, Value]) -> None:
            for key, value in mapping.items():
                await self.kv.put(key, value)

    BY_NAME["values_and_metadata_survive_exactly"](Many, over="binding")


def test_metadata_that_is_lost_is_told() -> None:
    class Losing(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            await super().put(key, value, metadata or None, expiration_ttl)

    assert broken_by("values_and_metadata_survive_exactly", Losing) == (
        "await client.put('k', 'v', metadata=0) returned, but what is stored is Entry(b'v')"
    )


def test_a_ttl_in_another_unit_is_told() -> None:
    class Milliseconds(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            ttl = None if expiration_ttl is None else expiration_ttl * 1000
            await super().put(key, value, metadata, ttl)

    assert broken_by("expired_keys_are_gone", Milliseconds).startswith(
        "await client.put('own', 'v', expiration_ttl=60) returned, but what is stored is Entry("
    )


def test_bytes_that_are_refused_only_at_times_are_told() -> None:
    class Decoding(Binding):
        async def put(self, key: str, value: Value) -> None:
            await super().put(key, value.decode() if isinstance(value, bytes) else value)

    assert broken_by("values_and_metadata_survive_exactly", Decoding).endswith(
        "and nothing was wrong (set binary = False for a client of text only)"
    )


def test_another_way_to_say_missing_is_asked_for() -> None:
    class Raising(BindingClient):
        async def get(self, key: str) -> str | None:
            value = await super().get(key)
            if value is None:
                raise LookupError(key)
            return value

    assert broken_by("a_deleted_key_is_gone_at_once", Raising) == (
        "await client.get('k') of a missing key raised LookupError: k; if that is how the client "
        "says so, set missing = LookupError"
    )


def test_a_read_that_strays_is_told() -> None:
    class Straying(RestClient):
        def get(self, key: str) -> bytes | None:
            answer = self.http.get(self.values + quote(key))
            return None if answer.status_code == 404 else self.checked(answer).content

    assert broken_by("no_key_reaches_another_endpoint", Straying, "respx").startswith(
        "client.get('..') reached another endpoint than for 'k': get_namespace via rest"
    )


def test_an_illegal_key_that_is_passed_over_is_told() -> None:
    class PassingOver(Binding):
        async def put(self, key: str, value: Value) -> None:
            if key not in {"", ".", ".."}:
                await super().put(key, value)

    assert broken_by("no_key_reaches_another_endpoint", PassingOver).startswith(
        "await client.put('..', 'value') returned, but nothing is stored: KV last saw put 'k'"
    )


def test_one_key_that_is_left_is_told() -> None:
    class Idle(Binding):
        async def delete_many(self, keys: Sequence[str]) -> None: ...

    assert broken_by("delete_many_deletes_all", Idle) == (
        "await client.delete_many(keys) returned, but it is still there, 'k0'"
    )


def test_a_write_that_raises_halfway_leaves_nothing_else() -> None:
    class Halfway(Binding):
        async def put(self, key: str, value: Value) -> None:
            await super().put(key, "half")
            await super().put(key, value)

    assert broken_by("a_write_that_returns_was_done", Halfway).endswith(
        "and left Entry(b'half') under 'k0'"
    )


@pytest.mark.usefixtures("many_examples")
def test_calls_in_any_order_are_held_against_a_dict() -> None:
    class Idle(Binding):
        async def put(self, key: str, value: Value) -> None: ...

    assert broken_by("calls_in_any_order_keep_their_promises", Idle).endswith(
        "returned None, but nothing is stored under 'k'"
    )


def test_a_bulk_get_is_not_asked_for_what_is_no_text() -> None:
    with trial(Subject(make_client=Binding, over="binding")) as stage:
        play(stage, [Step("put", ("k", b"\xff")), Step("get_many", (["k"],))])

        assert [call.operation for call in stage.account.calls] == ["put"]


def test_what_is_no_exception_is_let_through() -> None:
    class Interrupted(Deleting):
        async def delete(self, key: str) -> None:
            raise SystemExit

    subject = Subject(make_client=Interrupted, over="binding")
    with trial(subject) as stage, pytest.raises(SystemExit):
        stage.call("delete", "k")


def test_short_enough_is_short_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_kv.contract._cases._TRIES", 1)

    def fail_when_large(stage: Trial, number: int) -> None:
        if number > 1000:
            stage.fail(f"{number} is too large")

    with pytest.raises(Broken):
        draw(
            Subject(make_client=Deleting, over="binding"),
            st.integers(0, 10**9),
            fail_when_large,
            share=1,
        )


def test_what_is_not_imported_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "trio", raising=False)
    with no_waiting() as pause:
        assert pause.seconds == 0
