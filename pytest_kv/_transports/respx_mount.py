"""The REST face on respx, for every client of httpx and httpx2 on their own transports."""

from __future__ import annotations

__all__ = ("KVApi", "mock_api", "mounted")

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

import httpx
import respx
from respx.models import PassThrough, RouteList, SideEffectError
from respx.patterns import Pattern
from respx.types import RouteResultTypes

from pytest_kv._account import KVAccount
from pytest_kv._core.faults import FaultKind
from pytest_kv._core.text import nearest_first
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.errors import RestError
from pytest_kv._rest.http import NoAnswer, Request
from pytest_kv._rest.routes import BASE_URL, HOST, OPERATIONS, UNKNOWN, Route, find_route
from pytest_kv._transports.api_host import unreachable
from pytest_kv._transports.block import Block, check_account
from pytest_kv._transports.endpoint import Endpoint
from pytest_kv._transports.environment import fake_environment, without_proxy
from pytest_kv._transports.httpx2_mock import ROUTERS, Httpx2Route, answering_httpx2
from pytest_kv._transports.lazy_route import LazyRoute
from pytest_kv._transports.pass_through import is_api_host, respx_lookups
from pytest_kv._transports.running_servers import is_own_server

_WORDS = (
    f"nothing reaches {HOST} while kv_api is active: kv_api answers httpx and httpx2 on their own "
    "transports; for every other client use kv_intercept or kv_server"
)
_EXTENSION = "pytest_kv.route"
_NO_ANSWERS = {
    FaultKind.DROPPED: (
        httpx.RemoteProtocolError,
        "Server disconnected without sending a response.",
    ),
    FaultKind.TIMED_OUT: (httpx.ReadTimeout, "The read operation timed out"),
}
"""The error and the words of httpx when a server gives no answer."""


class _Found(NamedTuple):
    """The route that was found for the request with this URL object."""

    url: httpx.URL
    route: Route | RestError | None


class KVApi(Endpoint):
    """The REST API of one simulated account, answering the clients of httpx and httpx2."""

    def __init__(self, account: KVAccount) -> None:
        super().__init__(account)
        self.router: respx.MockRouter = _Router(assert_all_called=False)
        self.router.routes = _Routes()
        """The respx router; override one of its routes as with any respx router."""
        rest = RestApi(account._core)
        for (method, path), operation in OPERATIONS.items():
            route = _OperationRoute(rest, operation, self.router, method=method, path__regex=path)
            self.router.add(route, name=operation)
        self.router.add(_UnknownRoute(rest, self.router), name=UNKNOWN)

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        return BASE_URL

    @property
    def routes(self) -> RouteList:
        """The respx routes by their operations: ``routes["bulk_delete"].call_count``."""
        return self.router.routes

    def pass_through(self, *urls: str) -> None:
        """Let requests to these URLs leave the process; respx blocks them otherwise.

        A URL includes every path below it: ``http://127.0.0.1:8000/api`` includes ``/api/users``.
        A URL without a port includes every port, and one without a scheme, such as ``localhost``,
        both schemes. A route of your own for such a request still answers it, before or after this
        call. A server of pytest-kv itself needs no call.

        Raises ValueError for text that is no URL, and for Cloudflare's API.
        """
        for lookups in [respx_lookups(url) for url in urls]:
            self.router.add(_OutwardRoute(self.router, **lookups).pass_through())


class _Router(respx.MockRouter):
    """A router that lets requests to our own servers pass, without recording them."""

    def route(self, *patterns: Pattern, name: str | None = None, **lookups: Any) -> respx.Route:
        return self.add(Httpx2Route(*patterns, **lookups), name=name)

    def handler(self, request: httpx.Request) -> httpx.Response:
        self._let_out(request)
        return super().handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        self._let_out(request)
        return await super().async_handler(request)

    def _let_out(self, request: httpx.Request) -> None:
        if is_own_server(request.url.host, request.url.port):
            raise PassThrough("a server of pytest-kv", request=request, origin=respx.Route())


class _Routes(RouteList):
    """Routes by name; the error for an unknown name lists the names that there are."""

    def __getitem__(self, key: int | str) -> respx.Route:
        __tracebackhide__ = True
        if isinstance(key, str) and key not in self:
            known = ", ".join(nearest_first(key, filter(None, (route.name for route in self))))
            raise KeyError(f"no route {key!r}; there are {known}")
        return super().__getitem__(key)


class _OperationRoute(LazyRoute):
    """The route of one operation; it answers as KV does until a test mocks it.

    A route of the test's own for some of KV's paths, such as that of one key, answers instead.

    Its pattern is only for people to read. respx's patterns see a decoded path, so the route
    compares the raw path instead; the path is read once for all routes.
    """

    def __init__(
        self, rest: RestApi, operation: str, router: respx.MockRouter, **lookups: str
    ) -> None:
        self._rest = rest
        self._operation = operation
        self._router = router
        super().__init__(**lookups)

    def match(self, request: httpx.Request) -> RouteResultTypes:
        if _operation(request) != self._operation or self._is_the_tests(request):
            return None
        return request if self.is_pass_through else self.resolve(request)

    def resolve(self, request: httpx.Request, **context: object) -> RouteResultTypes:
        if self.side_effect is not None or self.return_value is not None:
            return super().resolve(request, **context)
        try:
            return _answer(self._rest, request)
        except NoAnswer as nothing:
            error, words = _NO_ANSWERS[nothing.kind]
            # respx's own exception, so that the route counts the call.
            raise SideEffectError(self, error(words, request=request)) from None

    def _is_the_tests(self, request: httpx.Request) -> bool:
        """Whether a route of the test answers this request."""
        route = _route_of_the_test(request, self._router)
        if route is None or _is_for_all_paths(route, request):
            return False
        if route.is_pass_through:
            raise AssertionError(
                f"RESPX: a route of the test lets {request!r} pass, but nothing passes through to "
                f"{HOST}; kv_api answers without that route"
            )
        return True


