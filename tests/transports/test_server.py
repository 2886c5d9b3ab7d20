"""The API over HTTP: what a client and a test are given, and what the end of a block tells."""

from __future__ import annotations

import os
from typing import Any
from urllib.request import Request, urlopen

import pytest

from pytest_kv import KVAccount, KVServer, KVUsageWarning, mock_api, serve
from tests.helpers.samples import url_of
from tests.helpers.wire import Wire

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


# What a client is given


def test_a_server_stands_on_an_account() -> None:
    account = KVAccount()
    with serve(account) as server:
        assert server.account is account
        assert server.account_id == account.id
        assert server.api_token == account.api_token
        assert server.namespace is account.default_namespace
        assert server.namespace_id == account.default_namespace.id
        assert server.host == "127.0.0.1"
        assert server.base_url == f"http://127.0.0.1:{server.port}/client/v4"
        assert repr(server) == f"<KVServer of {account!r} at {server.base_url}>"


def test_a_server_of_no_account_has_one_of_its_own() -> None:
    with serve() as one, serve() as other:
        assert one.account is not other.account
        assert one.port != other.port


def test_a_server_answers_as_kv_does(kv_server: KVServer) -> None:
    headers = {"Authorization": f"Bearer {kv_server.api_token}"}
    with urlopen(
        Request(url_of(kv_server, "/{ns}/values/a%2Fb"), b"v", headers, method="PUT")
    ) as put:
        assert put.status == 200

    assert kv_server.namespace.data["a/b"].text == "v"


def test_an_address_of_ipv6_stands_in_brackets(kv_server: KVServer) -> None:
    kv_server.host = "::1"

    assert kv_server.base_url == f"http://[::1]:{kv_server.port}/client/v4"


# The environment


def test_env_points_clients_at_the_server() -> None:
    with serve(KVAccount(api_token="token")) as server:
        assert server.env == {
            "CLOUDFLARE_API_TOKEN": "token",
            "CLOUDFLARE_ACCOUNT_ID": server.account_id,
            "CLOUDFLARE_BASE_URL": server.base_url,
            "CLOUDFLARE_API_BASE_URL": server.base_url,
            "CLOUDFLARE_API_URL": server.base_url,
            "WRANGLER_SEND_METRICS": "false",
            "WRANGLER_HIDE_BANNER": "true",
        }


@pytest.mark.parametrize(
    ("proxies", "hosts"),
    [
        ({"https_proxy": "http://proxy"}, "127.0.0.1"),
        ({"HTTP_PROXY": "http://proxy", "NO_PROXY": "example.com"}, "example.com,127.0.0.1"),
    ],
)
def test_env_keeps_clients_from_a_proxy(
    proxies: dict[str, str], hosts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)

    with serve() as server:
        env = server.env

    assert (env["NO_PROXY"], env["no_proxy"]) == (hosts, hosts)


def test_env_leaves_alone_that_no_host_is_reached_by_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("NO_PROXY", "*")

    with serve() as server:
        assert "NO_PROXY" not in server.env


def test_env_names_no_hosts_where_there_is_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.com")

    with serve() as server:
        assert "NO_PROXY" not in server.env


def test_the_environment_is_the_servers_as_long_as_it_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CF_API_TOKEN", "real")
    monkeypatch.setenv("CF_API_BASE_URL", "https://real.example.com")
    monkeypatch.delenv("CLOUDFLARE_BASE_URL", raising=False)
    before = dict(os.environ)

    with serve() as server:
        assert server.env.items() <= os.environ.items()
        assert os.environ["CF_API_TOKEN"] == server.api_token
        assert os.environ["CF_API_BASE_URL"] == server.base_url

    assert dict(os.environ) == before


# The end of a block


def test_a_planned_fault_that_did_not_fire_fails_the_block() -> None:
    with pytest.raises(AssertionError) as failure, serve() as server:
        server.account.drop_next("get")

    assert str(failure.value) == (
        "not every planned fault struck: a dropped connection for get (get was never called)"
    )


