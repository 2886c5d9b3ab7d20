"""Time as a test has it: the account's clock, freezegun and time-machine, through both faces."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from freezegun import freeze_time

from pytest_kv import Entry, KVApi, KVClock, KVError, KVNamespace

START = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)
SECOND = int(START.timestamp())

EVERY_WAY = {
    "data",
    "get",
    "getWithMetadata",
    "bulk get",
    "list",
    "get over REST",
    "metadata over REST",
    "bulk get over REST",
    "list over REST",
}

Move = Callable[[float], object]
"""Moves the frozen time ahead by so many seconds."""

Freeze = Callable[[], AbstractContextManager[Move]]


@contextmanager
def frozen_by_freezegun() -> Iterator[Move]:
    with freeze_time(START) as frozen:
        yield frozen.tick


@contextmanager
def stopped_by_time_machine() -> Iterator[Move]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller.shift


both_freezers = pytest.mark.parametrize("freeze", [frozen_by_freezegun, stopped_by_time_machine])


@pytest.fixture
def stopped() -> Iterator[None]:
    with stopped_by_time_machine():
        yield


@pytest.fixture
async def rest(kv_api: KVApi) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the default namespace over REST."""
    namespaces = f"{kv_api.base_url}/accounts/{kv_api.account_id}/storage/kv/namespaces"
    url = f"{namespaces}/{kv_api.namespace_id}"
    headers = {"authorization": f"Bearer {kv_api.api_token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        yield client


async def ways_to_find_it(namespace: KVNamespace, rest: httpx.AsyncClient) -> set[str]:
    """Those of all ways to read by which "key" is found."""
    bulk = (await rest.post("/bulk/get", json={"keys": ["key"]})).json()["result"]["values"]
    listed = (await rest.get("/keys")).json()["result"]
    found = {
        "data": "key" in namespace.data,
        "get": await namespace.get("key") is not None,
        "getWithMetadata": (await namespace.getWithMetadata("key")).value is not None,
        "bulk get": (await namespace.get(["key"]))["key"] is not None,
        "list": (await namespace.list())["keys"] != [],
        "get over REST": (await rest.get("/values/key")).status_code == 200,
        "metadata over REST": (await rest.get("/metadata/key")).status_code == 200,
        "bulk get over REST": bulk["key"] is not None,
        "list over REST": listed != [],
    }
    assert set(found) == EVERY_WAY
    return {way for way, is_found in found.items() if is_found}


# The expiration second.


@pytest.mark.usefixtures("stopped")
async def test_an_entry_is_gone_at_its_expiration_second_and_not_after_it(
    kv_namespace: KVNamespace, kv_clock: KVClock, rest: httpx.AsyncClient
) -> None:
    await kv_namespace.put("key", "value", expiration=SECOND + 60)

    kv_clock.advance(59.5)
    assert await ways_to_find_it(kv_namespace, rest) == EVERY_WAY
    kv_clock.advance(0.25)
    assert kv_clock.time() == SECOND + 60
    assert await ways_to_find_it(kv_namespace, rest) == set()


@pytest.mark.usefixtures("stopped")
async def test_a_ttl_counts_from_the_second_that_has_begun(
    kv_namespace: KVNamespace, kv_clock: KVClock, rest: httpx.AsyncClient
) -> None:
    """So an entry lives up to a second less than its TTL, as it does in workerd."""
    await kv_namespace.put("key", "value", expirationTtl=60)
    await rest.put("/values/other", params={"expiration_ttl": 60}, content=b"value")

    assert {entry.expiration for entry in kv_namespace.data.values()} == {SECOND + 60}

    kv_clock.advance(59.75)
    assert kv_namespace.data == {}


@pytest.mark.usefixtures("stopped")
async def test_the_time_a_put_must_lie_ahead_moves_with_the_clock(
    kv_namespace: KVNamespace, kv_clock: KVClock, rest: httpx.AsyncClient
) -> None:
    later = SECOND + 60
    await kv_namespace.put("key", "value", expiration=later)
    response = await rest.put("/values/key", params={"expiration": later}, content=b"value")
    assert response.status_code == 200

    kv_clock.advance(1)

    with pytest.raises(KVError, match="at least 60 seconds in the future"):
        await kv_namespace.put("key", "value", expiration=later)
    response = await rest.put("/values/key", params={"expiration": later}, content=b"value")
    assert response.json()["errors"][0]["code"] == 10034


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(
    ("seconds_left", "is_there"), [(-3600, False), (-1, False), (0, False), (1, True), (59, True)]
)
async def test_a_seed_may_have_expired_or_expire_in_under_60_s_and_a_put_may_not(
    kv_namespace: KVNamespace, rest: httpx.AsyncClient, seconds_left: int, is_there: bool
) -> None:
    expiration = SECOND + seconds_left

    with pytest.raises(KVError, match=f"Invalid expiration of {expiration}"):
        await kv_namespace.put("key", "value", expiration=expiration)
    response = await rest.put("/values/key", params={"expiration": expiration}, content=b"value")
    assert response.json()["errors"][0]["code"] == 10034
    kv_namespace.seed({"key": Entry("value", expiration=expiration)})

    assert await ways_to_find_it(kv_namespace, rest) == (EVERY_WAY if is_there else set())


# What moves the clock.


@both_freezers
async def test_expirations_follow_whatever_moves_time(
    kv_namespace: KVNamespace, rest: httpx.AsyncClient, freeze: Freeze
) -> None:
    with freeze() as move:
        await kv_namespace.put("key", "value", expirationTtl=60)

        move(59.5)
        assert await ways_to_find_it(kv_namespace, rest) == EVERY_WAY
        move(0.25)
        assert await ways_to_find_it(kv_namespace, rest) == set()


@both_freezers
async def test_caches_follow_whatever_moves_time(kv_namespace: KVNamespace, freeze: Freeze) -> None:
    with freeze() as move:
        london = kv_namespace.at("LHR")
        assert (await london.get("key"), (await london.list())["keys"]) == (None, [])
        await kv_namespace.put("key", "value")

        move(59.75)
        assert (await london.get("key"), (await london.list())["keys"]) == (None, [])
        move(0.25)
        assert (await london.get("key"), (await london.list())["keys"]) == (
            "value",
            [{"name": "key"}],
        )


@both_freezers
async def test_advancing_adds_to_a_frozen_time(
    kv_namespace: KVNamespace, kv_clock: KVClock, freeze: Freeze
) -> None:
    with freeze() as move:
        london = kv_namespace.at("LHR")
        await kv_namespace.put("key", "value", expirationTtl=120)
        await london.get("other")
        await kv_namespace.put("other", "value")

        move(30)
        kv_clock.advance(29.75)
        assert kv_clock.now() == START + timedelta(seconds=59.75)
        assert await london.get("other") is None
        kv_clock.advance(0.25)
        assert await london.get("other") == "value"

        move(59.5)
        assert await kv_namespace.get("key") == "value"
        move(0.25)
        assert await kv_namespace.get("key") is None


@both_freezers
async def test_now_is_the_frozen_time_as_an_aware_datetime(
    kv_clock: KVClock, freeze: Freeze
) -> None:
    with freeze() as move:
        assert kv_clock.now() == START
        assert kv_clock.now().tzinfo is UTC

        move(3600)
        kv_clock.advance(60)

        assert kv_clock.now() == START + timedelta(seconds=3660)


async def test_nothing_is_frozen_unless_asked_for(kv_clock: KVClock) -> None:
    assert abs(datetime.now(UTC) - kv_clock.now()) < timedelta(seconds=5)


async def test_nothing_ever_sleeps(
    kv_namespace: KVNamespace, kv_clock: KVClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        pytest.fail(f"slept for {seconds} s")

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    london = kv_namespace.at("LHR")
    await kv_namespace.put("key", "value", expirationTtl=86_400)
    await london.get("key", cacheTtl=86_400)

    kv_clock.advance(86_400)

    assert await kv_namespace.get("key") is await london.get("key") is None
