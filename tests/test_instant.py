"""A KV Instant namespace over both faces: its mode, its limits, its one page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pytest_kv import KVAccount, KVApi, KVError, KVNamespace, Limits, mock_api
from pytest_kv._rest.errors import RestError
from pytest_kv._rest.seeding import seed_pairs
from tests.helpers.faces import refusal, sent
from tests.helpers.samples import url_of
from tests.helpers.stopped_clock import StoppedClock

NO_METADATA = "a KV Instant namespace takes no metadata"


@pytest.fixture
def api() -> Iterator[KVApi]:
    """The API of an account whose namespace is in Instant mode and whose clock stands still."""
    account = KVAccount(clock=StoppedClock(), limits=Limits(instant_value_bytes=5, instant_keys=3))
    account.default_namespace = account.create_namespace("INSTANT", mode="instant")
    with mock_api(account) as api:
        yield api


@pytest.fixture
def kv(api: KVApi) -> KVNamespace:
    return api.namespace


def pairs(*keys: str, **more: object) -> list[dict[str, object]]:
    return [{"key": key, "value": "v", **more} for key in keys]


def names_of(result: Any) -> list[str]:
    return [listed["name"] for listed in result]


# The mode


@pytest.mark.fidelity("namespace-mode")
def test_a_namespace_shows_its_mode_over_both_faces(kv_api: KVApi) -> None:
    made = {
        mode: sent(kv_api, "POST", "", {"title": str(mode), "mode": mode}).json()["result"]
        for mode in ("classic", "instant", None)
    }

    assert {mode: result["mode"] for mode, result in made.items()} == {
        "classic": "classic",
        "instant": "instant",
        None: "classic",
    }
    instant = kv_api.account.namespace("instant")
    assert (instant.mode, kv_api.namespace.mode) == ("instant", "classic")
    listed = sent(kv_api, "GET", "?order=title").json()["result"]
    assert [namespace["mode"] for namespace in listed] == [
        "classic",
        "classic",
        "classic",
        "instant",
    ]


@pytest.mark.fidelity("namespace-mode")
def test_a_namespace_keeps_its_mode_when_it_is_renamed_and_when_the_account_is_reset() -> None:
    account = KVAccount()
    namespace = account.create_namespace("INSTANT", mode="instant")
    account._core.note_beginning()
    with mock_api(account) as api:
        body = {"title": "NEW", "mode": "classic"}
        renamed = sent(api, "PUT", f"/{namespace.id}", body)
    account.reset()

    assert renamed.json()["result"]["mode"] == "instant"
    assert account.namespace("INSTANT").mode == "instant"


@pytest.mark.fidelity("namespace-mode-refused")
@pytest.mark.parametrize("mode", ["Instant", "fast"])
def test_a_mode_that_does_not_exist_is_refused(kv_api: KVApi, mode: Any) -> None:
    answer = sent(kv_api, "POST", "", {"title": "new", "mode": mode})

    assert answer.json() == refusal(10012, f"invalid mode: '{mode}'")
    assert answer.status_code == 400
    with pytest.raises(ValueError, match=r"^a namespace is") as error:
        kv_api.account.create_namespace("new", mode=mode)
    assert str(error.value) == f"a namespace is 'classic' or 'instant', not '{mode}'"
    assert len(kv_api.account.namespaces) == 1


@pytest.mark.fidelity("namespace-mode-refused")
@pytest.mark.parametrize("mode", ["classic", "instant"])
def test_a_mode_and_a_jurisdiction_exclude_each_other(kv_api: KVApi, mode: str) -> None:
    body = {"title": "new", "mode": mode, "jurisdiction": "eu"}

    answer = sent(kv_api, "POST", "", body)

    told = "could not parse the request body: mode and jurisdiction exclude each other"
    assert (answer.status_code, answer.json()) == (400, refusal(10012, told))


# Its limits


@pytest.mark.fidelity("Limits.instant_key_bytes")
async def test_a_key_has_300_bytes_at_most(api: KVApi, kv: KVNamespace) -> None:
    longest = "k" * 300
    told = "UTF-8 encoded length of 301 exceeds key length limit of 300."

    await kv.put(longest, "v")
    with pytest.raises(KVError) as error:
        await kv.put(longest + "k", "v")
    refused = sent(api, "GET", f"/{{ns}}/values/{longest}k")

    assert await kv.get(longest) == "v"
    assert str(error.value) == f"Error: KV PUT failed: 414 {told}"
    assert (refused.status_code, refused.json()) == (414, refusal(10030, f"get: '{told}'"))
    with pytest.raises(KVError, match="exceeds key length limit of 300"):
        await kv.list(prefix=longest + "k")


@pytest.mark.fidelity("Limits.instant_value_bytes")
async def test_a_value_has_1_mb_at_most(api: KVApi, kv: KVNamespace) -> None:
    told = "Value length of 6 exceeds limit of 5."

    await kv.put("a", "12345")
    with pytest.raises(KVError) as error:
        await kv.put("a", "123456")
    refused = sent(api, "PUT", "/{ns}/bulk", [{"key": "a", "value": "123456"}])

    assert str(error.value) == f"Error: KV PUT failed: 413 {told}"
    assert (refused.status_code, refused.json()) == (413, refusal(10024, f"bulk put: '{told}'"))
    assert Limits().instant_value_bytes == 1_000_000
    assert kv.data["a"].text == "12345"


def test_a_limit_that_was_lowered_for_all_namespaces_is_not_raised_again() -> None:
    account = KVAccount(limits=Limits(key_bytes=2, value_bytes=2))
    namespace = account.create_namespace("INSTANT", mode="instant")

    namespace.seed({"ab": "12"})
    for seed in ({"abc": "1"}, {"a": "123"}):
        with pytest.raises(ValueError, match="exceeds"):
            namespace.seed(seed)


@pytest.mark.fidelity("INSTANT_METADATA")
async def test_metadata_is_refused(api: KVApi, kv: KVNamespace) -> None:
    with pytest.raises(KVError) as error:
        await kv.put("a", "v", metadata={})
    bulk = sent(api, "PUT", "/{ns}/bulk", pairs("a", metadata=1))

    assert str(error.value) == f"Error: KV PUT failed: 400 {NO_METADATA}"
    assert (bulk.status_code, bulk.json()) == (400, refusal(10012, f"bulk put: '{NO_METADATA}'"))
    assert dict(kv.data) == {}


@pytest.mark.fidelity("INSTANT_METADATA")
def test_metadata_in_a_form_is_refused(api: KVApi) -> None:
    form = {"value": (None, b"v"), "metadata": (None, b"0")}
    headers = {"Authorization": f"Bearer {api.api_token}"}

    answer = httpx.put(url_of(api, "/{ns}/values/a"), files=form, headers=headers)

    assert (answer.status_code, answer.json()) == (400, refusal(10012, f"put: '{NO_METADATA}'"))
    assert dict(api.namespace.data) == {}


@pytest.mark.fidelity("INSTANT_METADATA")
async def test_no_metadata_is_none_over_both_faces(api: KVApi, kv: KVNamespace) -> None:
    await kv.put("a", "v", metadata=None)
    sent(api, "PUT", "/{ns}/bulk", pairs("b", metadata=None))

    assert (await kv.getWithMetadata("a"))["metadata"] is None
    assert sent(api, "GET", "/{ns}/metadata/b").json()["result"] is None


@pytest.mark.fidelity("INSTANT_KEYS_TOO_MANY", "Limits.instant_keys")
async def test_a_namespace_holds_10_000_keys(api: KVApi, kv: KVNamespace) -> None:
    told = "a KV Instant namespace holds at most 3 keys"

    assert sent(api, "PUT", "/{ns}/bulk", pairs("a", "b", "c")).status_code == 200
    await kv.put("a", "again")
    with pytest.raises(KVError) as error:
        await kv.put("d", "v")
    refused = sent(api, "PUT", "/{ns}/bulk", pairs("a", "d"))
    with pytest.raises(ValueError, match=r"^KV would not") as seed:
        kv.seed({"d": "v"})

    assert str(error.value) == f"Error: KV PUT failed: 400 {told}"
    assert (refused.status_code, refused.json()) == (400, refusal(10012, f"bulk put: '{told}'"))
    assert str(seed.value) == f"KV would not store this seed: {told}"
    assert {name: entry.text for name, entry in kv.data.items()} == {
        "a": "again",
        "b": "v",
        "c": "v",
    }
    assert Limits().instant_keys == 10_000


@pytest.mark.fidelity("Limits.instant_keys")
async def test_a_key_that_was_deleted_or_has_expired_makes_room(
    api: KVApi, kv: KVNamespace
) -> None:
    kv.seed({"a": "v", "b": "v"})
    await kv.put("c", "v", expirationTtl=60)

    api.account.clock.advance(60)
    await kv.put("d", "v")
    await kv.delete("a")
    await kv.put("e", "v")

    assert set(kv.data) == {"b", "d", "e"}


# One page, and one write a second


@pytest.mark.fidelity("instant-list")
async def test_a_list_has_every_name_on_its_one_page(api: KVApi, kv: KVNamespace) -> None:
    kv.seed(dict.fromkeys(("a1", "a2", "b"), "v"))
    api.account.page_size = 1

    page = await kv.list(limit=1, cursor="YTE=")
    rest = sent(api, "GET", "/{ns}/keys?limit=10&prefix=a").json()

    assert (names_of(page["keys"]), page.list_complete) == (["a1", "a2", "b"], True)
    assert "cursor" not in page
    assert names_of(rest["result"]) == ["a1", "a2"]
    assert rest["result_info"] == {"count": 2, "cursor": ""}


@pytest.mark.fidelity("instant-write-limit")
async def test_the_whole_namespace_rests_a_second_between_two_writes(
    api: KVApi, kv: KVNamespace
) -> None:
    api.account.write_limit = True
    classic = api.account.create_namespace("CLASSIC")

    assert sent(api, "PUT", "/{ns}/bulk", pairs("a", "b")).status_code == 200
    await kv.delete("a")
    with pytest.raises(KVError) as error:
        await kv.put("c", "v")
    await classic.put("a", "v")
    await classic.put("b", "v")
    api.account.clock.advance(1)
    await kv.put("c", "v")

    assert str(error.value) == "Error: KV PUT failed: 429 Too Many Requests"
    assert set(kv.data) == {"b", "c"}


@pytest.mark.fidelity("location-instant")
async def test_a_location_caches_as_it_does_for_a_classic_namespace(
    api: KVApi, kv: KVNamespace
) -> None:
    london, paris = kv.at("London"), kv.at("Paris")
    await london.put("a", "old")
    before = (await paris.get("a"), names_of((await paris.list())["keys"]))

    await london.delete("a")

    assert before == ("old", ["a"])
    assert (await paris.get("a"), names_of((await paris.list())["keys"])) == before
    api.account.clock.advance(60)
    assert await paris.get("a") is None
    assert (await paris.list())["keys"] == []


def test_a_seed_of_the_command_line_keeps_to_the_limits(kv: KVNamespace) -> None:
    with pytest.raises(RestError) as error:
        seed_pairs(kv._core, json.dumps(pairs(*"abcd")).encode())

    assert str(error.value) == (
        "400 10012: bulk put: 'a KV Instant namespace holds at most 3 keys'"
    )
