"""Clients on libcurl: pycurl and curl_cffi use no sockets of Python, so they get an error."""

from __future__ import annotations

import asyncio
import errno
import json
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest

from pytest_kv import KVServer, intercept, mock_api, serve
from tests.helpers.suites import ASYNCIO, failures_in

pycurl = pytest.importorskip("pycurl")
curl_cffi = pytest.importorskip("curl_cffi")

HOST = "api.cloudflare.com"
NOT_ANSWERED = (
    f"{{}} is not answered at {HOST}: it uses libcurl, which looks names up by itself. "
    "Use kv_server, and give the client its base_url."
)


def _pycurl(url: Any, headers: dict[str, str]) -> bytes:
    body = BytesIO()
    handle = pycurl.Curl()
    try:
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
        handle.setopt(pycurl.WRITEDATA, body)
        handle.perform()
    finally:
        handle.close()
    return body.getvalue()


def _pycurl_by_number(url: str, headers: dict[str, str]) -> bytes:
    handle = pycurl.Curl()
    try:
        handle.setopt_string(10002, url)
        return _pycurl(url, headers)
    finally:
        handle.close()


def _curl_cffi(url: str, headers: dict[str, str]) -> bytes:
    content: bytes = curl_cffi.get(url, headers=headers, impersonate="chrome").content
    return content


def _curl_cffi_async(url: str, headers: dict[str, str]) -> bytes:
    async def get() -> bytes:
        async with curl_cffi.AsyncSession() as session:
            content: bytes = (await session.get(url, headers=headers)).content
            return content

    return asyncio.run(get())


def _curl_cffi_handle(url: str, headers: dict[str, str]) -> bytes:
    body = BytesIO()
    handle = curl_cffi.Curl()
    handle.setopt(curl_cffi.CurlOpt.URL, url.encode())
    lines = [f"{name}: {value}".encode() for name, value in headers.items()]
    handle.setopt(curl_cffi.CurlOpt.HTTPHEADER, lines)
    handle.setopt(curl_cffi.CurlOpt.WRITEDATA, body)
    handle.perform()
    handle.close()
    return body.getvalue()


GETTERS: dict[str, Callable[[str, dict[str, str]], bytes]] = {
    "pycurl": _pycurl,
    "pycurl, setopt_string": _pycurl_by_number,
    "curl_cffi": _curl_cffi,
    "curl_cffi on asyncio": _curl_cffi_async,
    "curl_cffi, a handle": _curl_cffi_handle,
}

getters = pytest.mark.parametrize("name", GETTERS)


def error_of(name: str, url: str = f"https://{HOST}/client/v4/zones") -> OSError:
    with pytest.raises(OSError, match=r".*") as failure:
        GETTERS[name](url, {"Authorization": "Bearer any"})
    return failure.value


@getters
@pytest.mark.parametrize("block", [mock_api, serve, intercept])
def test_it_fails_at_once_and_is_told_what_to_use(name: str, block: Any) -> None:
    words = NOT_ANSWERED.format(name.partition(",")[0].partition(" ")[0])
    with block():
        assert error_of(name).args == (errno.EHOSTUNREACH, words)


@getters
def test_kv_server_answers_it_at_the_servers_address(name: str, kv_server: KVServer) -> None:
    token = {"Authorization": f"Bearer {kv_server.api_token}"}
    path = f"/accounts/{kv_server.account_id}/storage/kv/namespaces"

    body = GETTERS[name](kv_server.base_url + path, token)

    assert [found["title"] for found in json.loads(body)["result"]] == ["KV"]


SPELLINGS = [
    f"https://{HOST}",
    f"https://{HOST}:443/client",
    "HTTPS://API.Cloudflare.com./client",
    f"http://{HOST}?a=b",
    f"https:/{HOST}/",
    f"https:///{HOST}/",
    f" https://{HOST}#a",
    f"{HOST}/client",
    f"{HOST}:443",
    f"https://user:pass@{HOST}/",
    "https://api%2Ecloudflare.com/",
]
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


@pytest.mark.parametrize("url", SPELLINGS)
def test_every_spelling_of_the_hosts_url_fails(url: str) -> None:
    with mock_api():
        error_of("pycurl", url)
        error_of("curl_cffi, a handle", url)
        with pytest.raises(OSError, match="Use kv_server"):
            pycurl.Curl().setopt(pycurl.URL, url.encode())


