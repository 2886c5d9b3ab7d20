"""Each test has its own calls and planned faults, whichever account it uses."""

from __future__ import annotations

import gc
import weakref

import pytest

from pytest_kv import KVAccount
from pytest_kv._core.uses import _NOW, Use
from pytest_kv._internal import unwatched_account
from pytest_kv._per_test import report_section
from tests.helpers.suites import ASYNCIO, failures_in

SECTION = "-- KV calls --"
MISSED = "not every planned fault struck: a status 500 for get (get was never called)"


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("CI", "true")


def run(pytester: pytest.Pytester, suite: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_suite=suite)
    return pytester.runpytest_inprocess("-p", "no:randomly", "-rfE", *ASYNCIO, *options)


def sections(result: pytest.RunResult, section: str = SECTION) -> dict[str, list[str]]:
    """The lines of a section, by the test's name or the heading above its report."""
    return {
        name: lines[lines.index(section) + 1 :]
        for name, lines in failures_in(result).items()
        if section in lines
    }


def summary(result: pytest.RunResult) -> dict[str, str]:
    """What the summary says of each failure and error."""
    lines = [line for line in result.outlines if line.startswith(("FAILED ", "ERROR "))]
    parts = [line.partition("::")[2].partition(" - ") for line in lines]
    return {name: told for name, _, told in parts}


# Calls

EVERY_ACCOUNT = """
    import asyncio
    import unittest

    import pytest
    from pytest_kv import KVAccount, mock_api, serve

    def call(account, key):
        asyncio.run(account.default_namespace.get(key))

    @pytest.fixture(scope="{scope}")
    def kv_account():
        account = KVAccount(seed=7)
        call(account, "set-up")
        return account

    def test_first(kv_account):
        call(kv_account, "first")
        assert False

    def test_passes(kv_account):
        call(kv_account, "passes")

    def test_second(kv_account):
        call(kv_account, "second")
        assert False

    def test_block():
        with mock_api() as api:
            call(api.account, "block")
            assert False

    def test_after_a_block():
        with serve() as server:
            call(server.account, "server")
        assert False

    def test_account():
        call(KVAccount(), "bare")
        assert False

    def test_namespace():
        namespace = KVAccount().default_namespace
        asyncio.run(namespace.get("namespace"))
        assert False

    class TestUnittest(unittest.TestCase):
        def setUp(self):
            self.account = KVAccount()

        def test_case(self):
            call(self.account, "unittest")
            self.fail()

    def test_without_calls(kv_account):
        assert False
"""

OF_EVERY_ACCOUNT = {
    "test_first": ["1. get 'set-up' via binding", "2. get 'first' via binding"],
    "test_second": ["1. get 'second' via binding"],
    "test_block": ["1. get 'block' via binding"],
    "test_after_a_block": ["1. get 'server' via binding"],
    "test_account": ["1. get 'bare' via binding"],
    "test_namespace": ["1. get 'namespace' via binding"],
    "TestUnittest.test_case": ["1. get 'unittest' via binding"],
}


