"""The pytest plugin: fixtures, options and the report of a failing test.

It imports only pytest and what it needs for every test; everything else is imported when it is
first used.
"""

from __future__ import annotations

__all__ = (
    "kv_account",
    "kv_api",
    "kv_clock",
    "kv_env",
    "kv_intercept",
    "kv_namespace",
    "kv_server",
    "kv_worker",
    "session_kv_server",
)

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

import pytest
from pluggy import Result

from pytest_kv._core.uses import Planner, planning
from pytest_kv._options import (
    Options,
    add_ini_options,
    describe_marker,
    is_on,
    is_strict,
    options_for,
    reject,
)
from pytest_kv._overrides import check_result, checked_account
from pytest_kv._per_test import (
    begin,
    begin_teardown,
    check_faults,
    check_fixture,
    check_marker,
    each_example,
    end,
    keep_until_finalized,
    report_section,
    warn_of_marker,
)
from pytest_kv._server_account import SERVER_ACCOUNT, ServerAccount

if TYPE_CHECKING:
    from types import SimpleNamespace

    from pytest_kv._account import KVAccount
    from pytest_kv._binding.namespace import KVNamespace
    from pytest_kv._core.clock import KVClock
    from pytest_kv._transports.intercept import KVIntercept
    from pytest_kv._transports.respx_mount import KVApi
    from pytest_kv._transports.server import KVServer, Served
    from pytest_kv.workers import KVWorkers

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")

_SERVERS = pytest.StashKey["list[Served]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_ini_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # Before any conftest.py is imported: it may import a Worker.
    if is_on(early_config, "kv_workers"):
        from pytest_kv.workers._install import install_for_run

        install_for_run(early_config.add_cleanup)


def pytest_configure(config: pytest.Config) -> None:
    is_on(config, "kv_strict")  # an error now, not at each test
    config.addinivalue_line("markers", describe_marker())
    config.stash[SERVER_ACCOUNT] = ServerAccount()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_strict(item):
            item.add_marker(pytest.mark.filterwarnings("error::pytest_kv.KVUsageWarning"))


# A hookwrapper does not appear in the traceback of an error that another hook raises.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Result[None], None]:
    begin(item)
    server = item.config.stash[SERVER_ACCOUNT].enter_test(item)
    if server is not None:
        _watch_server(server, item)
    outcome = yield
    _unless_failed(outcome, check_marker, item)


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, Result[object], None]:
    check_fixture(fixturedef)
    if fixturedef.scope == "function":
        outcome = yield
    else:
        planner = Planner()
        with planning(planner):
            outcome = yield
        _unless_failed(outcome, keep_until_finalized, planner, fixturedef)
        if outcome.exception is not None:
            planner.end()
    _unless_failed(outcome, check_result, fixturedef)
    if fixturedef.argname == "kv_account":
        _unless_failed(outcome, request.config.stash[SERVER_ACCOUNT].answer_from, fixturedef)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    __tracebackhide__ = True  # an error that passes through is the test's
    try:
        with each_example(item):
            yield
    except Exception as error:
        for server in item.stash.get(_SERVERS, []):
            server.explain(error)
        raise
    for server in item.stash.get(_SERVERS, []):
        _check_server(server, item)
    check_faults(item)
    warn_of_marker(item)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Result[None], None]:
    begin_teardown(item)
    outcome = yield
    _unless_failed(outcome, check_faults, item)
    end(item)
    item.config.stash[SERVER_ACCOUNT].leave_test()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report_section(item, report)
    # The module is loaded only when a test has used a fixture or block that records attempts.
    attempts = sys.modules.get("pytest_kv._transports.attempts")
    if attempts is not None:
        attempts.report_attempts(report)
    return report


def _unless_failed(outcome: Result[_T], act: Callable[[*_Args], object], *args: *_Args) -> None:
    """Call ``act`` if the hook did not raise; an error of ``act`` becomes the hook's error."""
    if outcome.exception is None:
        try:
            act(*args)
        except BaseException as error:
            outcome.force_exception(error)


def _watch_server(server: Served, item: pytest.Item) -> None:
    """Let the test report the warnings and errors of the server's threads."""
    item.stash.setdefault(_SERVERS, []).append(server)


