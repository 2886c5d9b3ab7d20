"""What calls a Worker as Cloudflare's runtime does."""

from __future__ import annotations

__all__ = ("KVWorker", "KVWorkers", "cloudflare_workers", "running")

import inspect
import json as _json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPMethod
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_kv._errors import warn_of_usage
from pytest_kv.workers._fetch_api import Request as JsRequest
from pytest_kv.workers._fetch_api import Response as JsResponse
from pytest_kv.workers._ffi import to_js
from pytest_kv.workers._objects import JsObject, JsProxy
from pytest_kv.workers._outbound import refusals

if TYPE_CHECKING:
    from pytest_kv.workers._sdk import Response

_T = TypeVar("_T")

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class ExecutionContext(JsProxy):
    """``ctx``: what outlives the response is handed to its ``waitUntil``."""

    def __init__(self) -> None:
        self._waiting: list[Awaitable[Any]] = []
        self.props = JsObject.new()

    def waitUntil(self, awaitable: Awaitable[Any]) -> None:
        """Let the runtime wait for this after the response."""
        if inspect.isawaitable(awaitable):
            self._waiting.append(awaitable)
        else:
            warn_of_usage(f"waitUntil() was given {awaitable!r}, which nothing can wait for")

    def passThroughOnException(self) -> None:
        """Ask for the origin's answer after an error; a test sees the error."""

    def __getattr__(self, name: str) -> Any:
        if name == "wait_until":
            told = "ctx has no wait_until, in production either: it is ctx.waitUntil()"
            raise AttributeError(told, name=name)
        return super().__getattr__(name)

    async def _finish(self) -> list[Exception]:
        """Run what the runtime would wait for, and give what it raised."""
        errors = []
        while self._waiting:
            try:
                await self._waiting.pop(0)
            except Exception as error:
                error.add_note("A Worker gave waitUntil() what raised this.")
                errors.append(error)
        return errors


class ScheduledController(JsProxy):
    """What the handler ``scheduled`` is told about its run."""

    def __init__(self, cron: str, scheduled_time: float) -> None:
        self.cron = cron
        self.scheduledTime = scheduled_time
        self.type = "scheduled"

    def noRetry(self) -> None:
        """Ask that a failed run is not tried again."""


_env: Any = None
_context: ContextVar[ExecutionContext | None] = ContextVar("context", default=None)


@contextmanager
def running(env: object) -> Iterator[KVWorkers]:
    """During the block ``workers.env`` is this env."""
    global _env
    before, _env = _env, env
    try:
        yield KVWorkers(_env)
    finally:
        _env = before


class _CurrentEnv:
    """``workers.env``: the env of the test that runs when a name of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name, name=name)
        found = getattr(_running_env(), name)
        # Cloudflare's wrapper keeps what it is given, so a binding is found again at each call.
        return _CurrentBinding(name) if hasattr(type(found), "getWithMetadata") else found


class _CurrentBinding:
    """A binding of the test that runs when it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(_running_env(), self._name), name)

    def __iter__(self) -> Iterator[Any]:
        return iter(getattr(_running_env(), self._name))

    def __len__(self) -> int:
        return len(getattr(_running_env(), self._name))

    def __bool__(self) -> bool:
        return True


def _running_env() -> Any:
    if _env is None:
        raise AttributeError("workers.env has its names in a test with the fixture kv_worker only")
    return _env


class _CloudflareWorkers:
    """JavaScript's module ``cloudflare:workers``."""

    def __init__(self) -> None:
        self.env = _CurrentEnv()

    def waitUntil(self, awaitable: Awaitable[Any]) -> None:
        """Let the runtime wait for this after the response to the request that is answered."""
        context = _context.get()
        if context is None:
            raise RuntimeError("waitUntil() can be called while kv_worker calls a Worker only")
        context.waitUntil(awaitable)


cloudflare_workers = _CloudflareWorkers()


class KVWorkers:
    """The fixture ``kv_worker``: ``kv_worker(Default)`` is a Worker that a test can call."""

    def __init__(self, env: Any) -> None:
        self._env = env

    def __call__(self, worker: type | ModuleType) -> KVWorker:
        """A Worker: a class of ``WorkerEntrypoint``, or a module with one or with ``on_fetch``."""
        if isinstance(worker, ModuleType) and hasattr(worker, "Default"):
            worker = worker.Default
        base: type = import_module("workers").WorkerEntrypoint
        is_class = isinstance(worker, type) and issubclass(worker, base)
        if not is_class and not isinstance(worker, ModuleType):
            raise TypeError(
                f"a Worker is a class of WorkerEntrypoint or a module, not {worker!r:.80}"
            )
        return KVWorker(worker, self._env)


