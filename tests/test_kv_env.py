"""``kv_env``: what it has, what it says of what it has not, and what a test may replace in it."""

from __future__ import annotations

import copy
import json
import sys
from textwrap import dedent
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec, patch

import pytest

from pytest_kv import KVNamespace
from pytest_kv._env import KVEnv, OtherBinding
from pytest_kv.workers._json import to_variable
from pytest_kv.workers._objects import jsnull
from tests.helpers.suites import ASYNCIO, failures_in

WRANGLER = """
    {
        "account_id": "0123456789abcdef0123456789abcdef",
        "kv_namespaces": [
            {"binding": "SESSIONS", "id": "06779da6940b431db6e566b4846d64db"},
            {"binding": "CACHE", "id": "cache"},
            {"binding": "PAGES", "id": "cache"},
            {"binding": "FIRST"},
            {"binding": "SECOND"}, // Wrangler creates it.
        ],
        "vars": {"DEBUG": "1"},
        "d1_databases": [{"binding": "DB"}],
        "secrets": {"required": ["API_KEY"]},
        "env": {"staging": {"kv_namespaces": [{"binding": "CACHE"}]}, "bare": {}},
    }
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a Wrangler configuration, which the ini file names."""
    pytester.makefile(".jsonc", wrangler=WRANGLER)
    pytester.makeini(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\nkv_wrangler = wrangler.jsonc"
    )
    return pytester


def test_kv_env_has_the_declared_bindings_and_no_other(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_env(kv_env, kv_account, kv_namespace, kv_api):
            assert list(vars(kv_env)) == [
                "SESSIONS", "CACHE", "PAGES", "FIRST", "SECOND", "DEBUG", "DB"
            ]
            assert kv_env.DEBUG == "1"
            assert kv_namespace is kv_env.SESSIONS is kv_api.namespace
            assert kv_env.CACHE is kv_env.PAGES
            assert len(kv_account.namespaces) == 4
            assert kv_account.id == "0123456789abcdef0123456789abcdef"
            assert kv_api.namespace_id == "06779da6940b431db6e566b4846d64db"
            assert kv_env.FIRST is kv_account.namespace("FIRST")
        """
    )

    suite.runpytest(*ASYNCIO).assert_outcomes(passed=1)


def test_each_test_has_its_environment(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.kv(wrangler_env="staging")
        def test_environment(kv_env, kv_namespace):
            assert vars(kv_env) == {"CACHE": kv_namespace}

        @pytest.mark.kv(wrangler_env="bare")
        def test_no_namespace(kv_env, kv_account, kv_api):
            assert vars(kv_env) == {}

        @pytest.mark.kv(wrangler="", title="SHOP", bindings=["CART"])
        def test_without_wrangler(kv_env):
            assert list(vars(kv_env)) == ["SHOP", "CART"]

        @pytest.mark.kv(account_id="a" * 32)
        def test_another_account(kv_account):
            assert kv_account.id == "a" * 32
        """
    )

    suite.runpytest(*ASYNCIO).assert_outcomes(passed=4)


def test_an_account_of_the_suite_gets_the_namespaces_that_it_lacks(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest
        from pytest_kv import KVAccount

        @pytest.fixture(scope="module")
        def kv_account():
            return KVAccount(title="SESSIONS", namespace_id="f" * 32)

        @pytest.mark.parametrize("number", [1, 2])
        def test_env(number, kv_env, kv_account, kv_namespace):
            assert kv_env.SESSIONS is kv_namespace
            assert [n.title for n in kv_account.namespaces.values()] == [
                "SESSIONS", "CACHE", "FIRST", "SECOND"
            ]
        """
    )

    suite.runpytest(*ASYNCIO).assert_outcomes(passed=2)


def test_options_that_contradict_the_configuration_are_one_sentence(
    suite: pytest.Pytester,
) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.kv(title="SHOP", bindings=["CART"])
        def test_titles(kv_namespace):
            pass

        @pytest.mark.kv(wrangler="other/wrangler.toml")
        def test_file(kv_env):
            pass

        @pytest.mark.kv(wrangler="other.txt")
        class TestAccountOfTheSuite:
            @pytest.fixture
            def kv_account(self):
                from pytest_kv import KVAccount
                return KVAccount()

            def test_kind(self, kv_env):
                pass
        """
    )

    result = suite.runpytest(*ASYNCIO)

    result.assert_outcomes(errors=3)
    assert failures_in(result) == {
        "ERROR at setup of test_titles": [
            (
                "the options of kv: wrangler says which namespaces there are; leave out title, "
                "bindings, or mark the test with wrangler=''"
            )
        ],
        "ERROR at setup of test_file": [
            (
                f"the options of kv: there is no file 'other/wrangler.toml' in {suite.path}; "
                "wrangler is the path of the file or of its folder, from pytest's rootdir"
            )
        ],
        "ERROR at setup of TestAccountOfTheSuite.test_kind": [
            (
                "the options of kv: wrangler is the path of a .toml, .json or .jsonc file or of "
                "its folder, not 'other.txt'"
            )
        ],
    }


