"""What belongs to one test: the calls for its report, and the faults that it planned."""

from __future__ import annotations

__all__ = (
    "begin",
    "begin_teardown",
    "check_faults",
    "check_fixture",
    "check_marker",
    "each_example",
    "end",
    "keep_until_finalized",
    "report_section",
    "warn_of_marker",
)

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import wraps
from inspect import iscoroutinefunction
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_kv._core.uses import Planner, Use, planning
from pytest_kv._options import check_strict, marked, marked_alone, options_for, reject, unread
from pytest_kv._overrides import checked_account

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount

_USE = pytest.StashKey[Use]()

_OVERRIDDEN = (
    "kv_account is overridden, so the marker cannot set {}: give it to KVAccount(…) there, or let "
    "an override of the scope 'function' use the fixture that it replaces, "
    "def kv_account(kv_account): …"
)
_ONE_SERVER = (
    "session_kv_server is one server for the whole run, so the marker cannot set its {}: set {} in "
    "the ini file, or use kv_server in this test"
)
_NO_FIXTURE = (
    "the marker kv sets {}, but the test uses no kv fixture, so it has no effect: use a fixture "
    "such as kv_account, or give mock_api() a KVAccount(…) of your own"
)
_WRONG_SCOPE = r"access the function scoped fixture (kv_\w+) with a (\w+) scoped"
_TOO_WIDE = (
    "{} is new for each test, so a fixture of the scope {!r} cannot use it: {}; docs/scopes.md has "
    "recipes."
)
_REST = ("kv_api", "kv_intercept", "kv_server")
_REST_INSTEAD = (
    "use session_kv_server there, or mock_api(), serve() or intercept() as a block, which take a "
    "KVAccount(…) of yours"
)
_INSTEAD = (
    "make a KVAccount(…) there and use its default_namespace as the binding, or give the app "
    "kv_namespace in a fixture for each test"
)


def begin(item: pytest.Item) -> None:
    """Watch what the test uses from now on."""
    item.stash[_USE] = Use()


def begin_teardown(item: pytest.Item) -> None:
    """Let the teardown report only its own faults: those of the test were checked, or it failed."""
    item.stash[_USE].planner.missed()


def end(item: pytest.Item) -> None:
    """End the test: forget its faults, and leave later calls out of its report."""
    item.stash[_USE].end()


def check_faults(item: pytest.Item) -> None:
    """Fail the test for a fault that it planned and that did not strike."""
    __tracebackhide__ = True
    _fail_for(item.stash[_USE].planner)


def warn_of_marker(item: pytest.Item) -> None:
    """Warn of a marker on a test that uses no kv fixture, such as one with ``mock_api()`` alone.

    A test that uses ``request`` or a fixture of the suite's own may read the marker there. It is no
    error, because the suite may read the marker in a hook, too.
    """
    names = unread(item)
    if names and not _may_read_marker(item):
        from pytest_kv._errors import KVUsageWarning

        try:
            item.warn(KVUsageWarning(_NO_FIXTURE.format(", ".join(names))))
        except KVUsageWarning as warning:
            # Without a traceback, because no line of the test gave it.
            told = f"{type(warning).__name__}: {warning}"
            raise pytest.fail.Exception(told, pytrace=False) from None


def _may_read_marker(item: pytest.Item) -> bool:
    """Whether a test uses ``request``, or a fixture that no installed plugin has."""
    function: Any = item
    plugins = item.config.pluginmanager.list_plugin_distinfo()
    packages = {"_pytest", *(_package(getattr(plugin, "__name__", "")) for plugin, _ in plugins)}
    fixtures = chain.from_iterable(function._fixtureinfo.name2fixturedefs.values())
    return _has_request(item) or any(
        _package(fixture.func.__module__) not in packages for fixture in fixtures
    )


def _package(module: str) -> str:
    return module.partition(".")[0]


def check_marker(item: pytest.Item) -> None:
    """Fail a test whose marker has no effect.

    Its ``kv_account`` is overridden, or it sets the address of the session's server.
    """
    check_strict(item)
    _check_address(item)
    account = getattr(item, "funcargs", {}).get("kv_account")
    if account is None or item.get_closest_marker("kv") is None:
        return
    account = checked_account(account)
    options_for(item)  # The overriding fixture did not check the marker's options.
    ignored = [name for name, value in marked(item).items() if not _has(account, name, value)]
    if ignored:
        reject(_OVERRIDDEN.format(", ".join(ignored)))


def _check_address(item: pytest.Item) -> None:
    names = [name for name in marked_alone(item) if name in ("host", "port")]
    if names:
        function: Any = item
        used = function._request.fixturenames
        if "session_kv_server" in used and "kv_server" not in used and not _has_request(item):
            ini_options = " and ".join(f"kv_{name}" for name in names)
            reject(_ONE_SERVER.format(" and ".join(names), ini_options))


