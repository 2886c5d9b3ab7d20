"""The API over respx and over HTTP in one test: one account, and neither is in the other's way."""

from __future__ import annotations

import httpx
import pytest
from respx.models import AllMockedAssertionError

from pytest_kv import KVAccount, KVApi, KVServer, mock_api, serve
from pytest_kv._core.faults import FaultKind
from pytest_kv._transports import listener, respx_mount
from tests.helpers.samples import WAYS, Send, request_for

ways = pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)


def list_at(base_url: str, account: KVAccount) -> httpx.Request:
    headers = {"Authorization": f"Bearer {account.api_token}"}
    namespaces = f"{base_url}/accounts/{account.id}/storage/kv/namespaces"
    return httpx.Request(
        "GET", f"{namespaces}/{account.default_namespace.id}/keys", headers=headers
    )


def check(send: Send, api: KVApi, server: KVServer) -> None:
    api.namespace.seed({"a": "v"})

    for base_url in (api.base_url, server.base_url):
        answer = send(list_at(base_url, api.account))
        assert [key["name"] for key in answer.json()["result"]] == ["a"]

    assert [call.operation for call in api.account.calls] == ["list"] * 2
    assert api.router.calls.call_count == 1


@ways
def test_httpx_reaches_the_server_beside_the_api(
    send: Send, kv_api: KVApi, kv_server: KVServer
) -> None:
    check(send, kv_api, kv_server)


@ways
def test_httpx_reaches_the_server_that_came_first(
    send: Send, kv_server: KVServer, kv_api: KVApi
) -> None:
    check(send, kv_api, kv_server)


def test_the_server_of_another_account_is_reached_too(kv_api: KVApi) -> None:
    with serve(KVAccount(seed=1)) as server:
        assert WAYS["sync"](list_at(server.base_url, server.account)).status_code == 200
        assert WAYS["sync"](request_for(kv_api, "list")).status_code == 200


def test_a_server_that_has_stopped_is_refused_like_any_other_host() -> None:
    with serve() as server:
        pass

    with mock_api(), pytest.raises(AllMockedAssertionError):
        WAYS["sync"](list_at(server.base_url, server.account))


def test_both_transports_know_every_kind_of_fault_without_an_answer() -> None:
    kinds = {kind for kind in FaultKind if not kind.has_answer}

    assert set(respx_mount._NO_ANSWERS) == set(listener._STAYS_OPEN) == kinds
