"""A route of the API answers as a test says, in respx's own idioms, until it is KV's again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import anyio
import httpx
import pytest
from respx.models import AllMockedAssertionError

from pytest_kv import KVApi, KVIntercept
from tests.helpers.samples import HOST_URL, SEED, request_for, url_of


@pytest.fixture
def get(kv_api: KVApi) -> Iterator[partial[httpx.Response]]:
    """Reads the key ``a``, whose value is 1, through the operation ``get``."""
    kv_api.namespace.seed(SEED)
    with httpx.Client(headers={"Authorization": f"Bearer {kv_api.api_token}"}) as client:
        yield partial(client.get, url_of(kv_api, "/{ns}/values/a"))


def test_a_return_value_answers_every_request_and_kv_sees_none(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].mock(return_value=httpx.Response(502, text="bad gateway"))

    answers = [(answer.status_code, answer.text) for answer in (get(), get())]

    assert answers == [(502, "bad gateway")] * 2
    assert kv_api.routes["get"].call_count == 2
    assert kv_api.account.calls == []


def test_respond_and_the_modulo_idiom_override_too(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].respond(503, text="later")
    assert (get().status_code, get().text) == (503, "later")

    _ = kv_api.routes["get"] % 429
    assert get().status_code == 429


def test_a_side_effect_is_given_the_request(kv_api: KVApi, get: partial[httpx.Response]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(418, text=request.url.path.rpartition("/")[2])

    kv_api.routes["get"].mock(side_effect=answer)

    assert (get().status_code, get().text) == (418, "a")


def test_a_side_effect_may_be_an_error_of_the_transport(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].mock(side_effect=httpx.ConnectTimeout)

    with pytest.raises(httpx.ConnectTimeout, match=r"^Mock Error$"):
        get()

    assert kv_api.routes["get"].call_count == 1


def test_side_effects_in_a_list_follow_each_other(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].mock(
        side_effect=[
            httpx.Response(500),
            httpx.ReadError("reset by peer"),
            httpx.Response(200, text="2"),
        ]
    )

    assert get().status_code == 500
    with pytest.raises(httpx.ReadError, match=r"^reset by peer$"):
        get()
    assert get().text == "2"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_side_effect_may_be_a_coroutine_function(backend: str, kv_api: KVApi) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        return httpx.Response(200, text=request.method)

    async def read() -> str:
        async with httpx.AsyncClient() as client:
            return (await client.send(request_for(kv_api, "get"))).text

    kv_api.routes["get"].mock(side_effect=answer)

    assert anyio.run(read, backend=backend) == "GET"


def test_a_route_mocked_with_nothing_is_kvs_again(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    route = kv_api.routes["get"]

    for override in (
        partial(route.mock, return_value=httpx.Response(500)),
        partial(route.mock, side_effect=[httpx.Response(500)]),
        partial(route.mock, side_effect=lambda request: httpx.Response(500)),
    ):
        override()
        assert get().status_code == 500
        route.mock()
        assert (get().status_code, get().text) == (200, "1")


def test_other_routes_stay_kvs_own(kv_api: KVApi, get: partial[httpx.Response]) -> None:
    for name in ("put", "delete", "get_metadata", "unknown"):
        kv_api.routes[name].respond(500)

    assert get().text == "1"


def test_the_answer_to_unknown_requests_can_be_overridden_too(kv_api: KVApi) -> None:
    kv_api.routes["unknown"].respond(json={"success": True})

    assert httpx.get(f"{HOST_URL}/client/v4/zones").json() == {"success": True}


def test_a_request_that_a_side_effect_declines_is_answered_by_nobody(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].mock(side_effect=lambda request: None)

    with pytest.raises(AllMockedAssertionError) as refusal:
        get()

    url = url_of(kv_api, "/{ns}/values/a")
    assert str(refusal.value) == f"RESPX: <Request('GET', '{url}')> not mocked!"


def test_a_route_that_lets_requests_through_lets_none_reach_cloudflare(
    kv_api: KVApi, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].pass_through()
    with pytest.raises(httpx.ConnectError, match=r"nothing reaches api\.cloudflare\.com while"):
        get()

    kv_api.routes["get"].pass_through(False)
    assert get().text == "1"


def test_a_route_that_lets_requests_through_reaches_an_interception(
    kv_api: KVApi, kv_intercept: KVIntercept, get: partial[httpx.Response]
) -> None:
    kv_api.routes["get"].pass_through()

    assert get().text == "1"
    assert [call.operation for call in kv_intercept.account.calls] == ["get"]
