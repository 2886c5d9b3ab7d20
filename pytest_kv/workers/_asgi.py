"""The module ``asgi``: an app such as FastAPI's behind a Worker."""

from __future__ import annotations

__all__ = ("ASGI", "fetch")

import logging
from asyncio import Event, Queue, create_task
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final
from urllib.parse import unquote

from pytest_kv.workers._buffers import Uint8Array
from pytest_kv.workers._fetch_api import URL
from pytest_kv.workers._fetch_api import Response as JsResponse
from pytest_kv.workers._sdk import Request, WorkerEntrypoint

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True

_LOGGER = logging.getLogger("asgi")
_VERSIONS = {"spec_version": "2.0", "version": "3.0"}
_App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


async def fetch(app: _App, req: Any, env: Any, ctx: Any = None) -> Any:
    """Let the app answer a request; its start-up and shut-down run around each request."""
    request = req if isinstance(req, Request) else Request(req)
    async with _Lifespan(app) as state:
        return await _answer(app, request, env, state)


async def _answer(app: _App, request: Request, env: Any, state: dict[str, Any]) -> Any:
    url = URL.new(request.url)
    scope = {
        "asgi": _VERSIONS,
        "type": "http",
        "http_version": "1.1",
        "method": str(request.method),
        "scheme": url.protocol.removesuffix(":"),
        "path": unquote(url.pathname),
        "raw_path": url.pathname.encode(),
        "query_string": url.search.removeprefix("?").encode(),
        "headers": [(n.lower().encode(), v.encode()) for n, v in request.headers.items()],
        "env": env,
        "state": dict(state),
    }
    waiting = [{"type": "http.request", "body": await request.bytes(), "more_body": False}]
    started: dict[str, Any] = {}
    content = bytearray()
    finished = Event()

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await finished.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
            return
        content.extend(message.get("body", b""))
        if not message.get("more_body"):
            finished.set()

    try:
        await app(scope, receive, send)
    except Exception:
        # FastAPI answers with 500 and then raises, for the server's log.
        if not finished.is_set():
            raise
        _LOGGER.exception("Exception in ASGI application after response started")
    if not started:
        raise RuntimeError("The application did not generate a response")
    headers = [(name.decode(), value.decode()) for name, value in started.get("headers", [])]
    empty = started["status"] in (204, 205, 304)
    body = None if empty else Uint8Array.new(bytes(content))
    return JsResponse.new(body, {"status": started["status"], "headers": headers})


class _Lifespan:
    """An app between its start-up and its shut-down; an app need not know either."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self._state: dict[str, Any] = {}
        self._to_app: Queue[dict[str, Any]] = Queue()
        self._from_app: Queue[dict[str, Any]] = Queue()
        self._has_started = False

    async def __aenter__(self) -> dict[str, Any]:
        self._task = create_task(self._run())
        self._has_started = await self._step("startup")
        return self._state

    async def __aexit__(self, *_error: object) -> None:
        if self._has_started:
            await self._step("shutdown")
        await self._task

    async def _run(self) -> None:
        scope = {"asgi": _VERSIONS, "type": "lifespan", "state": self._state}
        try:
            await self._app(scope, self._to_app.get, self._from_app.put)
        except Exception:
            # An app that does not know the protocol raises, and serves requests all the same.
            if self._has_started:
                raise
        finally:
            self._from_app.put_nowait({"type": "ended"})

    async def _step(self, step: str) -> bool:
        """Whether the app took the step; RuntimeError where it failed."""
        await self._to_app.put({"type": f"lifespan.{step}"})
        answer = await self._from_app.get()
        if answer["type"] == f"lifespan.{step}.failed":
            await self._task
            raise RuntimeError(answer.get("message") or f"ASGI lifespan {step} failed")
        return bool(answer["type"] == f"lifespan.{step}.complete")


def entrypoint(app: _App) -> type[WorkerEntrypoint]:
    """The entry of a Worker that is an app alone."""

    class Default(WorkerEntrypoint):
        async def fetch(self, request: Any) -> Any:
            return await fetch(app, request, self.env, self.ctx)

    return Default


def env() -> Any:
    """FastAPI's dependency ``env``: the Worker's env."""
    fastapi = import_module("fastapi")

    async def env(request: Any) -> Any:
        return request.scope["env"]

    env.__annotations__["request"] = fastapi.Request
    return fastapi.Depends(env)


ASGI: Final[dict[str, Any]] = {"entrypoint": entrypoint, "fetch": fetch}
"""The names of ``asgi`` that need no FastAPI."""