def test_a_block_that_raises_says_nothing_else() -> None:
    account = KVAccount()
    account.drop_next("get")

    with pytest.raises(ZeroDivisionError), serve(account):
        raise ZeroDivisionError

    # The plugin would name it at the end of this test.
    with pytest.raises(AssertionError):
        account.assert_all_faults_fired()


COLLAPSED = (
    "DELETE {path} removes the whole namespace 'KV'. A path that ends like this is what a client "
    "makes of a key with dot segments, such as '..' or 'x/../..': it was collapsed before it was "
    "sent. Percent-encode the slashes of a key, and refuse the keys '.' and '..'."
)


def collapse(server: KVServer) -> str:
    """What is to be told of the request it makes."""
    path = f"/client/v4/accounts/{server.account_id}/storage/kv/namespaces/{server.namespace_id}/"
    with Wire(server) as wire:
        answer = wire.ask(b"DELETE", path.encode(), headers={"Authorization": "Bearer any"})
    assert answer.status == 200
    return COLLAPSED.format(path=path)


def test_a_warning_is_told_at_the_end_of_the_block() -> None:
    account = KVAccount()

    with pytest.warns(KVUsageWarning) as told, serve(account) as server:
        collapse(server)

    [warning] = told
    [namespace_id] = {call.namespace_id for call in account.calls}
    path = f"/client/v4/accounts/{account.id}/storage/kv/namespaces/{namespace_id}/"
    assert str(warning.message) == COLLAPSED.format(path=path)
    assert warning.filename == __file__


def test_a_warning_that_is_an_error_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(KVUsageWarning, match=r"^DELETE /client/v4/"), serve() as server:
        collapse(server)


def test_a_warning_is_told_once(kv_server: KVServer) -> None:
    expected = collapse(kv_server)
    told: list[str] = []

    kv_server.check(told.append)
    kv_server.check(told.append)

    assert told == [expected]


def test_warnings_may_be_told_at_once() -> None:
    told: list[str] = []
    server = KVServer(KVAccount(), warn=told.append)
    try:
        assert told == [] != [collapse(server)]
        assert len(told) == 1
    finally:
        server.stop()


def test_a_log_has_a_line_for_each_request_and_no_token() -> None:
    lines: list[str] = []
    account = KVAccount(api_token="secret")
    account.drop_next("list_namespaces")
    server = KVServer(account, log=lines.append)
    path = f"/client/v4/accounts/{account.id}/storage/kv/namespaces".encode()
    try:
        with Wire(server) as wire:
            wire.ask(b"GET", b"/%0A?\xc3\xa9", headers={"Authorization": "Bearer secret"})
            wire.send(b"GET " + path + b" HTTP/1.1\r\nHost: kv\r\n")
            wire.send(b"Authorization: Bearer secret\r\n\r\n")
            wire.rest()
        with Wire(server) as wire:
            wire.send(b"GET /\nAuthorization secret\r\n\r\n")
            wire.end()
            wire.rest()
    finally:
        server.stop()

    assert lines == [
        "GET /%0A?%C3%A9 404",
        f"GET {path.decode()} a dropped connection",
        "400 for no request: illegal request line",
    ]


# Other paths of the API


def asked(server: KVServer, method: bytes, below: bytes, body: bytes = b"") -> tuple[int, bytes]:
    with Wire(server) as wire:
        answer = wire.ask(method, b"/client/v4" + below, body, headers={"X-Name": "value"})
        return answer.status, answer.body


def test_a_test_answers_other_paths_of_the_api(kv_server: KVServer) -> None:
    kv_server.answer("get", "/user/tokens/verify", {"success": True, "result": {"id": "1"}})
    kv_server.answer("GET", "/text", "ä")
    kv_server.answer("GET", "/bytes", (503, b"\xff"))
    kv_server.answer("POST", "/zones", lambda r: (201, [r.method, r.target, r.headers["x-name"]]))

    assert asked(kv_server, b"GET", b"/user/tokens/verify?x=1") == (
        200,
        b'{"success": true, "result": {"id": "1"}}',
    )
    assert asked(kv_server, b"GET", b"/text") == (200, "ä".encode())
    assert asked(kv_server, b"GET", b"/bytes") == (503, b"\xff")
    assert asked(kv_server, b"POST", b"/zones?a=b", b"{}") == (
        201,
        b'["POST", "/client/v4/zones?a=b", "value"]',
    )
    assert kv_server.account.calls == []


