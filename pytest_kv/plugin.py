"""The pytest plugin: fixtures, options and the report of a failing test.

It imports only pytest and the options; everything else is imported when it is first used.
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
)

from collections.abc import Generator, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_kv._options import add_ini_options, describe_marker, is_strict, options_for, reject

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount
    from pytest_kv._binding.namespace import KVNamespace
    from pytest_kv._core.clock import KVClock
    from pytest_kv._transports.intercept import KVIntercept
    from pytest_kv._transports.respx_mount import KVApi
    from pytest_kv._transports.server import KVServer, Served
    from pytest_kv.workers import KVWorkers

_ACCOUNT = pytest.StashKey["KVAccount"]()
_SERVERS = pytest.StashKey["list[Served]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_ini_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # A conftest.py may import its Worker.
    if early_config.getini("kv_workers"):
        from pytest_kv.workers._install import install_for_run

        install_for_run(early_config.add_cleanup)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", describe_marker())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_strict(item):
            item.add_marker(pytest.mark.filterwarnings("error::pytest_kv.KVUsageWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    __tracebackhide__ = True  # an error that passes through is the test's
    try:
        yield
    except Exception as error:
        for server in item.stash.get(_SERVERS, []):
            server.explain(error)
        raise
    for server in item.stash.get(_SERVERS, []):
        _check_server(server, item)
    account = item.stash.get(_ACCOUNT, None)
    if account is not None:
        _check_faults(account)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    account = item.stash.get(_ACCOUNT, None)
    if report.failed and account is not None and account.calls:
        from pytest_kv._report.calls import calls_text

        report.sections.append(("KV calls", calls_text(account)))
    return report


def _check_server(server: Served, item: pytest.Item) -> None:
    from pytest_kv._errors import KVUsageWarning

    __tracebackhide__ = True
    server.check(lambda told: item.warn(KVUsageWarning(told)))


def _check_faults(account: KVAccount) -> None:
    try:
        account.assert_all_faults_fired()
    except AssertionError as missed:
        raise pytest.fail.Exception(str(missed), pytrace=False) from None


@pytest.fixture
def kv_account(request: pytest.FixtureRequest) -> KVAccount:
    """One simulated Cloudflare account, new for each test; all kv fixtures of a test share it."""
    from pytest_kv._account import KVAccount

    options = options_for(request.node)
    try:
        account = KVAccount(
            id=options.account_id,
            namespace_id=options.namespace_id,
            title=options.title,
            api_token=options.api_token,
            seed=options.seed,
        )
        for binding in options.bindings:
            account.create_namespace(binding)
    except ValueError as error:
        reject(error)
    request.node.stash[_ACCOUNT] = account
    return account


@pytest.fixture
def kv_namespace(kv_account: KVAccount) -> KVNamespace:
    """An empty in-memory KV namespace, new for each test: what a Python Worker sees as env.KV."""
    return kv_account.default_namespace


@pytest.fixture
def kv_env(kv_account: KVAccount) -> SimpleNamespace:
    """A Worker's env: kv_env.KV, and one more binding for each name in the option bindings."""
    return SimpleNamespace(
        **{namespace.title: namespace for namespace in kv_account.namespaces.values()}
    )


@pytest.fixture
def kv_api(request: pytest.FixtureRequest, kv_account: KVAccount) -> Iterator[KVApi]:
    """The account's REST API, mocked with respx for httpx and httpx2, sync and async."""
    from pytest_kv._transports.pytest_httpx import check_neighbours
    from pytest_kv._transports.respx_mount import mounted

    check_neighbours(request)
    with mounted(kv_account) as api:
        yield api


@pytest.fixture
def kv_server(request: pytest.FixtureRequest, kv_account: KVAccount) -> Iterator[KVServer]:
    """The account's REST API over HTTP on a port of this machine, for any client."""
    from pytest_kv._transports.server import serving

    options = options_for(request.node)
    with serving(kv_account, options.host, options.port) as server:
        request.node.stash.setdefault(_SERVERS, []).append(server)
        yield server
    _check_server(server, request.node)


@pytest.fixture
def kv_intercept(request: pytest.FixtureRequest, kv_account: KVAccount) -> Iterator[KVIntercept]:
    """The account's REST API at https://api.cloudflare.com, for any client of this process."""
    from pytest_kv._transports.certificates import contexts
    from pytest_kv._transports.intercept import intercepting

    try:
        contexts()
    except ImportError as missing:
        raise pytest.fail.Exception(str(missing), pytrace=False) from None
    with intercepting(kv_account) as intercept:
        request.node.stash.setdefault(_SERVERS, []).append(intercept)
        yield intercept
    _check_server(intercept, request.node)


@pytest.fixture
def kv_clock(kv_account: KVAccount) -> KVClock:
    """The clock of the test's account: kv_clock.advance(seconds) moves it without waiting."""
    return kv_account.clock


@pytest.fixture
def kv_worker(pytestconfig: pytest.Config, kv_env: object) -> Iterator[KVWorkers]:
    """Calls a Python Worker with kv_env as its env: await kv_worker(Default).fetch(url)."""
    from pytest_kv.workers._install import install_for_run
    from pytest_kv.workers._runtime import running

    install_for_run(pytestconfig.add_cleanup)
    with running(kv_env) as workers:
        yield workers
