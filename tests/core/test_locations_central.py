"""What holds at every location: expirations, the central store, and the handles of a location."""

from __future__ import annotations

import json

import pytest

from pytest_kv import Entry, KVAccount, KVClock, KVError, KVNamespace
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request, Response
from tests.core.seen import HOUR, cache_status, names
from tests.helpers.stopped_clock import NOW


async def send(account: KVAccount, method: str, below: str, body: object = None) -> Response:
    target = (
        f"/client/v4/accounts/{account.id}/storage/kv/namespaces/"
        f"{account.default_namespace.id}{below}"
    )
    headers = {"authorization": f"Bearer {account.api_token}"}
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return RestApi(account._core).handle(Request(method, target, headers, content))


# Expiration.


@pytest.mark.fidelity("location-expiration-first")
async def test_an_expired_key_is_gone_from_where_it_is_cached(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    await london.put("key", "value", expirationTtl=60)
    for city in (london, paris):
        assert await city.get("key", cacheTtl=HOUR) == "value"
        assert await names(city) == ["key"]

    clock.advance(59.5)
    assert await paris.get("key", cacheTtl=HOUR) == "value"
    assert await names(paris) == ["key"]
    clock.advance(0.25)

    for city in (london, paris):
        assert await city.get("key", cacheTtl=HOUR) is None
        assert await names(city) == []


@pytest.mark.fidelity("location-copy-keeps-its-expiration")
async def test_a_cached_copy_goes_by_its_own_expiration(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    """It was read before the key was to expire, so it lasts as long as any other copy."""
    await paris.put("key", "stays")
    await london.get("key", cacheTtl=HOUR)
    await paris.put("key", "expires", expirationTtl=60)

    clock.advance(60)

    assert await paris.get("key") is None
    assert await london.get("key", cacheTtl=HOUR) == "stays"


@pytest.mark.fidelity("location-renewed-key")
async def test_a_key_that_was_renewed_elsewhere_is_found_when_the_cached_copy_expires(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    await london.put("key", "first", expirationTtl=60)
    await london.get("key", cacheTtl=HOUR)
    await paris.put("key", "renewed", expirationTtl=HOUR)

    clock.advance(59)
    assert await london.get("key", cacheTtl=HOUR) == "first"
    clock.advance(1)
    assert await london.get("key", cacheTtl=HOUR) == "renewed"


@pytest.mark.fidelity("location-list-expiring-name")
async def test_a_page_is_cached_until_the_first_of_its_names_expires(
    central: KVNamespace, london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    central.seed({"a": Entry("", expiration=NOW + 10), "b": Entry("", expiration=NOW + 20)})
    assert await names(london) == ["a", "b"]
    await paris.delete("b")

    clock.advance(9.5)
    assert await names(london) == ["a", "b"]
    clock.advance(0.25)
    assert await names(london) == []


# The central store.


@pytest.mark.fidelity("deviation-central-store")
async def test_a_namespace_without_a_place_is_the_central_store(
    central: KVNamespace, london: KVNamespace
) -> None:
    assert await london.get("key") is await central.get("key") is None

    await london.put("key", "value")
    assert await central.get("key") == "value"
    assert (await names(central), await cache_status(central, "key")) == (["key"], None)
    assert (await central.list()).cacheStatus is None

    assert await london.get("key") == "value"
    await central.delete("key")
    assert await london.get("key") == "value"


async def test_a_seed_goes_to_the_central_store_whoever_plants_it(london: KVNamespace) -> None:
    assert await london.get("key") is None

    london.seed({"key": "value"})

    assert london.data["key"].text == "value"
    assert await london.get("key") is None


@pytest.mark.fidelity("location-rest-writes")
@pytest.mark.parametrize(
    ("method", "below", "body", "value"),
    [
        ("PUT", "/values/key", "new", "new"),
        ("DELETE", "/values/key", None, None),
        ("PUT", "/bulk", [{"key": "key", "value": "new"}], "new"),
        ("POST", "/bulk/delete", ["key"], None),
    ],
)
async def test_the_rest_api_writes_to_the_central_store(
    account: KVAccount, method: str, below: str, body: object, value: str | None
) -> None:
    """So every location that has read the key stays stale, and one that has not does not."""
    readers = [account.default_namespace.at(city) for city in ("LHR", "CDG")]
    account.default_namespace.seed({"key": "old"})
    for reader in readers:
        await reader.get("key")

    response = await send(account, method, below, body)

    assert response.status == 200
    assert [await reader.get("key") for reader in readers] == ["old", "old"]
    assert await account.default_namespace.at("SFO").get("key") == value
    account.clock.advance(60)
    assert [await reader.get("key") for reader in readers] == [value, value]


@pytest.mark.fidelity("location-rest-reads")
async def test_the_rest_api_reads_from_the_central_store(
    account: KVAccount, london: KVNamespace
) -> None:
    assert (await send(account, "GET", "/values/key")).status == 404

    await london.put("key", "value")

    assert (await send(account, "GET", "/values/key")).body == b"value"


async def test_propagating_ends_the_wait_everywhere(
    account: KVAccount, central: KVNamespace, london: KVNamespace, paris: KVNamespace
) -> None:
    for city in (london, paris):
        assert await city.get("key", cacheTtl=HOUR) is None
        assert await names(city) == []
    central.seed({"key": "value"})

    account.propagate()

    for city in (london, paris):
        assert await city.get("key", cacheTtl=HOUR) == "value"
        assert await names(city) == ["key"]


# The handles.


async def test_a_place_is_the_same_by_whichever_handle(
    account: KVAccount, central: KVNamespace, london: KVNamespace, paris: KVNamespace
) -> None:
    assert await london.get("key") is None
    await central.put("key", "value")

    assert await central.at("LHR").get("key") is None
    assert await paris.at("LHR").get("key") is None
    assert await account.namespace(central.id).at("LHR").get("key") is None
    assert await central.at("lhr").get("key") == "value"


async def test_a_place_knows_each_namespace_by_itself(
    account: KVAccount, london: KVNamespace
) -> None:
    other = account.create_namespace("other")
    assert await london.get("key") is None

    other.seed({"key": "value"})

    assert await other.at("LHR").get("key") == "value"


async def test_the_tests_side_is_the_same_everywhere(
    central: KVNamespace, london: KVNamespace
) -> None:
    central.seed({"key": "value"})
    await london.get("key")
    await london.get("key")
    await london.delete("key")

    assert (london.id, london.title) == (central.id, central.title)
    assert [call.operation for call in central.calls] == ["get", "get", "delete"]
    assert london.calls == central.calls
    assert london.data == central.data == {}
    central.assert_only_deleted("key")


@pytest.mark.fidelity("location-namespace-removed")
async def test_a_removed_namespace_refuses_even_what_is_cached(
    account: KVAccount, london: KVNamespace
) -> None:
    await london.get("key")
    await london.list()

    account.remove_namespace(london.id)

    with pytest.raises(KVError, match="404 namespace not found"):
        await london.get("key")
    with pytest.raises(KVError, match="404 namespace not found"):
        await london.list()


@pytest.mark.fidelity("location-namespace-removed")
async def test_a_namespace_created_anew_has_forgotten_what_places_knew(
    account: KVAccount, london: KVNamespace
) -> None:
    assert await london.get("key") is None
    account.remove_namespace(london.id)

    again = account.create_namespace("again", id=london.id)
    again.seed({"key": "value"})

    assert await again.at("LHR").get("key") == "value"


async def test_a_call_says_from_which_place_it_was_made(
    central: KVNamespace, london: KVNamespace
) -> None:
    await london.put("key", "value")
    await central.delete("key")
    with pytest.raises(KVError):
        await london.delete("..")

    assert [str(call) for call in central.calls] == [
        "put 'key' at LHR via binding",
        "delete 'key' via binding",
        "delete '..' at LHR via binding -> TypeError: \"..\" is not allowed as a key name.",
    ]
    assert [call.location for call in central.calls] == ["LHR", None, "LHR"]


def test_a_namespace_seen_from_a_place_says_so(central: KVNamespace, london: KVNamespace) -> None:
    assert repr(london) == f"{repr(central).removesuffix('>')} at LHR>"
