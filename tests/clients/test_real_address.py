"""Every client at the address written into it: answered, refused at once, and never let out."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from cloudflare import AsyncCloudflare, Cloudflare

from pytest_kv import KVAccount, KVApi, KVIntercept, KVServer, intercept, mock_api, serve
from pytest_kv._transports.endpoint import Endpoint
from tests.clients.getters import ANSWERED_BY_KV_API, GETTERS, Got, texts_of

HOST = "api.cloudflare.com"
HEADERS = {"Authorization": "Bearer any"}

getters = pytest.mark.parametrize("name", GETTERS)


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look-up of a name, and no connection but to this machine; whoever looks there fails."""

    def only_here(original: Callable[..., Any], position: int) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            address = args[position]
            host = address[0] if isinstance(address, tuple) else address
            if not str(host).removeprefix("::ffff:").startswith("127."):
                raise AssertionError(f"{host} was about to be asked")
            return original(*args, **options)

        return call

    monkeypatch.setattr(socket, "getaddrinfo", only_here(socket.getaddrinfo, 0))
    for method in ("connect", "connect_ex"):
        original = getattr(socket.socket, method)
        monkeypatch.setattr(socket.socket, method, only_here(original, 1))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def url_of(api: Endpoint, key: str = "k") -> str:
    namespaces = f"accounts/{api.account_id}/storage/kv/namespaces"
    return f"https://{HOST}/client/v4/{namespaces}/{api.namespace_id}/values/{key}"


def get(name: str, api: Endpoint, *, timeout: float = 60) -> Got:
    return GETTERS[name](url_of(api), HEADERS, timeout)


# kv_intercept


@getters
def test_kv_intercept_answers_every_client(name: str, kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed({"k": "value"})

    assert get(name, kv_intercept) == Got(200, "value")

    assert [call.operation for call in kv_intercept.account.calls] == ["get"]


@getters
@pytest.mark.parametrize("status", [429, 503])
def test_a_planned_status_reaches_every_client(
    name: str, status: int, kv_intercept: KVIntercept
) -> None:
    kv_intercept.account.fail_next("get", status)

    assert get(name, kv_intercept).status == status


@getters
def test_a_dropped_connection_is_an_error_of_every_client(
    name: str, kv_intercept: KVIntercept
) -> None:
    kv_intercept.account.drop_next("get", times=None)  # aiohttp sends a GET again

    with pytest.raises(Exception, match=r".*"):
        get(name, kv_intercept)

    assert {call.error for call in kv_intercept.account.calls} == {"a dropped connection"}


@getters
def test_no_answer_in_time_is_an_error_of_every_client(
    name: str, kv_intercept: KVIntercept
) -> None:
    kv_intercept.account.time_out_next("get", times=None)

    with pytest.raises(Exception, match=r".*"):
        get(name, kv_intercept, timeout=0.5)

    assert {call.error for call in kv_intercept.account.calls} == {"a timeout"}


@getters
def test_a_nested_block_answers_first_also_over_a_connection_that_was_open(name: str) -> None:
    with intercept() as outer:
        outer.namespace.seed({"k": "outer"})
        assert get(name, outer).text == "outer"
        with intercept(KVAccount(id=outer.account_id, namespace_id=outer.namespace_id)) as inner:
            inner.namespace.seed({"k": "inner"})
            assert get(name, outer).text == "inner"
        assert get(name, outer).text == "outer"


@getters
def test_threads_are_answered_together(name: str, kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed({"k": "value"})

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: get(name, kv_intercept), range(16)))

    assert got == [Got(200, "value")] * 16


@getters
def test_the_api_and_the_server_stand_beside_it_and_one_account_is_behind_all(
    name: str, kv_api: KVApi, kv_intercept: KVIntercept, kv_server: KVServer
) -> None:
    kv_server.namespace.seed({"k": "value"})
    on_port = url_of(kv_server).replace(f"https://{HOST}/client/v4", kv_server.base_url)

    assert get(name, kv_intercept) == Got(200, "value")
    assert GETTERS[name](on_port, HEADERS, 60) == Got(200, "value")

    assert kv_api.routes["get"].call_count == (name in ANSWERED_BY_KV_API)


