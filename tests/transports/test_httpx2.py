"""httpx2 under ``kv_api``: answered and counted as httpx is, with errors of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from gzip import compress
from typing import Any

import httpx
import httpx2
import pytest
import respx
from respx.mocks import HTTPCoreMocker, Mocker
from respx.models import AllMockedAssertionError

from pytest_kv import KVAccount, KVApi, KVServer, mock_api
from pytest_kv._transports import httpx2_mock
from tests.helpers.samples import counts, url_of

Send = Callable[..., httpx2.Response]


def sync(method: str, url: str, **given: Any) -> httpx2.Response:
    with httpx2.Client(headers={"Authorization": "Bearer any"}) as client:
        return client.request(method, url, **given)


def on_asyncio(method: str, url: str, **given: Any) -> httpx2.Response:
    async def send() -> httpx2.Response:
        async with httpx2.AsyncClient(headers={"Authorization": "Bearer any"}) as client:
            return await client.request(method, url, **given)

    return asyncio.run(send())


ways = pytest.mark.parametrize("send", [sync, on_asyncio])


@ways
def test_routes_answer_and_count_its_calls(send: Send, kv_api: KVApi) -> None:
    url = url_of(kv_api, "/{ns}/values/a%2Fb")

    assert send("PUT", url, content=b"\x00\xff").json()["success"]
    assert send("GET", url).content == b"\x00\xff"
    assert send("POST", url_of(kv_api, "/{ns}/bulk/delete"), json=["a/b"]).json()["success"]
    assert send("GET", f"{kv_api.base_url}/zones").status_code == 404

    assert counts(kv_api) == {"put": 1, "get": 1, "bulk_delete": 1, "unknown": 1}
    kv_api.namespace.assert_only_deleted("a/b")


@ways
def test_a_route_may_be_given_another_answer(send: Send, kv_api: KVApi) -> None:
    kv_api.routes["get"].mock(side_effect=[httpx.Response(502), httpx.Response(200, text="hi")])
    url = url_of(kv_api, "/{ns}/values/a")

    assert send("GET", url).status_code == 502
    assert send("GET", url).text == "hi"


def own_response() -> httpx2.Response:
    """A response as a suite for httpx2 makes it, with a header that it has twice."""
    headers = [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    return httpx2.Response(201, headers=headers, text="ä")


# respx's own types know the responses of httpx alone.
def how_routes_answer() -> dict[str, Callable[[Any], object]]:
    """Each way to give a route a response of httpx2."""
    return {
        "return_value": lambda route: route.mock(return_value=own_response()),
        "attribute": lambda route: setattr(route, "return_value", own_response()),
        "%": lambda route: route % own_response(),
        "a response as a side effect": lambda route: route.mock(side_effect=own_response()),
        "a list": lambda route: route.mock(side_effect=[own_response()]),
        "an iterator": lambda route: route.mock(side_effect=iter([own_response()])),
        "a function": lambda route: route.mock(side_effect=lambda request: own_response()),
        "a function of the route": lambda route: route.mock(
            side_effect=lambda request, route: own_response()
        ),
    }


@ways
@pytest.mark.parametrize("whose", ["ours", "the test's"])
@pytest.mark.parametrize("way", how_routes_answer())
def test_a_route_takes_a_response_of_httpx2(
    way: str, whose: str, send: Send, kv_api: KVApi
) -> None:
    url = url_of(kv_api, "/{ns}/values/a")
    route = kv_api.routes["get"] if whose == "ours" else kv_api.router.get(url)
    how_routes_answer()[way](route)

    answer = send("GET", url)

    assert (answer.status_code, answer.text) == (201, "ä")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert route.call_count == 1


def test_a_coroutine_may_return_a_response_of_httpx2(kv_api: KVApi) -> None:
    async def later(request: httpx.Request) -> Any:
        return own_response()

    kv_api.routes["get"].mock(side_effect=later)

    assert on_asyncio("GET", url_of(kv_api, "/{ns}/values/a")).status_code == 201


def test_a_response_of_httpx2_is_decoded_once(kv_api: KVApi) -> None:
    gzip = {"content-encoding": "gzip"}
    zipped: Any = httpx2.Response(200, content=compress(b"value"), headers=gzip)
    kv_api.routes["get"].mock(return_value=zipped)

    assert sync("GET", url_of(kv_api, "/{ns}/values/a")).content == b"value"


def test_a_response_of_httpx2_may_be_a_stream(kv_api: KVApi) -> None:
    streamed: Any = httpx2.Response(200, content=iter([b"a", b"b"]))
    kv_api.routes["get"].mock(return_value=streamed)

    assert sync("GET", url_of(kv_api, "/{ns}/values/a")).content == b"ab"


@ways
@pytest.mark.parametrize("kind", [httpx2.ReadTimeout, httpx2.ConnectError])
def test_a_class_of_errors_of_httpx2_is_raised(
    kind: type[httpx2.TransportError], send: Send, kv_api: KVApi
) -> None:
    answers: list[Any] = [kind, own_response()]
    kv_api.routes["get"].mock(side_effect=answers)
    url = url_of(kv_api, "/{ns}/values/a")

    with pytest.raises(kind, match="Mock Error"):
        send("GET", url)
    assert send("GET", url).status_code == 201


def test_a_route_takes_responses_of_httpx_where_httpx2_is_not_imported(
    monkeypatch: pytest.MonkeyPatch, kv_api: KVApi
) -> None:
    monkeypatch.delitem(sys.modules, "httpx2")
    kv_api.routes["get"].mock(return_value=httpx.Response(201))

    assert httpx.get(url_of(kv_api, "/{ns}/values/a")).status_code == 201


def test_a_route_goes_on_to_refuse_what_is_no_response(kv_api: KVApi) -> None:
    with pytest.raises(TypeError, match="is not an instance of httpx"):
        kv_api.routes["get"].mock(return_value="value")  # type: ignore[arg-type]  # a mistake


@ways
@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.ConnectTimeout("late"), httpx2.ConnectTimeout),
        (httpx.ProxyError("no"), httpx2.ProxyError),
        (httpx.CloseError("no"), httpx2.NetworkError),
        (httpx.TransportError("no"), httpx2.NetworkError),
        (httpx2.WriteError("no"), httpx2.WriteError),
        (ZeroDivisionError("no"), ZeroDivisionError),
    ],
)
def test_an_error_of_a_route_is_one_of_httpx2(
    raised: Exception, kind: type[Exception], send: Send, kv_api: KVApi
) -> None:
    kv_api.routes["get"].mock(side_effect=raised)

    with pytest.raises(kind, match=f"^{raised}$") as failure:
        send("GET", url_of(kv_api, "/{ns}/values/a"))

    assert type(failure.value) is kind


@ways
def test_a_planned_fault_is_its_own_error(send: Send, kv_api: KVApi) -> None:
    kv_api.account.fail_next("get", 503)
    kv_api.account.drop_next("get")
    kv_api.account.time_out_next("get")
    url = url_of(kv_api, "/{ns}/values/a")

    assert send("GET", url).status_code == 503
    with pytest.raises(httpx2.RemoteProtocolError, match="Server disconnected without"):
        send("GET", url)
    with pytest.raises(httpx2.ReadTimeout, match="The read operation timed out"):
        send("GET", url)


@ways
def test_an_inner_block_answers_before_an_outer_one(send: Send) -> None:
    with mock_api() as outer, mock_api(KVAccount(id=outer.account_id)) as inner:
        send("GET", f"{outer.base_url}/zones")

    assert (len(outer.account.calls), len(inner.account.calls)) == (0, 1)


@ways
def test_any_other_host_is_refused_and_our_own_server_is_not(
    send: Send, kv_api: KVApi, kv_server: KVServer
) -> None:
    with pytest.raises(AllMockedAssertionError, match="not mocked!"):
        send("GET", "https://example.com/")

    assert send("GET", f"{kv_server.base_url}/zones").status_code == 404
    assert not kv_api.routes["unknown"].called


@ways
def test_after_the_block_httpx2_is_itself_again(send: Send) -> None:
    with mock_api() as api:
        send("GET", api.base_url)

    with pytest.raises(AssertionError, match="about to reach the network"):
        send("GET", "https://example.com/")


# Beside pytest-httpx2


@pytest.fixture
def theirs() -> Any:
    """The mocker that pytest-httpx2 registers."""
    registry: Any = vars(Mocker)["_Mocker__registry"]
    targets = [target.replace("httpcore.", "httpcore2.", 1) for target in HTTPCoreMocker.targets]
    theirs = type("Theirs", (HTTPCoreMocker,), {"name": "httpcore2", "targets": targets})
    yield theirs
    del registry["httpcore2"]


@ways
@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.usefixtures("theirs")
def test_routes_of_httpx2_mock_stand_beside_those_of_the_api(send: Send, first: str) -> None:
    router = respx.mock(using="httpcore2", assert_all_called=False)
    blocks: list[Any] = [mock_api(), router]
    blocks = blocks if first == "ours" else blocks[::-1]
    with blocks[0] as one, blocks[1] as other:
        api: KVApi = one if first == "ours" else other
        router.get("https://example.com/").respond(text="page")
        router.get(f"{api.base_url}/zones").respond(text="zones")

        assert send("GET", "https://example.com/").text == "page"
        assert send("GET", f"{api.base_url}/zones").text == "zones"
        assert send("GET", f"{api.base_url}/other").status_code == 404

    assert counts(api) == {"unknown": 1}


# Where it is not installed, and where it is imported late


@pytest.mark.parametrize("hides", [True, False])
def test_it_is_optional_and_may_be_imported_late(hides: bool) -> None:
    script = f"""
import sys
if {hides}:
    sys.modules["httpcore2"] = None
from pytest_kv import mock_api
with mock_api() as api:
    if not {hides}:
        import httpx2
        print(httpx2.get(api.base_url).status_code)
    print("httpx2" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == ("False\n" if hides else "404\nTrue\n")


def test_nothing_of_it_is_touched_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(httpx2_mock, "find_spec", lambda name: None)
    httpx2_mock._is_installed.cache_clear()
    try:
        with mock_api(), pytest.raises(httpx2.ConnectError, match="use kv_intercept or kv_server"):
            sync("GET", "https://api.cloudflare.com/")
    finally:
        httpx2_mock._is_installed.cache_clear()