UNBOUND = {
    ("SESSION", ""): (
        "kv_env has no 'SESSION'; wrangler.jsonc binds SESSIONS, SECOND, CACHE, PAGES, FIRST, "
        "DEBUG, DB"
    ),
    ("API_KEY", ""): (
        "kv_env has no 'API_KEY': it is a secret in wrangler.jsonc, and pytest-kv reads no "
        "secrets; give the test one: kv_env.API_KEY = '...'"
    ),
    ("SESSIONS", "staging"): (
        "kv_env has no 'SESSIONS': wrangler.jsonc declares it in kv_namespaces at the top level, "
        "and env.staging does not inherit it; declare it there too"
    ),
    ("MISSING", "staging"): ("kv_env has no 'MISSING'; env.staging in wrangler.jsonc binds CACHE"),
    ("MISSING", "bare"): "kv_env has no 'MISSING'; env.bare in wrangler.jsonc binds nothing",
}
"""Names and environments, and what is said when a Worker asks for the name there."""


def test_a_name_that_is_not_bound_says_which_are(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        f"""
        import pytest

        UNBOUND = {UNBOUND!r}

        @pytest.mark.parametrize(
            ("name", "told"),
            [
                pytest.param(name, told, marks=pytest.mark.kv(wrangler_env=environment))
                for (name, environment), told in UNBOUND.items()
            ],
        )
        def test_name(name, told, kv_env):
            with pytest.raises(AttributeError) as error:
                getattr(kv_env, name)
            assert str(error.value) == told
        """
    )

    suite.runpytest(*ASYNCIO).assert_outcomes(passed=len(UNBOUND))


def test_without_wrangler_too_a_name_that_is_not_bound_says_which_are(
    kv_env: SimpleNamespace,
) -> None:
    with pytest.raises(AttributeError) as error:
        _ = kv_env.CACHE

    assert str(error.value) == "kv_env has no 'CACHE', only KV; the option bindings adds more"
    assert not hasattr(kv_env, "CACHE")
    assert getattr(kv_env, "CACHE", None) is None


async def test_a_test_replaces_and_adds_bindings(
    kv_env: SimpleNamespace, kv_namespace: KVNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with patch.object(kv_env, "KV") as replaced:
        assert kv_env.KV is replaced
    kv_env.DEBUG = "0"
    with monkeypatch.context() as patched:
        patched.setattr(kv_env, "DEBUG", "1")
        assert vars(kv_env) == {"KV": kv_namespace, "DEBUG": "1"}

    assert kv_env.DEBUG == "0"
    assert kv_env.KV is kv_namespace


def test_a_copy_of_kv_env_has_the_same_bindings(
    kv_env: SimpleNamespace, kv_namespace: KVNamespace
) -> None:
    copied = copy.copy(kv_env)

    assert copied == kv_env
    assert vars(copied) == {"KV": kv_namespace}
    assert repr(copied) == f"KVEnv(KV={kv_namespace!r})"
    with pytest.raises(AttributeError, match=r"^'CACHE' is not bound$"):
        _ = copied.CACHE


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python 3.13 brings copy.replace")
def test_kv_env_can_be_copied_with_another_binding(kv_env: SimpleNamespace) -> None:
    replaced: SimpleNamespace = getattr(copy, "replace")(kv_env, DEBUG="1")  # noqa: B009

    assert vars(replaced) == vars(kv_env) | {"DEBUG": "1"}


async def test_kv_env_is_a_spec_for_mocks(kv_env: SimpleNamespace) -> None:
    kv_env.DB = OtherBinding("DB", "D1 (d1_databases)")
    mock = create_autospec(kv_env)

    await mock.KV.put("a", "1")

    mock.KV.put.assert_awaited_once_with("a", "1")


# Bindings of other products


USES = {
    "attribute": lambda binding: binding.prepare,
    "method": lambda binding: binding.prepare("SELECT 1"),
    "hasattr": lambda binding: hasattr(binding, "prepare"),
    "call": lambda binding: binding(),
    "item": lambda binding: binding["a"],
    "loop": list,
    "membership": lambda binding: "a" in binding,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_every_use_of_another_product_says_that_only_kv_is_faked(use: Any) -> None:
    with pytest.raises(NotImplementedError) as error:
        use(OtherBinding("DB", "D1 (d1_databases)"))

    assert str(error.value) == (
        "kv_env.DB is a binding of D1 (d1_databases), and pytest-kv fakes KV only; "
        "give the test a fake of your own: kv_env.DB = ..."
    )


def test_a_binding_of_another_product_is_there() -> None:
    binding = OtherBinding("DB", "D1 (d1_databases)")

    assert bool(binding) is True
    assert repr(binding) == "<kv_env.DB: D1 (d1_databases), which pytest-kv does not fake>"
    assert repr(copy.deepcopy(binding)) == repr(binding)


def test_a_report_shows_an_env_with_another_product(suite: pytest.Pytester) -> None:
    suite.makepyfile("async def test_query(kv_env):\n    await kv_env.DB.prepare('SELECT 1')")

    result = suite.runpytest("--showlocals", *ASYNCIO)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *NotImplementedError: kv_env.DB is a binding of D1 (d1_databases), and *",
            "test_a_report*.py:2: NotImplementedError",
        ]
    )


