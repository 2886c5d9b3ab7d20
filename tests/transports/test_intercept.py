"""The API at its real address: what a block gives, what it tells at its end, and bad clients."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import urllib3

from pytest_kv import KVAccount, KVIntercept, KVUsageWarning, intercept, mock_api, serve
from pytest_kv._transports import intercept as module
from pytest_kv._transports.certificates import certificate
from pytest_kv._transports.host_claims import STAND_IN
from tests.helpers.suites import ASYNCIO, failures_in

HOST = "api.cloudflare.com"
MISSING = "kv_intercept needs the package trustme: pip install 'pytest-kv[intercept]'"
PINNED = (
    "kv_intercept: a client read the certificate of api.cloudflare.com and then sent nothing. A "
    "client that is pinned to another certificate (a fingerprint) cannot accept the one of "
    "pytest-kv: leave the pin out in this test, or use kv_server."
)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def ask(api: KVIntercept, method: str = "GET", below: str = "/values/k") -> bytes:
    """The body of an answer."""
    namespaces = f"/client/v4/accounts/{api.account_id}/storage/kv/namespaces"
    connection = http.client.HTTPSConnection(HOST, timeout=60)
    try:
        path = f"{namespaces}/{api.namespace_id}{below}"
        connection.request(method, path, headers={"Authorization": "Bearer any"})
        return connection.getresponse().read()
    finally:
        connection.close()


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("pytest-kv")]


# What a test is given


def test_a_block_stands_on_an_account() -> None:
    account = KVAccount()
    with intercept(account) as api:
        assert api.account is account
        assert (api.account_id, api.api_token) == (account.id, account.api_token)
        assert (api.namespace, api.namespace_id) == (
            account.default_namespace,
            account.default_namespace.id,
        )
        assert api.base_url == "https://api.cloudflare.com/client/v4"
        assert (api.host, api.port > 0) == (STAND_IN, True)
        assert repr(api) == f"<KVIntercept of {account!r} at {api.base_url}>"


def test_a_block_of_no_account_has_one_of_its_own() -> None:
    with intercept() as one, intercept() as other:
        assert one.account is not other.account
        assert one.port == other.port


def test_the_environment_has_the_accounts_credentials_and_the_real_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CF_API_TOKEN", "real")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "https://elsewhere.example.com")
    before = dict(os.environ)

    with intercept() as api:
        assert api.env == {
            "CLOUDFLARE_API_TOKEN": api.api_token,
            "CLOUDFLARE_ACCOUNT_ID": api.account_id,
        }
        assert api.env.items() <= os.environ.items()
        assert os.environ["CF_API_TOKEN"] == api.api_token
        assert os.environ["CLOUDFLARE_BASE_URL"] == api.base_url

    assert dict(os.environ) == before


def test_where_the_system_has_no_other_address_of_this_machine_it_listens_at_the_usual_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STAND_IN", "192.0.2.1")

    with intercept() as api:
        api.namespace.seed({"k": "value"})
        assert api.host == "127.0.0.1"
        assert ask(api) == b"value"


def test_an_open_connection_goes_on_to_the_block_inside() -> None:
    connection = http.client.HTTPSConnection(HOST, timeout=60)

    def status() -> int:
        connection.request("GET", "/client/v4/zones")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    with intercept() as outer:
        assert status() == 404
        with intercept() as inner:
            assert status() == 404
        assert status() == 404
        assert (len(outer.account.calls), len(inner.account.calls)) == (2, 1)
    connection.close()
    assert threads() == []


def test_blocks_may_end_in_any_order() -> None:
    first, second = intercept(), intercept()
    one, other = first.__enter__(), second.__enter__()
    first.__exit__(None, None, None)

    ask(other)
    second.__exit__(None, None, None)

    assert (len(one.account.calls), len(other.account.calls)) == (0, 1)
    assert threads() == []


def test_a_client_that_does_not_speak_tls_harms_nobody(kv_intercept: KVIntercept) -> None:
    with socket.create_connection((kv_intercept.host, kv_intercept.port)) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wire.settimeout(60)
        while wire.recv(1024):
            pass
    kv_intercept.namespace.seed({"k": "value"})

    assert ask(kv_intercept) == b"value"


def test_nothing_is_left_of_a_client_that_is_not_done() -> None:
    with intercept() as api:
        silent = socket.create_connection((api.host, api.port))
        waiting = socket.create_connection((HOST, 443))
        tls = ssl.create_default_context().wrap_socket(waiting, server_hostname=HOST)

    assert threads() == []
    assert (silent.recv(1), tls.recv(1)) == (b"", b"")
    silent.close()
    tls.close()


def test_certificates_are_made_once_and_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    certificate.cache_clear()
    with intercept():
        made = certificate()
    with intercept():
        assert certificate() is made

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["socket", "bio"])
def test_a_client_that_changes_the_context_of_its_connection_changes_no_later_one(way: str) -> None:
    def context() -> ssl.SSLContext:
        theirs = ssl.create_default_context()
        if way == "bio":
            ends = (ssl.MemoryBIO(), ssl.MemoryBIO())
            return theirs.wrap_bio(*ends, server_hostname=HOST).context
        with (
            socket.create_connection((HOST, 443)) as plain,
            theirs.wrap_socket(plain, server_hostname=HOST) as tls,
        ):
            return tls.context

    with intercept():
        changed = context()
        changed.check_hostname = False
        changed.verify_mode = ssl.CERT_NONE
    with intercept():
        found = context()

    assert found is not changed
    assert (found.check_hostname, found.verify_mode) == (True, ssl.CERT_REQUIRED)


TRUSTSTORE = """
import ssl, sys
import truststore
from urllib.request import urlopen
from urllib.error import HTTPError
from pytest_kv import intercept, mock_api

