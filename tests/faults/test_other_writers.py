"""Another writer between a read and a write, over both faces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pytest_kv import KVAccount, KVApi, KVError, KVNamespace
from tests.helpers.faces import sent

READS: dict[str, Callable[[KVNamespace], Awaitable[object]]] = {
    "get": lambda kv: kv.get("n"),
    "getWithMetadata": lambda kv: kv.getWithMetadata("n"),
    "bulk get": lambda kv: kv.get(["m", "n"]),
    "bulk get with metadata": lambda kv: kv.getWithMetadata(["m", "n"]),
}

REQUESTS = {
    "get": ("GET", "/{ns}/values/n", None),
    "get_metadata": ("GET", "/{ns}/metadata/n", None),
    "bulk_get": ("POST", "/{ns}/bulk/get", {"keys": ["m", "n"]}),
}


def text(kv: KVNamespace) -> str:
    return kv.data["n"].text


async def increment(kv: KVNamespace) -> None:
    await kv.put("n", str(int(await kv.get("n") or 0) + 1))


async def test_a_read_modify_write_loses_what_another_writer_wrote(
    kv_namespace: KVNamespace,
) -> None:
    kv_namespace.seed({"n": "0"})
    kv_namespace.after_next_read("n", lambda: increment(kv_namespace))

    await increment(kv_namespace)

    assert text(kv_namespace) == "1"
    assert [str(call) for call in kv_namespace.calls] == [
        "get 'n' via binding",
        "get 'n' via binding",
        "put 'n' via binding",
        "put 'n' via binding",
    ]


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("value", ["0", None])
async def test_another_writer_acts_after_any_read_of_the_binding(
    read: Callable[[KVNamespace], Awaitable[object]], value: str | None, kv_namespace: KVNamespace
) -> None:
    kv_namespace.seed({} if value is None else {"n": value})
    before = await read(kv_namespace)
    kv_namespace.after_next_read("n", lambda: kv_namespace.seed({"n": "1"}))

    assert await read(kv_namespace) == before
    assert text(kv_namespace) == "1"

    kv_namespace.seed({"n": "2"})
    await read(kv_namespace)
    assert text(kv_namespace) == "2"


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("value", ["0", None])
def test_another_writer_acts_after_any_read_over_rest(
    request_: tuple[str, str, object], value: str | None, kv_api: KVApi
) -> None:
    kv_api.namespace.seed({} if value is None else {"n": value})
    before = sent(kv_api, *request_)
    kv_api.namespace.after_next_read("n", lambda: kv_api.namespace.seed({"n": "1"}))

    after = sent(kv_api, *request_)

    assert (after.status_code, after.content) == (before.status_code, before.content)
    assert text(kv_api.namespace) == "1"


async def test_another_writer_waits_for_a_read_of_the_key_in_the_namespace(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    acted: list[str] = []
    other = kv_account.create_namespace("OTHER")
    kv_namespace.after_next_read("n", lambda: acted.append("writer"))

    await other.get("n")
    await kv_namespace.get("m")
    await kv_namespace.list()
    await kv_namespace.put("n", "0")
    await kv_namespace.delete("n")
    with pytest.raises(KVError):
        await kv_namespace.get("n", cacheTtl=1)
    assert acted == []

    await kv_namespace.get("n")
    assert acted == ["writer"]


async def test_another_writer_waits_for_a_read_that_is_answered(kv_api: KVApi) -> None:
    acted: list[str] = []
    kv_api.account.fail_next("get", 503, 2)
    kv_api.account.fail_next("get", 504, 2, done=True)
    kv_api.namespace.seed({"n": "0"})
    kv_api.namespace.after_next_read("n", lambda: acted.append("writer"))

    for _ in range(2):
        with pytest.raises(KVError):
            await kv_api.namespace.get("n")
        assert sent(kv_api, "GET", "/{ns}/values/n").status_code in {503, 504}
    assert acted == []

    assert sent(kv_api, "GET", "/{ns}/values/n").text == "0"
    assert acted == ["writer"]


async def test_several_writers_act_one_read_each_in_the_order_planned(
    kv_namespace: KVNamespace,
) -> None:
    for value in ("1", "2"):
        kv_namespace.after_next_read("n", lambda value=value: kv_namespace.put("n", value))  # type: ignore[misc]  # mypy takes no default in a lambda

    read = [await kv_namespace.get("n") for _ in range(4)]

    assert read == [None, "1", "2", "2"]


async def test_another_writer_sees_the_read_that_made_room_for_it(kv_api: KVApi) -> None:
    seen: list[list[str]] = []
    for _ in range(2):
        kv_api.namespace.after_next_read(
            "n", lambda: seen.append([call.via for call in kv_api.account.calls])
        )

    await kv_api.namespace.get("n")
    sent(kv_api, "GET", "/{ns}/values/n")

    assert seen == [["binding"], ["binding", "rest"]]


async def test_what_another_writer_raises_comes_out(kv_namespace: KVNamespace) -> None:
    kv_namespace.after_next_read("n", lambda: kv_namespace.put("", "v"))

    with pytest.raises(KVError, match="Key name cannot be empty"):
        await kv_namespace.get("n")


async def test_another_writer_does_not_wait(kv_namespace: KVNamespace) -> None:
    kv_namespace.after_next_read("n", lambda: asyncio.sleep(1))

    with pytest.raises(RuntimeError) as error:
        await kv_namespace.get("n")

    assert str(error.value) == (
        "another writer acts at once: it may await the binding, but nothing else"
    )
