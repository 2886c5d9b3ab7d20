"""``mock_api()``, ``serve()`` and ``intercept()`` as decorators of tests and of classes."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from pytest_kv import KVAccount, KVApi, KVIntercept, KVServer, intercept, mock_api, serve
from pytest_kv._core.uses import Planner, planning
from tests.helpers.samples import WAYS, request_for
from tests.helpers.suites import ASYNCIO, failures_in

MISSED = "not every planned fault struck: a status 500 for get (get was never called)"

ACCOUNT = KVAccount()


@mock_api()
def test_a_function_gets_the_block(kv_api: KVApi) -> None:
    assert WAYS["sync"](request_for(kv_api, "delete")).status_code == 200
    assert kv_api.account is not ACCOUNT


@serve(port=0)
async def test_a_coroutine_gets_the_block(kv_server: KVServer, tmp_path: object) -> None:
    await kv_server.namespace.put("a", "1")
    assert WAYS["sync"](request_for(kv_server, "delete")).status_code == 200
    assert tmp_path is not None


@intercept(ACCOUNT)
def test_the_account_is_the_one_that_is_given(kv_intercept: KVIntercept) -> None:
    assert kv_intercept.account is ACCOUNT


@mock_api(ACCOUNT)
def test_a_function_without_the_argument_gets_nothing(capsys: object) -> None:
    assert capsys is not None


@mock_api()
@mock.patch("os.getcwd", return_value="here")
def test_it_goes_beside_other_decorators(getcwd: Callable[[], str], kv_api: KVApi) -> None:
    assert getcwd() == "here"
    assert kv_api.account.calls == []


@mock_api()
@mock.patch("os.getcwd", return_value="here")
def test_mocks_from_below_follow_what_the_block_gives(
    kv_api: KVApi, getcwd: Callable[[], str]
) -> None:
    assert getcwd() == "here"
    assert kv_api.account.calls == []


@mock.patch("os.getcwd", return_value="here")
@mock_api()
async def test_mocks_from_above_follow_what_the_block_gives(
    kv_api: KVApi, getcwd: Callable[[], str], tmp_path: object
) -> None:
    assert getcwd() == "here"
    assert kv_api.account.calls == []
    assert tmp_path is not None


class TestMocks:
    @mock.patch("os.getcwd", return_value="here")
    @serve()
    @mock_api()
    def test_they_follow_in_a_method(
        self, kv_server: KVServer, kv_api: KVApi, getcwd: Callable[[], str]
    ) -> None:
        assert getcwd() == "here"
        assert kv_server.account is not kv_api.account


@pytest.mark.parametrize("number", [1, 2])
@mock_api()
@serve()
async def test_blocks_may_be_nested(kv_server: KVServer, kv_api: KVApi, number: int) -> None:
    assert kv_server.account is not kv_api.account
    assert number


def test_each_call_has_a_block_of_its_own() -> None:
    @mock_api()
    def helper(key: str, *, kv_api: KVApi) -> KVAccount:
        """Has a name."""
        kv_api.namespace.seed({key: "1"})
        assert len(kv_api.namespace.data) == 1
        return kv_api.account

    assert helper("a") is not helper("b")  # type: ignore[call-arg]  # the decorator gives it
    assert (helper.__name__, helper.__doc__) == ("helper", "Has a name.")
    assert str(inspect.signature(helper)) == "(key: 'str') -> 'KVAccount'"


def test_a_fault_that_did_not_strike_is_told_at_the_end() -> None:
    @mock_api()
    def plans(kv_api: KVApi) -> None:
        kv_api.account.fail_next("get")

    with pytest.raises(AssertionError) as caught:
        plans()  # type: ignore[call-arg]  # the decorator gives it

    assert str(caught.value) == MISSED


# Classes

CLASSES = """
    import unittest

    import pytest
    from hypothesis import given, settings
    from hypothesis import strategies as st
    from pytest_kv import intercept, mock_api, serve

    accounts = []

    def check(given):
        assert not given.account.calls
        assert given.account not in accounts
        accounts.append(given.account)

    class Base:
        def test_inherited(self, kv_api):
            check(kv_api)

        def test_left_alone(self):
            pass

    @mock_api()
    class TestPytest(Base):
        test_data = [1]

        def test_sync(self, kv_api, tmp_path):
            check(kv_api)

        async def test_async(self, kv_api):
            await kv_api.namespace.put("a", "1")
            accounts.append(kv_api.account)

        @staticmethod
        def test_static(kv_api):
            check(kv_api)

        @classmethod
        def test_class(cls, kv_api):
            check(kv_api)

        @settings(deadline=None)  # a busy machine is slow
        @given(number=st.integers())
        def test_examples(self, kv_api, number):
            check(kv_api)

        @property
        def test_property(self):
            return 1

        class TestInner:
            def test_inner(self, kv_api):
                check(kv_api)

    class TestUndecorated(Base):
        def test_inherited(self, kv_api):
            assert kv_api.account not in accounts

    @serve()
    class UnittestTest(unittest.TestCase):
        def setUp(self):
            check(self.kv_server)
            self.addCleanup(lambda: self.kv_server.account.id)

        def test_first(self):
            assert self.kv_server.namespace.deletes == []

        def test_second(self):
            assert self.kv_server.account is accounts[-1]

        @unittest.skip("later")
        def test_skipped(self):
            pass

        def test_skips(self):
            self.kv_server.account.fail_next("get")
            self.skipTest("now")

        @mock_api()
        def test_method(self, kv_api):
            check(kv_api)

    @intercept()
    class AsyncTest(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            await self.kv_intercept.namespace.put("a", "1")

        async def test_async(self):
            assert await self.kv_intercept.namespace.get("a") == "1"

        @mock_api()
        async def test_method(self, kv_api):
            await kv_api.namespace.put("b", "1")
            check(self.kv_intercept) if not self.kv_intercept.account.calls else None

    @mock_api()
    class OneTest(unittest.TestCase):
        def runTest(self):
            check(self.kv_api)
"""


@pytest.mark.parametrize("options", [("-p", "no:randomly"), ("-n", "2")], ids=["alone", "xdist"])
def test_each_test_of_a_class_has_a_block_of_its_own(
    options: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\npython_classes = Test*")
    pytester.makepyfile(test_suite=CLASSES)

    result = pytester.runpytest_subprocess(*ASYNCIO, *options)

    result.assert_outcomes(passed=16, skipped=2)


def test_unittest_alone_runs_a_decorated_class() -> None:
    seen = list[KVAccount]()

    @mock_api()
    class Tests(unittest.TestCase):
        kv_api: KVApi

        def test_passes(self) -> None:
            seen.append(self.kv_api.account)

        def test_fails(self) -> None:
            self.kv_api.account.fail_next("get")
            self.fail("reached")

        def test_misses(self) -> None:
            self.kv_api.account.fail_next("get")

        @unittest.skip("later")
        def test_skipped(self) -> None: ...

    result = unittest.TestResult()
    # The plugin would name the fault of the test that fails otherwise: to pytest this is one test.
    with planning(Planner()):
        unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)

    [(_, failure), (_, missed)] = result.failures
    assert "reached" in failure
    assert "planned fault" not in failure
    assert MISSED in missed
    # Not testsRun: Python 3.12.1 does not count a test that is skipped.
    assert (len(result.errors), len(result.skipped), len(seen)) == (0, 1, 1)


# Examples of Hypothesis

EXAMPLES = """
    import unittest
    from unittest import mock

    import pytest
    from hypothesis import example, given, settings
    from hypothesis import strategies as st
    from pytest_kv import KVAccount, mock_api, serve

    ACCOUNT = KVAccount()
    accounts = []
    numbers = given(number=st.integers())
    on_a_busy_machine = settings(deadline=None)

    def check(given):
        assert not given.account.calls
        assert not given.namespace.data
        assert given.account not in accounts
        accounts.append(given.account)
        given.namespace.seed({"a": "1"})

    @mock_api()
    @on_a_busy_machine
    @numbers
    def test_sync(kv_api, number):
        check(kv_api)

    @mock_api()
    @on_a_busy_machine
    @given(st.integers())
    async def test_async(kv_api, number):
        check(kv_api)
        await kv_api.namespace.put("a", "2")

    @on_a_busy_machine
    @numbers
    @mock_api()
    def test_below(number, kv_api):
        check(kv_api)

    @on_a_busy_machine
    @numbers
    @mock_api()
    def test_below_as_first_argument(kv_api, number):
        check(kv_api)

    @on_a_busy_machine
    @given(st.integers())
    @mock_api()
    async def test_below_async(kv_api, number):
        check(kv_api)

    @mock_api()
    @on_a_busy_machine
    @numbers
    @serve()
    def test_between(kv_api, kv_server, number):
        check(kv_api)
        check(kv_server)

    @mock.patch("os.getcwd", return_value="here")
    @mock_api()
    @on_a_busy_machine
    @numbers
    def test_mocks_above(kv_api, getcwd, number):
        assert getcwd() == "here"
        check(kv_api)

    @mock_api()
    @on_a_busy_machine
    @numbers
    @mock.patch("os.getcwd", return_value="here")
    def test_mocks_below(kv_api, getcwd, number):
        assert getcwd() == "here"
        check(kv_api)

    class TestBelow:
        @on_a_busy_machine
        @numbers
        @mock_api()
        def test_method(self, kv_api, number):
            check(kv_api)

    @settings(max_examples=3, deadline=None)
    @example(number=1)
    @serve()
    @pytest.mark.parametrize("parameter", [1])
    @mock_api()
    @numbers
    def test_nested(kv_server, kv_api, number, parameter, pytestconfig):
        check(kv_server)
        check(kv_api)
        nested.append(number)

    nested = []

    def test_the_decorators_above_have_their_effect():
        assert len(nested) == 4
        assert nested[0] == 1

    @mock_api(ACCOUNT)
    @on_a_busy_machine
    @numbers
    def test_an_account_of_the_test_is_shared(kv_api, number):
        assert kv_api.account is ACCOUNT
        kv_api.namespace.seed({f"{number}": "1"})

    def test_it_was_shared():
        assert len(ACCOUNT.default_namespace.data) > 1

    class Base:
        @on_a_busy_machine
        @numbers
        def test_inherited(self, kv_api, number):
            check(kv_api)

        @staticmethod
        @on_a_busy_machine
        @numbers
        def test_static(kv_api, number):
            check(kv_api)

        @classmethod
        @on_a_busy_machine
        @numbers
        def test_class(cls, kv_api, number):
            check(kv_api)

        @on_a_busy_machine
        @numbers
        async def test_async(self, kv_api, number):
            check(kv_api)

    @mock_api()
    class TestFirst(Base):
        pass

    @mock_api()
    class TestSecond(Base):
        pass

    def test_the_base_class_is_as_it_was():
        with pytest.raises(TypeError, match="kv_api"):
            Base().test_inherited()

    class Case(unittest.TestCase):
        @mock_api()
        @on_a_busy_machine
        @numbers
        def test_method(self, kv_api, number):
            check(kv_api)
"""


@pytest.mark.parametrize("runner", ["asyncio", "anyio"])
def test_each_example_has_a_block_of_its_own(runner: str, pytester: pytest.Pytester) -> None:
    options = () if runner == "asyncio" else ("-p", "no:asyncio", "-o", "anyio_mode=auto")
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def anyio_backend():
            return "asyncio"
        """
    )
    pytester.makepyfile(test_suite=EXAMPLES)

    result = pytester.runpytest_subprocess("-p", "no:randomly", *ASYNCIO, *options)

    result.assert_outcomes(passed=23)