class _UnknownRoute(_OperationRoute):
    """Answers every other request to the API's host that no route of the test answers."""

    def __init__(self, rest: RestApi, router: respx.MockRouter) -> None:
        super().__init__(rest, UNKNOWN, router, host=HOST)

    def _is_the_tests(self, request: httpx.Request) -> bool:
        return _is_mocked_by_the_test(request, self._router)


class _OutwardRoute(Httpx2Route):
    """Lets a request pass if no route of the test answers it."""

    def __init__(self, router: respx.MockRouter, **lookups: object) -> None:
        self._router = router
        super().__init__(**lookups)

    def match(self, request: httpx.Request) -> RouteResultTypes:
        result = super().match(request)
        if result is request and _is_mocked_by_the_test(request, self._router):
            return None
        return result


def _is_mocked_by_the_test(request: httpx.Request, router: respx.MockRouter) -> bool:
    route = _route_of_the_test(request, router)
    return route is not None and not route.is_pass_through


def _route_of_the_test(request: httpx.Request, router: respx.MockRouter) -> respx.Route | None:
    """The first of the test's own routes, on any router, that matches a request."""
    mocked = [router] if router.Mocker is None else router.Mocker.routers
    routers: list[respx.Router] = request.extensions.get(ROUTERS, mocked)
    for route in chain.from_iterable(router.routes for router in routers):
        is_ours = isinstance(route, _OperationRoute | _OutwardRoute)
        if not is_ours and route.pattern.match(request):
            return route
    return None


def _is_for_all_paths(route: respx.Route, request: httpx.Request) -> bool:
    """Whether a route that matches ``request`` matches another product of the account as well."""
    account = b"/".join(request.url.raw_path.split(b"/")[:5])
    url = request.url.copy_with(raw_path=account + b"/another-product")
    other = httpx.Request(request.method, url, headers=request.headers, content=request.content)
    return bool(route.pattern.match(other))


def _operation(request: httpx.Request) -> str | None:
    """The operation that a request asks for; None when it is for another host."""
    route = _route(request)
    if isinstance(route, RestError):
        return UNKNOWN
    return None if route is None else route.operation


def _route(request: httpx.Request) -> Route | RestError | None:
    """The KV route of a request, found once; None when it is for another host."""
    found: _Found | None = request.extensions.get(_EXTENSION)
    # httpx copies the extensions into the request that follows a redirect, but each request has a
    # URL object of its own.
    if found is None or found.url is not request.url:
        is_ours = is_api_host(request.url)
        route = find_route(request.method, _target(request)) if is_ours else None
        found = request.extensions[_EXTENSION] = _Found(request.url, route)
    return found.route


def _target(request: httpx.Request) -> str:
    return request.url.raw_path.decode("ascii")


def _answer(rest: RestApi, request: httpx.Request) -> httpx.Response:
    route = _route(request)
    assert route is not None, "only requests to the API's host are answered"
    asked = Request(
        request.method,
        _target(request),
        request.headers,
        request.content,
        patience_seconds=request.extensions.get("timeout", {}).get("read"),
    )
    answer = rest.answer(asked, route)
    return httpx.Response(
        answer.status, headers=answer.headers, content=answer.body, request=request
    )


def _words() -> str:
    return _WORDS


@contextmanager
def mounted(account: KVAccount) -> Iterator[KVApi]:
    """:func:`mock_api` without the check for faults that did not strike."""
    api = KVApi(account)
    environment = fake_environment(
        account_id=api.account_id,
        api_token=api.api_token,
        base_url=api.base_url,
        # A proxy would send requests to the real host, and none may reach it.
        also=without_proxy(HOST, always=True),
    )
    with environment, unreachable(_words):
        api.router.start()
        _answer_first(api.router)
        try:
            with answering_httpx2(api.router):
                yield api
        finally:
            api.router.stop(clear=False, reset=False)


def mock_api(account: KVAccount | None = None) -> Block[KVApi]:
    """Mock the REST API of ``account``, or of a new one, during the block.

    It answers every client of httpx and httpx2, sync or async, on their own transports. Any other
    client that tries to reach the API's host gets an OSError at once. During the block the
    environment variables for the API's token and account are the fake's. An inner block answers
    before an outer one.

    At the end of a block that did not raise, it raises AssertionError when a planned fault did not
    strike.

    As a decorator of a test function or class it is a block for each test, with a new account
    unless one is given. A function gets it as its argument ``kv_api``, if it has this argument, and
    a ``unittest.TestCase`` as ``self.kv_api``. Raises TypeError for what it cannot decorate.
    """
    check_account("mock_api", account)
    return Block("mock_api", "kv_api", lambda: _checked(account or KVAccount()))


@contextmanager
def _checked(account: KVAccount) -> Iterator[KVApi]:
    __tracebackhide__ = True
    with mounted(account) as api:
        yield api
    account.assert_all_faults_fired()


def _answer_first(router: respx.MockRouter) -> None:
    # respx asks routers in the order in which they started; an earlier one might answer all.
    assert router.Mocker is not None, "a router that was started has one"
    router.Mocker.routers.remove(router)
    router.Mocker.routers.insert(0, router)
