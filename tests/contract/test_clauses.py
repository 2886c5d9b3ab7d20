"""Clauses on clients that the zoo does not have: with fewer methods, or with more parameters."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import quote

import pytest

from pytest_kv import KVApi, KVNamespace, TooManyCalls
from pytest_kv._binding.option_types import PutOptions
from pytest_kv.contract import CLAUSES, Broken, ContractBroken, Skipped, Subject, check_contract
from pytest_kv.contract._clauses.mixed_calls import Step, take_steps
from pytest_kv.contract._open_run import case_run
from tests.contract.clients import BindingClient, RestClient
from tests.contract.printed import printed_test, run
from tests.contract.zoo.correct import Binding, Httpx, Value

BY_NAME = {clause.name: clause for clause in CLAUSES}


class Typed(Binding):
    """A client whose ``put`` takes metadata and a TTL too."""

    async def put(
        self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
    ) -> None:
        options: PutOptions = {"metadata": metadata}
        if expiration_ttl is not None:
            options["expirationTtl"] = expiration_ttl
        await self.kv.put(key, value, options)


class Deleting:
    """A client that can only delete."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.kv = namespace

    async def delete(self, key: str) -> None:
        await self.kv.delete(key)


def broken_by(clause: str, client: type, over: Any = "binding") -> str:
    """The first line of the message with which a clause fails."""
    with pytest.raises(Broken) as broken:
        BY_NAME[clause](client, over=over)
    return str(broken.value).splitlines()[0]


NOT_OVER_A_BINDING = {
    "an_answer_without_success_is_an_error",
    "delete_prefix_deletes_what_is_under_it",
    "keys_that_kv_left_undone_are_not_forgotten",
}
"""The clauses about bulk calls and answers, and about a method that the zoo's client lacks."""


@pytest.mark.parametrize("name", BY_NAME)
def test_a_client_that_writes_metadata_and_ttls_keeps_every_clause(name: str) -> None:
    if name in NOT_OVER_A_BINDING:
        with pytest.raises(Skipped):
            BY_NAME[name](Typed, over="binding")
    else:
        BY_NAME[name](Typed, over="binding")


def test_a_correct_client_keeps_the_limits_of_bulk_writes() -> None:
    BY_NAME["put_many_puts_all"](Httpx)


def test_a_rest_client_may_lack_methods() -> None:
    BY_NAME["calls_in_any_order_keep_their_promises"](RestClient)


def test_a_client_can_be_checked_over_http() -> None:
    BY_NAME["deleting_a_missing_key_succeeds"](RestClient, over="http")


def test_a_client_can_be_checked_at_the_address_written_into_it() -> None:
    class WrittenIn(RestClient):
        def url(self, key: str) -> str:
            path = super().url(key).removeprefix("https://api.cloudflare.com/client/v4")
            return f"https://api.cloudflare.com/client/v4{path}"

        def delete(self, key: str) -> None:
            self.http.delete(self.url(key))

    BY_NAME["deleting_a_missing_key_succeeds"](WrittenIn, over="intercept")
    with pytest.raises(Broken) as broken:
        BY_NAME["a_write_that_returns_was_done"](WrittenIn, over="intercept")

    code = printed_test(str(broken.value))
    assert "with intercept() as api:" in code
    with ExitStack() as clients:
        with pytest.raises(AssertionError):
            run(code, lambda api: clients.enter_context(closing(WrittenIn(api))))
        run(code, lambda api: clients.enter_context(closing(RestClient(api))))


def test_a_client_that_only_deletes_is_checked_for_deletes() -> None:
    BY_NAME["every_key_round_trips"](Deleting, over="binding")
    for name in ("expired_keys_are_gone", "a_read_that_returns_tells_the_truth"):
        with pytest.raises(Skipped, match=r"^the client has no method that the clause is about$"):
            BY_NAME[name](Deleting, over="binding")


def test_a_client_without_put_writes_bytes_with_put_many() -> None:
    class Many(Deleting):
        async def put_many(self, mapping: Mapping[str, Value]) -> None:
            for key, value in mapping.items():
                await self.kv.put(key, value)

    BY_NAME["values_and_metadata_survive_exactly"](Many, over="binding")


