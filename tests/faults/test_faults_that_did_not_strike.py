"""A planned fault that did not fire fails the test that planned it, and says which it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pytest_kv import KVAccount, KVError, mock_api
from tests.helpers.faces import BINDING_CALLS
from tests.helpers.suites import ASYNCIO


def plan_two(account: KVAccount) -> None:
    account.fail_keys("a")
    account.default_namespace.after_next_read("b", list)


MISSED: dict[str, tuple[Callable[[KVAccount], Any], str]] = {
    "never called": (
        lambda account: account.fail_next("get"),
        "a status 500 for get (get was never called)",
    ),
    "called once": (
        lambda account: account.fail_next("put", 503, after=1),
        "a status 503 for put after 1 call (put was called once)",
    ),
    "called twice": (
        lambda account: account.drop_next("list", after=2),
        "a dropped connection for list after 2 calls (list was called 2 times)",
    ),
    "less often": (
        lambda account: account.time_out_next("list", 3),
        "a timeout for list, 3 times (it struck 2 times)",
    ),
    "much less often": (
        lambda account: account.time_out_next("put", 3),
        "a timeout for put, 3 times (it struck once)",
    ),
    "always": (
        lambda account: account.fail_next("delete", times=None, done=True),
        "a status 500 for delete once it is done (delete was never called)",
    ),
    "over REST": (
        lambda account: account.refuse_next("put"),
        "a 200 with success false for put (put was never called over REST)",
    ),
    "of a key": (
        lambda account: account.fail_next("put", key="a"),
        "a status 500 for put of 'a' (put of 'a' was never called, only of 'c')",
    ),
    "of a key when nothing was called": (
        lambda account: account.drop_next("delete", key="a", after=1),
        "a dropped connection for delete of 'a' after 1 call (delete of 'a' was never called)",
    ),
    "of a key that was called once": (
        lambda account: account.time_out_next("put", key="c", after=1),
        "a timeout for put of 'c' after 1 call (put of 'c' was called once)",
    ),
    "of a key over REST": (
        lambda account: account.refuse_next("bulk_put", key="a"),
        "a 200 with success false for bulk_put of 'a' (bulk_put of 'a' was never called over REST)",
    ),
    "a delay": (
        lambda account: account.delay_next("list", 2.5, times=3),
        "a delay of 2.5 s for list, 3 times (it struck 2 times)",
    ),
    "keys": (
        lambda account: account.fail_keys("a", "b"),
        "'a', 'b' in unsuccessful_keys (no such bulk call came)",
    ),
    "keys several times": (
        lambda account: account.fail_keys("a", times=2),
        "'a' in unsuccessful_keys, 2 times (no such bulk call came)",
    ),
    "another writer": (
        lambda account: account.default_namespace.after_next_read("a", list),
        "another writer after a read of 'a' (it was never read)",
    ),
    "two of them": (
        plan_two,
        (
            "'a' in unsuccessful_keys (no such bulk call came); "
            "another writer after a read of 'b' (it was never read)"
        ),
    ),
}


async def attempt(account: KVAccount, operation: str) -> None:
    with suppress(KVError):
        await BINDING_CALLS[operation](account.default_namespace)


@pytest.mark.parametrize(("plan", "missed"), MISSED.values(), ids=MISSED)
async def test_the_message_says_which_and_why(
    plan: Callable[[KVAccount], Any], missed: str
) -> None:
    account = KVAccount()
    plan(account)
    for operation in ("put", "list", "list"):
        await attempt(account, operation)

    with pytest.raises(AssertionError) as failure:
        account.assert_all_faults_fired()

    assert str(failure.value) == f"not every planned fault struck: {missed}"


async def test_faults_that_struck_are_no_failure() -> None:
    account = KVAccount()
    account.assert_all_faults_fired()
    account.fail_next("put", times=2)
    account.fail_next("list", times=None)
    account.default_namespace.after_next_read("a", list)

    for operation in ("put", "put", "list", "get"):
        await attempt(account, operation)

    account.assert_all_faults_fired()


# Blocks


def test_a_block_says_which_at_its_end() -> None:
    with pytest.raises(AssertionError) as failure, mock_api() as api:
        api.account.drop_next("list")

    assert str(failure.value) == (
        "not every planned fault struck: a dropped connection for list (list was never called)"
    )


def test_a_block_that_raises_says_nothing_else() -> None:
    account = KVAccount()
    account.drop_next("list")

    with pytest.raises(ZeroDivisionError), mock_api(account):
        raise ZeroDivisionError

    # The plugin would name it at the end of this test.
    with pytest.raises(AssertionError):
        account.assert_all_faults_fired()


# Fixtures

SUITE = """
    import unittest

    import anyio
    import pytest


    def test_sync(kv_account):
        kv_account.fail_next("get")


    async def test_asyncio(kv_account):
        kv_account.fail_next("get")


    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_anyio(kv_account, anyio_backend):
        kv_account.fail_next("get")


    class TestClass:
        async def test_method(self, kv_account):
            kv_account.fail_next("get")


    class TestUnittest(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _account(self, kv_account):
            self.account = kv_account

        def test_case(self):
            self.account.fail_next("get")


    def test_through_the_api(kv_api):
        kv_api.account.fail_next("get")


    @pytest.fixture
    def planned(kv_account):
        kv_account.fail_next("get")


    def test_planned_by_a_fixture(planned):
        pass
"""


def failures(result: pytest.RunResult) -> dict[str, str]:
    """The name of each failed test and what the summary says of it."""
    lines = [line for line in result.outlines if line.startswith(("FAILED ", "ERROR "))]
    parts = [line.partition("::")[2].partition(" - ") for line in lines]
    return {name: told for name, _, told in parts}


def run(pytester: pytest.Pytester, suite: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(suite)
    return pytester.runpytest("-p", "no:randomly", "-rfE", *ASYNCIO, *options)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("CI", "true")


def test_a_test_of_any_kind_fails_with_a_line_that_says_which(pytester: pytest.Pytester) -> None:
    result = run(pytester, SUITE)

    line = "Failed: not every planned fault struck: a status 500 for get (get was never called)"
    assert set(failures(result).values()) == {line}
    assert list(failures(result)) == [
        "test_sync",
        "test_asyncio",
        "test_anyio[asyncio]",
        "TestClass::test_method",
        "TestUnittest::test_case",
        "test_through_the_api",
        "test_planned_by_a_fixture",
    ]
    result.assert_outcomes(failed=7)
    result.stdout.no_fnmatch_line("*pytest_kv/*.py*")
    result.stdout.no_fnmatch_line("*traceback entries are hidden*")


OTHER_FAILURES = """
    import unittest

    import pytest


    def test_sync(kv_account):
        kv_account.fail_next("get")
        assert not "reached"


    async def test_async(kv_account):
        kv_account.fail_next("get")
        assert not "reached"


    class TestUnittest(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _account(self, kv_account):
            self.account = kv_account

        def test_case(self):
            self.account.fail_next("get")
            self.fail("reached")


    def test_through_the_api(kv_api):
        kv_api.account.fail_next("get")
        assert not "reached"


    def test_skipped(kv_account):
        kv_account.fail_next("get")
        pytest.skip("no need")


    @pytest.mark.xfail(raises=ZeroDivisionError, strict=True)
    def test_expected_to_fail(kv_account):
        kv_account.fail_next("get")
        1 / 0
"""


def test_a_test_that_failed_otherwise_shows_that_failure_alone(pytester: pytest.Pytester) -> None:
    result = run(pytester, OTHER_FAILURES)

    result.assert_outcomes(failed=4, skipped=1, xfailed=1)
    result.stdout.no_fnmatch_line("*planned fault*")


def test_faults_that_struck_pass(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from pytest_kv import KVError

        async def test_strikes(kv_account, kv_namespace):
            kv_account.fail_next("get")
            with pytest.raises(KVError):
                await kv_namespace.get("a")

        def test_plans_nothing(kv_account):
            pass

        def test_uses_nothing():
            pass
        """,
    )

    result.assert_outcomes(passed=3)


def test_the_report_of_a_missed_fault_has_the_calls(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        async def test_calls(kv_account, kv_namespace):
            kv_account.fail_next("get", after=1)
            await kv_namespace.get("a")
        """,
    )

    result.stdout.fnmatch_lines(
        [
            "not every planned fault struck: a status 500 for get after 1 call (get was called*",
            "*- KV calls -*",
            "1. get 'a' via binding",
        ]
    )


def test_what_another_writer_raises_is_shown_at_the_line_of_the_read(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        async def test_reads(kv_namespace):
            kv_namespace.after_next_read("a", lambda: kv_namespace.put("", "v"))
            await kv_namespace.get("a")
        """,
    )

    result.stdout.fnmatch_lines([">*await kv_namespace.get*", "E*Key name cannot be empty."])
    result.stdout.no_fnmatch_line("*pytest_kv/*.py*")
