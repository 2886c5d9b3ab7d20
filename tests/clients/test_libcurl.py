"""Clients on libcurl, pycurl and curl_cffi: what they do that other clients cannot.

Each is among the clients of :mod:`tests.clients.getters`, too.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest

from pytest_kv import KVIntercept, intercept, mock_api, serve
from tests.helpers.suites import ASYNCIO, failures_in

pycurl = pytest.importorskip("pycurl")
curl_cffi = pytest.importorskip("curl_cffi")

HOST = "api.cloudflare.com"
URL = f"https://{HOST}/client/v4/zones"
NOT_UNDER_KV_API = (
    f"nothing reaches {HOST} while kv_api is active: kv_api answers httpx and httpx2 on their own "
    "transports; for every other client use kv_intercept or kv_server"
)


class Elsewhere(ThreadingHTTPServer):
    """Another server, which sends each client on to the API's host."""

    target = URL

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Redirecting)
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/"


class _Redirecting(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", self.server.target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_CONNECT = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def handle_for(url: Any, option: int = pycurl.URL) -> Any:
    handle = pycurl.Curl()
    handle.setopt(option, url)
    handle.setopt(pycurl.FOLLOWLOCATION, True)
    handle.setopt(pycurl.WRITEFUNCTION, lambda data: None)
    return handle


def handle_of_curl_cffi(url: str) -> Any:
    handle = curl_cffi.Curl()
    handle.setopt(curl_cffi.CurlOpt.URL, url.encode())
    handle.setopt(curl_cffi.CurlOpt.FOLLOWLOCATION, 1)
    handle.setopt(curl_cffi.CurlOpt.NOBODY, 1)
    return handle


def _in_a_multi(url: str, token: str = "any") -> None:
    with closing(pycurl.CurlMulti()) as multi, closing(handle_for(url)) as handle:
        handle.setopt(pycurl.HTTPHEADER, [f"Authorization: Bearer {token}"])
        multi.add_handle(handle)
        while multi.perform()[1]:
            multi.select(1)
        _, _, failed = multi.info_read()
        multi.remove_handle(handle)
        for found, number, words in failed:
            assert found is handle
            raise OSError(number, words)


def _streamed(url: str) -> None:
    with curl_cffi.Session() as session, session.stream("GET", url) as answer:
        answer.read()


def _async(url: str) -> None:
    async def get() -> None:
        async with curl_cffi.AsyncSession() as session:
            await session.get(url)

    asyncio.run(get())


USES: dict[str, Callable[[str], object]] = {
    "pycurl": lambda url: handle_for(url).perform(),
    "pycurl, bytes": lambda url: handle_for(url.encode()).perform(),
    "pycurl, perform_rb": lambda url: handle_for(url).perform_rb(),
    "pycurl, perform_rs": lambda url: handle_for(url).perform_rs(),
    "pycurl, a multi": _in_a_multi,
    "curl_cffi": curl_cffi.get,
    "curl_cffi, a handle": lambda url: handle_of_curl_cffi(url).perform(),
    "curl_cffi, streamed": _streamed,
    "curl_cffi on asyncio": _async,
}
"""Each follows redirects, and fails with an OSError."""

uses = pytest.mark.parametrize("use", USES.values(), ids=USES)


def error_of(use: Callable[[str], object], url: str = URL) -> OSError:
    with pytest.raises(OSError, match=r".*") as failure:
        use(url)
    return failure.value


@uses
def test_under_kv_api_it_fails_and_is_told_what_to_use(use: Any) -> None:
    with mock_api():
        assert NOT_UNDER_KV_API in str(error_of(use))


@pytest.mark.parametrize("name", ["pycurl", "curl_cffi, a handle"])
def test_the_error_is_the_packages_own_and_names_the_number_of_a_failed_connection(
    name: str,
) -> None:
    with mock_api():
        error: Any = error_of(USES[name])

    if name == "pycurl":
        assert isinstance(error, pycurl.error)
        assert error.args == (pycurl.E_COULDNT_CONNECT, NOT_UNDER_KV_API)
    else:
        assert isinstance(error, curl_cffi.CurlError)
        assert (error.code, str(error)) == (7, NOT_UNDER_KV_API)


SPELLINGS = [
    f"https://{HOST}",
    f"https://{HOST}:443/client",
    "HTTPS://API.Cloudflare.com./client",
    f"https:/{HOST}/",
    f"https:///{HOST}/",
    f" https://{HOST}#a",
    f"https://user:pass@{HOST}/",
    "https://api%2Ecloudflare.com/",
]
WITHOUT_TLS = [f"http://{HOST}?a=b", f"{HOST}/client", f"{HOST}:80", f"http://{HOST}:80/"]
OTHERS = [
    "https://example.com/api.cloudflare.com",
    "https://example.com/@api.cloudflare.com",
    "https://api.cloudflare.com.example.com/",
    "https://my-api.cloudflare.com/",
    "https://api.cloudflare.com@example.com/",
    "example.com?https://api.cloudflare.com/",
    "file:///api.cloudflare.com.txt",
    "",
]


@pytest.mark.parametrize("url", SPELLINGS + WITHOUT_TLS)
def test_every_spelling_of_the_hosts_url_fails(url: str) -> None:
    with mock_api():
        assert NOT_UNDER_KV_API in str(error_of(USES["pycurl"], url))
        assert NOT_UNDER_KV_API in str(error_of(USES["curl_cffi, a handle"], url))


@pytest.mark.parametrize("url", [url for url in SPELLINGS if url != f"https:///{HOST}/"])
def test_every_spelling_is_answered(url: str, kv_intercept: KVIntercept) -> None:
    with suppress(pycurl.error):  # not every version takes each spelling
        handle_for(url).perform()
    handle = handle_of_curl_cffi(url)
    with suppress(curl_cffi.CurlError):
        handle.perform()

    assert {call.operation for call in kv_intercept.account.calls} <= {"unknown"}


@pytest.mark.parametrize("url", WITHOUT_TLS)
def test_without_tls_kv_intercept_says_which_port_answers(url: str) -> None:
    words = f"Cloudflare's API answers at port 443 only, not at port 80: write https://{HOST}"
    with intercept():
        assert words in str(error_of(USES["pycurl"], url))
        assert words in str(error_of(USES["curl_cffi, a handle"], url))


@pytest.mark.parametrize("url", OTHERS)
@pytest.mark.parametrize("block", [mock_api, intercept])
def test_the_url_of_another_host_fails_as_ever(block: Any, url: str) -> None:
    def failure(handle: Any) -> object:
        # Nothing leaves this machine: every host that has no other address gets this one.
        handle.setopt(pycurl.PROXY, "http://127.0.0.1:1")
        with pytest.raises(pycurl.error) as failure:
            handle.perform()
        return failure.value.args[0]

    before = failure(handle_for(url))
    with block():
        assert failure(handle_for(url)) == before


def test_the_address_of_a_websocket_has_the_port_of_https(kv_intercept: KVIntercept) -> None:
    with pytest.raises(curl_cffi.CurlError, match="404"):
        curl_cffi.Session().ws_connect(f"wss://{HOST}/client/v4/zones")
    assert [call.operation for call in kv_intercept.account.calls] == ["unknown"]


def test_a_url_object_of_pycurl_is_read() -> None:
    if not hasattr(pycurl, "CurlUrl"):
        pytest.skip("this pycurl has no such object")
    with mock_api():
        for url in (pycurl.CurlUrl(URL), pycurl.CurlUrl(f"http://{HOST}/")):
            handle = handle_for(url, pycurl.CURLU)
            with pytest.raises(OSError, match=NOT_UNDER_KV_API):
                handle.perform()
        with pytest.raises(pycurl.error, match=r"No URL set|malformed") as failure:
            handle_for(pycurl.CurlUrl(), pycurl.CURLU).perform()
        assert not isinstance(failure.value, OSError)


def test_a_value_of_a_wrong_type_is_passed_to_the_original_method() -> None:
    with mock_api(), pytest.raises(TypeError):
        pycurl.Curl().setopt(pycurl.URL, 5.5)


# Handles that were made before the block, and their options


def test_a_handle_that_was_made_before_the_block_fails_too() -> None:
    handle, other = handle_for(URL), handle_of_curl_cffi(URL)
    for block in (mock_api, serve, mock_api):
        with block():
            assert HOST in str(error_of(lambda _: handle.perform()))
            assert HOST in str(error_of(lambda _: other.perform()))


def test_a_handle_that_was_made_before_the_block_is_answered_too() -> None:
    handle, other = handle_for(URL), handle_of_curl_cffi(URL)
    for _ in range(2):
        with intercept() as api:
            handle.perform()
            other.perform()
        assert [call.operation for call in api.account.calls] == ["unknown"] * 2


def test_a_handle_stays_usable_in_the_next_block_and_for_other_hosts(elsewhere: Elsewhere) -> None:
    elsewhere.target = "/"
    handle = handle_for(URL)
    with intercept() as api:
        handle.perform()
        handle.setopt(pycurl.URL, elsewhere.url)
        handle.setopt(pycurl.MAXREDIRS, 1)
        with pytest.raises(pycurl.error, match="Maximum"):
            handle.perform()
        handle.setopt(pycurl.URL, URL)
        handle.perform()

    assert [call.operation for call in api.account.calls] == ["unknown"] * 2
    assert elsewhere.asked == ["/", "/"]


def where(handle: Any, url: str) -> str:
    """What a handle says of the server that it cannot connect to."""
    handle.setopt(pycurl.URL, url)
    with pytest.raises(pycurl.error) as failure:
        handle.perform()
    # Old versions write it in another way.
    return str(failure.value).replace("127.0.0.1 port ", "127.0.0.1:")


OTHER = "https://example.com/"


@pytest.mark.parametrize("block", [mock_api, intercept])
def test_the_options_of_a_client_count_in_the_block_and_after_it(block: Any) -> None:
    handle = pycurl.Curl()
    with block():
        handle.setopt(pycurl.CONNECT_TO, ["example.com:443:127.0.0.1:1", f"{HOST}:443:127.0.0.1:2"])
        assert "127.0.0.1:1" in where(handle, OTHER)
        copy = handle.duphandle()
        assert "127.0.0.1:1" in where(copy, OTHER)
    for each in (handle, copy):
        assert "127.0.0.1:1" in where(each, OTHER)
        assert "127.0.0.1:2" in where(each, URL)


@pytest.mark.parametrize("take_away", ["unsetopt", "setopt to None", "reset"])
def test_an_option_that_a_client_takes_away_does_not_come_back(take_away: str) -> None:
    handle = pycurl.Curl()
    with intercept():
        handle.setopt(pycurl.CONNECT_TO, ["example.com:443:127.0.0.1:1"])
        if take_away == "unsetopt":
            handle.unsetopt(pycurl.CONNECT_TO)
        elif take_away == "reset":
            handle.reset()
        else:
            handle.setopt(pycurl.CONNECT_TO, None)
        handle.setopt(pycurl.PROXY, "http://127.0.0.1:2")
        assert "127.0.0.1:1" not in where(handle, OTHER)
    assert "127.0.0.1:1" not in where(handle, OTHER)


def test_after_the_block_a_handle_leads_to_the_real_host_again() -> None:
    for block in (intercept, mock_api):
        handle = handle_for(URL)
        with block(), suppress(pycurl.error):
            handle.perform()
        # In place of the real host's address.
        handle.setopt(pycurl.RESOLVE, [f"{HOST}:443:127.0.0.1"])
        handle.setopt(pycurl.PROXY, "http://127.0.0.1:2")
        assert "127.0.0.1:0" not in where(handle, URL)


def test_our_certificate_is_trusted_for_no_other_host(kv_intercept: KVIntercept) -> None:
    handle = handle_for("https://example.com/")
    to_our_server = f"example.com:443:{kv_intercept.host}:{kv_intercept.port}"
    handle.setopt(pycurl.CONNECT_TO, [to_our_server])

    handle_for(URL).perform()
    assert "certificate" in where(handle, OTHER)

    handle.setopt(pycurl.URL, URL)
    handle.perform()
    assert "certificate" in where(handle, OTHER)


# Redirects and proxies


@uses
@pytest.mark.parametrize(
    ("block", "words"),
    [
        (mock_api, "use kv_intercept or kv_server"),
        (serve, "use kv_intercept"),
        (
            intercept,
            "another server has led (pycurl|curl_cffi) to api.cloudflare.com: kv_intercept",
        ),
    ],
)
def test_another_server_does_not_lead_it_to_the_real_host(
    use: Any, block: Any, words: str, elsewhere: Elsewhere
) -> None:
    for target in (URL, f"http://{HOST}/"):
        elsewhere.target = target
        with block():
            assert re.search(words, str(error_of(use, elsewhere.url)))

    assert elsewhere.asked == ["/"] * 2


def test_its_own_proxy_is_not_asked_for_the_host_but_for_others(
    elsewhere: Elsewhere, kv_intercept: KVIntercept
) -> None:
    elsewhere.target = "/"
    for handle in (handle_for(URL), handle_of_curl_cffi(URL)):
        handle.setopt(pycurl.PROXY, elsewhere.url)
        handle.perform()
    assert (len(kv_intercept.account.calls), elsewhere.asked) == (2, [])

    for handle in (handle_for(OTHER), handle_of_curl_cffi(OTHER)):
        handle.setopt(pycurl.PROXY, elsewhere.url)
        with pytest.raises((pycurl.error, curl_cffi.CurlError)):
            handle.perform()
    assert elsewhere.asked == ["example.com:443"] * 2


# Multis


def test_a_failure_in_a_multi_that_has_another_reason_keeps_its_words(
    kv_intercept: KVIntercept,
) -> None:
    url = f"{kv_intercept.base_url}/accounts/{kv_intercept.account_id}/storage/kv/namespaces"
    kv_intercept.account.drop_next("list_namespaces")

    with pytest.raises(OSError, match=r"127\.0\.0\.1"):
        _in_a_multi("http://127.0.0.1:1/")
    with pytest.raises(OSError, match=r"(?i:closed|eof|empty reply)") as failure:
        _in_a_multi(url, kv_intercept.api_token)
    assert "led" not in str(failure.value)


def test_a_handle_that_may_not_be_added_again_keeps_its_options() -> None:
    with intercept() as api, closing(pycurl.CurlMulti()) as multi:
        handle = handle_for(URL)
        multi.add_handle(handle)
        with pytest.raises(pycurl.error):
            multi.add_handle(handle)
        while multi.perform()[1]:
            multi.select(1)
        multi.remove_handle(handle)
    assert [call.operation for call in api.account.calls] == ["unknown"]


@pytest.mark.parametrize("block", [mock_api, serve])
def test_a_transfer_that_cannot_succeed_fails_in_its_multi_not_where_it_is_added(
    block: Any,
) -> None:
    with block(), closing(pycurl.CurlMulti()) as multi:
        handle = handle_for(URL)
        # Its own proxy is not asked.
        handle.setopt(pycurl.PROXY, "http://127.0.0.1:1")
        multi.add_handle(handle)
        while multi.perform()[1]:
            multi.select(1)
        _, _, [(found, number, words)] = multi.info_read()
        multi.remove_handle(handle)
    assert (found, number) == (handle, pycurl.E_COULDNT_CONNECT)
    assert "use kv_intercept" in words


def test_a_session_of_curl_cffi_can_fail_more_often_than_it_has_handles() -> None:
    async def fail(times: int) -> int:
        failures = 0
        async with curl_cffi.AsyncSession[curl_cffi.Response](max_clients=1) as session:
            for _ in range(times):
                with pytest.raises(curl_cffi.CurlError, match="use kv_intercept"):
                    await asyncio.wait_for(session.get(URL, stream=True), 60)
                failures += 1
        return failures

    with serve():
        assert asyncio.run(fail(3)) == 3


def test_a_handle_that_is_in_a_multi_when_the_block_ends_has_its_clients_options_again() -> None:
    multi, handle, closed = pycurl.CurlMulti(), handle_for(URL), handle_for(URL)
    with intercept() as api:
        handle.setopt(pycurl.CONNECT_TO, [f"{HOST}:443:127.0.0.1:1"])
        for each in (handle, closed):
            multi.add_handle(each)
        while multi.perform()[1]:
            multi.select(1)
        closed.close()
    assert [call.operation for call in api.account.calls] == ["unknown"] * 2

    multi.remove_handle(handle)
    multi.close()
    assert "127.0.0.1:1" in where(handle, URL)


# The patches


def methods() -> list[dict[str, object]]:
    kinds = (pycurl.Curl, pycurl.CurlMulti, curl_cffi.Curl, curl_cffi.AsyncCurl)
    return [dict(vars(kind)) for kind in kinds]


@pytest.mark.parametrize("block", [mock_api, serve, intercept])
def test_all_is_as_it_was_after_a_block_also_after_one_that_raises(block: Any) -> None:
    before, kind = methods(), pycurl.Curl

    with block(), block():
        during = methods()
        assert pycurl.Curl is kind
    after = methods()
    with pytest.raises(ZeroDivisionError), block():
        raise ZeroDivisionError

    assert before == after == methods()
    assert all(mine != theirs for mine, theirs in zip(before, during, strict=True))


def test_our_methods_may_be_called_after_the_block() -> None:
    with mock_api():
        perform = pycurl.Curl.perform
    handle = handle_for("http://127.0.0.1:1/")

    with pytest.raises(pycurl.error, match=r"127\.0\.0\.1") as failure:
        perform(handle)
    assert not isinstance(failure.value, OSError)


def test_a_handle_of_curl_cffi_that_is_closed_gives_its_own_error() -> None:
    handle = curl_cffi.Curl()
    handle.close()
    with mock_api(), pytest.raises(curl_cffi.CurlError, match="closed handle") as failure:
        handle.perform()
    assert not isinstance(failure.value, OSError)


class Fake:
    """In place of a class of a package, without its methods."""


@pytest.mark.parametrize("stand_in", [Mock(), Fake])
def test_what_a_test_puts_in_place_of_the_classes_is_left_alone(
    stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, other = handle_for(URL), handle_of_curl_cffi(URL)
    names = [(pycurl, "Curl"), (pycurl, "CurlMulti"), (curl_cffi, "Curl"), (curl_cffi, "AsyncCurl")]
    for module, name in names:
        monkeypatch.setattr(module, name, stand_in)
    before = dict(vars(Fake))
    with mock_api():
        assert NOT_UNDER_KV_API in str(error_of(lambda _: handle.perform()))
        assert NOT_UNDER_KV_API in str(error_of(lambda _: other.perform()))
        assert dict(vars(Fake)) == before
    assert stand_in is Fake or stand_in.mock_calls == []


@pytest.mark.parametrize("module", ["pycurl", "curl_cffi.curl"])
def test_a_package_that_a_test_hides_is_left_alone(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    before = methods()
    with mock_api():
        assert methods() != before
    assert methods() == before


def test_an_old_curl_cffi_gives_an_error_of_its_own_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "curl_cffi.requests.exceptions", None)
    with mock_api():
        error = error_of(USES["curl_cffi, a handle"])
    assert type(error).__name__ == "CurlError"
    assert isinstance(error, curl_cffi.CurlError)
    assert str(error) == NOT_UNDER_KV_API


def test_a_pycurl_that_knows_no_certificates_in_memory_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(pycurl, "CAINFO_BLOB")
    with intercept():
        assert str(error_of(USES["pycurl"])).endswith(
            f"kv_intercept cannot answer for {HOST}: this pycurl has no option CAINFO_BLOB. "
            "Install a newer one, or use kv_server."
        )


IMPORTED_LATE = f"""
from pytest_kv import mock_api

with mock_api():
    import curl_cffi, pycurl
    def get(url):
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, url)
        handle.perform()
    for use in (curl_cffi.get, get):
        try:
            use("{URL}")
        except OSError as error:
            print(error)
"""


def test_a_module_that_is_imported_in_the_block_fails_too() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTED_LATE], capture_output=True, text=True)

    told = [NOT_UNDER_KV_API, f"[Errno 7] {NOT_UNDER_KV_API}"]
    assert (run.stdout.splitlines(), run.stderr) == (told, "")


def test_the_report_names_the_client_and_the_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_suite=f"""
        import curl_cffi
        import pycurl

        def get(url):
            handle = pycurl.Curl()
            handle.setopt(pycurl.URL, url)
            handle.perform()

        def test_swallows(kv_api):
            for use in (curl_cffi.get, get):
                try:
                    use("https://{HOST}/")
                except OSError:
                    pass
            assert False
        """
    )

    lines = failures_in(pytester.runpytest_inprocess(*ASYNCIO))["test_swallows"]

    assert [line for line in lines if "nothing reaches" in line] == [
        f"curl_cffi, called at test_suite.py:12: {NOT_UNDER_KV_API}",
        f"pycurl, called at test_suite.py:7: {NOT_UNDER_KV_API}",
    ]