def test_a_failing_example_is_told_with_its_own_calls_and_faults(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_suite="""
        import asyncio

        from hypothesis import given, settings
        from hypothesis import strategies as st
        from pytest_kv import mock_api

        def numbers(test):
            return settings(deadline=None)(given(number=st.integers(0, 1000))(test))

        @mock_api()
        @numbers
        def test_calls(kv_api, number):
            asyncio.run(kv_api.namespace.get(f"{number}"))
            assert number < 10

        @mock_api()
        @numbers
        async def test_async(kv_api, number):
            await kv_api.namespace.get(f"{number}")
            assert number < 10

        @mock_api()
        @numbers
        def test_faults(kv_api, number):
            if number >= 10:
                kv_api.account.fail_next("get")
        """
    )

    result = pytester.runpytest_inprocess(*ASYNCIO, "--hypothesis-profile=ci")

    told = failures_in(result)
    for name in ("test_calls", "test_async"):
        assert told[name][told[name].index("-- KV calls --") + 1] == "1. get '10' via binding"
        assert "E           kv_api='new for each example'," in told[name]
    assert f"E               AssertionError: {MISSED}" in told["test_faults"]
    assert "E                   number=10," in told["test_faults"]


def test_what_another_class_inherits_is_tested_when_it_runs() -> None:
    @mock_api()
    class First(unittest.TestCase):
        def test_first(self) -> None: ...

    class Second(First):
        @given(st.integers())
        def test_second(self, number: int) -> None: ...

    with pytest.raises(TypeError) as caught:
        Second("test_second").run()

    assert str(caught.value).endswith(f"<locals>.Second: {EXAMPLES_SHARE.format('test_second')}")


