"""What goes out for real beside the API: what a test names, our own servers, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
import respx
from respx.models import AllMockedAssertionError

from pytest_kv import KVApi, mock_api
from pytest_kv._transports.running_servers import own_server
from tests.helpers.samples import WAYS, Send, counts, request_for

ways = pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)


class EchoesItsPath(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.path.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """This folder's fixture of the same name, off: here requests do go out, to this machine."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a real server listens on 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EchoesItsPath) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def get(url: str, send: Send = WAYS["sync"]) -> str:
    return send(httpx.Request("GET", url)).text


def is_refused(url: str) -> bool:
    try:
        get(url)
    except AllMockedAssertionError:
        return True
    return False


@ways
@pytest.mark.parametrize(
    "spelled",
    [
        "http://127.0.0.1:{port}",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1",
        "127.0.0.1:{port}",
        "127.0.0.1",
        "HTTP://127.0.0.1:{port}/path",
        "http://127.0.0.1:{port}/path/",
    ],
)
def test_a_request_to_a_url_that_passes_through_goes_out(
    spelled: str, send: Send, port: int, kv_api: KVApi
) -> None:
    kv_api.pass_through(spelled.format(port=port))

    assert get(f"http://127.0.0.1:{port}/path?x=1", send) == "/path?x=1"
    assert send(request_for(kv_api, "list")).status_code == 200


@pytest.mark.parametrize(
    "spelled",
    [
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{other}",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}/pat",
        "http://127.0.0.1:{port}/path/below",
        "http://27.0.0.1:{port}",
        "http://127.0.0:{port}",
        "http://127.0.0x1:{port}",
    ],
)
def test_a_request_to_another_url_is_refused(spelled: str, port: int, kv_api: KVApi) -> None:
    kv_api.pass_through(spelled.format(port=port, other=port + 1))

    assert is_refused(f"http://127.0.0.1:{port}/path")


def test_without_a_call_nothing_passes_through(port: int, kv_api: KVApi) -> None:
    with pytest.raises(AllMockedAssertionError) as refusal:
        get(f"http://127.0.0.1:{port}/")

    url = f"http://127.0.0.1:{port}/"
    assert str(refusal.value) == f"RESPX: <Request('GET', '{url}')> not mocked!"


def test_several_urls_pass_through_at_once_or_one_by_one(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    with mock_api() as api:
        api.pass_through(f"{url}/a", f"{url}/b")
        api.pass_through(f"{url}/c", f"{url}/c")
        api.pass_through()

        assert [get(f"{url}/{path}") for path in "abc"] == ["/a", "/b", "/c"]
        assert is_refused(f"{url}/d")


def answers(router: respx.MockRouter, url: str) -> None:
    router.get(f"{url}/mocked").respond(text="mocked")


def passes(api: KVApi, url: str) -> None:
    api.pass_through(url)


@ways
@pytest.mark.parametrize("own", [True, False], ids=["another router's", "the API's router's"])
@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_a_route_of_the_test_still_answers_whichever_came_first(
    order: int, own: bool, send: Send, port: int
) -> None:
    url = f"http://127.0.0.1:{port}"
    block = respx.mock(assert_all_called=False) if own else nullcontext()
    with mock_api() as api, block as router:
        steps: list[Callable[[], None]] = [
            lambda: answers(router or api.router, url),
            lambda: passes(api, url),
        ]
        for step in steps[::order]:
            step()

        assert get(f"{url}/mocked", send) == "mocked"
        assert get(f"{url}/real", send) == "/real"


def test_a_route_of_the_test_for_all_of_the_host_answers_too(port: int, kv_api: KVApi) -> None:
    kv_api.router.route(scheme="http", host="127.0.0.1", port=port).respond(text="mocked")
    kv_api.pass_through(f"http://127.0.0.1:{port}")

    assert get(f"http://127.0.0.1:{port}/") == "mocked"


def test_an_outer_blocks_urls_pass_through_an_inner_block(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    with mock_api() as outer:
        outer.pass_through(url)
        with mock_api():
            assert get(f"{url}/x") == "/x"


def test_what_passes_through_is_for_one_block_only(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    with mock_api() as api:
        api.pass_through(url)
    with mock_api():
        assert is_refused(url)


# Never Cloudflare


@pytest.mark.parametrize(
    "url",
    [
        "https://api.cloudflare.com",
        "https://API.Cloudflare.com/client/v4/zones",
        "http://api.cloudflare.com:8443",
        "https://api.cloudflare.com.",
        "api.cloudflare.com",
        "https://user@api.cloudflare.com",
    ],
)
def test_nothing_passes_through_to_cloudflares_api(url: str, kv_api: KVApi) -> None:
    with pytest.raises(ValueError, match="nothing passes") as refusal:
        kv_api.pass_through("http://localhost", url)

    assert str(refusal.value) == (
        "nothing passes through to api.cloudflare.com: kv_api answers what is sent there"
    )
    assert is_refused("http://localhost/")


@pytest.mark.parametrize(
    "url", ["", "http://", "/path", "http:///path", "http://[::1", "http://a:b"]
)
def test_what_is_no_url_cannot_pass_through(url: str, kv_api: KVApi) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(url))) as refusal:
        kv_api.pass_through(url)

    assert str(refusal.value) == (
        f"{url!r} is not a URL or a host, such as 'http://127.0.0.1:8000' or 'localhost'"
    )


@pytest.mark.fidelity("rest-host-with-dot")
def test_the_apis_host_with_a_dot_at_its_end_is_the_apis_too(kv_api: KVApi) -> None:
    request = request_for(kv_api, "list")
    request.url = request.url.copy_with(host="api.cloudflare.com.")

    assert WAYS["sync"](request).status_code == 200
    assert counts(kv_api) == {"list": 1}


# Our own servers


@ways
def test_a_server_of_ours_needs_no_call_and_is_no_call_of_a_route(
    send: Send, port: int, kv_api: KVApi
) -> None:
    url = f"http://127.0.0.1:{port}/x"
    with own_server("127.0.0.1", port):
        assert get(url, send) == "/x"
        assert get(url.replace("127.0.0.1", "localhost"), send) == "/x"
    assert kv_api.router.calls == []

    assert is_refused(url)


def test_a_server_of_ours_is_one_that_runs_at_this_host_and_port(port: int, kv_api: KVApi) -> None:
    with own_server("127.0.0.1", port + 1), own_server("127.0.0.2", port):
        assert is_refused(f"http://127.0.0.1:{port}/")
