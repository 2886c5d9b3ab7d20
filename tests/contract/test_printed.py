"""Each kind of printed test fails for the broken client and passes for a correct one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from pytest_kv import KVApi, KVError, TooManyCalls
from pytest_kv.contract import CLAUSES, Broken
from tests.contract.clients import RestClient
from tests.contract.printed import printed_test, run
from tests.contract.zoo.correct import Binding, Httpx, Value

BY_NAME = {clause.name: clause for clause in CLAUSES}


class Reads(Binding):
    """A client whose reads go through a function of its own."""

    def read(self, result: Any) -> Any:
        return result

    async def get(self, key: str) -> Any:
        return self.read(await super().get(key))

    async def list(self, prefix: str) -> Any:
        return self.read(await super().list(prefix))

    async def get_many(self, keys: Any) -> Any:
        return self.read(await super().get_many(keys))


class GivesNumbers(Reads):
    async def get(self, key: str) -> Any:
        return None if await super().get(key) is None else 1


class ListsNumbers(Reads):
    async def list(self, prefix: str) -> Any:
        return [*range(len(await super().list(prefix)))]


class GivesPairs(Reads):
    async def get_many(self, keys: Any) -> Any:
        return [*(await super().get_many(keys)).items()]


class GivesMore(Reads):
    async def get_many(self, keys: Any) -> Any:
        return {**await super().get_many(keys), "more": "value"}


class RaisesForMissing(Reads):
    async def get(self, key: str) -> Any:
        value = await super().get(key)
        if value is None:
            raise LookupError(key)
        return value


class IgnoresDots(Reads):
    async def put(self, key: str, value: Value) -> None:
        if key not in {"", ".", ".."}:
            await super().put(key, value)


class WritesTwice(Reads):
    async def put(self, key: str, value: Value) -> None:
        await super().put(key, "half")
        await super().put(key, value)


class Bools(Binding):
    """A client that says with False that a write failed."""

    async def put(self, key: str, value: Value) -> Any:
        return await self.said(super().put(key, value))

    async def delete(self, key: str) -> Any:
        return await self.said(super().delete(key))

    async def said(self, write: Any) -> bool:
        try:
            await write
        except KVError:
            return False
        return True


class TrueAndMore(Bools):
    """It also touches another key, whatever the result is."""

    async def said(self, write: Any) -> bool:
        done = await super().said(write)
        with suppress(KVError):
            await self.kv.delete("bystander")
        return done


class AlwaysTrue(Bools):
    async def said(self, write: Any) -> bool:
        await super().said(write)
        return True


class Cache(Binding):
    """A cache of best effort."""

    async def get(self, key: str) -> Any:
        try:
            return await super().get(key)
        except KVError:
            return self.instead(key)

    def instead(self, key: str) -> Any:
        return None

    async def put(self, key: str, value: Value) -> None:
        with suppress(KVError):
            await super().put(key, value)


class MakesUp(Cache):
    def instead(self, key: str) -> Any:
        return b"made up"


class CallsAtOnce(RestClient):
    """A client whose constructor makes two calls."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.delete("setting")
        self.get("setting")


class CallsAtOnceAndIsBlind(CallsAtOnce):
    def delete(self, key: str) -> None:
        self.http.delete(self.url(key))


class CallsAtOnceAndGuesses(CallsAtOnce):
    def get(self, key: str) -> bytes | None:
        answer = self.http.get(self.url(key))
        return answer.content if answer.is_success else None


class Straying(RestClient):
    """A client that sends the key without quoting it, and keeps its own dots out."""

    def url(self, key: str) -> str:
        super().url(key)
        return self.values + key.replace(" ", "%20")


class Astray(RestClient):
    def delete(self, key: str) -> None:
        self.http.delete("https://example.com/")


class Endless(RestClient):
    def delete(self, key: str) -> None:
        while True:
            with suppress(httpx.HTTPError, RuntimeError):
                super().delete(key)
                return


class FirstNamespace(Httpx):
    """A client that uses the account's first namespace, not the one it was given."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        base = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
        [first, *_] = self.http.get(base).json()["result"]
        self.http.base_url = f"{base}/{first['id']}/"


_READ = "a_read_that_returns_tells_the_truth"
_WRITE = "a_write_that_returns_was_done"


@pytest.mark.parametrize(
    ("clause", "broken", "correct", "options"),
    [
        ("values_and_metadata_survive_exactly", GivesNumbers, Reads, {"over": "binding"}),
        ("list_gives_each_name_once", ListsNumbers, Reads, {"over": "binding"}),
        ("get_many_gets_all", GivesPairs, Reads, {"over": "binding"}),
        ("get_many_gets_all", GivesMore, Reads, {"over": "binding"}),
        ("a_deleted_key_is_gone_at_once", RaisesForMissing, Reads, {"over": "binding"}),
        ("no_key_reaches_another_endpoint", IgnoresDots, Reads, {"over": "binding"}),
        (_WRITE, WritesTwice, Reads, {"over": "binding"}),
        (_WRITE, AlwaysTrue, Bools, {"over": "binding"}),
        (_WRITE, TrueAndMore, Bools, {"over": "binding"}),
        (_READ, MakesUp, Cache, {"over": "binding", "best_effort": True}),
        (_WRITE, CallsAtOnceAndIsBlind, CallsAtOnce, {}),
        (_READ, CallsAtOnceAndGuesses, CallsAtOnce, {}),
        ("no_key_reaches_another_endpoint", Straying, RestClient, {}),
        ("deleting_a_missing_key_succeeds", Astray, RestClient, {}),
        (_WRITE, Endless, RestClient, {}),
        ("a_plain_entry_is_stored_as_said", FirstNamespace, Httpx, {}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_fails_for_the_broken_client_and_passes_for_the_correct_one(
    clause: str, broken: type, correct: Callable[[Any], Any], options: dict[str, Any]
) -> None:
    BY_NAME[clause](correct, **options)
    with pytest.raises(Broken) as caught:
        BY_NAME[clause](broken, **options)

    code = printed_test(str(caught.value))
    with pytest.raises((Exception, TooManyCalls)) as failed:
        run(code, broken)
    assert not isinstance(failed.value, SyntaxError | NameError)
    run(code, correct)