# What cannot be decorated


def a_generator() -> Iterator[int]:
    yield 1


async def an_async_generator() -> Any:
    yield 1


@pytest.fixture
def a_fixture() -> int:
    return 1


class Empty:
    def check(self) -> None: ...


def two_cases() -> tuple[type, type]:
    """Two classes that pytest must not collect."""

    class EmptyCase(unittest.TestCase):
        def check(self) -> None: ...

    class Arguments(unittest.TestCase):
        def test_it(self, kv_api: KVApi) -> None: ...

    return EmptyCase, Arguments


def cases_with_examples() -> tuple[type, type]:
    """Two more classes that pytest must not collect."""

    class Examples(unittest.TestCase):
        @given(st.integers())
        def test_it(self, number: int) -> None: ...

    class Machine(RuleBasedStateMachine):
        @rule()
        def delete(self) -> None: ...

    machine: type = Machine.TestCase
    return Examples, machine


class HasGenerator:
    def test_it(self) -> Iterator[int]:
        yield 1


def older_fixture() -> None: ...


older_fixture._pytestfixturefunction = True  # type: ignore[attr-defined]  # as pytest before 8.4 does

GENERATOR = "a generator runs on after the block has ended; write with mock_api() in it"
FIXTURE = "tests use a fixture after the block has ended; write with mock_api() in it, and yield"
PROPERTY = property(len)
EXAMPLES_SHARE = (
    "the examples of {} would share one block, because setUp runs once for all of them; open a "
    "block in each example: with mock_api() as kv_api"
)
NO_TESTS = "the class has no method whose name begins with test"
WRONG: dict[str, tuple[Any, str]] = {
    "generator": (a_generator, f"a_generator: {GENERATOR}"),
    "async generator": (an_async_generator, f"an_async_generator: {GENERATOR}"),
    "method": (HasGenerator, f"HasGenerator.test_it: {GENERATOR}"),
    "older fixture": (older_fixture, f"older_fixture: {FIXTURE}"),
    "class": (Empty, f"Empty: {NO_TESTS}"),
    "test case": (two_cases()[0], f"two_cases.<locals>.EmptyCase: {NO_TESTS}"),
    "argument": (
        two_cases()[1],
        (
            "two_cases.<locals>.Arguments: a TestCase has self.kv_api; "
            "remove the argument kv_api of test_it"
        ),
    ),
    "examples": (
        cases_with_examples()[0],
        f"cases_with_examples.<locals>.Examples: {EXAMPLES_SHARE.format('test_it')}",
    ),
    "state machine": (
        cases_with_examples()[1],
        f"cases_with_examples.<locals>.Machine.TestCase: {EXAMPLES_SHARE.format('runTest')}",
    ),
    "property": (
        PROPERTY,
        f"{PROPERTY!r}: it decorates a function or a class, not a property",
    ),
    "staticmethod": (
        staticmethod(older_fixture),
        "older_fixture: write @mock_api() below @staticmethod, not above it",
    ),
    "number": (1, "1: it decorates a function or a class, not an int"),
    "partial": (
        partial(int),
        f"{partial(int)!r}: it decorates a function or a class, not a partial",
    ),
}