@pytest.mark.parametrize("options", [(), ("-n", "2", "--dist", "loadfile")], ids=["one", "xdist"])
@pytest.mark.parametrize("scope", ["module", "session"])
def test_a_report_has_the_calls_of_its_test_on_any_account(
    scope: str, options: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    result = run(pytester, EVERY_ACCOUNT.format(scope=scope), *options)

    result.assert_outcomes(passed=1, failed=8)
    assert sections(result) == OF_EVERY_ACCOUNT


def test_an_account_that_is_overridden_for_each_test_is_its_own(pytester: pytest.Pytester) -> None:
    result = run(pytester, EVERY_ACCOUNT.format(scope="function"))

    set_up = ["1. get 'set-up' via binding"]
    assert sections(result) == OF_EVERY_ACCOUNT | {
        "test_second": [*set_up, "2. get 'second' via binding"],
        "test_without_calls": set_up,
    }


def test_several_accounts_have_headings_and_of_many_the_last_are_shown(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import asyncio
        from pytest_kv import KVAccount

        def test_two():
            for seed in (1, 2):
                asyncio.run(KVAccount(id=str(seed) * 32).default_namespace.get("a"))
            assert False

        def test_seven():
            for seed in range(7):
                asyncio.run(KVAccount(id=str(seed) * 32).default_namespace.get("a"))
            assert False
        """,
    )

    call = "1. get 'a' via binding"
    assert sections(result) == {
        "test_two": [
            f"Account 1 of 2, {'1' * 32}:",
            call,
            f"Account 2 of 2, {'2' * 32}:",
            call,
        ],
        "test_seven": [
            "… 2 accounts before",
            *(
                line
                for number in range(3, 8)
                for line in (f"Account {number} of 7, {str(number - 1) * 32}:", call)
            ),
        ],
    }


def test_calls_before_and_after_the_body_are_the_tests(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio
        import pytest
        from pytest_kv import KVAccount

        ACCOUNT = KVAccount()

        def call(key):
            asyncio.run(ACCOUNT.default_namespace.get(key))

        @pytest.fixture
        def around():
            call("before")
            yield
            call("after")
            assert False

        def test_passes(around):
            call("during")

        def test_passes_too():
            call("other")

        def test_fails():
            call("last")
            assert False
        """,
    )

    assert sections(result) == {
        "ERROR at teardown of test_passes": [
            "1. get 'before' via binding",
            "2. get 'during' via binding",
            "3. get 'after' via binding",
        ],
        "test_fails": ["1. get 'last' via binding"],
    }


def test_a_doctest_has_its_calls(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        '''
        def purge():
            """
            >>> import asyncio, pytest_kv
            >>> asyncio.run(pytest_kv.KVAccount().default_namespace.delete("a"))
            >>> 1
            2
            """
        ''',
        "--doctest-modules",
    )

    assert list(sections(result).values()) == [["1. delete 'a' via binding"]]


# Faults


PLANNERS = """
    import unittest

    import pytest
    from pytest_kv import KVAccount, mock_api

    @pytest.fixture(scope="{scope}")
    def kv_account():
        return KVAccount()

    def test_plans(kv_account):
        kv_account.fail_next("get")

    async def test_next(kv_account, kv_namespace):
        await kv_namespace.get("a")

    def test_bare():
        KVAccount().fail_next("get")

    def test_block():
        with mock_api() as api:
            api.account.fail_next("get")

    def test_caught():
        with pytest.raises(AssertionError), mock_api() as api:
            api.account.fail_next("get")

    class TestUnittest(unittest.TestCase):
        def test_case(self):
            KVAccount().fail_next("get")

    @pytest.fixture
    def in_teardown():
        account = KVAccount()
        yield
        account.fail_next("get")

    def test_plans_late(in_teardown):
        pass

    def test_plans_nothing():
        pass
"""


@pytest.mark.parametrize("scope", ["function", "class", "module", "session"])
def test_a_fault_that_did_not_strike_fails_its_own_test_once(
    scope: str, pytester: pytest.Pytester
) -> None:
    result = run(pytester, PLANNERS.format(scope=scope))

    assert summary(result) == {
        "test_plans": f"Failed: {MISSED}",
        "test_bare": f"Failed: {MISSED}",
        "test_block": f"AssertionError: {MISSED}",
        "TestUnittest::test_case": f"Failed: {MISSED}",
        "test_plans_late": f"Failed: {MISSED}",
    }
    result.assert_outcomes(passed=4, failed=4, errors=1)


def test_a_fault_of_every_kind_ends_with_the_test_that_planned_it(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import pytest
        from pytest_kv import KVAccount

        ACCOUNT = KVAccount()
        KV = ACCOUNT.default_namespace

        def test_plans():
            ACCOUNT.fail_next("get", times=None)
            ACCOUNT.fail_keys("a", "b")
            KV.after_next_read("a", lambda: KV.delete("a"))

        async def test_next():
            KV.seed({"a": "1"})
            assert await KV.get("a") == await KV.get("a") == "1"
        """,
    )

    [told] = summary(result).values()
    assert told == (
        f"Failed: {MISSED}; 'a', 'b' in unsuccessful_keys (no such bulk call came); "
        "another writer after a read of 'a' (it was never read)"
    )
    result.assert_outcomes(passed=1, failed=1)


def test_a_fault_of_a_fixture_with_a_wider_scope_lasts_as_long_as_the_fixture(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import pytest
        from pytest_kv import KVAccount, KVError

        @pytest.fixture(scope="module")
        def kv_account():
            account = KVAccount()
            account.fail_next("get", times=None)
            account.fail_next("put")
            return account

        @pytest.fixture(scope="module")
        def broken():
            KVAccount().fail_next("list")
            raise OSError

        @pytest.mark.parametrize("number", [1, 2])
        async def test_each(number, kv_namespace):
            with pytest.raises(KVError):
                await kv_namespace.get("a")

        def test_broken(broken):
            pass

        def test_last():
            pass
        """,
    )

    assert summary(result) == {
        "test_broken": "OSError",
        "test_last": "Failed: not every planned fault struck: a status 500 for put (put was never "
        "called) (planned by the fixture 'kv_account')",
    }
    result.assert_outcomes(passed=3, errors=2)


def test_a_fault_that_the_reset_of_a_test_forgets_fails_the_fixture_that_planned_it(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import pytest
        from pytest_kv import KVAccount, KVError

        @pytest.fixture(scope="module")
        def kv_account():
            account = KVAccount()
            account.fail_next("list")
            account.reset()
            account.fail_next("put", times=2)
            account.fail_next("get", times=None)
            account.fail_keys("a", "b")
            account.default_namespace.after_next_read("a", list)
            return account

        async def test_before_a_reset(kv_namespace):
            for call in (kv_namespace.put("a", "1"), kv_namespace.get("a")):
                with pytest.raises(KVError):
                    await call

        async def test_gives_up_its_own_fault(kv_account, kv_namespace):
            kv_account.fail_next("delete")
            kv_account.reset()
            await kv_namespace.delete("a")
            await kv_namespace.put("a", "1")

        def test_last(kv_account):
            kv_account.reset()
        """,
    )

    assert summary(result) == {
        "test_last": (
            "Failed: not every planned fault struck: "
            "a status 500 for put, 2 times (it struck once), and reset() forgot it; "
            "'a', 'b' in unsuccessful_keys (no such bulk call came), and reset() forgot it; "
            "another writer after a read of 'a' (it was never read), and reset() forgot it "
            "(planned by the fixture 'kv_account')"
        )
    }
    result.assert_outcomes(passed=3, errors=1)


def test_a_fault_that_a_reset_forgets_outside_of_a_test_is_not_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_NOW, "planner", None)
    account = KVAccount()
    account.fail_next("get")

    account.reset()

    account.assert_all_faults_fired()


def test_nothing_of_a_test_is_kept_after_it(pytester: pytest.Pytester) -> None:
    use = Use()
    account = KVAccount()
    known = weakref.ref(account._core)
    account.fail_next("get")
    del account
    gc.collect()
    assert known() is not None

    use.end()
    del use
    gc.collect()

    assert known() is None


def test_where_no_test_runs_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_NOW, "use", None)
    monkeypatch.setattr(_NOW, "planner", None)
    account, unwatched = KVAccount(), unwatched_account()
    known = [weakref.ref(account._core), weakref.ref(unwatched._core)]

    account.fail_next("get")
    del account, unwatched
    gc.collect()

    assert [reference() for reference in known] == [None, None]


def test_a_report_of_a_test_that_nobody_watches_has_nothing(request: pytest.FixtureRequest) -> None:
    item: pytest.Item = request.node
    report = pytest.TestReport.from_item_and_call(
        item, pytest.CallInfo.from_call(lambda: None, "call")
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(item, "stash", pytest.Stash())
        report_section(item, report)

    assert report.sections == []


def test_a_run_inside_a_run_leaves_the_outer_test_as_it_was(pytester: pytest.Pytester) -> None:
    account = KVAccount()
    account.fail_next("get")
    outer = Use()

    run(pytester, "def test_inner(kv_account): pass").assert_outcomes(passed=1)
    KVAccount().fail_next("get")

    assert outer.planner.missed() == MISSED
    outer.end()
    with pytest.raises(AssertionError):
        account.assert_all_faults_fired()


# Examples


EXAMPLES = """
    import asyncio

    import pytest
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
    from pytest_kv import KVAccount, mock_api
    from pytest_kv.strategies import namespaces

    ACCOUNT = KVAccount()
    seen = []
    numbers = given(st.integers(0, 1000))

    @numbers
    def test_new_accounts(number):
        account = KVAccount()
        seen.append(account)
        asyncio.run(account.default_namespace.get(f"{number}"))
        assert number < 10

    @numbers
    def test_one_account(number):
        asyncio.run(ACCOUNT.default_namespace.get(f"{number}"))
        assert number < 10

    @numbers
    async def test_async(number):
        with mock_api() as api:
            await api.namespace.get(f"{number}")
        assert number < 10

    @given(namespaces(), st.integers(0, 1000))
    async def test_drawn(namespace, number):
        await namespace.get(f"{number}")
        assert number < 10

    @settings(suppress_health_check=list(HealthCheck))
    @numbers
    async def test_the_fixtures(kv_namespace, number):
        await kv_namespace.get(f"{number}")
        assert number < 10
"""

EACH_EXAMPLE = ["1. get '10' via binding"]


@pytest.mark.parametrize("options", [(), ("-p", "no:asyncio")], ids=["pytest-asyncio", "anyio"])
def test_a_failing_example_has_its_own_calls_alone(
    options: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    mark = "pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures('anyio_backend')]"
    pytester.makeconftest(
        "import pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'"
    )
    suite = EXAMPLES.replace("ACCOUNT = KV", f"{mark}\n    ACCOUNT = KV") if options else EXAMPLES

    result = run(pytester, suite, "--hypothesis-profile=ci", *options)

    assert {name: lines[0:1] for name, lines in sections(result).items()} == dict.fromkeys(
        ["test_new_accounts", "test_one_account", "test_async", "test_drawn", "test_the_fixtures"],
        EACH_EXAMPLE,
    )


def test_a_failing_state_machine_has_the_calls_of_its_last_example_alone(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import asyncio

        from hypothesis import strategies as st
        from hypothesis.stateful import RuleBasedStateMachine, rule
        from pytest_kv import KVAccount

        ACCOUNT = KVAccount()

        class Machine(RuleBasedStateMachine):
            def __init__(self):
                super().__init__()
                self.account = KVAccount()
                self.account.fail_next("get")

            @rule(number=st.integers(0, 1000))
            def delete(self, number):
                for account in (self.account, ACCOUNT):
                    asyncio.run(account.default_namespace.delete(f"{number}"))
                assert number < 10

        class Passing(Machine):
            @rule()
            def delete(self):
                pass

        TestMachine = Machine.TestCase
        TestPassing = Passing.TestCase
        """,
        "--hypothesis-profile=ci",
    )

    [failing, missed] = failures_in(result).values()
    calls = failing[failing.index(SECTION) + 1 :]
    assert [line for line in calls if not line.startswith("Account ")] == [
        "1. delete '10' via binding"
    ] * 2
    assert missed == [MISSED]


def test_a_fault_of_an_example_is_checked_with_it(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio
        import pytest
        from hypothesis import assume, given
        from hypothesis import strategies as st
        from pytest_kv import KVAccount, KVError

        ACCOUNT = KVAccount()

        @given(st.integers(0, 1000))
        def test_examples(number):
            ACCOUNT.fail_next("get")
            assume(number % 2 == 0)
            if number < 10:
                with pytest.raises(KVError):
                    asyncio.run(ACCOUNT.default_namespace.get("a"))

        def test_next():
            asyncio.run(ACCOUNT.default_namespace.get("a"))
        """,
        "--hypothesis-profile=ci",
    )

    result.assert_outcomes(passed=1, failed=1)
    assert list(summary(result).values()) == [f"Failed: {MISSED}"]
    assert "number=10," in str(result.stdout)


def test_the_contract_shows_its_own_calls_alone(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        from pytest_kv import KVAccount
        from pytest_kv.contract import KVBindingContract

        class Broken:
            def __init__(self, kv):
                self.kv = kv

            async def get(self, key):
                return await self.kv.get(key)

            async def delete(self, key):
                pass

        class TestBroken(KVBindingContract):
            quick = True

            def make_client(self, kv):
                return Broken(kv)
        """,
    )

    assert result.parseoutcomes()["failed"] >= 1
    assert sections(result) == {}
    assert "planned fault" not in str(result.stdout)


# The marker, and scopes


def test_a_marker_that_an_overridden_account_does_not_follow_is_an_error(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import pytest
        from pytest_kv import KVAccount

        @pytest.fixture(scope="module")
        def kv_account():
            return KVAccount(id="a" * 32)

        @pytest.mark.kv(account_id="b" * 32, title="CACHE", seed=0, strict=True)
        def test_other(kv_namespace):
            pass

        @pytest.mark.kv(limits={"bulk_items": 2})
        def test_limits(kv_account):
            pass

        @pytest.mark.kv(limits={"bulk_items": 10_000}, wrangler="")
        def test_same_limits(kv_account):
            pass

        @pytest.mark.kv(account_id="a" * 32, title="KV", bindings=[], port=0)
        def test_same(kv_namespace):
            pass

        @pytest.mark.kv(bindings=["CACHE"])
        def test_bindings(kv_env):
            pass

        @pytest.mark.kv(seeed=3)
        def test_unknown(kv_account):
            pass

        class TestOther:
            @pytest.fixture
            def kv_account(self):
                class Other:
                    def __repr__(self):
                        return "object"

                return Other()

            @pytest.mark.kv(title="CACHE")
            def test_no_account(self, kv_account):
                pass

            def test_no_marker(self, kv_account):
                assert repr(kv_account) == "object"

        class TestWrapped:
            @pytest.fixture
            def kv_account(self, request):
                given = request.node.get_closest_marker("kv").kwargs
                return KVAccount(namespace_id=given["namespace_id"], seed=3)

            @pytest.mark.kv(namespace_id="c" * 32, seed=3)
            def test_own(self, kv_namespace):
                assert kv_namespace.id == "c" * 32
        """,
    )

    said = (
        "Failed: the options of kv: kv_account is overridden, so the marker cannot set {}: give it "
        "to KVAccount(…) there, or let an override of the scope 'function' use the fixture that it "
        "replaces, def kv_account(kv_account): …"
    )
    told = summary(result)
    assert told.pop("test_unknown").endswith(", each as a keyword, not seeed")
    assert told == {
        "test_other": said.format("account_id, title"),
        "test_bindings": said.format("bindings"),
        "test_limits": said.format("limits"),
        "TestOther::test_no_account": gives("kv_account", "object", "KVAccount"),
    }
    result.assert_outcomes(passed=4, errors=5)


def test_an_override_that_uses_the_fixture_follows_the_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.fixture
        def kv_account(kv_account):
            kv_account.default_namespace.seed({"a": "1"})
            return kv_account

        @pytest.mark.kv(title="CACHE", bindings=["OTHER"], seed=7, api_token="token")
        def test_marker(kv_env):
            assert kv_env.CACHE.data and kv_env.OTHER is not None
        """,
    )

    result.assert_outcomes(passed=1)


def gives(name: str, given: str, kind: str) -> str:
    """What is told of a fixture that gives something else than its name promises."""
    return (
        f"Failed: the fixture {name!r} gives {given}: let it return or yield a {kind}, or give it "
        "another name"
    )


def test_an_override_that_gives_something_else_is_named(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        class TestNone:
            @pytest.fixture(scope="class")
            @classmethod
            def kv_account(cls):
                pass

            def test_account(self, kv_account):
                pass

        class TestNoNamespace:
            @pytest.fixture
            def kv_namespace(self, kv_namespace):
                kv_namespace.seed({"a": "1"})

            def test_namespace(self, kv_namespace):
                pass

        class TestNoServer:
            @pytest.fixture
            def kv_server(self):
                yield

            def test_server(self, kv_server):
                pass

        class TestNoAccount:
            @pytest.fixture
            def kv_account(self):
                return "an id"

            @pytest.mark.parametrize(
                "name",
                [
                    "kv_namespace",
                    "kv_env",
                    "kv_api",
                    "kv_server",
                    "kv_intercept",
                    "kv_clock",
                    "session_kv_server",
                ],
            )
            def test_used(self, name, request):
                request.getfixturevalue(name)

            def test_not_used(self, kv_account):
                assert kv_account == "an id"

        class TestWrapper:
            @pytest.fixture
            def kv_namespace(self, kv_namespace):
                return [kv_namespace]

            def test_wrapper(self, kv_namespace):
                assert len(kv_namespace) == 1
        """,
    )

    no_account = gives("kv_account", "'an id'", "KVAccount")
    assert summary(result) == {
        "TestNone::test_account": gives("kv_account", "None", "KVAccount"),
        "TestNoNamespace::test_namespace": gives("kv_namespace", "None", "KVNamespace"),
        "TestNoServer::test_server": gives("kv_server", "None", "KVServer"),
        "TestNoAccount::test_used[kv_namespace]": no_account,
        "TestNoAccount::test_used[kv_env]": no_account,
        "TestNoAccount::test_used[kv_api]": no_account,
        "TestNoAccount::test_used[kv_server]": no_account,
        "TestNoAccount::test_used[kv_intercept]": no_account,
        "TestNoAccount::test_used[kv_clock]": no_account,
        "TestNoAccount::test_used[session_kv_server]": no_account,
    }
    result.assert_outcomes(passed=2, failed=7, errors=3)


def test_a_fixture_of_a_wider_scope_is_told_what_to_use(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.fixture(scope="session")
        def app(kv_api):
            return kv_api

        @pytest.fixture(scope="module")
        def worker(kv_namespace):
            return kv_namespace

        @pytest.fixture(scope="module")
        def kv_account(kv_account):
            return kv_account

        def test_app(app):
            pass

        def test_worker(worker):
            pass

        def test_override(kv_account):
            pass
        """,
    )

    binding = (
        "make a KVAccount(…) there and use its default_namespace as the binding, or give the app "
        "kv_namespace in a fixture for each test"
    )
    cannot = "is new for each test, so a fixture of the scope"
    assert sections(result, "-- KV fixtures --") == {
        "ERROR at setup of test_app": [
            (
                f"kv_api {cannot} 'session' cannot use it: use session_kv_server there, or "
                "mock_api(), serve() or intercept() as a block, which take a KVAccount(…) of "
                "yours; docs/scopes.md has recipes."
            )
        ],
        "ERROR at setup of test_worker": [
            f"kv_namespace {cannot} 'module' cannot use it: {binding}; docs/scopes.md has recipes."
        ],
        "ERROR at setup of test_override": [
            f"kv_account {cannot} 'module' cannot use it: {binding}; docs/scopes.md has recipes."
        ],
    }
