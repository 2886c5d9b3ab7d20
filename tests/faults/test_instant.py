"""A namespace of KV Instant: what it refuses, over both faces."""

from __future__ import annotations

import httpx
import pytest

from pytest_kv import Entry, KVAccount, KVApi, KVError, KVNamespace
from pytest_kv._core.limits import Limits
from tests.helpers.faces import refusal, sent
from tests.helpers.samples import url_of


@pytest.fixture
def api(kv_api: KVApi) -> KVApi:
    """Its account has a namespace of KV Instant beside the classic one."""
    kv_api.account.create_namespace("FAST", mode="instant")
    return kv_api


@pytest.fixture
def fast(api: KVApi) -> KVNamespace:
    return api.account.namespace("FAST")


def asked(api: KVApi, method: str, below: str, **content: object) -> httpx.Response:
    """The response to a request for the namespace of KV Instant."""
    path = below.replace("{ns}", api.account.namespace("FAST").id)
    headers = {"Authorization": f"Bearer {api.api_token}"}
    with httpx.Client(headers=headers) as client:
        return client.request(method, url_of(api, path), **content)  # type: ignore[arg-type]


@pytest.mark.fidelity("Limits.instant_key_bytes")
async def test_a_key_has_at_most_300_bytes(api: KVApi, fast: KVNamespace) -> None:
    await fast.put("k" * 300, "v")
    with pytest.raises(KVError) as error:
        await fast.put("k" * 301, "v")
    answer = asked(api, "PUT", f"/{{ns}}/values/{'é' * 151}", content=b"v")

    told = "UTF-8 encoded length of {} exceeds key length limit of 300."
    assert str(error.value) == f"Error: KV PUT failed: 414 {told.format(301)}"
    assert (answer.status_code, answer.json()) == (
        414,
        refusal(10012, f"put: '{told.format(302)}'"),
    )
    assert list(fast.data) == ["k" * 300]
    await api.namespace.put("k" * 301, "v")


@pytest.mark.fidelity("Limits.instant_value_bytes")
async def test_a_value_has_at_most_1_mb(api: KVApi, fast: KVNamespace) -> None:
    most = b"v" * 1_000_000
    assert asked(api, "PUT", "/{ns}/values/a", content=most).status_code == 200
    answer = asked(api, "PUT", "/{ns}/values/a", content=most + b"v")
    with pytest.raises(KVError) as error:
        await fast.put("a", most + b"v")

    told = "Value length of 1000001 exceeds limit of 1000000."
    assert (answer.status_code, answer.json()) == (413, refusal(10012, f"put: '{told}'"))
    assert str(error.value) == f"Error: KV PUT failed: 413 {told}"
    await api.namespace.put("a", most + b"v")


@pytest.mark.fidelity("METADATA_NOT_TAKEN")
async def test_it_takes_no_metadata(api: KVApi, fast: KVNamespace) -> None:
    await fast.put("a", "v", metadata=None)
    with pytest.raises(KVError) as error:
        await fast.put("a", "w", metadata={})
    pair = {"key": "a", "value": "w", "metadata": 0}
    answer = asked(api, "PUT", "/{ns}/bulk", json=[pair])
    with pytest.raises(ValueError, match="a KV Instant namespace takes no metadata"):
        fast.seed({"a": Entry("w", metadata=1)})

    told = "a KV Instant namespace takes no metadata"
    assert str(error.value) == f"Error: KV PUT failed: 400 {told}"
    assert (answer.status_code, answer.json()) == (400, refusal(10012, f"bulk put: '{told}'"))
    assert fast.data == {"a": Entry("v")}


