"""The options of the fixtures: the marker kv, the ini file, and which of them wins."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pytest_kv import KVError, KVNamespace, Limits
from pytest_kv._options import Options, describe_marker, is_strict, options_for, reject
from tests.helpers.suites import ASYNCIO, failures_in

INI = """
    [pytest]
    asyncio_default_fixture_loop_scope = function
    kv_account_id = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    kv_namespace_id = bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    kv_title = FROM_INI
    kv_api_token = token
    kv_seed = 7
    kv_host = ::1
    kv_port = 8790
    kv_bindings = CACHE "ASSETS"
    kv_limits =
        bulk_items = 2
        key_bytes: 1_00
    kv_wrangler = worker/wrangler.toml
    kv_wrangler_env = staging
    kv_strict = true
"""

FROM_INI = Options(
    account_id="a" * 32,
    namespace_id="b" * 32,
    title="FROM_INI",
    api_token="token",
    seed=7,
    host="::1",
    port=8790,
    bindings=("CACHE", "ASSETS"),
    limits={"bulk_items": 2, "key_bytes": 100},
    wrangler="worker/wrangler.toml",
    wrangler_env="staging",
    strict=True,
)

TAKEN = (
    "marker takes account_id, namespace_id, title, api_token, seed, host, port, bindings, "
    "limits, wrangler, wrangler_env, strict, each as a keyword, not"
)

NO_SENSE = {
    "kv(titel='SESSIONS', x=1)": f"did you mean 'title'? The {TAKEN} titel, x",
    "kv(ports=1, sed=1)": f"did you mean 'port' and 'seed'? The {TAKEN} ports, sed",
    "kv(x=1)": f"the {TAKEN} x",
    "kv('SESSIONS')": f"the {TAKEN} positional arguments ('SESSIONS',)",
    "kv(seed='one')": "seed must be a whole number, not 'one'",
    "kv(seed=1.5)": "seed must be a whole number, not 1.5",
    "kv(port='http')": "port must be a whole number, not 'http'",
    "kv(port=65536)": "port must be a number from 0 to 65535, not 65536",
    "kv(port=-1)": "port must be a number from 0 to 65535, not -1",
    "kv(host=5)": "host must be a text, not 5",
    "kv(account_id=5)": "account_id must be a text, not 5",
    "kv(namespace_id=b'b')": "namespace_id must be a text, not b'b'",
    "kv(title=5.5)": "title must be a text, not 5.5",
    "kv(api_token=['a'])": "api_token must be a text, not ['a']",
    "kv(bindings='CACHE')": "bindings must be a list of names, not 'CACHE'",
    "kv(bindings=['A', 5])": "bindings must be a list of names, not ['A', 5]",
    "kv(limits='bulk_items = 2')": (
        "limits must be a dict of names and numbers, not 'bulk_items = 2'"
    ),
    "kv(limits=[('bulk_items', 2)])": (
        "limits must be a dict of names and numbers, not [('bulk_items', 2)]"
    ),
    "kv(limits={'bulk_items': 2.0})": (
        "limits: bulk_items must be a whole number, 0 or more, not 2.0"
    ),
    "kv(limits={'bulk_items': True})": (
        "limits: bulk_items must be a whole number, 0 or more, not True"
    ),
    "kv(limits={'bulk_items': -1})": "limits: bulk_items must be a whole number, 0 or more, not -1",
    "kv(wrangler=True)": (
        "wrangler must be the path of a Wrangler configuration or of its folder, not True"
    ),
    "kv(wrangler='.', wrangler_env=5)": "wrangler_env must be a text, not 5",
    "kv(wrangler_env='staging')": (
        "wrangler_env='staging' needs wrangler, the path of the configuration"
    ),
    "kv(title='A')\n@pytest.mark.kv(titel='B')": f"did you mean 'title'? The {TAKEN} titel",
}
"""Markers, the last of them a good one before a bad one, and what is wrong with each."""

MARKED = """
    import pytest

    pytestmark = pytest.mark.kv(
        title="FROM_MODULE", seed=1, bindings=["MODULE"], limits={"bulk_items": 3, "title": 4}
    )

    @pytest.mark.kv(title="FROM_CLASS", seed=2, limits={"bulk_items": 5})
    class TestClass:
        @pytest.mark.kv(title="FROM_TEST")
        def test_nearest(self):
            pass
