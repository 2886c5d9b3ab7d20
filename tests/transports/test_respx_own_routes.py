"""A test's own respx route for some of KV's paths answers instead of KV, wherever it was added."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
import respx

from pytest_kv import KVAccount, KVApi, mock_api
from tests.helpers.samples import HOST_URL, SEED, WAYS, Send, request_for, url_of

ways = pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)

Pair = tuple[KVApi, respx.MockRouter]


@contextmanager
def its_own_router() -> Iterator[Pair]:
    """The API, and its own router."""
    with mock_api() as api:
        yield api, api.router


@contextmanager
def a_router_before() -> Iterator[Pair]:
    """The API, and a router of the test that was started before it."""
    with respx.mock(assert_all_called=False) as own, mock_api() as api:
        yield api, own


@contextmanager
def a_router_after() -> Iterator[Pair]:
    """The API, and a router of the test that was started after it."""
    with mock_api() as api, respx.mock(assert_all_called=False) as own:
        yield api, own


routers = pytest.mark.parametrize("start", [its_own_router, a_router_before, a_router_after])
Start = Callable[[], AbstractContextManager[Pair]]


def request_of(api: KVApi, method: str, path: str) -> httpx.Request:
    headers = {"Authorization": f"Bearer {api.api_token}"}
    return httpx.Request(method, url_of(api, path), headers=headers)


@ways
@routers
def test_a_route_for_one_key_answers_for_this_key_alone(send: Send, start: Start) -> None:
    with start() as (api, router):
        api.namespace.seed(SEED)
        own = router.get(url_of(api, "/{ns}/values/a")).respond(500, text="mine")

        answers = [send(request_of(api, "GET", f"/{{ns}}/values/{key}")) for key in "ab"]
        deleted = send(request_of(api, "DELETE", "/{ns}/values/a"))

        assert [(answer.status_code, answer.text) for answer in answers] == [
            (500, "mine"),
            (200, "2"),
        ]
        assert deleted.status_code == 200
        assert own.call_count == 1
        assert [str(call) for call in api.account.calls] == [
            "get 'b' via rest",
            "delete 'a' via rest",
        ]


@routers
@pytest.mark.parametrize(
    "lookups",
    [
        {"url": "{base}/values/a"},
        {"url__startswith": "{base}/values/"},
        {"url__regex": "/values/a$"},
        {"path__regex": "/values/[^/]+$"},
        {"host": "api.cloudflare.com", "path__regex": "/values/"},
        {"url__startswith": "{base}"},
    ],
)
def test_a_route_for_some_of_kvs_paths_answers(start: Start, lookups: dict[str, Any]) -> None:
    with start() as (api, router):
        base = url_of(api)
        router.route(**{name: text.format(base=base) for name, text in lookups.items()}).respond(
            418
        )

        assert WAYS["sync"](request_for(api, "get")).status_code == 418
        assert WAYS["sync"](request_for(api, "list_namespaces")).status_code == 200


@routers
@pytest.mark.parametrize(
    "lookups",
    [
        {},
        {"method": "GET"},
        {"host": "api.cloudflare.com"},
        {"url__startswith": f"{HOST_URL}/client/v4/"},
        {"url__startswith": f"{HOST_URL}/client/v4/accounts/"},
        {"url__regex": ".*"},
    ],
)
def test_a_route_for_every_product_of_the_account_leaves_kv_to_the_fake(
    start: Start, lookups: dict[str, Any]
) -> None:
    with start() as (api, router):
        router.route(**lookups).respond(418)

        assert WAYS["sync"](request_for(api, "list")).status_code == 200


@ways
def test_a_side_effect_of_a_route_for_one_key_may_be_an_error(send: Send, kv_api: KVApi) -> None:
    kv_api.router.get(url_of(kv_api, "/{ns}/values/a")).mock(side_effect=httpx.ConnectError)

    with pytest.raises(httpx.ConnectError):
        send(request_for(kv_api, "get"))


def test_a_route_for_the_body_of_a_bulk_call_answers(kv_api: KVApi) -> None:
    bulk = url_of(kv_api, "/{ns}/bulk/delete")
    kv_api.router.post(bulk, json=["a", "b"]).respond(500)

    assert WAYS["sync"](request_for(kv_api, "bulk_delete")).status_code == 500
    headers = {"Authorization": f"Bearer {kv_api.api_token}"}
    assert httpx.post(bulk, json=["a"], headers=headers).status_code == 200


def test_a_route_for_one_key_answers_in_a_block_within_another(kv_account: KVAccount) -> None:
    with mock_api(kv_account) as outer, mock_api(kv_account):
        outer.router.get(url_of(outer, "/{ns}/values/a")).respond(418)

        assert WAYS["sync"](request_for(outer, "get")).status_code == 418


@ways
def test_a_route_that_lets_one_key_pass_is_an_error(send: Send, kv_api: KVApi) -> None:
    kv_api.router.get(url_of(kv_api, "/{ns}/values/a")).pass_through()
    request = request_for(kv_api, "get")
    told = (
        f"RESPX: a route of the test lets {request!r} pass, but nothing passes through to "
        "api.cloudflare.com; kv_api answers without that route"
    )

    with pytest.raises(AssertionError, match=f"^{re.escape(told)}$"):
        send(request)
