"""What the report of a failing test says of attempts to reach the API's host."""

from __future__ import annotations

import sys

import pytest

from tests.helpers.documentation import ROOT
from tests.helpers.suites import ASYNCIO, failures_in

TITLE = "-- attempts to reach api.cloudflare.com --"
KV_API = (
    "nothing reaches api.cloudflare.com while kv_api is active: kv_api answers httpx and httpx2 on "
    "their own transports; for every other client use kv_intercept or kv_server"
)
NO_PROXY = (
    "kv_intercept answers for api.cloudflare.com without a proxy, but this client was about to ask "
    "a proxy for that host: leave the proxy out in this test, or make the client during the test, "
    "when NO_PROXY has the host"
)
CLIENT = """
import asyncio
import socket
import threading
import urllib.request

import aiohttp
import httpx
import requests

URL = "https://api.cloudflare.com/client/v4/zones"


def load():
    try:
        return requests.get(URL, timeout=60).json()
    except requests.RequestException:
        return {}


def load_with_urllib():
    try:
        urllib.request.urlopen(URL)
    except OSError:
        return {}


async def load_by_address():
    return await load_with_aiohttp(Resolver())


async def load_with_aiohttp(resolver=None):
    connector = aiohttp.TCPConnector(resolver=resolver)
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            await session.get(URL)
        except aiohttp.ClientError:
            return {}


class Resolver(aiohttp.abc.AbstractResolver):
    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [dict(hostname=host, host="127.75.86.1", port=port, family=family, proto=0, flags=0)]

    async def close(self):
        pass
"""


def told_of(pytester: pytest.Pytester, tests: str) -> dict[str, list[str]]:
    """The section on attempts of each test that failed."""
    pytester.makepyfile(app=CLIENT)
    pytester.makepyfile(test_suite=f"import pytest\nimport threading\nimport app\n{tests}")
    result = pytester.runpytest_inprocess("--tb=short", "-p", "no:randomly", *ASYNCIO)
    found = {}
    for name, lines in failures_in(result).items():
        after = lines[lines.index(TITLE) + 1 :] if TITLE in lines else []
        found[name] = [line for line in after if not line.startswith("--")]
    return found


def line_of(statement: str) -> int:
    lines = CLIENT.strip().splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if statement in line]
    return number


REQUESTS = f"requests, called at app.py:{line_of('requests.get')}"


def test_an_error_that_the_client_swallowed_is_in_the_report(pytester: pytest.Pytester) -> None:
    told = told_of(
        pytester,
        """
def test_requests(kv_api):
    assert app.load() == {"result": []}

def test_urllib(kv_api):
    assert app.load_with_urllib() == {"result": []}
""",
    )

    assert told == {
        "test_requests": [f"{REQUESTS}: {KV_API}"],
        "test_urllib": [f"urllib.request, called at app.py:{line_of('urlopen(')}: {KV_API}"],
    }


def test_the_page_on_clients_shows_what_is_told() -> None:
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")

    assert f"requests, called at app.py:5: {KV_API}\n" in page


def test_attempts_of_one_kind_are_one_line(pytester: pytest.Pytester) -> None:
    told = told_of(
        pytester,
        """
def test_retries(kv_api):
    for _ in range(3):
        app.load()
    assert app.load_with_urllib() == {"result": []}
""",
    )

    [first, second] = told["test_retries"]
    assert first == f"{REQUESTS}: {KV_API} (3 attempts)"
    assert second.startswith("urllib.request")