"""


def item_with(pytester: pytest.Pytester, marker: str, ini: str = "") -> pytest.Item:
    """A test with one marker, collected in a folder of its own."""
    pytester.makeini(ini or "[pytest]\nasyncio_default_fixture_loop_scope = function")
    return pytester.getitem(f"import pytest\n{marker}\ndef test_func(): pass")


def refusal_of(item: pytest.Item) -> str:
    """What a test is told when it asks for its options."""
    with pytest.raises(pytest.fail.Exception) as failure:
        options_for(item)
    assert not failure.value.pytrace
    return str(failure.value)


def test_a_test_without_options_has_the_defaults(pytester: pytest.Pytester) -> None:
    item = item_with(pytester, "")

    assert options_for(item) == Options()
    assert not is_strict(item)


def test_the_ini_file_sets_each_option(pytester: pytest.Pytester) -> None:
    item = item_with(pytester, "", INI)

    assert options_for(item) == FROM_INI
    assert is_strict(item)


def test_an_option_left_empty_in_the_ini_file_is_not_set(pytester: pytest.Pytester) -> None:
    names = [
        "account_id",
        "namespace_id",
        "title",
        "api_token",
        "seed",
        "bindings",
        "limits",
        "wrangler",
    ]
    empty = "".join(f"\nkv_{name} =" for name in names)
    ini = f"[pytest]\nasyncio_default_fixture_loop_scope = function{empty}"

    assert options_for(item_with(pytester, "", ini)) == Options()


def test_a_marker_sets_each_option_over_the_ini_file(pytester: pytest.Pytester) -> None:
    marker = (
        "@pytest.mark.kv(account_id='c' * 32, namespace_id='d' * 32, title='MARKED', "
        "api_token='other', seed=8, host='localhost', port='0', bindings=('PAGES',), "
        "limits={'key_bytes': 8}, wrangler='wrangler.json', wrangler_env='', strict=False)"
    )
    item = item_with(pytester, marker, INI)

    assert options_for(item) == Options(
        account_id="c" * 32,
        namespace_id="d" * 32,
        title="MARKED",
        api_token="other",
        seed=8,
        host="localhost",
        port=0,
        bindings=("PAGES",),
        limits={"bulk_items": 2, "key_bytes": 8},
        wrangler="wrangler.json",
        wrangler_env=None,
        strict=False,
    )
    assert not is_strict(item)


def test_the_nearest_marker_wins_option_by_option(pytester: pytest.Pytester) -> None:
    pytester.makeini(INI)
    item = pytester.getitem(MARKED, "test_nearest")

    assert options_for(item) == Options(
        account_id="a" * 32,
        namespace_id="b" * 32,
        title="FROM_TEST",
        api_token="token",
        seed=2,
        host="::1",
        port=8790,
        bindings=("MODULE",),
        limits={"bulk_items": 5, "key_bytes": 100, "title": 4},
        wrangler="worker/wrangler.toml",
        wrangler_env="staging",
        strict=True,
    )


def test_a_seed_is_the_same_number_from_either_place(pytester: pytest.Pytester) -> None:
    assert options_for(item_with(pytester, "@pytest.mark.kv(seed=7)")).seed == FROM_INI.seed


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            "bulk_items 2",
            (
                "limits must have one `name = number` a line, and be a list of lines in toml, "
                "not 'bulk_items 2'"
            ),
        ),
        ("bulk_items = two", "limits: bulk_items must be a whole number, 0 or more, not 'two'"),
        ("bulk_items =", "limits: bulk_items must be a whole number, 0 or more, not ''"),
        (
            "\n    bulk_items = 2\n    key_bytes = 3\n    bulk_items: 2",
            "limits: bulk_items must be in one line, not in 2",
        ),
        ("bulk_items = -1", "limits: bulk_items must be a whole number, 0 or more, not -1"),
    ],
)
def test_a_line_of_the_ini_file_that_is_no_limit_is_named(
    pytester: pytest.Pytester, given: str, problem: str
) -> None:
    ini = f"[pytest]\nasyncio_default_fixture_loop_scope = function\nkv_limits = {given}"

    assert refusal_of(item_with(pytester, "", ini)) == f"the options of kv: {problem}"


def test_the_path_of_the_wrangler_configuration_may_be_a_path_object(
    pytester: pytest.Pytester,
) -> None:
    item = item_with(pytester, "@pytest.mark.kv(wrangler=__import__('pathlib').Path('worker'))")

    assert options_for(item) == Options(wrangler="worker")


def test_an_empty_path_turns_wrangler_off_and_its_environment_with_it(
    pytester: pytest.Pytester,
) -> None:
    options = options_for(item_with(pytester, "@pytest.mark.kv(wrangler='')", INI))

    assert (options.wrangler, options.wrangler_env) == (None, None)


def toml_item(pytester: pytest.Pytester, limits: str) -> pytest.Item:
    """A test of a suite whose pyproject.toml has these limits."""
    pytester.makepyprojecttoml(
        f"""
        [tool.pytest.ini_options]
        asyncio_default_fixture_loop_scope = "function"
        kv_limits = {limits}
        """
    )
    return pytester.getitem("def test_func(): pass")


def test_limits_in_toml_are_a_list_of_lines(pytester: pytest.Pytester) -> None:
    item = toml_item(pytester, '["bulk_items = 2", "key_bytes = 100"]')

    assert options_for(item).limits == {"bulk_items": 2, "key_bytes": 100}


def test_a_table_of_limits_in_toml_is_told_to_be_a_list(pytester: pytest.Pytester) -> None:
    assert refusal_of(toml_item(pytester, "{ bulk_items = 2 }")) == (
        "the options of kv: limits must have one `name = number` a line, and be a list of lines in "
        "toml, not \"{'bulk_items': 2}\""
    )


@pytest.mark.kv(limits={"bulk_items": 2, "value_bytes": 3})
async def test_the_limits_are_those_of_the_account(kv_namespace: KVNamespace) -> None:
    await kv_namespace.put("a", "123")
    with pytest.raises(KVError, match="3"):
        await kv_namespace.put("a", "1234")
    assert kv_namespace.puts == ["a"]


def test_an_option_that_makes_no_sense_fails_the_test_and_says_why(
    pytester: pytest.Pytester,
) -> None:
    tests = (f"@pytest.mark.{mark}\ndef test_{n}(): pass" for n, mark in enumerate(NO_SENSE))
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    items = pytester.getitems("\n".join(["import pytest", *tests]))

    assert {mark: refusal_of(item) for mark, item in zip(NO_SENSE, items, strict=True)} == {
        mark: f"the options of kv: {problem}" for mark, problem in NO_SENSE.items()
    }


STRICT_NO_SENSE = """
    import pytest

    @pytest.mark.kv(strict="no")
    def test_strict(kv_account):
        pass

    @pytest.mark.kv(strict=0)
    def test_without_a_fixture():
        pass

    def test_without_a_marker(kv_account):
        pass
