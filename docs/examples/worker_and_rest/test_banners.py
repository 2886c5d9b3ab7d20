"""The Worker and the office's program in one test: ``kv_env`` and ``kv_api`` share an account."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from banner_admin import announce, clear
from banner_worker import banner, report

from pytest_kv import KVApi, KVClock

DAY_SECONDS = 24 * 60 * 60

pytestmark = pytest.mark.kv(title="BANNERS")


@pytest.fixture
def office(kv_api: KVApi) -> Iterator[httpx.Client]:
    """An httpx client for the namespace, as the office's program uses it."""
    namespaces = f"{kv_api.base_url}/accounts/{kv_api.account_id}/storage/kv/namespaces"
    headers = {"Authorization": f"Bearer {kv_api.api_token}"}
    url = f"{namespaces}/{kv_api.namespace_id}"
    with httpx.Client(base_url=url, headers=headers) as client:
        yield client


async def test_the_worker_shows_a_banner_until_it_expires(
    office: httpx.Client, kv_env: SimpleNamespace, kv_clock: KVClock
) -> None:
    announce(office, {"all": "Sale!", "NO": "Salg!"}, days=2)

    assert await banner(kv_env, "NO") == "Salg!"
    assert await banner(kv_env, "FR") == "Sale!"

    kv_clock.advance(2 * DAY_SECONDS)
    assert await banner(kv_env, "NO") == ""


async def test_the_worker_does_not_show_a_banner_that_the_office_cleared(
    office: httpx.Client, kv_env: SimpleNamespace
) -> None:
    announce(office, {"all": "Sale!", "NO": "Salg!"}, days=2)

    clear(office, ["NO"])

    assert await banner(kv_env, "NO") == "Sale!"
    kv_env.BANNERS.assert_only_deleted("banner:NO")


async def test_the_deletes_of_both_are_in_the_order_they_came(
    office: httpx.Client, kv_env: SimpleNamespace
) -> None:
    announce(office, {"NO": "Salg!", "FR": "Soldes !"}, days=2)

    await report(kv_env, "FR")
    clear(office, ["NO"])

    assert kv_env.BANNERS.deletes == ["banner:FR", "banner:NO"]
    assert [call.via for call in kv_env.BANNERS.calls] == ["rest", "binding", "rest"]


async def test_another_location_shows_an_old_banner_for_a_minute(
    office: httpx.Client, kv_env: SimpleNamespace, kv_clock: KVClock
) -> None:
    announce(office, {"all": "Sale!", "NO": "Salg!"}, days=2)
    oslo = SimpleNamespace(BANNERS=kv_env.BANNERS.at("OSL"))
    assert await banner(oslo, "NO") == "Salg!"

    clear(office, ["NO"])
    assert await banner(oslo, "NO") == "Salg!"

    kv_clock.advance(60)
    assert await banner(oslo, "NO") == "Sale!"
