"""The fixture kv_server as a suite meets it: what a failing test is told, and by which thread."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

from tests.helpers.suites import ASYNCIO, failures_in

ASK = """
    import http.client
    import pytest

    def ask(server, method, below):
        connection = http.client.HTTPConnection(server.host, server.port)
        namespaces = f"/client/v4/accounts/{server.account_id}/storage/kv/namespaces"
        path = f"{namespaces}/{server.namespace_id}{below}"
        try:
            connection.request(method, path, headers={"Authorization": "Bearer any"})
            return connection.getresponse().read()
        finally:
            connection.close()
"""


def run_suite(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_suite=ASK + tests)
    return pytester.runpytest_inprocess("--tb=short", *ASYNCIO, *options)


def test_the_server_shares_the_account_of_the_other_fixtures(pytester: pytest.Pytester) -> None:
    result = run_suite(
        pytester,
        """
    async def test_shares(kv_server, kv_namespace, kv_account):
        await kv_namespace.put("k", "v")
        assert ask(kv_server, "GET", "/values/k") == b"v"
        ask(kv_server, "DELETE", "/values/k")
        kv_namespace.assert_only_deleted("k")
        assert kv_server.account is kv_account
    """,
    )

    result.assert_outcomes(passed=1)


def test_a_failing_test_is_told_its_calls(pytester: pytest.Pytester) -> None:
    result = run_suite(
        pytester,
        """
    def test_fails(kv_server):
        ask(kv_server, "DELETE", "/values/k")
        ask(kv_server, "GET", "/values/k")
        assert False
    """,
    )

    result.assert_outcomes(failed=1)
    told = failures_in(result)["test_fails"]
    assert told[-2:] == [
        "1. delete 'k' via rest",
        "2. get 'k' via rest -> 404 10009: get: 'key not found'",
    ]
    assert not [line for line in told if "Captured" in line]


def test_a_planned_fault_that_did_not_fire_fails_its_test(pytester: pytest.Pytester) -> None:
    result = run_suite(
        pytester,
        """
    def test_fails(kv_server):
        kv_server.account.fail_next("get")
    """,
    )

    result.assert_outcomes(failed=1)
    assert failures_in(result)["test_fails"] == [
        "not every planned fault struck: a status 500 for get (get was never called)"
    ]


COLLAPSE = """
    def test_removes(kv_server):
        assert b'"success": true' in ask(kv_server, "DELETE", "/")
"""


def test_a_warning_of_a_server_thread_is_its_tests(pytester: pytest.Pytester) -> None:
    result = run_suite(pytester, COLLAPSE, "-W", "default::UserWarning")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.re_match_lines(
        [
            r"test_suite.py::test_removes",
            r"  test_suite.py:14: KVUsageWarning: DELETE /client/v4/.* removes the whole .*",
        ]
    )


def test_a_strict_test_fails_for_it(pytester: pytest.Pytester) -> None:
    result = run_suite(pytester, COLLAPSE, "-o", "kv_strict=true")

    result.assert_outcomes(failed=1)
    assert failures_in(result)["test_removes"][-5].startswith(
        "E   pytest_kv._errors.KVUsageWarning: DELETE /client/v4/"
    )


def test_an_error_in_a_server_thread_fails_its_test(pytester: pytest.Pytester) -> None:
    result = run_suite(
        pytester,
        """
    def act():
        raise ValueError("another writer")

    def test_goes_on(kv_server):
        kv_server.namespace.after_next_read("k", act)
        with pytest.raises(http.client.RemoteDisconnected):
            ask(kv_server, "GET", "/values/k")

    def test_fails(kv_server):
        kv_server.namespace.after_next_read("k", act)
        ask(kv_server, "GET", "/values/k")
    """,
    )

    result.assert_outcomes(failed=2, errors=1)
    told = failures_in(result)
    assert "E   ValueError: another writer" in told["test_goes_on"]
    disconnected = (
        "E   http.client.RemoteDisconnected: Remote end closed connection without response"
    )
    assert disconnected in told["test_fails"]
    assert "E   ValueError: another writer" in told["ERROR at teardown of test_fails"]


def test_it_needs_no_werkzeug(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys; sys.modules['werkzeug'] = None")
    pytester.makepyfile(
        test_suite=ASK
        + """
    def test_serves(kv_server):
        kv_server.namespace.seed({"k": "v"})
        assert ask(kv_server, "GET", "/values/k") == b"v"
    """
    )

    # pytest-httpserver is a plugin that imports werkzeug.
    result = pytester.runpytest_subprocess(*ASYNCIO, "-p", "no:pytest_httpserver")

    result.assert_outcomes(passed=1)


def test_an_option_with_which_the_server_cannot_listen_is_named(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine may let every user have every port.
    real = socket.create_server

    def create_server(address: tuple[str, int], **how: Any) -> socket.socket:
        if address[1] == 80:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(address, **how)

    monkeypatch.setattr(socket, "create_server", create_server)
    with real(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_suite(
            pytester,
            f"""
    @pytest.mark.kv(port={port})
    def test_in_use(kv_server):
        pass

    @pytest.mark.kv(port=80)
    def test_reserved(kv_server):
        pass

    @pytest.mark.kv(host="192.0.2.1")
    def test_another_machine(kv_server):
        pass

    @pytest.mark.kv(host="nosuch..example")
    def test_no_name(kv_server):
        pass
    """,
        )

    result.assert_outcomes(errors=4)
    told = {name: " ".join(lines) for name, lines in failures_in(result).items()}
    free = "or leave port out for any free one"
    assert told["ERROR at setup of test_in_use"] == (
        f"the options of kv: port={port} is in use: write another port, {free}"
    )
    assert told["ERROR at setup of test_reserved"] == (
        f"the options of kv: port=80 is reserved by the system: write a port from 1024 on, {free}"
    )
    for test, host in (("another_machine", "192.0.2.1"), ("no_name", "nosuch..example")):
        message = told[f"ERROR at setup of test_{test}"]
        assert message.startswith(
            f"the options of kv: host='{host}' is no address of this machine ("
        )
        assert message.endswith("): write one such as '127.0.0.1' or '::1', or leave host out")