def test_the_sdk_is_answered_sync_and_async(kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed({"k": "value"})
    ids: dict[str, Any] = {
        "account_id": kv_intercept.account_id,
        "namespace_id": kv_intercept.namespace_id,
    }

    async def read() -> bytes:
        async with AsyncCloudflare() as client:
            return await (await client.kv.namespaces.values.get("k", **ids)).read()

    with Cloudflare() as client:
        assert client.kv.namespaces.values.get("k", **ids).read() == b"value"
    assert asyncio.run(read()) == b"value"


def test_the_sdk_on_aiohttp_is_answered(kv_intercept: KVIntercept) -> None:
    pytest.importorskip("httpx_aiohttp")
    from cloudflare import DefaultAioHttpClient

    kv_intercept.namespace.seed({"k": "value"})

    async def read() -> bytes:
        async with AsyncCloudflare(http_client=DefaultAioHttpClient()) as client:
            answer = await client.kv.namespaces.values.get(
                "k", account_id=kv_intercept.account_id, namespace_id=kv_intercept.namespace_id
            )
            return await answer.read()

    assert asyncio.run(read()) == b"value"


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_client_that_verifies_nothing_is_answered_too(kv_intercept: KVIntercept) -> None:
    assert requests.get(url_of(kv_intercept), headers=HEADERS, verify=False).status_code == 404


def test_a_client_for_ipv6_alone_is_answered_too(kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed({"k": "value"})
    context = ssl.create_default_context()
    *_, address = socket.getaddrinfo(HOST, 443, socket.AF_INET6, socket.SOCK_STREAM)[0]

    with socket.socket(socket.AF_INET6) as plain:
        plain.connect(address)
        with context.wrap_socket(plain, server_hostname=HOST) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 404"


# kv_api and kv_server


@pytest.mark.parametrize("name", [name for name in GETTERS if name not in ANSWERED_BY_KV_API])
def test_under_kv_api_another_client_fails_at_once_and_is_told_what_to_use(
    name: str, kv_api: KVApi
) -> None:
    with pytest.raises(Exception, match=r".*") as failure:
        get(name, kv_api)

    words = (
        f"nothing reaches {HOST} while kv_api is active: kv_api answers httpx and httpx2 on their "
        "own transports; for every other client use kv_intercept or kv_server"
    )
    assert any(words in text for text in texts_of(failure.value))
    assert kv_api.account.calls == []


@getters
def test_under_kv_server_every_client_fails_at_the_real_address_and_is_told_the_servers(
    name: str, kv_server: KVServer
) -> None:
    with pytest.raises(Exception, match=r".*") as failure:
        get(name, kv_server)

    words = (
        f"kv_server does not answer at {HOST}, only at {kv_server.base_url}: use this address "
        "(kv_server.base_url), or use kv_intercept for an address that is written into the code"
    )
    assert any(words in text for text in texts_of(failure.value))
    assert kv_server.account.calls == []


# Proxies


def forget_proxies() -> None:
    """Let niquests read the environment's proxies again, which it remembers."""
    remembered = vars(sys.modules["niquests.utils"]) if "niquests.utils" in sys.modules else {}
    for name in ("getproxies", "getproxies_environment"):
        if name in remembered:
            remembered[name].cache_clear()


def set_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy.example.com:8080")


@pytest.fixture
def _no_proxy_is_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # It keeps the proxies of its first use.
    monkeypatch.setattr(urllib.request, "_opener", None)
    forget_proxies()
    yield
    forget_proxies()


@pytest.fixture
def _proxy(monkeypatch: pytest.MonkeyPatch, _no_proxy_is_remembered: None) -> None:
    """A proxy for every host but one."""
    set_proxy(monkeypatch)
    monkeypatch.setenv("NO_PROXY", "example.com")


@getters
@pytest.mark.usefixtures("_proxy")
def test_a_proxy_is_not_asked(name: str) -> None:
    before = dict(os.environ)

    with intercept() as api:
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == f"example.com,{HOST}"
        assert get(name, api).status == 404

    assert dict(os.environ) == before


@getters
@pytest.mark.usefixtures("_no_proxy_is_remembered")
def test_a_proxy_that_the_test_sets_in_the_block_is_not_asked_either(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with intercept() as api:
        set_proxy(monkeypatch)
        assert get(name, api).status == 404
    with serve() as server, pytest.raises(Exception, match=r".*") as failure:
        get(name, server)

    assert any("use kv_intercept" in text for text in texts_of(failure.value))


@getters
@pytest.mark.parametrize("block", [mock_api, serve])
@pytest.mark.usefixtures("_proxy")
def test_a_proxy_does_not_let_a_client_out_either(name: str, block: Any) -> None:
    before = dict(os.environ)

    with block() as api:
        if block is mock_api and name in ANSWERED_BY_KV_API:
            assert get(name, api).status == 404
        else:
            with pytest.raises(Exception, match=r".*") as failure:
                get(name, api)
            assert any("kv_intercept" in text for text in texts_of(failure.value))

    assert dict(os.environ) == before


# Nothing else


def state() -> dict[str, object]:
    """All that a block changes in this process."""
    return {
        "socket": dict(vars(socket)),
        "socket.socket": dict(vars(socket.socket)),
        "ssl": dict(vars(ssl)),
        "SSLContext": dict(vars(ssl.SSLContext)),
        "environment": dict(os.environ),
        "threads": [t for t in threading.enumerate() if t.name.startswith("pytest-kv")],
    }


@pytest.mark.parametrize("block", [intercept, mock_api, serve])
def test_all_is_as_it_was_after_a_block_also_after_one_that_raises(block: Any) -> None:
    before = state()

    with block() as api, block():
        Cloudflare(max_retries=0).kv.namespaces.list(account_id=api.account_id)
    after = state()
    with pytest.raises(ZeroDivisionError), block(), block():
        raise ZeroDivisionError

    assert before == after == state()