before = ssl.create_default_context()

def ask(context):
    try:
        urlopen("https://api.cloudflare.com/", context=context, timeout=60)
    except HTTPError as error:
        with error:
            print(error.code)

for step in sys.argv[1:]:
    if step == "inject":
        truststore.inject_into_ssl()
    elif step == "extract":
        truststore.extract_from_ssl()
    elif step == "intercept":
        with intercept():
            ask(before)
            ask(ssl.create_default_context())
    elif step == "inject inside":
        with intercept():
            truststore.inject_into_ssl()
            ask(before)
            ask(ssl.create_default_context())
    elif step == "mock_api":
        with mock_api():
            pass
"""


@pytest.mark.parametrize(
    "steps",
    [
        ["inject", "intercept"],
        ["intercept", "inject", "intercept", "extract", "intercept"],
        ["inject", "intercept", "extract", "intercept", "inject", "intercept"],
        ["mock_api", "inject", "mock_api", "intercept"],
        ["inject inside", "intercept", "extract", "intercept"],
    ],
    ids=", ".join,
)
def test_truststore_may_be_injected_at_any_time(steps: list[str]) -> None:
    pytest.importorskip("truststore")
    run = subprocess.run([sys.executable, "-c", TRUSTSTORE, *steps], capture_output=True, text=True)

    blocks = sum("intercept" in step or "inside" in step for step in steps)
    assert (run.stdout, run.stderr) == ("404\n" * 2 * blocks, "")


# The end of a block


def test_a_planned_fault_that_did_not_fire_fails_the_block() -> None:
    with pytest.raises(AssertionError) as failure, intercept() as api:
        api.account.drop_next("get")

    assert str(failure.value) == (
        "not every planned fault struck: a dropped connection for get (get was never called)"
    )


def test_a_warning_is_told_at_the_end_of_the_block_that_it_belongs_to() -> None:
    outer = KVAccount()

    def remove() -> None:
        with intercept(outer), intercept(KVAccount(seed=1)) as inner:
            ask(inner, "DELETE", "/")

    with pytest.warns(KVUsageWarning, match="removes the whole namespace 'KV'") as told:
        remove()

    assert outer.calls == []
    [warning] = told
    assert warning.filename == __file__


def test_an_error_in_a_thread_of_the_server_is_raised_at_the_end() -> None:
    def act() -> None:
        raise ZeroDivisionError("another writer")

    def read() -> None:
        with intercept() as api:
            api.namespace.after_next_read("k", act)
            with pytest.raises(http.client.RemoteDisconnected):
                ask(api)

    with pytest.raises(ZeroDivisionError, match=r"^another writer$"):
        read()


@pytest.mark.parametrize("block", [mock_api, serve])
def test_it_answers_beside_another_block_that_would_refuse(block: Any) -> None:
    with intercept() as api, block():
        ask(api)
    with block(), intercept(api.account) as api:
        ask(api)

    assert [call.operation for call in api.account.calls] == ["get"] * 2


# Clients that cannot be answered


def pinned_urllib3() -> None:
    with urllib3.HTTPSConnectionPool(HOST, assert_fingerprint="aa" * 32) as pool:
        pool.request("GET", "/", retries=False)


def pinned_aiohttp() -> None:
    async def get() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get(f"https://{HOST}/", ssl=aiohttp.Fingerprint(b"a" * 32))

    asyncio.run(get())


@pytest.mark.parametrize(
    ("get", "kind"),
    [
        (pinned_urllib3, urllib3.exceptions.SSLError),
        (pinned_aiohttp, aiohttp.ServerFingerprintMismatch),
    ],
)
def test_an_error_of_a_client_pinned_to_another_certificate_says_what_to_do(
    get: Any, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as failure, intercept():
        get()

    assert failure.value.__notes__ == [PINNED]


def test_other_errors_say_nothing_of_certificates() -> None:
    context = ssl.create_default_context()
    request = b"GET / HTTP/1.1\r\nHost: api\r\n\r\n"

    def look_and_ask() -> None:
        with (
            intercept(),
            socket.create_connection((HOST, 443)) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as connection,
        ):
            assert connection.getpeercert(binary_form=True)
            assert connection.getpeercert(binary_form=True)
            connection.sendall(request)
            connection.sendall(request)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as failure:
        look_and_ask()

    assert not hasattr(failure.value, "__notes__")


def test_a_client_that_reaches_another_server_under_that_name_sends_it_nothing() -> None:
    """As with a proxy, or with an address that the client has found itself."""
    their_context = ssl.create_default_context()
    their_context.check_hostname = False
    their_context.verify_mode = ssl.CERT_NONE
    with intercept():
        made = certificate().server_context
        certificate.cache_clear()
        stranger = certificate().server_context
        assert stranger is not made
        with socket.create_server(("127.0.0.1", 0)) as listening:
            received: list[bytes] = []

            def accept() -> None:
                connection, _ = listening.accept()
                try:
                    with stranger.wrap_socket(connection, server_side=True) as tls:
                        received.append(tls.recv(100))
                except OSError:
                    received.append(b"")

            thread = threading.Thread(target=accept)
            thread.start()
            with (
                socket.create_connection(listening.getsockname()) as plain,
                pytest.raises(ssl.SSLCertVerificationError) as failure,
            ):
                their_context.wrap_socket(plain, server_hostname=HOST)
            thread.join(60)

    assert received == [b""]
    assert failure.value.strerror == (
        "kv_intercept answers for api.cloudflare.com, but this client has connected to another "
        "server: the server's certificate is not the one of pytest-kv. No request was sent. The "
        "client used a proxy, or an address of its own: leave the proxy out in this test, and let "
        "the client look the name up with Python's socket.getaddrinfo."
    )


# Without the extra


@pytest.fixture
def _no_trustme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    certificate.cache_clear()


@pytest.mark.usefixtures("_no_trustme")
def test_without_its_extra_a_block_says_what_to_install() -> None:
    with pytest.raises(ImportError) as failure, intercept():
        pass

    assert (str(failure.value), failure.value.name) == (MISSING, "trustme")
    assert threads() == []


@pytest.mark.usefixtures("_no_trustme")
def test_without_its_extra_the_fixture_says_what_to_install(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_asks(kv_intercept): pass")

    result = pytester.runpytest_inprocess(*ASYNCIO)

    result.assert_outcomes(errors=1)
    assert failures_in(result) == {"ERROR at setup of test_asks": [MISSING]}


# The fixture


def test_the_fixture_reports_as_kv_server_does(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_suite="""
        import http.client
        import pytest
        import urllib3

        def ask(below="", method="GET"):
            connection = http.client.HTTPSConnection("api.cloudflare.com", timeout=60)
            token = {"Authorization": "Bearer any"}
            connection.request(method, f"/client/v4{below}", headers=token)
            connection.getresponse().read()
            connection.close()

        def test_calls(kv_intercept):
            ask("/zones")
            assert False

        def test_fault(kv_intercept, kv_server):
            kv_intercept.account.fail_next("get")

        def test_pinned(kv_intercept, kv_server):
            pinned = {"assert_fingerprint": "aa" * 32}
            with urllib3.HTTPSConnectionPool("api.cloudflare.com", **pinned) as pool:
                pool.request("GET", "/", retries=False)

        @pytest.mark.kv(strict=True)
        def test_warning(kv_intercept):
            ids = (kv_intercept.account_id, kv_intercept.namespace_id)
            ask("/accounts/%s/storage/kv/namespaces/%s/" % ids, "DELETE")
        """
    )

    result = pytester.runpytest_inprocess("--tb=short", *ASYNCIO)

    result.assert_outcomes(failed=4)
    told = failures_in(result)
    assert (
        "1. unknown via rest -> 404 7000: No route for that URI for GET '/client/v4/zones'"
        in (told["test_calls"])
    )
    assert told["test_fault"] == [
        "not every planned fault struck: a status 500 for get (get was never called)"
    ]
    assert f"E   {PINNED}" in told["test_pinned"]
    assert any("KVUsageWarning: DELETE" in line for line in told["test_warning"])


def test_after_the_answer_to_a_malformed_request_tls_ends_as_in_production(
    kv_intercept: KVIntercept,
) -> None:
    context = ssl.create_default_context()
    with (
        socket.create_connection((HOST, 443)) as plain,
        context.wrap_socket(plain, server_hostname=HOST, suppress_ragged_eofs=False) as client,
    ):
        client.sendall(b"nonsense\r\n\r\n")
        answer = b""
        while more := client.recv(1024):
            answer += more

    assert answer.startswith(b"HTTP/1.1 400 ")