# Variables


@pytest.mark.fidelity("wrangler-variables")
def test_a_variable_is_what_javascript_makes_of_it() -> None:
    variables = [to_variable(v) for v in ("text", True, 1, 1.0, 1.5, 2**60, float("inf"), None)]

    assert variables == ["text", True, 1, 1, 1.5, float(2**60), jsnull, jsnull]
    assert [type(variable) for variable in variables[1:6]] == [bool, int, int, float, float]


@pytest.mark.fidelity("wrangler-variables")
def test_a_json_object_has_its_members_as_attributes_only() -> None:
    settings: Any = to_variable({"retries": 3, "service": {"tags": ["a"]}})

    assert settings.retries == 3
    assert settings.service.tags[0] == "a"
    assert not hasattr(settings, "missing")
    assert str(settings) == "[object Object]"
    assert settings.to_py() == {"retries": 3, "service": {"tags": ["a"]}}
    for use in (len, hash, json.dumps):
        with pytest.raises(TypeError):
            use(settings)


def test_a_json_object_used_as_a_dict_says_what_to_write() -> None:
    settings: Any = to_variable({"retries": 3})

    with pytest.raises(TypeError) as of_item:
        settings["retries"]
    with pytest.raises(TypeError) as of_loop:
        list(settings)

    assert str(of_item.value) == (
        "a JavaScript object is not subscriptable, as in production; "
        "read the attribute, or .to_py()['retries']"
    )
    assert str(of_loop.value) == (
        "a JavaScript object is not iterable, as in production; iterate over .to_py()"
    )


@pytest.mark.fidelity("wrangler-variables")
def test_a_json_array_is_a_sequence_but_no_list() -> None:
    tags: Any = to_variable(["a", ["b"], {"c": 1}])

    assert (tags.length, len(tags), tags[0], tags[-1].c) == (3, 3, "a", 1)
    assert [type(part).__name__ for part in tags] == ["str", "JsArray", "JsObject"]
    assert list(tags[:1]) == ["a"]
    assert tags.to_py() == ["a", ["b"], {"c": 1}]
    assert tags != ["a", ["b"], {"c": 1}]
    assert tags == tags
    for use in (hash, json.dumps):
        with pytest.raises(TypeError):
            use(tags)


def test_two_tests_do_not_share_a_variable(suite: pytest.Pytester) -> None:
    suite.makefile(".json", wrangler='{"vars": {"TAGS": ["a"]}}')
    suite.makepyfile(
        dedent(
            """
            import pytest

            @pytest.mark.kv(wrangler=".")
            @pytest.mark.parametrize("number", [1, 2])
            def test_append(number, kv_env):
                kv_env.TAGS.append("b")
                assert kv_env.TAGS.to_py() == ["a", "b"]
            """
        )
    )

    suite.runpytest(*ASYNCIO).assert_outcomes(passed=2)


def test_an_env_by_itself_says_little_of_a_name_that_is_not_bound() -> None:
    with pytest.raises(AttributeError, match=r"^'KV' is not bound$"):
        _ = KVEnv().KV