def test_the_last_answer_counts_and_any_other_path_is_kvs(kv_server: KVServer) -> None:
    kv_server.answer("GET", f"/accounts/{kv_server.account_id}", "first")
    kv_server.answer("GET", f"/accounts/{kv_server.account_id}", "second")

    assert asked(kv_server, b"GET", f"/accounts/{kv_server.account_id}".encode())[1] == b"second"
    assert asked(kv_server, b"PUT", f"/accounts/{kv_server.account_id}".encode())[0] == 404
    assert asked(kv_server, b"GET", b"/accounts")[0] == 404
    assert [call.operation for call in kv_server.account.calls] == ["unknown"] * 2


def test_an_error_of_a_handler_is_raised_at_the_end() -> None:
    def ask() -> None:
        with serve() as server, Wire(server) as wire:
            server.answer("GET", "/zones", lambda request: 1 / 0)
            wire.send(b"GET /client/v4/zones HTTP/1.1\r\nHost: api\r\n\r\n")
            assert wire.rest() == b""

    with pytest.raises(ZeroDivisionError):
        ask()


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_path_of_kv_stays_kvs(method: str, kv_server: KVServer) -> None:
    path = f"/accounts/{'0' * 32}/storage/kv/namespaces/{'1' * 32}/values/k"

    with pytest.raises(ValueError, match="KV's own") as failure:
        kv_server.answer(method.lower(), path, "")

    assert str(failure.value) == f"{method} {path} is KV's own: plan a fault for it instead"


@pytest.mark.parametrize("path", ["zones", "/zones?a=b", "/client/v4/zones", "https://x/zones"])
def test_what_is_no_path_below_the_base_url_is_refused(path: str, kv_server: KVServer) -> None:
    with pytest.raises(ValueError, match="no path") as failure:
        kv_server.answer("GET", path, "")

    assert str(failure.value) == (
        f"{path!r} is no path below https://api.cloudflare.com/client/v4, "
        "such as '/user/tokens/verify'"
    )


VERIFY = "/user/tokens/verify"
SUBJECT = f"the answer to GET {VERIFY}"
NO_JSON = f"{SUBJECT} is neither bytes nor a text nor JSON: "
CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


async def asynchronous(request: object) -> str:
    return ""


