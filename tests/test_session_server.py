"""One server for a whole run, which answers from the account of the test that is running."""

from __future__ import annotations

import pytest

from pytest_kv import KVAccount
from pytest_kv._transports.session_server import SessionServer
from tests.helpers.suites import ASYNCIO, failures_in

APP = """
    import json
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    import pytest

    OPENER = build_opener(ProxyHandler({}))


    class App:
        def __init__(self, server):
            self.server = server
            namespaces = f"{server.base_url}/accounts/{server.account_id}/storage/kv/namespaces"
            self.url = f"{namespaces}/{server.namespace_id}/values"
            self.headers = {"Authorization": f"Bearer {server.api_token}"}

        def call(self, method, key, body=None):
            request = Request(f"{self.url}/{key}", body, self.headers, method=method)
            try:
                return OPENER.open(request).read().decode()
            except HTTPError as error:
                [told] = json.loads(error.read())["errors"]
                return f"{error.code}: {told['message']}"


    APPS = []


    @pytest.fixture(scope="session")
    def app(session_kv_server):
        APPS.append(App(session_kv_server))
        return APPS[0]
"""

SUITE = """
    import unittest

    import pytest
    from hypothesis import given
    from hypothesis import strategies as st

    @pytest.mark.parametrize("number", range(4))
    def test_own(app, kv_namespace, number):
        app.call("DELETE", f"key:{number}")
        kv_namespace.assert_only_deleted(f"key:{number}")

    def test_without_the_account(app, session_kv_server):
        app.call("PUT", "a", b"1")
        session_kv_server.namespace.assert_put("a", "1")

    async def test_the_binding(app, kv_env, kv_clock):
        await kv_env.KV.put("a", "1", expirationTtl=60)
        assert app.call("GET", "a") == "1"
        kv_clock.advance(60)
        assert app.call("GET", "a").startswith("404")

    def test_a_fault(app, kv_account):
        kv_account.fail_next("get", 503)
        assert app.call("GET", "a").startswith("503")

    @pytest.fixture
    def early(app):
        app.call("DELETE", "early")

    def test_a_fixture(early, kv_namespace):
        kv_namespace.assert_only_deleted("early")

    @given(st.integers(0, 5))
    def test_examples(app, number):
        assert app.call("PUT", f"key:{number}", b"1")

    class TestUnittest(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _app(self, app, kv_namespace):
            self.app, self.namespace = app, kv_namespace

        def test_case(self):
            self.app.call("DELETE", "unittest")
            self.namespace.assert_only_deleted("unittest")

    def test_fails(app):
        app.call("GET", "missing")
        assert False

    def test_misses(app, kv_account):
        kv_account.fail_next("get")
"""


def run(pytester: pytest.Pytester, suite: str, *options: str) -> pytest.RunResult:
    pytester.makeconftest(APP)
    pytester.makepyfile(test_suite=suite)
    return pytester.runpytest_subprocess(*ASYNCIO, *options)


