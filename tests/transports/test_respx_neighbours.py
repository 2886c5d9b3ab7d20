"""The API beside a test's own respx routers, other blocks, and clients with other transports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import anyio
import httpx
import pytest
import respx
from respx.models import AllMockedAssertionError

from pytest_kv import KVAccount, KVApi, mock_api
from tests.helpers.samples import HOST_URL, SEED, WAYS, Send, request_for, url_of

ZONES = f"{HOST_URL}/client/v4/zones"
OTHER_HOST = "https://example.com/page"


Pair = tuple[KVApi, respx.MockRouter]


@contextmanager
def own_router(*, assert_all_mocked: bool) -> Iterator[respx.MockRouter]:
    """A test's own router: a page on another host, and a path of the API that is not KV's."""
    with respx.mock(assert_all_called=False, assert_all_mocked=assert_all_mocked) as router:
        router.get(OTHER_HOST).respond(text="page")
        router.get(ZONES).respond(text="zones")
        yield router


@contextmanager
def api_first(*, assert_all_mocked: bool) -> Iterator[Pair]:
    """The API, and a router of the test that is started after it."""
    with mock_api() as api, own_router(assert_all_mocked=assert_all_mocked) as own:
        yield api, own


@contextmanager
def api_second(*, assert_all_mocked: bool) -> Iterator[Pair]:
    """The API, and a router of the test that was started before it."""
    with own_router(assert_all_mocked=assert_all_mocked) as own, mock_api() as api:
        yield api, own


orders = pytest.mark.parametrize("start", [api_first, api_second])
ways = pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)


@ways
@orders
@pytest.mark.parametrize("assert_all_mocked", [True, False])
def test_each_answers_its_own_beside_a_router_of_the_test(
    send: Send, start: Callable[..., AbstractContextManager[Pair]], assert_all_mocked: bool
) -> None:
    with start(assert_all_mocked=assert_all_mocked) as (api, own):
        api.namespace.seed(SEED)

        assert send(request_for(api, "get")).text == "1"
        assert send(httpx.Request("GET", OTHER_HOST)).text == "page"
        assert send(httpx.Request("GET", ZONES)).text == "zones"
        assert send(httpx.Request("POST", ZONES)).status_code == 404

        assert api.router.calls.call_count == 2
        assert own.calls.call_count == 2


@orders
def test_what_neither_knows_is_for_the_tests_router_to_refuse_or_not(
    start: Callable[..., AbstractContextManager[Pair]],
) -> None:
    unknown = "https://example.com/unknown"
    with start(assert_all_mocked=True), pytest.raises(AllMockedAssertionError) as refusal:
        httpx.get(unknown)
    assert str(refusal.value) == f"RESPX: <Request('GET', '{unknown}')> not mocked!"

    with start(assert_all_mocked=False):
        response = httpx.get(unknown)
    assert (response.status_code, response.content) == (200, b"")


def test_a_kv_path_is_kvs_even_when_the_tests_router_has_a_route_for_it(
    kv_api: KVApi, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.route(host="api.cloudflare.com").respond(500)

    assert WAYS["sync"](request_for(kv_api, "list")).status_code == 200
    assert httpx.get(ZONES).status_code == 500
    assert route.call_count == 1


@ways
def test_a_route_that_lets_everything_through_lets_nothing_out_to_the_api(send: Send) -> None:
    with respx.mock(assert_all_called=False) as own, mock_api() as api:
        own.route().pass_through()
        own.get(ZONES).respond(text="never asked for")

        assert send(httpx.Request("GET", ZONES)).status_code == 404
        assert send(request_for(api, "list")).status_code == 200


def test_a_route_that_lets_everything_through_counts_before_a_later_routers(kv_api: KVApi) -> None:
    with respx.mock(assert_all_called=False) as first, own_router(assert_all_mocked=True):
        first.route().pass_through()

        assert httpx.get(ZONES).status_code == 404


def test_the_apis_own_router_takes_more_routes(kv_api: KVApi) -> None:
    kv_api.router.get(OTHER_HOST).respond(text="page")
    kv_api.router.get(ZONES, name="zones").respond(text="zones")

    assert httpx.get(OTHER_HOST).text == "page"
    assert httpx.get(ZONES).text == "zones"
    assert kv_api.routes["zones"].call_count == 1
    assert httpx.get(f"{ZONES}/1").status_code == 404


def test_an_inner_block_answers_before_an_outer_one() -> None:
    with mock_api(KVAccount(seed=1)) as outer, mock_api(KVAccount(seed=2)) as inner:
        assert WAYS["sync"](request_for(inner, "list")).status_code == 200
        assert WAYS["sync"](request_for(outer, "list")).status_code == 403
        assert httpx.get(ZONES).status_code == 404

    assert [route.name for route in inner.routes if route.called] == ["list", "unknown"]
    assert outer.router.calls == []


def test_an_outer_block_answers_again_after_an_inner_one() -> None:
    with mock_api(KVAccount(seed=1)) as outer:
        with mock_api(KVAccount(seed=2)):
            pass

        assert WAYS["sync"](request_for(outer, "list")).status_code == 200


def test_a_client_over_a_mock_transport_is_untouched(kv_api: KVApi) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=str(request.url)))

    with httpx.Client(transport=transport) as client:
        assert client.get(url_of(kv_api)).text == url_of(kv_api)

    assert kv_api.router.calls == []


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_client_over_an_asgi_application_is_untouched(backend: str, kv_api: KVApi) -> None:
    async def application(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[misc]  # httpx keeps the type of send to itself
        await send({"type": "http.response.body", "body": b"application"})  # type: ignore[misc]  # as above

    async def read() -> str:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get(url_of(kv_api))).text

    assert anyio.run(read, backend=backend) == "application"
    assert kv_api.router.calls == []