"""


def test_a_marker_that_is_strict_in_no_clear_way_fails_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STRICT_NO_SENSE)

    result = pytester.runpytest_inprocess(*ASYNCIO)

    result.assert_outcomes(passed=1, errors=2)
    assert failures_in(result) == {
        "ERROR at setup of test_strict": [
            "the options of kv: strict must be True or False, not 'no'"
        ],
        "ERROR at setup of test_without_a_fixture": [
            "the options of kv: strict must be True or False, not 0"
        ],
    }


@pytest.mark.parametrize("name", ["kv_strict", "kv_workers"])
def test_an_ini_option_that_is_neither_true_nor_false_is_one_line(
    name: str, pytester: pytest.Pytester
) -> None:
    pytester.makeini(f"[pytest]\n{name} = maybe")
    pytester.makepyfile("def test_passes(): pass")

    result = pytester.runpytest_subprocess()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        f"ERROR: {name} must be true or false: invalid truth value 'maybe'"
    ]


UNREAD = """
    import pytest
    from pytest_kv import KVAccount, mock_api

    kv = pytest.mark.kv
    pytestmark = kv(seed=1)

    @kv(title="PAGES", limits={"bulk_items": 2}, strict=False)
    @mock_api()
    def test_block():
        pass

    @kv(seed=3)
    class TestClass:
        @kv(title="PAGES", strict=True)
        def test_strict(self):
            pass

        def test_marked_class(self):
            pass

    @kv(title="PAGES")
    def test_fails():
        assert False

    @kv(title="PAGES")
    def test_late_fixture(request):
        assert request.getfixturevalue("kv_namespace").title == "PAGES"

    @kv(title="PAGES")
    def test_fixture(kv_env):
        assert kv_env.PAGES

    @kv(strict=True)
    def test_strict_alone():
        pass

    @pytest.fixture
    def own(request):
        return mock_api(KVAccount(**request.node.get_closest_marker("kv").kwargs))

    @kv(title="PAGES")
    def test_own_fixture(own):
        with own as api:
            assert api.namespace.title == "PAGES"

    @kv(title="PAGES")
    def test_own_reading(request):
        assert request.node.get_closest_marker("kv").kwargs == {"title": "PAGES"}

    @kv(title="SESSIONS")
    def test_fixture_of_a_plugin(tmp_path, pytestconfig):
        pass

    @kv
    @kv("a", of="another plugin")
    def test_other_marker():
        pass
