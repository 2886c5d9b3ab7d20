"""A route whose state is made later is, to whoever looks at it, any other route of respx."""

from __future__ import annotations

import copy
from collections.abc import Callable
from threading import Barrier, Thread

import httpx
import pytest
import respx
from respx.models import CallList

from pytest_kv import KVApi, mock_api
from pytest_kv._transports.lazy_route import LazyRoute
from tests.helpers.samples import WAYS, request_for

LOOKUPS = {"method": "GET", "path__regex": "/a"}
Steps = Callable[[respx.MockRouter, respx.Route], object]


def used(router: respx.MockRouter, route: respx.Route) -> None:
    route.calls.append(respx.models.Call(httpx.Request("GET", "https://example.com/a"), None))


def mocked(router: respx.MockRouter, route: respx.Route) -> None:
    route.respond(418)


def renamed(router: respx.MockRouter, route: respx.Route) -> None:
    router.get(path="/b", name="a").respond(418)


def rolled_back(router: respx.MockRouter, route: respx.Route) -> None:
    router.rollback()


def reset(router: respx.MockRouter, route: respx.Route) -> None:
    router.reset()


STEPS: list[list[Steps]] = [
    [],
    [used],
    [mocked],
    [renamed],
    [reset],
    [rolled_back],
    [used, rolled_back],
    [mocked, rolled_back],
    [renamed, rolled_back],
    [used, mocked, reset],
    [mocked, rolled_back, rolled_back],
    [mocked, lambda router, route: router.snapshot(), used, rolled_back],
]


def looked_at(make: type[respx.Route], steps: list[Steps]) -> list[object]:
    """What someone sees of a router with one route, after ``steps``."""
    router = respx.MockRouter(assert_all_called=False)
    route = router.add(make(**LOOKUPS), name="a")
    with router:
        for step in steps:
            step(router, route)
        return [
            route.name,
            route.pattern,
            route.called,
            len(route.calls),
            route.return_value and route.return_value.status_code,
            route.side_effect,
            route.is_pass_through,
            [each.name for each in router.routes],
            "a" in router.routes,
            repr(route),
        ]


@pytest.mark.parametrize("steps", STEPS)
def test_it_looks_like_a_route_that_was_made_at_once(steps: list[Steps]) -> None:
    assert looked_at(LazyRoute, steps) == looked_at(respx.Route, steps)


def test_its_calls_are_those_of_respx_with_the_asserts_of_a_mock() -> None:
    with mock_api() as api:
        route = api.routes["get"]
        WAYS["sync"](request_for(api, "get"))

        assert isinstance(route.calls, CallList)
        assert route.calls.last.request.method == "GET"
        route.calls.assert_called()
        with pytest.raises(AssertionError, match=r"^Expected '<Route name='put'"):
            api.routes["put"].calls.assert_called()


def test_no_call_list_is_made_for_a_block_that_nobody_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    init = CallList.__init__

    def counted(self: CallList, *args: object, name: object = "respx") -> None:
        made.append(name)
        init(self, *args, name=name)  # type: ignore[arg-type]  # as respx calls it

    monkeypatch.setattr(CallList, "__init__", counted)

    with mock_api():
        pass

    assert [name for name in made if isinstance(name, respx.Route)] == []


def test_it_equals_a_route_with_the_same_pattern_and_no_other() -> None:
    route = LazyRoute(**LOOKUPS)

    assert route == LazyRoute(**LOOKUPS) == respx.Route(**LOOKUPS) == route
    assert route != LazyRoute(method="PUT", path__regex="/a")
    assert route != respx.Route(method="PUT", path__regex="/a")
    assert route != "a"


def test_what_it_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = LazyRoute(**LOOKUPS).no_such_thing
    assert copy.copy(LazyRoute(**LOOKUPS)) == LazyRoute(**LOOKUPS)


def test_threads_that_use_it_first_at_the_same_moment_lose_no_call() -> None:
    for _ in range(20):
        with mock_api() as api:
            together = Barrier(8)

            def send(api: KVApi = api, together: Barrier = together) -> None:
                together.wait()
                api.router.handler(request_for(api, "list"))

            threads = [Thread(target=send) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            assert api.routes["list"].call_count == 8