def _opened(stack: ExitStack, block: AbstractContextManager[_T], options: Options) -> _T:
    from pytest_kv._transports.server import why_it_cannot_listen

    try:
        return stack.enter_context(block)
    except (OSError, UnicodeError) as error:
        reject(why_it_cannot_listen(error, options.host, options.port))


def _check_server(server: Served, item: pytest.Item | pytest.Session) -> None:
    from pytest_kv._errors import KVUsageWarning

    __tracebackhide__ = True
    server.check(lambda told: item.warn(KVUsageWarning(told)))


@pytest.fixture
def kv_account(request: pytest.FixtureRequest) -> KVAccount:
    """One simulated Cloudflare account, new for each test; all kv fixtures of a test share it."""
    return _new_account(options_for(request.node), request.config.rootpath)


def _new_account(options: Options, root: Path) -> KVAccount:
    from pytest_kv._setup import new_account

    try:
        return new_account(options, root)
    except ValueError as error:
        reject(error)


@pytest.fixture
def kv_namespace(kv_account: KVAccount) -> KVNamespace:
    """An empty in-memory KV namespace, new for each test: what a Python Worker sees as env.KV."""
    return checked_account(kv_account).default_namespace


@pytest.fixture
def kv_env(request: pytest.FixtureRequest, kv_account: KVAccount) -> SimpleNamespace:
    """A Worker's env: kv_env.KV and the option bindings, or what the option wrangler declares."""
    from pytest_kv._setup import new_env

    try:
        return new_env(
            checked_account(kv_account), options_for(request.node), request.config.rootpath
        )
    except ValueError as error:
        reject(error)


@pytest.fixture
def kv_api(request: pytest.FixtureRequest, kv_account: KVAccount) -> Iterator[KVApi]:
    """The account's REST API, mocked with respx for httpx and httpx2, sync and async."""
    from pytest_kv._transports.pytest_httpx import check_neighbours
    from pytest_kv._transports.respx_mount import mounted

    check_neighbours(request)
    with mounted(checked_account(kv_account)) as api:
        yield api


@pytest.fixture
def kv_server(request: pytest.FixtureRequest, kv_account: KVAccount) -> Iterator[KVServer]:
    """The account's REST API over HTTP on a port of this machine, for any client."""
    from pytest_kv._transports.server import serving

    options = options_for(request.node)
    with ExitStack() as stack:
        block = serving(checked_account(kv_account), options.host, options.port)
        server = _opened(stack, block, options)
        _watch_server(server, request.node)
        yield server
    _check_server(server, request.node)


@pytest.fixture(scope="session")
def session_kv_server(request: pytest.FixtureRequest) -> Iterator[KVServer]:
    """One server for the whole run; it answers from the kv_account of the test that is running."""
    from pytest_kv._core.uses import unwatch
    from pytest_kv._transports.session_server import session_serving

    options = options_for(request.session)
    first = _new_account(options, request.config.rootpath)
    unwatch(first._core)
    current = request.config.stash[SERVER_ACCOUNT]
    with ExitStack() as stack:
        server = _opened(stack, session_serving(first, options.host, options.port), options)
        _watch_server(server, stack.enter_context(current.opened(server)))
        yield server
    _check_server(server, request.session)


@pytest.fixture
def kv_intercept(request: pytest.FixtureRequest, kv_account: KVAccount) -> Iterator[KVIntercept]:
    """The account's REST API at https://api.cloudflare.com, for any client of this process."""
    from pytest_kv._transports.certificates import certificate
    from pytest_kv._transports.intercept import intercepting

    try:
        certificate()
    except ImportError as missing:
        raise pytest.fail.Exception(str(missing), pytrace=False) from None
    with intercepting(checked_account(kv_account)) as intercept:
        _watch_server(intercept, request.node)
        yield intercept
    _check_server(intercept, request.node)


@pytest.fixture
def kv_clock(kv_account: KVAccount) -> KVClock:
    """The clock of the test's account: kv_clock.advance(seconds) moves it without waiting."""
    return checked_account(kv_account).clock


@pytest.fixture
def kv_worker(pytestconfig: pytest.Config, kv_env: object) -> Iterator[KVWorkers]:
    """Calls a Python Worker with kv_env as its env: await kv_worker(Default).fetch(url)."""
    from pytest_kv.workers._install import install_for_run
    from pytest_kv.workers._runtime import running

    install_for_run(pytestconfig.add_cleanup)
    with running(kv_env) as workers:
        yield workers