def test_an_attempt_in_another_thread_or_in_a_task_says_what_is_known(
    pytester: pytest.Pytester,
) -> None:
    told = told_of(
        pytester,
        """
def test_thread(kv_api):
    thread = threading.Thread(target=app.load, name="worker")
    thread.start()
    thread.join()
    assert False

def test_look_up_of_asyncio(kv_api):
    with pytest.raises(OSError):
        app.asyncio.run(app.asyncio.open_connection("api.cloudflare.com", 443))
    assert False

async def test_look_up_in_a_task(kv_api):
    with pytest.raises(OSError):
        await app.asyncio.create_task(app.asyncio.open_connection("api.cloudflare.com", 443))
    assert False

async def test_look_up_of_aiohttp(kv_api):
    assert await app.load_with_aiohttp() == {"result": []}

async def test_look_up_in_a_thread_of_asyncio(kv_api):
    loop = app.asyncio.get_running_loop()
    with pytest.raises(OSError):
        await loop.run_in_executor(None, app.socket.gethostbyname, "api.cloudflare.com")
    assert False

async def test_task_of_pytest_asyncio(kv_api):
    assert await app.load_by_address() == {"result": []}

def test_task_of_our_own_loop(kv_api):
    assert app.asyncio.run(app.load_by_address()) == {"result": []}
""",
    )

    assert told.pop("test_look_up_of_asyncio") == [f"asyncio, called at test_suite.py:13: {KV_API}"]
    if sys.version_info >= (3, 12):  # before, aiohttp looks names up in a task that shows no caller
        called = f"aiohttp, called at app.py:{line_of('session.get(')}: {KV_API}"
        assert told["test_look_up_of_aiohttp"] == [called]
    in_a_thread = told.pop("test_look_up_in_a_thread_of_asyncio")
    assert in_a_thread == [f"a client, in the thread asyncio_0: {KV_API}"]
    assert told.pop("test_thread") == [f"{REQUESTS}, in the thread worker: {KV_API}"]
    assert clients_in(told.pop("test_look_up_in_a_task")) == {"asyncio"}
    assert set.union(*map(clients_in, told.values())) == {"aiohttp"}


def clients_in(lines: list[str]) -> set[str]:
    return {line.partition(":")[0].partition(",")[0] for line in lines}


def test_only_the_test_that_failed_is_told_and_only_of_its_own_attempts(
    pytester: pytest.Pytester,
) -> None:
    told = told_of(
        pytester,
        """
@pytest.fixture
def broken(kv_api):
    app.load()
    raise ZeroDivisionError

@pytest.fixture
def broken_at_its_end(kv_api):
    yield
    app.load()
    raise ZeroDivisionError

def test_passes(kv_api):
    assert app.load() == {}

def test_fails_without_an_attempt(kv_api):
    assert False

def test_set_up(broken):
    pass

def test_end(broken_at_its_end):
    pass

def test_without_a_fixture():
    assert False
""",
    )

    assert told == {
        "test_fails_without_an_attempt": [],
        "ERROR at setup of test_set_up": [f"{REQUESTS}: {KV_API}"],
        "ERROR at teardown of test_end": [f"{REQUESTS}: {KV_API}"],
        "test_without_a_fixture": [],
    }


def test_a_client_with_a_proxy_that_does_not_exist_is_in_the_report(
    pytester: pytest.Pytester,
) -> None:
    told = told_of(
        pytester,
        """
def test_httpx(kv_intercept):
    transport = app.httpx.HTTPTransport(proxy=app.httpx.Proxy("http://proxy.example.com:8080"))
    with app.httpx.Client(transport=transport) as client:
        client.get(app.URL)

def test_requests(kv_intercept):
    with app.requests.Session() as session:
        session.proxies = {"https": "http://proxy.example.com:8080"}
        session.get(app.URL, timeout=60)

async def test_aiohttp(kv_intercept):
    async with app.aiohttp.ClientSession() as session:
        await session.get(app.URL, proxy="http://proxy.example.com:8080")
""",
    )

    assert told == {
        "test_httpx": [f"httpx, called at test_suite.py:8: {NO_PROXY}"],
        "test_requests": [f"requests, called at test_suite.py:13: {NO_PROXY}"],
        "test_aiohttp": [f"aiohttp, called at test_suite.py:17: {NO_PROXY}"],
    }
