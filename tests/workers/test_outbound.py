"""What a Worker fetches is answered by the test, or refused."""

from __future__ import annotations

import json
from http import HTTPMethod
from typing import Any

import httpx
import pytest
import respx
from pytest_httpserver import HTTPServer

from pytest_kv.workers import KVWorkers

URL = "https://other.example/a"
REFUSED = (
    "fetch() of the Worker would leave the process, to other.example: answer it in the test with "
    "respx, as in respx_mock.get(url).respond(json=…)"
)


async def test_fetch_is_refused_where_no_test_answers(workers: Any) -> None:
    with pytest.raises(AssertionError) as raised:
        await workers.fetch(URL)

    assert str(raised.value) == REFUSED


async def test_a_worker_that_catches_the_refusal_fails_its_call(
    workers: Any, kv_worker: KVWorkers
) -> None:
    class Default(workers.WorkerEntrypoint):  # type: ignore[misc]  # the module is Any
        async def fetch(self, request: Any) -> Any:
            try:
                await workers.fetch(URL)
            except Exception:
                return workers.Response("as if nothing had happened")

    with pytest.raises(AssertionError) as raised:
        await kv_worker(Default).fetch("https://a.example/")

    assert str(raised.value) == REFUSED


async def test_respx_answers_fetch(workers: Any, respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(URL).respond(
        201, json={"a": 1}, headers={"X-B": "2", "Content-Encoding": "identity"}
    )

    response = await workers.fetch(
        URL, method=HTTPMethod.POST, body="text", headers={"X-C": "3", "content-type": "x/y"}
    )

    assert (response.status, await response.json(), response.url) == (201, {"a": 1}, URL)
    assert (response.headers["x-b"], "content-encoding" in response.headers) == ("2", False)
    assert isinstance(response, workers.Response)
    sent = route.calls.last.request
    assert (sent.content, sent.headers["x-c"]) == (b"text", "3")
    assert sent.headers["content-type"] == "x/y"


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_none(
    workers: Any, respx_mock: respx.MockRouter, status: int
) -> None:
    respx_mock.get(URL).respond(status)

    assert (await workers.fetch(workers.Request(URL))).body is None


async def test_a_redirect_is_followed_unless_it_is_asked_for(
    workers: Any, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(URL).respond(302, headers={"location": "/b"})
    respx_mock.get("https://other.example/b").respond(text="b")

    assert await (await workers.fetch(URL)).text() == "b"
    assert (await workers.fetch(URL, redirect="manual")).status == 302


async def test_a_lost_connection_is_an_os_error(workers: Any, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(URL).mock(side_effect=httpx.ConnectError("no route"))

    with pytest.raises(OSError, match="Network connection lost"):
        await workers.fetch(URL)


async def test_the_fetch_of_javascript_is_answered_too(
    js: Any, ffi: Any, respx_mock: respx.MockRouter
) -> None:
    respx_mock.put(URL).respond(json=[1])

    response = await js.fetch(URL, ffi.to_js({"method": "PUT"}))

    assert (await response.json()).to_py() == [1]


async def test_a_server_of_the_test_can_be_fetched(workers: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data(json.dumps([1]))

    assert await (await workers.fetch(httpserver.url_for("/a"))).json() == [1]