def test_lost_metadata_is_reported() -> None:
    class Losing(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            await super().put(key, value, metadata or None, expiration_ttl)

    assert broken_by("values_and_metadata_survive_exactly", Losing) == (
        "await client.put('k', 'v', metadata=0) returned, but the metadata is lost: "
        "what is stored is Entry(b'v')"
    )


def test_a_ttl_in_another_unit_is_reported() -> None:
    class Milliseconds(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            ttl = None if expiration_ttl is None else expiration_ttl * 1000
            await super().put(key, value, metadata, ttl)

    assert broken_by("expired_keys_are_gone", Milliseconds).startswith(
        "await client.put('own', 'v', expiration_ttl=60) returned, but the expiration differs: "
        "what is stored is Entry("
    )


def test_a_lost_ttl_is_reported_with_a_test_that_shows_it() -> None:
    class WithoutTtl(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            await super().put(key, value, metadata)

    with pytest.raises(Broken) as broken:
        BY_NAME["expired_keys_are_gone"](WithoutTtl, over="binding")

    lines = str(broken.value).splitlines()
    assert lines[0] == (
        "await client.put('own', 'v', expiration_ttl=60) returned, but the expiration is lost: "
        "what is stored is Entry(b'v')"
    )
    assert "        expected = account.clock.seconds() + 60" in lines
    assert "        assert abs(namespace.data['own'].expiration - expected) <= 1" in lines
    code = printed_test(str(broken.value))
    with pytest.raises(TypeError):
        run(code, WithoutTtl)
    run(code, Typed)


def test_metadata_that_a_put_does_not_store_at_all_is_reported() -> None:
    class Idle(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            if metadata is None:
                await super().put(key, value)
            else:
                await self.kv.delete(key)

    assert broken_by("values_and_metadata_survive_exactly", Idle) == (
        "await client.put('k', 'v', metadata={'a': 1}) returned, but nothing is stored"
    )


class ReadOnly:
    """A client that only reads."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.whole = Binding(namespace)

    async def get(self, key: str) -> Any:
        return await self.whole.get(key)

    async def list(self, prefix: str) -> Any:
        return await self.whole.list(prefix)

    async def get_many(self, keys: Sequence[str]) -> Any:
        return await self.whole.get_many(keys)


class WriteOnly:
    """A client that only writes."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.whole = Binding(namespace)

    async def put(self, key: str, value: Value) -> None:
        await self.whole.put(key, value)

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        await self.whole.put_many(mapping)


class DefaultTtl(Binding):
    """A client whose entries last a minute."""

    async def put(self, key: str, value: Value) -> None:
        await self.kv.put(key, value, {"expirationTtl": 60})

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        for key, value in mapping.items():
            await self.put(key, value)


class OwnMetadata(Binding):
    """A client that notes in the metadata who wrote an entry."""

    async def put(self, key: str, value: Value) -> None:
        await self.kv.put(key, value, {"metadata": {"by": "me"}})

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        for key, value in mapping.items():
            await self.put(key, value)


class CallingAtOnce(Binding):
    """A client that makes a call before any method is called."""

    @classmethod
    async def make(cls, namespace: KVNamespace) -> CallingAtOnce:
        await namespace.get("settings")
        return cls(namespace)


@pytest.mark.parametrize(
    ("make_client", "skipped"),
    [
        (ReadOnly, {"deleting", "delete_many_", "put_many", "a_write", "a_deleted"}),
        (WriteOnly, {"deleting", "delete_many", "get_many", "list", "a_read", "a_deleted"}),
        (DefaultTtl, set()),
        (OwnMetadata, set()),
        (CallingAtOnce.make, set()),
    ],
    ids=["read only", "write only", "default TTL", "own metadata", "call in the constructor"],
)
def test_a_correct_client_keeps_each_clause_or_it_is_skipped(
    make_client: Callable[[KVNamespace], Any], skipped: set[str]
) -> None:
    outcomes = check_contract(make_client, over="binding")

    assert {name for name, outcome in outcomes.items() if outcome != "kept"} == {
        *NOT_OVER_A_BINDING,
        *(name for name in BY_NAME if name.startswith(tuple(skipped))),
    }


def test_a_client_may_raise_for_a_get_of_no_keys() -> None:
    class Strict(Binding):
        async def get_many(self, keys: Sequence[str]) -> Any:
            if not keys:
                raise ValueError("no keys")
            return await super().get_many(keys)

    BY_NAME["get_many_gets_all"](Strict, over="binding")


def test_bytes_that_raise_only_sometimes_are_reported() -> None:
    class Decoding(Binding):
        async def put(self, key: str, value: Value) -> None:
            await super().put(key, value.decode() if isinstance(value, bytes) else value)

    assert broken_by("values_and_metadata_survive_exactly", Decoding).endswith(
        "and nothing was wrong (set binary = False for a client of text only)"
    )


def test_an_unknown_exception_for_a_missing_key_suggests_the_option() -> None:
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


def test_a_read_of_another_endpoint_is_reported() -> None:
    class Straying(RestClient):
        def get(self, key: str) -> bytes | None:
            answer = self.http.get(self.values + quote(key))
            return None if answer.status_code == 404 else self.checked(answer).content

    assert broken_by("no_key_reaches_another_endpoint", Straying, "respx").startswith(
        "client.get('..') reached another endpoint than for 'k': get_namespace via rest"
    )


def test_an_illegal_key_that_is_silently_ignored_is_reported() -> None:
    class Ignoring(Binding):
        async def put(self, key: str, value: Value) -> None:
            if key not in {"", ".", ".."}:
                await super().put(key, value)

    assert broken_by("no_key_reaches_another_endpoint", Ignoring).startswith(
        "await client.put('..', 'value') returned, but nothing is stored: KV last saw put 'k'"
    )


def test_a_single_key_that_is_left_is_named() -> None:
    class Idle(Binding):
        async def delete_many(self, keys: Sequence[str]) -> None: ...

    assert broken_by("delete_many_deletes_all", Idle) == (
        "await client.delete_many(keys) returned, but 'k0' is still there"
    )


def test_a_write_that_raises_may_not_leave_a_third_value() -> None:
    class Halfway(Binding):
        async def put(self, key: str, value: Value) -> None:
            await super().put(key, "half")
            await super().put(key, value)

    assert broken_by("a_write_that_returns_was_done", Halfway).endswith(
        "and left Entry(b'half') under 'k0'"
    )


@pytest.mark.usefixtures("many_examples")
def test_calls_in_any_order_are_compared_with_a_dict() -> None:
    class Idle(Binding):
        async def put(self, key: str, value: Value) -> None: ...

    assert broken_by("calls_in_any_order_keep_their_promises", Idle).endswith(
        "returned None, but nothing is stored under 'k'"
    )


def test_a_value_that_is_not_text_is_not_read_with_get_many() -> None:
    with case_run(Subject(make_client=Binding, over="binding")) as run:
        take_steps(run, [Step("put", ("k", b"\xff")), Step("get_many", (["k"],))])

        assert [call.operation for call in run.account.calls] == ["put"]


class Elsewhere:
    """A client that keeps its values in the process."""

    def __init__(self, _api: object) -> None:
        self.values: dict[str, Value] = {}

    def get(self, key: str) -> Value | None:
        return self.values.get(key)

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


_NOT_HTTPX = (
    'For a client that is not built on httpx set over = "intercept", or over = "http" and let the '
    "client use api.base_url."
)


_WRITTEN_IN = (
    "Let the client use api.base_url, the address of the fake; for one with Cloudflare's address "
    'written in, set over = "intercept".'
)


@pytest.mark.parametrize(
    ("over", "way_out"),
    [
        ("respx", _NOT_HTTPX),
        ("http", _WRITTEN_IN),
        ("intercept", "Let the client use api.base_url, which is Cloudflare's own address."),
        ("binding", "Let the client use the namespace that make_client receives."),
    ],
)
def test_a_client_that_never_reaches_the_fake_keeps_no_clause(over: Any, way_out: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        check_contract(Elsewhere, over=over)

    heads = {message.splitlines()[0] for message in broken.value.broken.values()}
    assert heads == {
        "no request of the client reached the fake: client.delete('k') returned None. " + way_out
    }
    assert len(broken.value.broken) == 12


def test_a_client_of_another_host_is_told_the_way_out() -> None:
    class AtHome(RestClient):
        def url(self, key: str) -> str:
            return "https://example.com/"

    with pytest.raises(Broken) as broken:
        BY_NAME["deleting_a_missing_key_succeeds"](AtHome)

    lines = str(broken.value).splitlines()
    assert lines[0].startswith("client.get('k') sent a request to another host: ")
    assert lines[-1] == _NOT_HTTPX


def test_a_client_that_does_not_stop_has_reached_the_fake() -> None:
    class Endless(Binding):
        async def get(self, key: str) -> Any:
            while True:
                await super().get(key)

    BY_NAME["deleting_a_missing_key_succeeds"](Endless, over="binding")


class OnlyGets:
    """A REST client that only reads single values."""

    def __init__(self, api: KVApi) -> None:
        self.get = RestClient(api).get


def test_a_client_whose_answers_have_no_success_is_not_asked_about_it() -> None:
    with pytest.raises(Skipped, match=r"^the client makes no call whose answer has success$"):
        BY_NAME["an_answer_without_success_is_an_error"](OnlyGets)


def test_a_client_of_best_effort_may_forget_keys_that_kv_left_undone() -> None:
    with pytest.raises(Skipped, match=r"^a best-effort client may lose writes$"):
        BY_NAME["keys_that_kv_left_undone_are_not_forgotten"](Httpx, best_effort=True)


def test_a_client_that_only_reads_and_deletes_forgets_a_deleted_key() -> None:
    class Sessions:
        def __init__(self, namespace: KVNamespace) -> None:
            self.whole = Binding(namespace)

        async def get(self, key: str) -> Any:
            return await self.whole.get(key)

        async def delete(self, key: str) -> None:
            await self.whole.delete(key)

    BY_NAME["a_deleted_key_is_gone_at_once"](Sessions, over="binding")


def test_a_ttl_that_is_too_short_may_become_the_shortest_one() -> None:
    class Clamping(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            ttl = None if expiration_ttl is None else max(60, expiration_ttl)
            await super().put(key, value, metadata, ttl)

    BY_NAME["expired_keys_are_gone"](Clamping, over="binding")


def test_values_that_grow_when_they_are_stored_are_kept_within_the_limit() -> None:
    class Base64(Httpx):
        def put(self, key: str, value: Value) -> Any:
            super().put(key, encoded(value))

        def get(self, key: str) -> Any:
            value = super().get(key)
            return None if value is None else b64decode(value)

        def put_many(self, mapping: Mapping[str, Value]) -> None:
            super().put_many({key: encoded(value) for key, value in mapping.items()})

    def encoded(value: Value) -> bytes:
        return b64encode(value if isinstance(value, bytes) else value.encode())

    BY_NAME["put_many_puts_all"](Base64, stored_value=encoded, quick=True)


def test_a_quick_client_has_no_drawn_cases_and_few_large_batches() -> None:
    made: dict[bool, list[int]] = {True: [], False: []}

    class Counting(Binding):
        is_quick = False

        async def delete_many(self, keys: Sequence[str]) -> None:
            made[self.is_quick].append(len(keys))
            await super().delete_many(keys)

    for quick in (True, False):
        Counting.is_quick = quick
        BY_NAME["delete_many_deletes_all"](Counting, over="binding", quick=quick)

    assert len(made[True]) < len(made[False])


def prefixed(key: str) -> str:
    return f"app:{key}"


class Prefixed(Httpx):
    """A client with a prefix."""

    def path(self, key: str) -> str:
        return super().path(prefixed(key))

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        super().put_many({prefixed(key): value for key, value in mapping.items()})

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many([*map(prefixed, keys)])

    list = get_many = None  # type: ignore[assignment]  # it has neither


def test_keys_left_undone_are_those_of_a_client_with_a_prefix() -> None:
    class Forgetting(Prefixed):
        def put_many(self, mapping: Mapping[str, Value]) -> None:
            pairs = [{"key": prefixed(key), "value": value} for key, value in mapping.items()]
            self.http.put("bulk", json=pairs).raise_for_status()

    clause = BY_NAME["keys_that_kv_left_undone_are_not_forgotten"]
    clause(Prefixed, stored_key=prefixed, quick=True)
    with pytest.raises(Broken, match=r"^client\.put_many"):
        clause(Forgetting, stored_key=prefixed, quick=True)


def test_a_write_that_was_done_and_says_false_is_reported() -> None:
    class Doubting(RestClient):
        def put(self, key: str, value: Value) -> Any:
            super().put(key, value)
            return False

        def delete(self, key: str) -> Any:
            super().delete(key)
            return False

    wrong = "returned False, and nothing was wrong"
    assert broken_by("every_key_round_trips", Doubting, "respx") == (
        f"client.put('k', 'first') {wrong}"
    )
    assert broken_by("deleting_removes_that_key_and_no_other", Doubting, "respx") == (
        f"client.delete('k') {wrong}"
    )


@pytest.mark.parametrize("is_early", [True, False])
def test_a_cache_that_is_wrong_after_a_failed_write_is_reported(is_early: bool) -> None:
    class Cache(Binding):
        def __init__(self, namespace: KVNamespace) -> None:
            super().__init__(namespace)
            self.held: dict[str, Any] = {}

        async def get(self, key: str) -> Any:
            if key not in self.held:
                self.held[key] = await super().get(key)
            return self.held[key]

        async def put(self, key: str, value: Value) -> None:
            if is_early:
                self.held[key] = value
            await super().put(key, value)
            self.held[key] = value

    found = broken_by("calls_in_any_order_keep_their_promises", Cache)

    assert found.startswith("await client.get('k') returned ")


_REFUSED = (
    "refuses('k') is true, but the contract uses ordinary keys such as this one: let make_client "
    "return an adapter that turns each key into one that the client takes, and say so with "
    "stored_key"
)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"over": "htp"},
            ValueError,
            "over is one of 'respx', 'http', 'intercept', 'binding', not 'htp'",
        ),
        (
            {"missing": "KeyError"},
            TypeError,
            "missing is an exception class or a tuple of them: 'KeyError'",
        ),
        ({"best_effort": "no"}, TypeError, "best_effort is True or False, not 'no'"),
        (
            {"refuses": lambda key: ":" not in key, "over": "binding"},
            ValueError,
            _REFUSED,
        ),
    ],
    ids=["over", "missing", "best_effort", "refuses"],
)
def test_a_wrong_attribute_is_named(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as error:
        BY_NAME["every_key_round_trips"](Binding, **options)

    assert str(error.value) == message


def test_a_client_that_refuses_most_keys_is_checked_with_the_others() -> None:
    class Words(Binding):
        async def put(self, key: str, value: Value) -> None:
            if not key.isalnum():
                raise ValueError(key)
            await super().put(key, value)

    BY_NAME["every_key_round_trips"](
        Words, over="binding", refuses=lambda key: not key.isalnum() or not key.isascii()
    )


def test_a_value_that_the_hook_refuses_is_not_used() -> None:
    class Short(Binding):
        async def put(self, key: str, value: Value) -> None:
            await super().put(key, short(value))

        async def put_many(self, mapping: Mapping[str, Value]) -> None:
            await super().put_many({key: short(value) for key, value in mapping.items()})

    def short(value: Value) -> Value:
        if not 0 < len(value) <= 1000:
            raise ValueError("a value has 1 to 1000 characters")
        return value

    for name in ("values_and_metadata_survive_exactly", "calls_in_any_order_keep_their_promises"):
        BY_NAME[name](Short, over="binding", stored_value=short)


def test_keys_that_share_a_stored_name_are_one_key() -> None:
    class Folding(Binding):
        async def get(self, key: str) -> Any:
            return await super().get(key.lower())

        async def put(self, key: str, value: Value) -> None:
            await super().put(key.lower(), value)

        async def put_many(self, mapping: Mapping[str, Value]) -> None:
            await super().put_many({key.lower(): value for key, value in mapping.items()})

        async def list(self, prefix: str) -> Any:
            return await super().list(prefix.lower())

        delete = delete_many = get_many = None  # type: ignore[assignment]  # it has none

    for name in ("every_key_round_trips", "put_many_puts_all"):
        BY_NAME[name](Folding, over="binding", stored_key=str.lower)


def test_metadata_may_have_more_members_than_were_asked_for() -> None:
    class Dated(Typed):
        async def put(
            self, key: str, value: Value, metadata: object = None, expiration_ttl: int | None = None
        ) -> None:
            if isinstance(metadata, dict):
                metadata = {"created": 1, **metadata}
            await super().put(key, value, metadata, expiration_ttl)

    BY_NAME["values_and_metadata_survive_exactly"](Dated, over="binding")


def test_the_pages_of_a_generator_are_read_in_the_printed_test() -> None:
    class Generating(Httpx):
        def list(self, prefix: str) -> Any:
            yield from super().list(prefix)

    class Endless(Generating):
        def list(self, prefix: str) -> Any:
            while True:
                yield from super().list(prefix)

    clause = BY_NAME["list_gives_each_name_once"]
    clause(Generating, quick=True)
    with pytest.raises(Broken) as broken:
        clause(Endless, quick=True)

    code = printed_test(str(broken.value))
    assert "list(client.list(''))" in code
    with pytest.raises(TooManyCalls):
        run(code, Endless)
    run(code, Generating)