"""


def test_a_marker_that_no_fixture_reads_is_a_warning(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_suite=UNREAD)

    result = pytester.runpytest_inprocess("-W", "default", "-p", "no:randomly", *ASYNCIO)

    told = (
        "the marker kv sets {}, but the test uses no kv fixture, so it has no effect: use a "
        "fixture such as kv_account, or give mock_api() a KVAccount(…) of your own"
    )
    result.assert_outcomes(passed=9, failed=2, warnings=2)
    assert "All traceback entries are hidden" not in str(result.stdout)
    assert [line.strip() for line in result.outlines if "KVUsageWarning: the marker" in line] == [
        f"KVUsageWarning: {told.format('title')}",
        f"test_suite.py:7: KVUsageWarning: {told.format('title, limits')}",
        f"test_suite.py:50: KVUsageWarning: {told.format('title')}",
    ]


def test_a_rejection_has_no_traceback() -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        reject("a reason")

    assert (str(failure.value), failure.value.pytrace) == ("the options of kv: a reason", False)


def test_the_marker_is_described_with_its_options() -> None:
    assert describe_marker() == (
        "kv(account_id=..., namespace_id=..., title=..., api_token=..., seed=..., host=..., "
        "port=..., bindings=..., limits=..., wrangler=..., wrangler_env=..., strict=...): "
        "configure the kv fixtures of a test."
    )


def test_options_that_make_no_sense_are_one_line_and_no_traceback(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.kv(titel="SESSIONS")
        def test_unknown(kv_namespace):
            pass

        @pytest.mark.kv(account_id="short")
        def test_id(kv_namespace):
            pass

        @pytest.mark.kv(bindings=["KV"])
        def test_title(kv_env):
            pass

        @pytest.mark.kv(limits={"bulk_item": 2})
        def test_limit(kv_api):
            pass
        """
    )

    result = pytester.runpytest_inprocess(*ASYNCIO)

    nearest = ["bulk_items", "bulk_get_units", "bulk_get_keys"]
    others = [field.name for field in fields(Limits) if field.name not in nearest]
    result.assert_outcomes(errors=4)
    assert failures_in(result) == {
        "ERROR at setup of test_unknown": [
            (
                "the options of kv: did you mean 'title'? The marker takes account_id, "
                "namespace_id, title, api_token, seed, host, port, "
                "bindings, limits, wrangler, wrangler_env, strict, each as a keyword, not titel"
            )
        ],
        "ERROR at setup of test_id": [
            (
                "the options of kv: the id of an account must be 32 hex digits in lower case, "
                "not 'short'"
            )
        ],
        "ERROR at setup of test_title": [
            (
                "the options of kv: KV would not create a namespace 'KV': "
                "a namespace with this account ID and title already exists"
            )
        ],
        "ERROR at setup of test_limit": [
            (
                "the options of kv: limits: there is no 'bulk_item'; "
                f"there are {', '.join([*nearest, *others])}"
            )
        ],
    }


STRICT_SUITE = """
    import warnings

    import pytest
    from pytest_kv import KVAccount

    async def misuse(namespace):
        await namespace.put("k", "v", {"expiration_ttl": 60})

    async def test_as_configured(kv_namespace):
        await misuse(kv_namespace)

    async def test_without_a_fixture():
        await misuse(KVAccount().default_namespace)

    @pytest.mark.filterwarnings("ignore")
    async def test_with_warnings_ignored(kv_namespace):
        await misuse(kv_namespace)

    @pytest.mark.kv(strict=True)
    async def test_strict_by_marker(kv_namespace):
        await misuse(kv_namespace)

    @pytest.mark.kv(strict=False)
    async def test_lenient_by_marker(kv_namespace):
        await misuse(kv_namespace)

    def test_another_warning(kv_namespace):
        warnings.warn("not ours", UserWarning)
"""


def test_a_usage_warning_is_a_warning_unless_a_test_is_strict(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_suite=STRICT_SUITE)

    result = pytester.runpytest_inprocess("-W", "default", *ASYNCIO)

    result.assert_outcomes(passed=5, failed=1)
    assert list(failures_in(result)) == ["test_strict_by_marker"]
    result.stdout.fnmatch_lines(
        "*test_suite.py:7: KVUsageWarning: put() has no option 'expiration_ttl' "
        "and KV ignores it; did you mean 'expirationTtl'[?]"
    )


def test_a_strict_suite_makes_every_usage_warning_an_error_but_no_other_warning(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_suite=STRICT_SUITE)

    result = pytester.runpytest_inprocess("-W", "default", "-o", "kv_strict=true", *ASYNCIO)

    result.assert_outcomes(passed=2, failed=4)
    assert sorted(failures_in(result)) == [
        "test_as_configured",
        "test_strict_by_marker",
        "test_with_warnings_ignored",
        "test_without_a_fixture",
    ]