@pytest.mark.parametrize(("decorated", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_decorated_is_an_error_at_once(decorated: Any, told: str) -> None:
    with pytest.raises(TypeError) as caught:
        mock_api()(decorated)

    assert str(caught.value) == f"@mock_api() cannot decorate {told}"


def test_a_fixture_cannot_be_decorated() -> None:
    with pytest.raises(TypeError, match=r"^@mock_api\(\) cannot decorate .*: tests use a fixture"):
        mock_api()(a_fixture)


def test_a_block_that_was_entered_decorates_nothing_and_is_not_entered_again() -> None:
    block = serve()
    with block:
        pass

    with pytest.raises(TypeError) as decorating:
        block(older_fixture)
    with pytest.raises(RuntimeError) as entering, block:
        pass

    assert str(decorating.value) == (
        "@serve() cannot decorate older_fixture: this block was entered before; decorate with a "
        "new one"
    )
    assert str(entering.value) == "this block was entered before: call serve() for another one"


@pytest.mark.parametrize("block", [mock_api, serve, intercept], ids=lambda block: block.__name__)
def test_a_decorator_without_parentheses_is_an_error(block: Any) -> None:
    with pytest.raises(TypeError) as function:
        block(a_generator)
    with pytest.raises(TypeError) as text:
        block("account")

    name = block.__name__
    assert str(function.value).startswith(f"{name}() takes a KVAccount, not ")
    assert str(function.value).endswith(f"; as a decorator it has parentheses, @{name}()")
    assert str(text.value) == f"{name}() takes a KVAccount, not 'account'"


def test_a_fixture_whose_function_is_decorated_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_kv import mock_api, serve

        @pytest.fixture
        @mock_api()
        def client(kv_api):
            return kv_api

        class TestClient:
            @pytest.fixture(scope="class")
            @serve()
            def server(self, kv_server):
                return kv_server

            def test_first(self, client, server):
                pass

            def test_server(self, server):
                pass

            def test_second(self, client):
                pass
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", *ASYNCIO)

    told = failures_in(result)
    names = ("first", "server", "second")
    assert [told[f"ERROR at setup of TestClient.test_{name}"][0] for name in names] == [
        f"@{block}() cannot decorate the fixture {name!r}: tests use it after the block has ended; "
        f"write with {block}() in it, and yield"
        for block, name in (("serve", "server"), ("serve", "server"), ("mock_api", "client"))
    ]


@pytest.mark.parametrize(
    ("block", "name", "given_name"),
    [(mock_api, "mock_api", "kv_api"), (serve, "serve", "kv_server")],
)
def test_a_block_that_was_not_entered_says_how_to_enter_it(
    block: Callable[[], Any], name: str, given_name: str
) -> None:
    with pytest.raises(AttributeError) as error:
        block().namespace  # noqa: B018  # the attribute is what is tested

    assert str(error.value) == (
        f"{name}() has no attribute 'namespace' until it is entered; "
        f"write with {name}() as {given_name}:"
    )


def test_a_block_has_no_private_attribute_of_another_name() -> None:
    assert not hasattr(mock_api(), "__wrapped__")
