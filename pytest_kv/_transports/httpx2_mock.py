"""Lets the respx router of ``kv_api`` answer clients of httpx2, too.

httpx2 uses httpcore2 as httpx uses httpcore, and respx can mock httpcore2 with a mocker that is
written for it (lundberg/respx#324). If pytest-httpx2 is loaded, this module uses its mocker, so
that the routes of ``httpx2_mock`` and of ``kv_api`` work together; otherwise it makes a mocker. The
router works with httpx's requests and responses. Its errors become httpcore2's, and httpx2 turns
those into its own.
"""

from __future__ import annotations

__all__ = ("ROUTERS", "Httpx2Route", "answering_httpx2")

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

import httpx
import respx
from respx.mocks import HTTPCoreMocker, Mocker

from pytest_kv._transports.patch import Patch

ROUTERS = "pytest_kv.routers"
"""The name of the request extension that holds the routers for a request of httpx2."""

_THEIR_NAME = "httpcore2"
_OUR_NAME = "httpcore2 of pytest-kv"


class Httpx2Route(respx.Route):
    """A route to which a test can give responses and errors of httpx2, as well as httpx's."""

    @property
    def return_value(self) -> httpx.Response | None:
        """The response that a test gave the route."""
        return super().return_value

    @return_value.setter
    def return_value(self, given: Any) -> None:
        respx.Route.return_value.fset(self, _of_httpx(given))  # type: ignore[attr-defined]  # mypy sees no property

    @property
    def side_effect(self) -> Any:
        """The side effect that a test gave the route."""
        return super().side_effect

    @side_effect.setter
    def side_effect(self, given: Any) -> None:
        if isinstance(given, Iterator):
            given = map(_of_httpx, given)
        elif isinstance(given, Sequence):
            given = list(map(_of_httpx, given))
        respx.Route.side_effect.fset(self, _of_httpx(given))  # type: ignore[attr-defined]  # mypy sees no property

    def __mod__(self, given: Any) -> respx.Route:
        return super().__mod__(_of_httpx(given))

    def _call_side_effect(
        self, effect: Callable[..., Any], request: httpx.Request, **context: Any
    ) -> Any:
        def of_httpx(*args: Any, **options: Any) -> Any:
            result = effect(*args, **options)
            return _awaited(result) if inspect.isawaitable(result) else _of_httpx(result)

        # respx reads the signature to see which arguments the effect takes.
        of_httpx.__signature__ = inspect.signature(effect)  # type: ignore[attr-defined]  # any function may have it
        return super()._call_side_effect(of_httpx, request, **context)


async def _awaited(result: Any) -> Any:
    return _of_httpx(await result)


def _of_httpx(given: Any) -> Any:
    """httpx's counterpart of a response or error class of httpx2; anything else unchanged."""
    httpx2 = sys.modules.get("httpx2")
    if httpx2 is None:
        return given
    if isinstance(given, type) and issubclass(given, httpx2.RequestError):
        return getattr(httpx, given.__name__, httpx.NetworkError)
    if not isinstance(given, httpx2.Response):
        return given
    stream = given.stream
    if isinstance(stream, httpx2.ByteStream):
        stream = httpx.ByteStream(b"".join(stream))
    return httpx.Response(
        given.status_code, headers=given.headers.raw, stream=stream, extensions=given.extensions
    )


@contextmanager
def answering_httpx2(router: respx.MockRouter) -> Iterator[None]:
    """During the block ``router`` answers httpx2's clients, before any other router.

    httpcore2 is imported where it is installed: a test may import httpx2 only later.
    """
    if not _is_installed():
        yield
        return
    mocker = _mocker()
    adapter: Any = _Adapter(router, mocker)
    # respx asks routers in the order in which they started.
    mocker.routers.insert(0, adapter)
    mocker.start()
    try:
        yield
    finally:
        mocker.unregister(adapter)
        mocker.stop()


class _Adapter:
    """Passes a mocker's requests to the router, and turns its errors into httpcore2's."""

    def __init__(self, router: respx.MockRouter, mocker: type[Mocker]) -> None:
        self.routes = router.routes
        self._router = router
        self._mocker = mocker

    def handler(self, request: httpx.Request) -> httpx.Response:
        with self._handling(request):
            return self._router.handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        with self._handling(request):
            return await self._router.async_handler(request)

    @contextmanager
    def _handling(self, request: httpx.Request) -> Iterator[None]:
        request.extensions[ROUTERS] = self._mocker.routers
        try:
            yield
        except httpx.TransportError as error:
            raise _translated(error) from error


def _translated(error: httpx.TransportError) -> Exception:
    """The error of httpcore2 with the same name as httpx's, or the nearest one."""
    names = (kind.__name__ for kind in type(error).__mro__)
    module = import_module("httpcore2")
    known = (getattr(module, name) for name in names if hasattr(module, name))
    kind = next(known, module.NetworkError)
    translated: Exception = kind(str(error))
    return translated


@cache
def _is_installed() -> bool:
    if find_spec("httpcore2") is None:
        return False
    import_module("httpcore2")
    return True


def _mocker() -> type[Mocker]:
    known = Mocker.registry
    return known.get(_THEIR_NAME) or known.get(_OUR_NAME) or _make_mocker()


def _make_mocker() -> type[Mocker]:
    class HTTPCore2Mocker(HTTPCoreMocker):
        name = _OUR_NAME
        targets: ClassVar = [
            target.replace("httpcore.", "httpcore2.", 1) for target in HTTPCoreMocker.targets
        ]

        # respx would patch with unittest.mock, which takes as long as all the rest of a block.
        @classmethod
        def start(cls) -> None:
            if cls._patches:
                return
            for target in cls.targets:
                module, _, kind = target.rpartition(".")
                owner = getattr(import_module(module), kind)
                for method in filter(partial(hasattr, owner), cls.target_methods):
                    patches: list[Any] = cls._patches
                    patches.append(Patch(owner, method, cls._wrapped))

        @staticmethod
        @cache
        def _wrapped(original: Any) -> Any:
            return HTTPCore2Mocker.mock(original)  # type: ignore[no-untyped-call]  # respx's

    return HTTPCore2Mocker
