"""The environment: the fake's credentials while the API is mocked, and then what was there."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from unittest import mock

import pytest
from cloudflare import Cloudflare
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import KVAccount, mock_api
from pytest_kv._transports import environment
from pytest_kv._transports.environment import fake_environment, without_proxy
from tests.helpers.samples import SDK_CALLS, SEED, ids_of

ALWAYS = {
    "CLOUDFLARE_API_TOKEN": "token",
    "CF_API_TOKEN": "token",
    "CLOUDFLARE_ACCOUNT_ID": "account",
    "CF_ACCOUNT_ID": "account",
}
WHERE_SET = {
    "CLOUDFLARE_API_KEY": "token",
    "CF_API_KEY": "token",
    "CLOUDFLARE_API_USER_SERVICE_KEY": "token",
    "CF_API_USER_SERVICE_KEY": "token",
    "CLOUDFLARE_EMAIL": "pytest-kv@example.com",
    "CLOUDFLARE_API_EMAIL": "pytest-kv@example.com",
    "CF_EMAIL": "pytest-kv@example.com",
    "CF_API_EMAIL": "pytest-kv@example.com",
    "CLOUDFLARE_BASE_URL": "https://fake",
    "CLOUDFLARE_API_BASE_URL": "https://fake",
    "CF_API_BASE_URL": "https://fake",
    "CLOUDFLARE_API_URL": "https://fake",
    "CF_API_URL": "https://fake",
    "CLOUDFLARE_CUSTOM_HEADERS": "",
}

environments = st.dictionaries(
    st.sampled_from([*ALWAYS, *WHERE_SET, "CLOUDFLARE_ZONE_ID", "CF_PAGES", "HOME"]),
    st.just("real-secret"),
)


@pytest.fixture
def _real_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real secret under every name where a client could find one."""
    for name in (*ALWAYS, *WHERE_SET):
        monkeypatch.setenv(name, "real-secret")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "https://real-secret.example.com")
    monkeypatch.setenv("CLOUDFLARE_CUSTOM_HEADERS", "Authorization: Bearer real-secret")


def faked() -> AbstractContextManager[None]:
    return fake_environment(account_id="account", api_token="token", base_url="https://fake")


@given(environments)
def test_ours_are_the_fakes_during_the_block_and_all_are_as_before_after_it(
    environment: dict[str, str],
) -> None:
    with mock.patch.dict(os.environ, environment, clear=True):
        with faked():
            where_set = {name: WHERE_SET[name] for name in WHERE_SET if name in environment}
            assert dict(os.environ) == environment | ALWAYS | where_set

        assert dict(os.environ) == environment


@given(environments, st.sets(st.sampled_from(list(ALWAYS))))
def test_they_are_as_before_whatever_was_done_to_them_during_the_block(
    environment: dict[str, str], deleted: set[str]
) -> None:
    with mock.patch.dict(os.environ, environment, clear=True):
        with faked():
            for name in ALWAYS.keys() | environment.keys() & WHERE_SET.keys():
                os.environ[name] = "changed"
            for name in deleted:
                del os.environ[name]

        assert dict(os.environ) == environment


@pytest.mark.usefixtures("_real_credentials")
def test_they_are_as_before_after_an_exception() -> None:
    before = dict(os.environ)

    with pytest.raises(ZeroDivisionError), faked():
        _ = 1 / 0

    assert dict(os.environ) == before


def test_the_api_puts_its_own_account_there() -> None:
    with mock_api(KVAccount(id="a" * 32, api_token="named")):
        assert {name: os.environ[name] for name in ALWAYS} == {
            "CLOUDFLARE_API_TOKEN": "named",
            "CF_API_TOKEN": "named",
            "CLOUDFLARE_ACCOUNT_ID": "a" * 32,
            "CF_ACCOUNT_ID": "a" * 32,
        }


def test_an_inner_block_gives_the_environment_back_to_the_outer_one() -> None:
    with mock_api(KVAccount(api_token="outer")):
        with mock_api(KVAccount(api_token="inner")):
            assert os.environ["CLOUDFLARE_API_TOKEN"] == "inner"
        assert os.environ["CLOUDFLARE_API_TOKEN"] == "outer"