def _has_request(item: pytest.Item) -> bool:
    """Whether a test has ``request`` itself, with which it may read the marker or use fixtures."""
    function: Any = item
    return "request" in function._fixtureinfo.argnames


def _has(account: KVAccount, option: str, value: object) -> bool:
    """Whether an account has what an option of the marker sets; True for any other option."""
    core, namespace = account._core, account.default_namespace
    if option == "bindings":
        titles = {namespace.title for namespace in core.namespaces.values()}
        return isinstance(value, list | tuple) and titles.issuperset(value)
    if option == "limits":
        limits = asdict(core.rules.limits)
        return isinstance(value, dict) and value.items() <= limits.items()
    actual = {
        "account_id": core.id,
        "namespace_id": namespace.id,
        "title": namespace.title,
        "api_token": core.api_token,
        "seed": str(core.seed),
    }
    return str(value) == actual.get(option, str(value))


def report_section(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add to the report of a failure what pytest-kv knows; forget it after the last report."""
    use = item.stash.get(_USE, None)
    if use is None:
        return
    if report.failed:
        used = use.accounts()
        if used:
            from pytest_kv._report.calls import used_text

            report.sections.append(("KV calls", used_text(used)))
        wrong = re.search(_WRONG_SCOPE, report.longreprtext)
        if wrong:
            name, scope = wrong.groups()
            told = _TOO_WIDE.format(name, scope, _REST_INSTEAD if name in _REST else _INSTEAD)
            report.sections.append(("KV fixtures", told))
    if report.when == "teardown":
        del item.stash[_USE]


def check_fixture(fixturedef: pytest.FixtureDef[Any]) -> None:
    """Let a fixture fail whose function is decorated with ``mock_api()`` or another block."""
    name = getattr(fixturedef.func, "_pytest_kv_block", None)
    if isinstance(name, str):
        told = (
            f"@{name}() cannot decorate the fixture {fixturedef.argname!r}: tests use it after the "
            f"block has ended; write with {name}() in it, and yield"
        )

        def fail(*args: object, **kwargs: object) -> NoReturn:
            raise pytest.fail.Exception(told, pytrace=False)

        # If the hook raised, pytest would fail at an assertion of its own in the next test.
        vars(fixturedef)["func"] = fail


def keep_until_finalized(planner: Planner, fixturedef: pytest.FixtureDef[Any]) -> None:
    """Let the faults that a fixture of a wider scope planned last as long as the fixture does.

    They are checked before the fixture is torn down.
    """

    def check() -> None:
        __tracebackhide__ = True
        try:
            _fail_for(planner, f" (planned by the fixture {fixturedef.argname!r})")
        finally:
            planner.end()

    if planner.has_planned:
        fixturedef.addfinalizer(check)


@contextmanager
def each_example(item: pytest.Item) -> Iterator[None]:
    """During the block, let each example of a Hypothesis test have its own calls and faults.

    An example of a state machine has its own calls only; its faults belong to the test.
    """
    test = getattr(item, "obj", None)
    handle: Any = getattr(test, "hypothesis", None)
    machine: Any = getattr(test, "_hypothesis_state_machine_class", None)
    with pytest.MonkeyPatch.context() as patch:
        if hasattr(handle, "inner_test"):
            patch.setattr(handle, "inner_test", _as_example(handle.inner_test, item.stash[_USE]))
        if machine is not None:
            patch.setattr(machine, "__init__", _restarting(machine.__init__, item.stash[_USE]))
        yield


def _restarting(begin: Callable[..., None], use: Use) -> Callable[..., None]:
    """The ``__init__`` of a state machine; Hypothesis makes a machine for each example."""

    @wraps(begin)
    def init(machine: object, *args: Any, **kwargs: Any) -> None:
        use.restart()
        begin(machine, *args, **kwargs)

    return init


def _as_example(test: Callable[..., Any], use: Use) -> Callable[..., Any]:
    """The test that Hypothesis calls for each example."""

    @contextmanager
    def example() -> Iterator[None]:
        __tracebackhide__ = True
        planner = Planner()
        use.restart()
        try:
            with planning(planner):
                yield
            _fail_for(planner)
        finally:
            planner.end()

    if iscoroutinefunction(test):

        @wraps(test)
        async def run_async(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with example():
                return await test(*args, **kwargs)

        return run_async

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with example():
            return test(*args, **kwargs)

    return run


def _fail_for(planner: Planner, whose: str = "") -> None:
    missed = planner.missed()
    if missed:
        raise pytest.fail.Exception(f"{missed}{whose}", pytrace=False) from None