class KVWorker:
    """A Worker, called as Cloudflare's runtime calls it: each call has a new instance and ctx."""

    def __init__(self, worker: type | ModuleType, env: Any) -> None:
        self._worker = worker
        self._env = env

    async def fetch(
        self,
        url: Any,
        *,
        method: str | HTTPMethod = "GET",
        headers: Any = None,
        body: str | bytes | None = None,
        json: Any = None,
        cf: Any = None,
    ) -> Response:
        """Send a request to the Worker, and return its Response once ``waitUntil`` is done too.

        ``url`` is a whole URL, or a Request; ``json`` becomes the body. A redirect is not followed.
        An error in the Worker, or in what it gave to ``waitUntil``, is raised here. Raises
        TypeError for both ``json`` and ``body``, and for a Request with more arguments.
        """
        workers = import_module("workers")
        request = _request(url, method, headers, body, json, cf)
        if isinstance(self._worker, type):
            result = await self._call("fetch", lambda: (workers.Request(request),), is_relaxed=True)
        else:
            result = await self._call("fetch", lambda: (request,), is_relaxed=True)
        js_response = getattr(result, "js_object", getattr(result, "js_response", result))
        if not isinstance(js_response, JsResponse):
            raise TypeError(f"a Worker's fetch() returns a Response, not {result!r}")
        response: Response = workers.Response(js_response)
        return response

    async def scheduled(
        self, cron: str = "* * * * *", *, scheduled_time: float | None = None
    ) -> None:
        """Run the Worker's handler of Cron Triggers; ``scheduled_time`` is in milliseconds."""
        moment = time.time() * 1000 // 1 if scheduled_time is None else scheduled_time
        controller = ScheduledController.new(cron, moment)
        await self._call("scheduled", lambda: (controller,), is_relaxed=False)

    async def _call(
        self, name: str, arguments: Callable[[], tuple[Any, ...]], *, is_relaxed: bool
    ) -> Any:
        context: ExecutionContext = ExecutionContext.new()
        refused: list[Any] = []
        tokens = _context.set(context), refusals.set(refused)
        try:
            result = await self._handled(name, arguments(), context, is_relaxed)
        except Exception:
            await context._finish()
            raise
        else:
            errors = await context._finish()
        finally:
            _context.reset(tokens[0])
            refusals.reset(tokens[1])
        # A Worker that catches every error must not hide that its request would leave the process.
        for error in (*refused, *errors):
            raise error
        return result

    async def _handled(
        self, name: str, arguments: tuple[Any, ...], context: ExecutionContext, is_relaxed: bool
    ) -> Any:
        if isinstance(self._worker, type):
            instance = self._worker(context, self._env)
            handler = _handler(instance, self._worker.__name__, name)
            # The runtime hands a class env and ctx when it is made, and None later (R).
            arguments += (None, None) if not is_relaxed else ()
        else:
            handler = _handler(self._worker, self._worker.__name__, f"on_{name}")
            arguments, is_relaxed = (*arguments, self._env, context), True
        try:
            result = _relaxed(handler, arguments) if is_relaxed else handler(*arguments)
            return await result if inspect.isawaitable(result) else result
        except AttributeError as error:
            if error.obj is None and isinstance(self._worker, type) and not is_relaxed:
                error.add_note(f"In a class {name}() gets None as env and ctx; use self.env.")
            raise


def _handler(of: object, owner: str, name: str) -> Callable[..., Any]:
    handler = getattr(of, name, None)
    if handler is None:
        raise TypeError(f"{owner} has no handler {name}()")
    found: Callable[..., Any] = handler
    return found


def _relaxed(handler: Callable[..., _T], arguments: tuple[Any, ...]) -> _T:
    """Call with as many arguments as the handler takes."""
    kinds = [parameter.kind for parameter in inspect.signature(handler).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return handler(*arguments)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return handler(*arguments[: sum(kind in positional for kind in kinds)])


def _request(
    url: Any, method: str | HTTPMethod, headers: Any, body: str | bytes | None, json: Any, cf: Any
) -> JsRequest:
    given = getattr(url, "js_object", url)
    if isinstance(given, JsRequest):
        if (str(method), headers, body, json, cf) != ("GET", None, None, None, None):
            raise TypeError("fetch() takes a Request, or a URL with the other arguments, not both")
        return given
    if json is not None and body is not None:
        raise TypeError("fetch() takes json or body, not both")
    if "://" not in str(given):
        raise ValueError(f"fetch() takes a whole URL, as in https://example.com/, not {url!r}")
    options: dict[str, Any] = {"method": str(method), "cf": to_js(cf)}
    pairs = list(headers.items() if hasattr(headers, "items") else headers or ())
    if json is not None:
        body = _json.dumps(json)
        if not any(name.lower() == "content-type" for name, _ in pairs):
            pairs.append(("content-type", "application/json"))
    options |= {"headers": pairs, "body": to_js(body)}
    request: JsRequest = JsRequest.new(given, options)
    return request