@pytest.mark.parametrize("url", OTHERS)
def test_the_url_of_another_host_is_accepted(url: str) -> None:
    with mock_api():
        pycurl.Curl().setopt(pycurl.URL, url)
        curl_cffi.Curl().setopt(curl_cffi.CurlOpt.URL, url.encode())


def test_a_url_object_of_pycurl_is_read() -> None:
    if not hasattr(pycurl, "CurlUrl"):
        pytest.skip("this pycurl has no such object")
    with mock_api():
        pycurl.Curl().setopt(pycurl.CURLU, pycurl.CurlUrl("https://example.com/"))
        pycurl.Curl().setopt(pycurl.CURLU, pycurl.CurlUrl())
        with pytest.raises(OSError, match="Use kv_server"):
            pycurl.Curl().setopt(pycurl.CURLU, pycurl.CurlUrl(f"https://{HOST}/"))


def test_a_url_of_a_wrong_type_is_passed_to_the_original_method() -> None:
    with mock_api(), pytest.raises(TypeError):
        pycurl.Curl().setopt(pycurl.URL, 5.5)


@pytest.mark.parametrize("block", [mock_api, serve, intercept])
def test_all_is_as_it_was_after_a_block_also_after_one_that_raises(block: Any) -> None:
    before = (pycurl.Curl, curl_cffi.Curl.setopt)

    with block(), block():
        during = (pycurl.Curl, curl_cffi.Curl.setopt)
        handle = pycurl.Curl()
        assert isinstance(handle, before[0])
        assert (pycurl.Curl.__name__, pycurl.Curl.__module__) == ("Curl", before[0].__module__)
    after = (pycurl.Curl, curl_cffi.Curl.setopt)
    with pytest.raises(ZeroDivisionError), block():
        raise ZeroDivisionError

    assert before == after == (pycurl.Curl, curl_cffi.Curl.setopt)
    assert not set(before) & set(during)
    handle.setopt(pycurl.URL, f"https://{HOST}/")


def test_a_module_that_imported_the_class_fails_too(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("client_with_pycurl")
    vars(module)["Curl"] = before = pycurl.Curl
    monkeypatch.setitem(sys.modules, module.__name__, module)

    with mock_api(), pytest.raises(OSError, match="Use kv_server"):
        vars(module)["Curl"]().setopt(pycurl.URL, f"https://{HOST}/")
    assert vars(module)["Curl"] is before


def test_our_class_of_handles_may_be_put_back_after_the_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = pycurl.Curl
    with mock_api():
        ours = pycurl.Curl
    monkeypatch.setattr(pycurl, "Curl", ours)

    with mock_api():
        assert pycurl.Curl.__bases__ == (before,)
    assert pycurl.Curl is before


IMPORTED_LATE = f"""
from pytest_kv import mock_api

with mock_api():
    import curl_cffi, pycurl
    for use in (curl_cffi.get, lambda url: pycurl.Curl().setopt(pycurl.URL, url)):
        try:
            use("https://{HOST}/")
        except OSError as error:
            print(error.strerror)
"""


def test_a_module_that_is_imported_in_the_block_fails_too() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTED_LATE], capture_output=True, text=True)

    told = [NOT_ANSWERED.format(module) for module in ("curl_cffi", "pycurl")]
    assert (run.stdout.splitlines(), run.stderr) == (told, "")


def test_the_report_names_the_client_and_the_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_suite=f"""
        import curl_cffi
        import pycurl

        def test_swallows(kv_api):
            for use in (curl_cffi.get, lambda url: pycurl.Curl().setopt(pycurl.URL, url)):
                try:
                    use("https://{HOST}/")
                except OSError:
                    pass
            assert False
        """
    )

    lines = failures_in(pytester.runpytest_inprocess(*ASYNCIO))["test_swallows"]

    assert [line for line in lines if "uses libcurl" in line] == [
        f"curl_cffi, called at test_suite.py:7: {NOT_ANSWERED.format('curl_cffi')}",
        f"pycurl, called at test_suite.py:5: {NOT_ANSWERED.format('pycurl')}",
    ]