@pytest.mark.fidelity("Limits.instant_keys", "KEYS_TOO_MANY")
async def test_it_holds_at_most_10000_keys(api: KVApi, fast: KVNamespace) -> None:
    fast.seed({f"k{number}": "v" for number in range(9_999)})
    pairs = [{"key": key, "value": "new"} for key in ("k0", "a", "b")]

    answer = asked(api, "PUT", "/{ns}/bulk", json=pairs)
    assert asked(api, "PUT", "/{ns}/bulk", json=pairs[:2]).status_code == 200
    with pytest.raises(KVError) as error:
        await fast.put("b", "v")
    with pytest.raises(ValueError, match="a KV Instant namespace holds at most 10000 keys"):
        fast.seed({"b": "v"})

    told = "a KV Instant namespace holds at most 10000 keys"
    assert (answer.status_code, answer.json()) == (400, refusal(10012, f"bulk put: '{told}'"))
    assert str(error.value) == f"Error: KV PUT failed: 400 {told}"
    await fast.put("a", "again")
    await fast.delete("k0")
    await fast.put("b", "v")
    assert len(fast.data) == 10_000


async def test_an_expired_key_leaves_its_room_to_another() -> None:
    account = KVAccount(limits=Limits(instant_keys=1))
    fast = account.create_namespace("FAST", mode="instant")
    await fast.put("a", "v", expirationTtl=60)
    account.clock.advance(60)

    await fast.put("b", "v")

    assert list(fast.data) == ["b"]


@pytest.mark.fidelity("instant-list")
async def test_a_list_has_every_name_whatever_its_limit_and_cursor(
    api: KVApi, fast: KVNamespace
) -> None:
    api.account.page_size, api.account.tombstones = 1, True
    names = [f"k{number:04}" for number in range(1_002)]
    fast.seed(dict.fromkeys([*names, "a", "l"], "v"))
    await fast.delete("k0000")

    page = await fast.list(prefix="k", limit=1, cursor="azA1MDA=")
    answer = asked(api, "GET", "/{ns}/keys?prefix=k&limit=10&cursor=azA1MDA=").json()

    assert [key["name"] for key in page["keys"]] == names[1:]
    assert page["list_complete"] is True
    assert "cursor" not in page
    assert [key["name"] for key in answer["result"]] == names[1:]
    assert answer["result_info"] == {"count": 1_001, "cursor": ""}


@pytest.mark.fidelity("instant-write-pace")
async def test_it_takes_one_write_a_second_to_all_keys_together(
    api: KVApi, fast: KVNamespace
) -> None:
    api.account.write_limit = True
    pairs = [{"key": key, "value": "2"} for key in "cd"]

    await fast.put("a", "1")
    await api.namespace.put("b", "1")
    with pytest.raises(KVError) as error:
        await fast.put("b", "1")
    answer = asked(api, "PUT", "/{ns}/bulk", json=pairs)

    assert str(error.value) == "Error: KV PUT failed: 429 Too Many Requests"
    assert (answer.status_code, answer.json()) == (
        429,
        refusal(10012, "bulk put: 'Too Many Requests'"),
    )
    api.account.clock.advance(1)
    assert asked(api, "PUT", "/{ns}/bulk", json=pairs).status_code == 200
    assert list(fast.data) == ["a", "c", "d"]


def test_lower_limits_of_an_account_hold_in_it_too() -> None:
    account = KVAccount(limits=Limits(key_bytes=2, value_bytes=3))
    fast = account.create_namespace("FAST", mode="instant")

    with pytest.raises(ValueError, match="exceeds key length limit of 2"):
        fast.seed({"abc": ""})
    with pytest.raises(ValueError, match="Value length of 4 exceeds limit of 3"):
        fast.seed({"a": "abcd"})


@pytest.mark.parametrize("mode", ["", "fast", "INSTANT", None])
def test_an_unknown_mode_is_an_error(mode: str, kv_account: KVAccount) -> None:
    told = f"the mode of a namespace is 'classic' or 'instant', not {mode!r}"
    with pytest.raises(ValueError, match=f"^{told}$"):
        kv_account.create_namespace("X", mode=mode)  # type: ignore[arg-type]

    assert len(kv_account.namespaces) == 1


def test_what_is_made_over_rest_is_a_namespace_of_kv_instant(kv_api: KVApi) -> None:
    made = sent(kv_api, "POST", "", json={"title": "FAST", "mode": "instant"}).json()["result"]

    with pytest.raises(ValueError, match="takes no metadata"):
        kv_api.account.namespace(made["id"]).seed({"a": Entry("", metadata=1)})
