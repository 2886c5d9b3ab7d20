"""What type checkers accept and refuse in a suite that uses a namespace and an account."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from pytest_kv import KVAccount, KVNamespace
from tests.helpers.type_checkers import CHECKERS

RIGHT = """
    from typing import Any, Protocol, assert_type

    from pytest_kv import KVAccount, KVNamespace
    from pytest_kv._binding.results import KVStream


    class Store(Protocol):
        async def get(self, key: str, /) -> str | None: ...
        async def put(self, key: str, value: str, /, *, expirationTtl: int) -> None: ...
        async def delete(self, key: str, /) -> None: ...


    async def read(kv: KVNamespace) -> None:
        assert_type(await kv.get("a"), str | None)
        assert_type(await kv.get("a", "text"), str | None)
        assert_type(await kv.get("a", {"cacheTtl": 60}), str | None)
        assert_type(await kv.get("a", cacheTtl=60), str | None)
        assert_type(await kv.get("a", "json"), Any)
        assert_type(await kv.get("a", type="json", cacheTtl=60), Any)
        assert_type(await kv.get("a", {"type": "arrayBuffer"}), memoryview | None)
        assert_type(await kv.get("a", "stream"), KVStream | None)
        assert_type(await kv.get(["a", "b"]), dict[str, str | None])
        assert_type(await kv.get(["a", "b"], "json"), dict[str, Any])

        found = await kv.getWithMetadata("a")
        assert_type(found["value"], str | None)
        assert_type(found.value, str | None)
        assert_type(found.metadata, Any)
        assert_type(found.cacheStatus, str | None)
        assert_type((await kv.getWithMetadata("a", "arrayBuffer")).value, memoryview | None)
        many = await kv.getWithMetadata(["a"])
        one = many["a"]
        if one is not None:
            assert_type(one["value"], str | None)


    async def write(kv: KVNamespace, options: dict[str, Any]) -> None:
        await kv.put("a", "1")
        await kv.put("a", b"1", {"expirationTtl": 60, "metadata": {"b": 2}})
        await kv.put("a", memoryview(b"1"), expiration=1_900_000_000, metadata=None)
        await kv.put("a", "1", **options)
        await kv.delete("a")


    async def names(kv: KVNamespace) -> list[str]:
        page = await kv.list(prefix="a", limit=10)
        found = [key["name"] for key in page["keys"]]
        while not page["list_complete"]:
            page = await kv.list({"cursor": page["cursor"]})
            found += [key.name for key in page["keys"]]
        assert_type(page.get("cursor"), Any | None)
        return found


    def claims(kv: KVNamespace, store: Store) -> None:
        kv.assert_put("a", {"b": 1}, metadata=None, expiration=None, expiration_ttl=60)
        kv.assert_put("a")
        kv.assert_not_put("a", "b")
        assert_type(kv.puts, list[str])
        assert_type(kv.calls[0].entries["a"].text, str)
        assert_type(kv.calls[0].expiration_ttl, int | None)


    def plans(account: KVAccount) -> None:
        account.fail_next("getWithMetadata", 503, key="a")
        account.refuse_next("bulk_put")
        account.delay_next("get", 2.5, times=None)
        claims(account.default_namespace, account.default_namespace)
"""

WRONG = """
    from pytest_kv import KVAccount, KVApi, KVNamespace


    async def use(kv: KVNamespace, account: KVAccount, api: KVApi) -> None:
        await kv.put()
        await kv.put("a")
        await kv.put("a", None)
        await kv.put("a", "1", expiration_ttl=60)
        await kv.put("a", "1", {"expiration_ttl": 60})
        await kv.put("a", "1", expirationTtl="60")
        await kv.get()
        await kv.get("a", "jsn")
        await kv.get("a", type="jsn")
        await kv.get("a", {"type": "jsn"})
        await kv.get("a", cache_ttl=60)
        await kv.get(["a"], "stream")
        await kv.getWithMetadata(b"a")
        await kv.delete()
        await kv.delete("a", "b")
        await kv.list("a")
        await kv.list(prefx="a")
        account.fail_next("gett")
        account.drop_next("bulk_delete_older")
        account.time_out_next("getwithmetadata")
        account.refuse_next("getWithMetadata")
        account.delay_next("get", "1")
        kv.assert_put(1)
        kv.assert_put("a", expiration_ttl="60")
        account.tombstone = True
        kv.cache = {}
        api.page_size = 1
"""


@pytest.mark.parametrize("checker", CHECKERS)
def test_what_the_binding_takes_is_accepted_with_its_type(checker: str, tmp_path: Path) -> None:
    pytest.importorskip(checker)

    assert CHECKERS[checker](tmp_path, RIGHT) == []


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_line_of_a_wrong_suite_is_reported(checker: str, tmp_path: Path) -> None:
    pytest.importorskip(checker)

    wrong = WRONG.partition("-> None:\n")[2].splitlines()

    assert CHECKERS[checker](tmp_path, WRONG) == [line.strip() for line in wrong if line.strip()]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (KVNamespace.get, "key = undefined, options = undefined, /, *ignored, **keywords"),
        (
            KVNamespace.put,
            "key = undefined, value = undefined, options = undefined, /, *ignored, **keywords",
        ),
        (KVNamespace.delete, "key = undefined, /, *ignored, **keywords"),
        (KVNamespace.list, "options = undefined, /, *ignored, **keywords"),
        (
            KVNamespace.assert_put,
            (
                "key, value = Ellipsis, *, metadata = Ellipsis, expiration = Ellipsis, "
                "expiration_ttl = Ellipsis"
            ),
        ),
        (KVAccount.delay_next, "operation, seconds, *, times = 1, after = 0, key = None"),
    ],
)
def test_a_signature_shows_defaults_that_a_person_can_read(method: object, parameters: str) -> None:
    assert callable(method)
    signature = inspect.signature(method)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]

    shown = str(inspect.Signature(bare)).replace("=", " = ")

    assert shown == f"(self, {parameters})"
