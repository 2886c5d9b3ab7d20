"""A client that follows a redirect gets what the new address asks for."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import httpx
import pytest

from pytest_kv import KVApi
from tests.helpers.samples import url_of

Follow = Callable[[KVApi, str, str], httpx.Response]


def follow(api: KVApi, method: str, url: str) -> httpx.Response:
    with httpx.Client(follow_redirects=True) as client:
        return client.request(method, url, headers=headers(api))


def follow_async(api: KVApi, method: str, url: str) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(follow_redirects=True) as client:
            return await client.request(method, url, headers=headers(api))

    return anyio.run(send)


def follow_in_a_transport(api: KVApi, method: str, url: str) -> httpx.Response:
    """The router is given the client's own requests; by the other ways it is given copies."""
    transport = httpx.MockTransport(api.router.handler)
    with httpx.Client(follow_redirects=True, transport=transport) as client:
        return client.request(method, url, headers=headers(api))


def follow_in_an_async_transport(api: KVApi, method: str, url: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.MockTransport(api.router.async_handler)
        async with httpx.AsyncClient(follow_redirects=True, transport=transport) as client:
            return await client.request(method, url, headers=headers(api))

    return anyio.run(send)


def headers(api: KVApi) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.api_token}"}


ways = pytest.mark.parametrize(
    "send", [follow, follow_async, follow_in_a_transport, follow_in_an_async_transport]
)


@pytest.fixture(autouse=True)
def _seed(kv_api: KVApi) -> None:
    kv_api.namespace.seed({"a": "1", "b": "2"})


def redirect_once(api: KVApi, operation: str, status: int, target: str) -> None:
    """Redirect the next call of an operation; later calls are KV's again."""
    route = api.routes[operation]

    def redirect(request: httpx.Request) -> httpx.Response:
        route.mock()
        return httpx.Response(status, headers={"Location": target})

    route.mock(side_effect=redirect)


@ways
def test_a_read_that_is_redirected_to_another_key_reads_that_key(
    kv_api: KVApi, send: Follow
) -> None:
    redirect_once(kv_api, "get", 307, url_of(kv_api, "/{ns}/values/b"))

    response = send(kv_api, "GET", url_of(kv_api, "/{ns}/values/a"))

    assert [old.status_code for old in response.history] == [307]
    assert (response.status_code, response.text) == (200, "2")
    assert [call.keys for call in kv_api.account.calls] == [("b",)]


@ways
def test_a_delete_that_is_redirected_to_another_key_deletes_that_key(
    kv_api: KVApi, send: Follow
) -> None:
    redirect_once(kv_api, "delete", 307, url_of(kv_api, "/{ns}/values/b"))

    send(kv_api, "DELETE", url_of(kv_api, "/{ns}/values/a"))

    assert kv_api.namespace.deletes == ["b"]
    assert list(kv_api.namespace.data) == ["a"]


@ways
def test_a_redirect_to_another_operation_is_answered_by_its_route(
    kv_api: KVApi, send: Follow
) -> None:
    """A 303 to the same address makes a GET of any other method."""
    redirect_once(kv_api, "delete", 303, url_of(kv_api, "/{ns}/values/a"))

    response = send(kv_api, "DELETE", url_of(kv_api, "/{ns}/values/a"))

    assert response.text == "1"
    assert kv_api.namespace.deletes == []
    assert kv_api.routes["get"].call_count == 1


@ways
def test_a_redirect_from_another_host_reaches_the_api(kv_api: KVApi, send: Follow) -> None:
    target = url_of(kv_api, "/{ns}/values/b")
    kv_api.router.get("https://example.com/").respond(307, headers={"Location": target})

    response = send(kv_api, "GET", "https://example.com/")

    # httpx sends no token to another host than the first.
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 9106)
    assert kv_api.routes["get"].call_count == 1


@ways
def test_a_redirect_from_the_api_to_another_host_is_not_answered_by_kv(
    kv_api: KVApi, send: Follow
) -> None:
    redirect_once(kv_api, "get", 307, "https://example.com/")
    kv_api.router.get("https://example.com/").respond(text="elsewhere")

    assert send(kv_api, "GET", url_of(kv_api, "/{ns}/values/a")).text == "elsewhere"
    assert kv_api.account.calls == []
