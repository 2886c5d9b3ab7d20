"""The contract as classes of pytest tests."""

from __future__ import annotations

import sys

import pytest

from pytest_kv.contract import KVContract

CLIENT = """
class Client:
    def __init__(self, namespace):
        self.kv = namespace

    async def get(self, key):
        return await self.kv.get(key)

    async def delete(self, key):
        await self.kv.delete(key)
"""

CORRECT = f"""
import pytest
from pytest_kv.contract import KVBindingContract, KVContract
{CLIENT}
class TestClient(KVBindingContract):
    def make_client(self, namespace):
        return Client(namespace)
"""

ASYNCIO = ("-o", "asyncio_default_fixture_loop_scope=function")
"""An option that pytest-asyncio asks for."""

# Clauses about methods that the client lacks are skipped.
OUTCOMES = {"passed": 11, "skipped": 7}


@pytest.mark.parametrize(
    "arguments",
    [
        ASYNCIO,
        (*ASYNCIO, "-p", "no:randomly"),
        (*ASYNCIO, "-p", "no:anyio"),
        ("-p", "no:asyncio"),
        ("-p", "no:asyncio", "-p", "no:anyio"),
        (*ASYNCIO, "-n", "2"),
        (*ASYNCIO, "--hypothesis-seed=1"),
    ],
    ids=" ".join,
)
def test_it_runs_with_any_plugin(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    pytester.makepyfile(CORRECT)

    pytester.runpytest("-W", "error", *arguments).assert_outcomes(**OUTCOMES)


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_a_class_marked_for_an_async_plugin_runs(pytester: pytest.Pytester, mark: str) -> None:
    marked = CORRECT.replace(
        "class TestClient", f"import pytest\n@pytest.mark.{mark}\nclass TestClient"
    )
    pytester.makepyfile(marked)

    # pytest-asyncio warns when a test with its mark is not async.
    pytester.runpytest("-W", "default", *ASYNCIO).assert_outcomes(**OUTCOMES)


def test_the_profile_sets_the_number_of_examples(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from hypothesis import settings

        settings.register_profile("few", max_examples=5)
        settings.register_profile("many", max_examples=500)
        """
    )
    pytester.makepyfile(
        CORRECT
        + """
    made = []

    def make_client(self, namespace):
        self.made.append(namespace)
        return Client(namespace)

def test_last():
    print("made", len(TestClient.made))
"""
    )
    made = {}
    for profile in ("few", "many"):
        result = pytester.runpytest(
            *ASYNCIO, "-p", "no:randomly", "-s", f"--hypothesis-profile={profile}"
        )
        [line] = [line for line in result.outlines if "made" in line]
        made[profile] = int(line.rpartition(" ")[2].rstrip("."))

    # Of 500 examples each part of a clause draws 100 or 50, of 5 it draws one.
    assert made["many"] > made["few"] + 300


def test_the_report_names_the_clause_and_shows_a_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CORRECT.replace("self.kv.delete(key)", "self.kv.delete(key + 'x')"))

    result = pytester.runpytest(*ASYNCIO, "-k", "test_deleting_removes_that_key_and_no_other")

    result.assert_outcomes(failed=1, deselected=17)
    start = next(n for n, line in enumerate(result.outlines) if line.startswith("____"))
    end = next(n for n, line in enumerate(result.outlines) if "short test summary" in line)
    assert result.outlines[start + 1 : end] == [
        "another key, 'kx', was deleted",
        "",
        "To see it again:",
        "",
        "    from pytest_kv import Entry",
        "    from pytest_kv import KVAccount",
        "",
        "",
        "    async def test_it():",
        "        account = KVAccount()",
        "        namespace = account.default_namespace",
        "        client = make_client(namespace)",
        "        namespace.seed({'k': 'value'})",
        "        namespace.seed({'K': 'other', 'kx': 'other'})",
        "        await client.delete('k')",
        "        assert namespace.data.get('kx') == Entry('other')",
        "",
        "What KV saw:",
        "",
        "    1. delete 'kx' via binding",
    ]


def test_a_clause_that_does_not_apply_is_skipped_with_a_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CORRECT)

    result = pytester.runpytest(*ASYNCIO, "-rs", "-k", "test_put_many_puts_all")

    result.stdout.fnmatch_lines(["SKIPPED * the client has no method put_many()"])


def test_pytest_does_not_collect_the_base_classes(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npython_classes = *")
    pytester.makepyfile("from pytest_kv.contract import KVBindingContract, KVContract")

    assert pytester.runpytest(*ASYNCIO).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_base_class_of_a_user_can_stay_uncollected(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CORRECT.replace("    def make_client", "    __test__ = False\n\n    def make_client")
        + "\nclass TestOther(TestClient):\n    pass\n"
    )

    result = pytester.runpytest(*ASYNCIO, "--collect-only", "-q")

    assert {line.split("::")[1] for line in result.outlines if "::" in line} == {"TestOther"}


def test_a_contract_without_make_client_says_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_kv.contract import KVBindingContract, KVContract

        class TestRest(KVContract): ...
        class TestBinding(KVBindingContract): ...
        """
    )

    result = pytester.runpytest(*ASYNCIO, "-k", "missing_key")

    result.assert_outcomes(failed=2, deselected=34)
    result.stdout.fnmatch_lines_random(
        [
            "E *NotImplementedError: TestRest needs a method make_client(self, api)",
            "E *NotImplementedError: TestBinding needs a method make_client(self, namespace)",
        ]
    )


UNITTEST = f"""
import unittest
from pytest_kv.contract import KVBindingContract, KVContract
{CLIENT}
class TestClient(KVBindingContract, unittest.TestCase):
    def make_client(self, namespace):
        return Client(namespace)
"""


def test_a_contract_may_be_a_test_case_of_unittest(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNITTEST)

    pytester.runpytest(*ASYNCIO).assert_outcomes(**OUTCOMES)


def test_a_test_case_runs_without_pytest(pytester: pytest.Pytester) -> None:
    module = pytester.makepyfile(UNITTEST)

    result = pytester.run(sys.executable, "-m", "unittest", module.stem)

    assert result.errlines[-1] == "OK (skipped=7)"
    assert "Ran 18 tests in" in result.stderr.str()


@pytest.mark.parametrize("runner", ["unittest", "pytest"])
def test_a_broken_clause_is_a_failure_of_a_test_case(
    pytester: pytest.Pytester, runner: str
) -> None:
    broken = UNITTEST.replace("self.kv.delete(key)", "self.kv.delete(key + 'x')")
    module = pytester.makepyfile(broken)
    name = "test_deleting_removes_that_key_and_no_other"
    which = [f"{module.stem}.TestClient.{name}"]
    which = which if runner == "unittest" else [f"{module.name}::TestClient::{name}", *ASYNCIO]

    result = pytester.run(sys.executable, "-m", runner, *which)

    assert result.ret == 1
    said = result.stdout.str() + result.stderr.str()
    assert "AssertionError: another key, 'kx', was deleted" in said
    assert "assert namespace.data.get('kx') == Entry('other')" in said
    assert "clause.check(subject)" not in said


def test_the_hooks_of_the_base_class_change_nothing() -> None:
    class TestPlain(KVContract): ...

    plain = TestPlain()

    assert plain.stored_key("k") == "k"
    assert plain.stored_value("v") == "v"
    assert not plain.refuses("k")