@pytest.mark.usefixtures("_real_credentials")
@pytest.mark.parametrize("operation", SDK_CALLS)
def test_the_official_sdk_finds_no_real_credential_to_send(operation: str) -> None:
    with mock_api() as api, Cloudflare() as sdk:
        api.namespace.seed(SEED)

        SDK_CALLS[operation](sdk.kv.namespaces, ids_of(api))

    [call] = api.router.calls
    sent = [str(call.request.url), *call.request.headers.values()]
    assert [text for text in sent if "real-secret" in text] == []
    assert any(api.api_token in text for text in sent)


FAILING_SUITE = """
    import os

    import httpx
    import pytest
    from cloudflare import Cloudflare
    from pytest_kv import mock_api

    @pytest.fixture
    def failing_setup(kv_api):
        raise RuntimeError(dict(os.environ))

    @pytest.fixture
    def failing_teardown(kv_api):
        yield
        raise RuntimeError(dict(os.environ))

    def test_setup_fails(failing_setup):
        pass

    def test_teardown_fails(failing_teardown):
        pass

    def test_environment_is_compared(kv_api):
        environment = dict(os.environ)
        assert environment == {}

    def test_environment_is_printed(kv_api):
        print(dict(os.environ))
        assert False

    def test_key_is_missing(kv_api):
        sdk, ids = Cloudflare(), {"namespace_id": kv_api.namespace_id}
        headers = sdk.auth_headers
        sdk.kv.namespaces.values.get("missing", account_id=kv_api.account_id, **ids)

    def test_requests_are_compared(kv_api):
        Cloudflare().kv.namespaces.list(account_id=kv_api.account_id)
        assert [call.request.headers.raw for call in kv_api.router.calls] == []

    def test_other_operation(kv_api):
        Cloudflare().zones.list()

    def test_other_host(kv_api):
        token = os.environ["CLOUDFLARE_API_TOKEN"]
        httpx.get("https://example.com/", headers={"Authorization": f"Bearer {token}"})

    def test_block_fails():
        with mock_api() as outer, mock_api() as inner:
            Cloudflare().kv.namespaces.list(account_id="0" * 32)
"""

UNMOCKED_SUITE = """
    import os

    def test_environment_is_compared():
        assert os.environ["CLOUDFLARE_API_TOKEN"] == ""
"""


def everything_told(pytester: pytest.Pytester, suite: str, **outcomes: int) -> str:
    """All that pytest says of a suite, at its most talkative, on the terminal and in a file."""
    pytester.makepyfile(suite)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    talkative = ("-vv", "-rA", "--showlocals", "--setup-show", "--log-level=DEBUG")

    result = pytester.runpytest_inprocess(*talkative, "--junitxml=report.xml")

    result.assert_outcomes(**outcomes)
    report = pytester.path.joinpath("report.xml").read_text(encoding="utf-8")
    return "\n".join([*result.outlines, *result.errlines, report])


@pytest.mark.usefixtures("_real_credentials")
def test_no_real_credential_is_printed_when_tests_of_the_api_fail(
    pytester: pytest.Pytester,
) -> None:
    told = everything_told(pytester, FAILING_SUITE, failed=7, passed=1, errors=2)

    assert "pytest-kv-token-" in told
    assert "real-secret" not in told


@pytest.mark.usefixtures("_real_credentials")
def test_one_would_be_printed_without_the_api(pytester: pytest.Pytester) -> None:
    told = everything_told(pytester, UNMOCKED_SUITE, failed=1)

    assert "real-secret" in told


# Proxies


def excluded(**options: bool) -> dict[str, str]:
    return without_proxy("a", "b", **options)


@pytest.fixture
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.usefixtures("_no_proxies")
def test_hosts_are_excluded_from_proxies_where_one_is_set_or_may_be_set_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = {"NO_PROXY": "a,b", "no_proxy": "a,b"}
    assert (excluded(), excluded(always=True)) == ({}, both)

    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:8080")
    assert (excluded(), excluded(always=True)) == (both, both)

    monkeypatch.setenv("NO_PROXY", "*")
    assert (excluded(), excluded(always=True)) == ({}, {})


@pytest.mark.usefixtures("_no_proxies")
def test_the_proxies_of_the_system_stay_in_use_for_other_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on macOS, where any variable for proxies hides the settings of the system."""
    monkeypatch.setattr(environment, "getproxies", lambda: {"https": "http://proxy:8080"})

    assert excluded(always=True) == {}
