"""The API in one suite with pytest-httpx, pytest-httpserver and respx's own fixture."""

from __future__ import annotations

import pytest

from tests.helpers.suites import ASYNCIO

HELPERS = """
    import httpx
    import pytest

    ZONES = "https://api.cloudflare.com/client/v4/zones"
    PAGE = "https://example.com/page"

    def namespaces_of(api):
        url = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
        return httpx.get(url, headers={"Authorization": f"Bearer {api.api_token}"})

    LEAVES_THE_API = pytest.mark.httpx_mock(
        should_mock=lambda request: request.url.host != "api.cloudflare.com"
    )
"""

HIDDEN = """\
httpx_mock takes every request of this test before kv_api can see it; leave the API to kv_api:
    @pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != 'api.cloudflare.com')
"""


@pytest.fixture(autouse=True, scope="module")
def _no_network() -> None:
    """This folder's fixture of the same name, off: here a server on this machine is asked."""


def run(pytester: pytest.Pytester, suite: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(HELPERS + suite)
    return pytester.runpytest_inprocess("-W", "error", *ASYNCIO, *options)


def test_each_has_its_own_tests_in_one_suite(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @pytest.mark.parametrize("run", [1, 2])
    class TestEach:
        def test_kv_api(self, run, kv_api):
            assert namespaces_of(kv_api).json()["success"]

        def test_httpx_mock(self, run, httpx_mock):
            httpx_mock.add_response(url=ZONES, text="httpx_mock")
            assert httpx.get(ZONES).text == "httpx_mock"

        def test_httpx_mock_beside_a_namespace(self, run, httpx_mock, kv_namespace):
            kv_namespace.seed({"a": "v"})
            httpx_mock.add_response(url=ZONES, text="httpx_mock")
            assert httpx.get(ZONES).text == "httpx_mock"

        def test_respx_mock(self, run, respx_mock):
            respx_mock.get(ZONES).respond(text="respx_mock")
            assert httpx.get(ZONES).text == "respx_mock"

        def test_httpserver(self, run, httpserver):
            httpserver.expect_request("/page").respond_with_data("httpserver")
            assert httpx.get(httpserver.url_for("/page")).text == "httpserver"
    """,
    )

    result.assert_outcomes(passed=10)


def test_respx_mock_answers_other_hosts_and_other_paths_of_the_api(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
    def check(respx_mock, kv_api):
        respx_mock.get(ZONES).respond(text="zones")
        respx_mock.get(PAGE).respond(text="page")
        assert [httpx.get(ZONES).text, httpx.get(PAGE).text] == ["zones", "page"]
        assert namespaces_of(kv_api).json()["success"]

    def test_kv_api_first(kv_api, respx_mock):
        check(respx_mock, kv_api)

    def test_respx_mock_first(respx_mock, kv_api):
        check(respx_mock, kv_api)
    """,
    )

    result.assert_outcomes(passed=2)


def test_httpserver_is_reached_when_it_passes_through(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    def test_both(kv_api, httpserver):
        httpserver.expect_request("/page").respond_with_data("httpserver")
        kv_api.pass_through(httpserver.url_for("/"))

        assert httpx.get(httpserver.url_for("/page")).text == "httpserver"
        assert namespaces_of(kv_api).json()["success"]

    def test_blocked(kv_api, httpserver):
        with pytest.raises(AssertionError, match="not mocked!"):
            httpx.get(httpserver.url_for("/page"))
    """,
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("fixtures", ["kv_api, httpx_mock", "httpx_mock, kv_api", "kv_api, mocked"])
def test_httpx_mock_that_would_answer_for_the_api_is_an_error_that_says_what_to_do(
    fixtures: str, pytester: pytest.Pytester
) -> None:
    result = run(
        pytester,
        f"""
    @pytest.fixture
    def mocked(httpx_mock):
        return httpx_mock

    def test_both({fixtures}):
        pass

    @pytest.mark.httpx_mock(should_mock=lambda request: request.url.path != "/")
    def test_that_leaves_something_else({fixtures}):
        pass

    @LEAVES_THE_API
    class TestFar:
        @pytest.mark.httpx_mock(should_mock=lambda request: True)
        def test_that_does_not_after_all({fixtures}):
            pass
    """.replace("after_all(", "after_all(self, "),
    )

    result.assert_outcomes(errors=3)
    assert result.stdout.str().count(f"_\n{HIDDEN}") == 3


@pytest.mark.parametrize("fixtures", ["kv_api, httpx_mock", "httpx_mock, kv_api"])
def test_httpx_mock_that_leaves_the_api_alone_answers_the_rest(
    fixtures: str, pytester: pytest.Pytester
) -> None:
    result = run(
        pytester,
        f"""
    @LEAVES_THE_API
    @pytest.mark.httpx_mock(assert_all_responses_were_requested=True)
    def test_both({fixtures}):
        httpx_mock.add_response(url=PAGE, text="httpx_mock")

        assert httpx.get(PAGE).text == "httpx_mock"
        assert namespaces_of(kv_api).json()["success"]
        assert httpx.get(ZONES).status_code == 404

    @LEAVES_THE_API
    async def test_both_async({fixtures}):
        httpx_mock.add_response(url=PAGE, text="httpx_mock")

        async with httpx.AsyncClient() as client:
            assert (await client.get(PAGE)).text == "httpx_mock"
            assert (await client.get(ZONES)).status_code == 404
    """,
    )

    result.assert_outcomes(passed=2)


def test_a_fixture_called_httpx_mock_without_pytest_httpx_is_the_suites_own_affair(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
    @pytest.fixture
    def httpx_mock():
        pass

    def test_both(kv_api, httpx_mock):
        assert namespaces_of(kv_api).json()["success"]
    """,
        "-p",
        "no:pytest_httpx",
    )

    result.assert_outcomes(passed=1)
