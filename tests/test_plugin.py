"""The plugin as a suite meets it: what its fixtures give, and what it works beside."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from pytest_kv import KVAccount, KVApi, KVClock, KVNamespace
from tests.helpers.samples import WAYS, request_for
from tests.helpers.suites import ASYNCIO, failures_in

# What the fixtures give


def test_the_fixtures_of_a_test_share_one_account(
    kv_account: KVAccount,
    kv_namespace: KVNamespace,
    kv_env: SimpleNamespace,
    kv_api: KVApi,
    kv_clock: KVClock,
) -> None:
    assert kv_namespace is kv_account.default_namespace
    assert vars(kv_env) == {"KV": kv_namespace}
    assert kv_api.account is kv_account
    assert kv_clock is kv_account.clock


async def test_what_one_face_writes_the_other_deletes(
    kv_api: KVApi, kv_env: SimpleNamespace, kv_namespace: KVNamespace
) -> None:
    await kv_env.KV.put("a", "1")

    assert WAYS["sync"](request_for(kv_api, "delete")).json()["success"]

    assert await kv_namespace.get("a") is None
    kv_namespace.assert_only_deleted("a")


@pytest.mark.kv(title="SESSIONS", bindings=["CACHE", "ASSETS"])
async def test_each_binding_is_a_namespace_of_its_own(
    kv_env: SimpleNamespace, kv_account: KVAccount
) -> None:
    await kv_env.CACHE.put("k", "v")

    assert list(vars(kv_env)) == ["SESSIONS", "CACHE", "ASSETS"]
    assert [len(kv_env.SESSIONS.data), len(kv_env.CACHE.data), len(kv_env.ASSETS.data)] == [0, 1, 0]
    assert kv_env.SESSIONS is kv_account.default_namespace
    assert kv_env.ASSETS is kv_account.namespace("ASSETS")


@pytest.mark.kv(account_id="a" * 32, namespace_id="b" * 32, api_token="token")
def test_the_marker_names_ids_and_token(kv_api: KVApi) -> None:
    assert (kv_api.account_id, kv_api.namespace_id, kv_api.api_token) == (
        "a" * 32,
        "b" * 32,
        "token",
    )


@pytest.mark.kv(seed=7)
def test_ids_are_drawn_from_the_seed(kv_account: KVAccount) -> None:
    same, another = KVAccount(seed=7), KVAccount()

    assert (kv_account.id, kv_account.default_namespace.id) == (same.id, same.default_namespace.id)
    assert kv_account.id != another.id


async def test_the_clock_expires_keys(kv_namespace: KVNamespace, kv_clock: KVClock) -> None:
    await kv_namespace.put("session", "alice", expirationTtl=3600)

    kv_clock.advance(3599)
    assert "session" in kv_namespace.data
    kv_clock.advance(1)

    assert "session" not in kv_namespace.data
    assert await kv_namespace.get("session") is None


def test_two_tests_share_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        seen = []

        @pytest.mark.parametrize("number", [1, 2])
        async def test_alone(number, kv_account, kv_namespace, kv_api, kv_clock):
            assert not kv_namespace.data
            assert not kv_namespace.calls
            assert not kv_namespace.deletes
            assert not [route for route in kv_api.routes if route.called]
            assert len(kv_account.namespaces) == 1
            assert "+0 s" in repr(kv_clock)
            assert not [other for other in seen if other in (kv_account, kv_namespace, kv_api)]
            seen.extend([kv_account, kv_namespace, kv_api])

            await kv_namespace.put("k", "v")
            await kv_namespace.delete("k")
            kv_api.routes["get"].respond(500)
            kv_account.create_namespace("SECOND")
            kv_clock.advance(60)
        """
    )

    pytester.runpytest_inprocess(*ASYNCIO).assert_outcomes(passed=2)


# What pytest says of the plugin


FIXTURES = {
    "kv_account": "One simulated Cloudflare account, new for each test; "
    "all kv fixtures of a test share it.",
    "kv_namespace": "An empty in-memory KV namespace, new for each test: "
    "what a Python Worker sees as env.KV.",
    "kv_env": "A Worker's env: kv_env.KV and the option bindings, or what the option wrangler "
    "declares.",
    "kv_api": "The account's REST API, mocked with respx for httpx and httpx2, sync and async.",
    "kv_server": "The account's REST API over HTTP on a port of this machine, for any client.",
    "session_kv_server": "One server for the whole run; it answers from the kv_account of the "
    "test that is running.",
    "kv_intercept": "The account's REST API at https://api.cloudflare.com, for any client of this "
    "process.",
    "kv_clock": "The clock of the test's account: kv_clock.advance(seconds) moves it without "
    "waiting.",
    "kv_worker": "Calls a Python Worker with kv_env as its env: "
    "await kv_worker(Default).fetch(url).",
}