@pytest.mark.parametrize(
    "options",
    [("-p", "no:randomly"), ("-p", "randomly", "-p", "no:xdist"), ("-n", "2")],
    ids=["in order", "in random order", "xdist"],
)
def test_the_server_answers_from_the_own_account_of_each_test(
    options: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    result = run(pytester, SUITE, *options)

    result.assert_outcomes(passed=10, failed=2)
    told = failures_in(result)
    assert told["test_fails"][-1] == "1. get 'missing' via rest -> 404 10009: get: 'key not found'"
    assert told["test_misses"][-1] == (
        "not every planned fault struck: a status 500 for get (get was never called)"
    )


def test_the_server_answers_from_an_account_of_a_wider_scope_in_its_tests(
    pytester: pytest.Pytester,
) -> None:
    suite = """
        import pytest
        from pytest_kv import KVAccount

        class TestTogether:
            @pytest.fixture(scope="class")
            @classmethod
            def kv_account(cls):
                return KVAccount()

            @pytest.fixture
            def early(self, app):
                app.call("PUT", "shared", b"1")

            def test_first(self, early, kv_account):
                assert list(kv_account.default_namespace.data) == ["shared"]

            def test_second(self, app):
                assert app.call("GET", "shared") == "1"

            def test_third(self, early, kv_account):
                assert len(kv_account.calls) == 3

        def test_own(app, kv_account):
            assert app.call("GET", "shared").startswith("404")
        """
    result = run(pytester, suite, "-p", "no:randomly")

    result.assert_outcomes(passed=4)


def test_a_marker_cannot_set_the_address_of_the_server(pytester: pytest.Pytester) -> None:
    suite = """
        import pytest

        kv = pytest.mark.kv

        @kv(port=8799)
        def test_port(session_kv_server):
            pass

        @kv(host="localhost", port=0)
        def test_both(app):
            pass

        @kv(title="PAGES", strict=True)
        def test_other_options(session_kv_server):
            assert session_kv_server.namespace.title == "PAGES"

        @kv(port=0)
        def test_two_servers(session_kv_server, kv_server):
            pass

        @kv(port=0)
        def test_late_server(session_kv_server, request):
            assert request.getfixturevalue("kv_server").base_url

        @kv(port=8799)
        class TestClass:
            def test_marked_class(self, session_kv_server):
                pass
    """

    result = run(pytester, suite)

    result.assert_outcomes(passed=4, errors=2)
    told = (
        "the options of kv: session_kv_server is one server for the whole run, so the marker "
        "cannot set its {}: set {} in the ini file, or use kv_server in this test"
    )
    assert failures_in(result) == {
        "ERROR at setup of test_port": [told.format("port", "kv_port")],
        "ERROR at setup of test_both": [told.format("host and port", "kv_host and kv_port")],
    }


def test_the_server_answers_from_no_account_with_other_ids(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini(f"[pytest]\nkv_account_id = {'c' * 32}\nkv_api_token = token")
    suite = """
        import pytest
        from pytest_kv import KVAccount

        def test_first(app):
            assert (app.server.account_id, app.server.api_token) == ("c" * 32, "token")

        @pytest.mark.kv(account_id="a" * 32)
        def test_id(app):
            pass

        @pytest.mark.kv(api_token="other")
        def test_token(app):
            pass

        @pytest.mark.kv(namespace_id="b" * 32)
        def test_without_the_server(kv_namespace):
            from conftest import APPS

            assert APPS[0].call("GET", "a").startswith("503: session_kv_server keeps one")

        class TestOverridden:
            @pytest.fixture
            def kv_account(self):
                return KVAccount(id="d" * 32)

            def test_app(self, app):
                pass

        class TestMock:
            @pytest.fixture
            def kv_account(self):
                return object()

            def test_mock(self, app):
                assert app.call("GET", "a").startswith("503: no test is running")
        """

    result = run(pytester, suite, "-p", "no:randomly", "-rE")

    result.assert_outcomes(passed=3, errors=3)
    said = (
        "session_kv_server keeps one account id, namespace id and API token for the whole run, and "
        "the kv_account of this test has others: give them in the ini file, so that every test has "
        "them, or use kv_server in this test"
    )
    assert str(result.stdout).count(f"\n{said}\n") == 3


def test_the_server_answers_a_test_that_gets_it_late_from_its_account(
    pytester: pytest.Pytester,
) -> None:
    suite = """
        import pytest

        def test_late(request, kv_namespace):
            app = request.getfixturevalue("app")
            app.call("DELETE", "a")
            kv_namespace.assert_only_deleted("a")
    """

    run(pytester, suite).assert_outcomes(passed=1)


def test_between_tests_and_afterwards_the_server_says_so(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        APP
        + """
    def pytest_runtest_logfinish():
        print("between:", APPS[0].call("GET", "a"))
        try:
            APPS[0].server.account
        except RuntimeError as error:
            print("account:", error)

    def pytest_unconfigure():
        try:
            APPS[0].server.namespace
        except RuntimeError as error:
            print("after:", error)
    """
    )
    pytester.makepyfile(
        """
        def test_first(app):
            app.server.account

        def test_second(tmp_path):
            pass
        """
    )

    result = pytester.runpytest_subprocess("-s", "-p", "no:randomly")

    no_test = (
        "no test is running: session_kv_server answers from the kv_account of the test that is "
        "running, so call it in a test or in a fixture"
    )
    closed = (
        "session_kv_server is closed: it lasts as long as the run of pytest, so stop what calls it "
        "when your session fixture is torn down"
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            f"*between: 503: {no_test}",
            f"account: {no_test}",
            f"after: {closed}",
        ]
    )


def test_an_account_that_is_made_from_the_server_is_an_error(
    pytester: pytest.Pytester,
) -> None:
    suite = """
        import pytest

        @pytest.fixture
        def kv_account(session_kv_server):
            return session_kv_server.account

        def test_circle(kv_account):
            pass
    """

    result = run(pytester, suite)

    assert (
        "\nsession_kv_server answers from kv_account, so kv_account cannot use session_kv_server: "
        "let kv_account return a KVAccount(…), or do not override it\n"
    ) in str(result.stdout)


def test_warnings_of_the_server_are_those_of_the_test(pytester: pytest.Pytester) -> None:
    suite = """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_collapsed(app, number):
            app.url = app.url.removesuffix("/values")
            app.call("DELETE", "")

        def test_last(app):
            pass
    """

    result = run(pytester, suite, "-p", "no:randomly", "-o", "kv_strict=true")

    assert "KVUsageWarning" in str(result.stdout)
    result.assert_outcomes(passed=1, failed=2)


def test_it_is_printed_with_its_address() -> None:
    server = SessionServer(KVAccount(), "127.0.0.1", 0)
    server.stop()

    assert repr(server) == f"<SessionServer at {server.base_url}>"


def test_the_words_about_the_real_address_name_the_fixture() -> None:
    server = SessionServer(KVAccount(), "127.0.0.1", 0)
    server.stop()

    assert server._words() == (
        "session_kv_server does not answer at api.cloudflare.com, only at "
        f"{server.base_url}: use this address (session_kv_server.base_url), or use kv_intercept "
        "for an address that is written into the code"
    )