@pytest.mark.parametrize(
    ("given", "kind", "told"),
    [
        ((5, VERIFY, ""), TypeError, "a method is a text such as 'GET', not 5"),
        (
            ("GTE", VERIFY, ""),
            ValueError,
            "there is no method 'GTE'; there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        (
            ("delet", VERIFY, ""),
            ValueError,
            "there is no method 'delet'; there are DELETE, GET, HEAD, POST, PUT, PATCH, OPTIONS",
        ),
        (
            ("", VERIFY, ""),
            ValueError,
            "there is no method ''; there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        (("GET", 5, ""), TypeError, "a path is a text such as '/user/tokens/verify', not 5"),
        (
            ("GET", "/a ä", ""),
            ValueError,
            "no client sends the path '/a ä' like this: write '/a%20%C3%A4'",
        ),
        (
            ("GET", "/accounts/me/storage/kv/namespaces/x/new", ""),
            ValueError,
            "GET /accounts/me/storage/kv/namespaces/x/new is KV's own: plan a fault for it instead",
        ),
        (
            ("GET", VERIFY, ("200", {})),
            TypeError,
            f"{SUBJECT} has the status '200': a status is a number such as 503",
        ),
        (
            ("GET", VERIFY, (True, {})),
            TypeError,
            f"{SUBJECT} has the status True: a status is a number such as 503",
        ),
        (
            ("GET", VERIFY, (999, {})),
            ValueError,
            f"{SUBJECT} has the status 999: a status is from 200 to 599",
        ),
        (
            ("GET", VERIFY, (100, {})),
            ValueError,
            f"{SUBJECT} has the status 100: a status is from 200 to 599",
        ),
        (
            ("GET", VERIFY, (200, {}, {})),
            TypeError,
            f"{SUBJECT} is a tuple of 3: write (status, body)",
        ),
        (("GET", VERIFY, ()), TypeError, f"{SUBJECT} is a tuple of 0: write (status, body)"),
        (
            ("GET", VERIFY, (204, {})),
            ValueError,
            f"{SUBJECT} has a body, but status 204 has none: write (204, b'')",
        ),
        (
            ("GET", VERIFY, {1, 2}),
            TypeError,
            f"{NO_JSON}Object of type set is not JSON serializable",
        ),
        (
            ("GET", VERIFY, bytearray(b"x")),
            TypeError,
            f"{NO_JSON}Object of type bytearray is not JSON serializable",
        ),
        (
            ("GET", VERIFY, CIRCLE),
            ValueError,
            f"{NO_JSON}Circular reference detected",
        ),
        (
            ("GET", VERIFY, "\ud800"),
            ValueError,
            f"{SUBJECT} has a text that UTF-8 cannot encode",
        ),
        (
            ("GET", VERIFY, asynchronous),
            TypeError,
            f"the function for GET {VERIFY} is async, but a thread calls it: write a def",
        ),
        (
            ("GET", VERIFY, lambda: ""),
            TypeError,
            f"the function for GET {VERIFY} takes one argument, the request",
        ),
    ],
)
def test_a_misuse_of_answer_says_what_to_write_and_changes_nothing(
    given: tuple[Any, Any, Any], kind: type[Exception], told: str, kv_server: KVServer
) -> None:
    kv_server.answer("GET", VERIFY, "before")

    with pytest.raises(kind) as failure:
        kv_server.answer(*given)

    assert str(failure.value) == told
    assert asked(kv_server, b"GET", VERIFY.encode()) == (200, b"before")


def test_a_number_that_is_not_in_json_is_refused(kv_server: KVServer) -> None:
    with pytest.raises(ValueError, match=f"^{NO_JSON}"):
        kv_server.answer("GET", VERIFY, float("nan"))


def test_a_function_without_a_signature_answers(kv_server: KVServer) -> None:
    kv_server.answer("GET", VERIFY, str)

    assert asked(kv_server, b"GET", VERIFY.encode())[1].startswith(b"Request(method='GET'")


@pytest.mark.parametrize("answer", [(204, b""), (304, ""), (599, None), (200, [])])
def test_the_edges_of_what_can_be_answered(answer: Any, kv_server: KVServer) -> None:
    kv_server.answer("OPTIONS", "/", answer)

    assert asked(kv_server, b"OPTIONS", b"/")[0] == answer[0]


def test_a_wrong_answer_of_a_function_is_raised_at_the_end() -> None:
    def ask() -> None:
        with serve() as server, Wire(server) as wire:
            server.answer("GET", "/zones", lambda request: (999, ""))
            wire.send(b"GET /client/v4/zones HTTP/1.1\r\nHost: api\r\n\r\n")
            assert wire.rest() == b""

    with pytest.raises(ValueError, match="from 200 to 599") as failure:
        ask()

    assert str(failure.value) == (
        "what the function for GET /zones returned has the status 999: a status is from 200 to 599"
    )


# The port


def test_a_block_listens_where_it_is_told_to() -> None:
    with serve(host="::1") as server:
        assert server.base_url == f"http://[::1]:{server.port}/client/v4"
        port = server.port
    with serve(KVAccount(), port=port) as server:
        assert (server.host, server.port) == ("127.0.0.1", port)


@pytest.mark.kv(host="127.0.0.2")
def test_the_marker_says_where_the_fixture_listens(kv_server: KVServer) -> None:
    assert kv_server.base_url == f"http://127.0.0.2:{kv_server.port}/client/v4"


def test_a_port_in_use_is_an_error(kv_server: KVServer) -> None:
    with pytest.raises(OSError, match="Address already in use"):
        KVServer(KVAccount(), port=kv_server.port)


def test_it_stands_beside_the_api_on_respx() -> None:
    account = KVAccount()
    with mock_api(account) as api, serve(account) as server:
        assert api.namespace is server.namespace
        assert os.environ["CLOUDFLARE_BASE_URL"] == server.base_url