def test_pytest_lists_each_fixture_with_what_it_gives(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--fixtures", *ASYNCIO)

    listed = re.findall(
        r"^(\w*kv_\w+)(?: \[session scope\])? -- .*plugin\.py:\d+\n    (.+)\n\n",
        f"{result.stdout}",
        re.MULTILINE,
    )
    assert dict(listed) == FIXTURES


def test_pytest_lists_the_marker_and_its_options(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--markers", *ASYNCIO)

    result.stdout.fnmatch_lines_random(
        "@pytest.mark.kv(account_id=..., namespace_id=..., title=..., api_token=..., seed=..., "
        "host=..., port=..., bindings=..., limits=..., wrangler=..., wrangler_env=..., "
        "strict=...): configure the kv fixtures of a test."
    )


def test_pytest_explains_each_option_of_the_ini_file(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    result = pytester.runpytest_inprocess("--help", *ASYNCIO)

    assert re.findall(r"^  (kv_\w+) \((\w+)\):\s+(.+)$", str(result.stdout), re.MULTILINE) == [
        ("kv_account_id", "string", "pytest-kv: the account's id, 32 hex digits"),
        ("kv_namespace_id", "string", "pytest-kv: the default namespace's id, 32 hex digits"),
        ("kv_title", "string", "pytest-kv: the default namespace's title"),
        (
            "kv_api_token",
            "string",
            "pytest-kv: the only API token the account accepts; without it the account accepts any",
        ),
        ("kv_seed", "string", "pytest-kv: the whole number that ids are drawn from"),
        (
            "kv_host",
            "string",
            "pytest-kv: the address at which kv_server listens; 127.0.0.1 unless set",
        ),
        ("kv_port", "string", "pytest-kv: the port of kv_server; any free one unless set"),
        (
            "kv_bindings",
            "args",
            "pytest-kv: names of more namespaces, each an attribute of kv_env",
        ),
        (
            "kv_limits",
            "linelist",
            "pytest-kv: limits of the account, one `name = number` a line",
        ),
        (
            "kv_wrangler",
            "string",
            "pytest-kv: the Wrangler configuration, or its folder, that says what kv_env has",
        ),
        (
            "kv_wrangler_env",
            "string",
            "pytest-kv: the environment in the Wrangler configuration; its top level unless set",
        ),
        ("kv_strict", "bool", "pytest-kv: make every KVUsageWarning an error"),
        (
            "kv_workers",
            "bool",
            "pytest-kv: make workers, js, pyodide.ffi and asgi importable for a Python Worker",
        ),
    ]


# Beside other plugins


SUITE = """\
import httpx
import pytest

{mark}
async def test_worker(kv_env, kv_clock):
    await kv_env.KV.put("k", "v", expirationTtl=60)
    kv_clock.advance(60)
    assert await kv_env.KV.get("k") is None

{mark}
async def test_client(kv_api):
    kv_api.namespace.seed({{"k": "v"}})
    url = f"{{kv_api.base_url}}/accounts/{{kv_api.account_id}}/storage/kv/namespaces"
    async with httpx.AsyncClient(headers={{"Authorization": "Bearer any"}}) as client:
        await client.delete(f"{{url}}/{{kv_api.namespace_id}}/values/k")
    kv_api.namespace.assert_only_deleted("k")

def test_fails(kv_namespace):
    kv_namespace.assert_deleted("user:1")
"""


class Setting(NamedTuple):
    """Options a suite is run with, the mark its async tests need, and how often each then runs."""

    options: tuple[str, ...]
    mark: str = ""
    runs: int = 1


# Without pytest's own complaint that a run inside a run finds its plugins imported already.
ERRORS = ("-W", "error", "-W", "ignore::pytest.PytestAssertRewriteWarning")

SETTINGS = {
    "asyncio's mode auto": Setting(ASYNCIO),
    "asyncio's mode strict": Setting((*ASYNCIO[2:], "--strict-markers"), "@pytest.mark.asyncio"),
    "anyio with asyncio and trio": Setting(("-p", "no:asyncio"), "@pytest.mark.anyio", runs=2),
    "warnings as errors": Setting((*ERRORS, *ASYNCIO)),
    "without respx's plugin": Setting(("-p", "no:respx", *ASYNCIO)),
    "xdist": Setting(("-n", "2", *ASYNCIO)),
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_suite_is_the_same_in_every_setting(setting: Setting, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_suite=SUITE.format(mark=setting.mark))

    result = pytester.runpytest_inprocess("--tb=short", *setting.options)

    result.assert_outcomes(passed=2 * setting.runs, failed=1)
    [told] = failures_in(result).values()
    assert [line for line in told if not line.startswith("[gw")] == [
        "test_suite.py:19: in test_fails",
        '    kv_namespace.assert_deleted("user:1")',
        "E   AssertionError: expected 'user:1' to be deleted in namespace 'KV', but it was not",
        "E     not deleted: 'user:1'",
        "E     deleted:     nothing",
    ]


def test_hypothesis_takes_a_block_and_refuses_a_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_suite="""
        import asyncio

        from hypothesis import given, settings
        from hypothesis import strategies as st
        from pytest_kv import mock_api

        @settings(max_examples=20)
        @given(st.sets(st.sampled_from("abcdef"), min_size=1))
        def test_block(keys):
            with mock_api() as api:
                assert api.namespace.deletes == []
                for key in keys:
                    asyncio.run(api.namespace.delete(key))
                api.namespace.assert_only_deleted(*keys)

        @given(st.text())
        def test_fixture(kv_namespace, key):
            pass
        """
    )

    result = pytester.runpytest_inprocess(*ASYNCIO)

    result.assert_outcomes(passed=1, failed=1)
    # Hypothesis's versions word the rest differently.
    message = failures_in(result)["test_fixture"][1]
    assert message.startswith("E   hypothesis.errors.FailedHealthCheck: ")
    assert "unction-scoped fixture 'kv_namespace'" in message
