"""An ASGI app behind a Worker, with our adapter and with Cloudflare's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import fastapi
import pytest
from fastapi.responses import RedirectResponse, StreamingResponse

from pytest_kv.workers import KVWorkers

URL = "https://a.example"


@pytest.fixture
def steps() -> list[str]:
    """What the app did, in order."""
    return []


@pytest.fixture
def app(asgi: Any, steps: list[str]) -> fastapi.FastAPI:
    """An app with what a Worker's app has."""

    @asynccontextmanager
    async def lifespan(app: fastapi.FastAPI) -> AsyncIterator[dict[str, str]]:
        steps.append("start")
        yield {"made": "at the start"}
        steps.append("stop")

    made = fastapi.FastAPI(lifespan=lifespan)
    env = asgi.env

    @made.get("/items/{name:path}")
    async def read(name: str, q: str = "", env: Any = env) -> dict[str, str | None]:
        return {"value": await env.KV.get(name), "q": q}

    @made.put("/items/{name}", status_code=204)
    async def write(name: str, request: fastapi.Request) -> None:
        await request.scope["env"].KV.put(name, (await request.json())["value"])

    @made.get("/state")
    def state(request: fastapi.Request) -> str:
        return str(request.state.made)

    @made.get("/away")
    async def away() -> RedirectResponse:
        return RedirectResponse("/items/a")

    @made.get("/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[str]:
            for chunk in ("a", "b"):
                yield chunk

        return StreamingResponse(chunks())

    @made.get("/cookies")
    async def cookies(response: fastapi.Response) -> None:
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")

    @made.get("/broken")
    async def broken() -> None:
        raise ValueError("of the app")

    return made


@pytest.fixture
def worker(workers: Any, asgi: Any, app: fastapi.FastAPI) -> type:
    """A Worker that is the app."""

    class Default(workers.WorkerEntrypoint):  # type: ignore[misc]  # the module is Any
        async def fetch(self, request: Any) -> Any:
            return await asgi.fetch(app, request, self.env, self.ctx)

    return Default


async def test_an_app_reads_and_writes_kv(
    worker: type, kv_worker: KVWorkers, kv_env: SimpleNamespace, steps: list[str]
) -> None:
    called = kv_worker(worker)

    written = await called.fetch(f"{URL}/items/a", method="PUT", json={"value": "1"})
    read = await called.fetch(f"{URL}/items/a?q=%C3%BC")

    assert (written.status, written.body, await read.json()) == (
        204,
        None,
        {"value": "1", "q": "ü"},
    )
    assert read.headers["content-type"] == "application/json"
    kv_env.KV.assert_put("a", "1")
    assert steps == ["start", "stop"] * 2


async def test_a_path_arrives_decoded(worker: type, kv_worker: KVWorkers) -> None:
    response = await kv_worker(worker).fetch(f"{URL}/items/a%2Fb%20c")

    assert await response.json() == {"value": None, "q": ""}


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/state", 200, '"at the start"'),
        ("/away", 307, ""),
        ("/stream", 200, "ab"),
        ("/nothing", 404, '{"detail":"Not Found"}'),
    ],
)
async def test_an_app_answers(
    worker: type, kv_worker: KVWorkers, path: str, status: int, text: str
) -> None:
    response = await kv_worker(worker).fetch(URL + path)

    assert (response.status, await response.text()) == (status, text)


async def test_a_header_may_stand_more_than_once(worker: type, kv_worker: KVWorkers) -> None:
    response = await kv_worker(worker).fetch(f"{URL}/cookies")

    cookies = response.headers.get_all("set-cookie") or []
    assert [cookie[:3] for cookie in cookies] == ["a=1", "b=2"]


async def test_an_error_that_the_app_answers_with_500_is_logged(
    worker: type, kv_worker: KVWorkers, steps: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    response = await kv_worker(worker).fetch(f"{URL}/broken")

    assert (response.status, await response.text()) == (500, "Internal Server Error")
    assert steps == ["start", "stop"]
    (record,) = [record for record in caplog.records if record.name == "asgi"]
    assert record.getMessage() == "Exception in ASGI application after response started"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "of the app"


async def test_an_error_before_an_answer_is_raised(asgi: Any, js: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("of the app")

    with pytest.raises(ValueError, match="of the app"):
        await asgi.fetch(app, js.Request.new(URL), None)


async def test_an_app_can_be_the_whole_worker(
    asgi: Any, app: fastapi.FastAPI, kv_worker: KVWorkers
) -> None:
    response = await kv_worker(asgi.entrypoint(app)).fetch(f"{URL}/state")

    assert await response.text() == '"at the start"'


async def answer(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"ok"})


async def test_an_app_need_not_know_of_its_start(asgi: Any, js: Any) -> None:
    async def raises(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await answer(send)

    async def returns(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await answer(send)

    for app in (raises, returns):
        response = await asgi.fetch(app, js.Request.new(URL), None)
        assert await response.text() == "ok"


async def test_an_app_that_fails_at_its_start_fails_the_request(asgi: Any, js: Any) -> None:
    def failing(message: str) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "lifespan.startup.failed", "message": message})

        return app

    with pytest.raises(RuntimeError, match="no database"):
        await asgi.fetch(failing("no database"), js.Request.new(URL), None)
    with pytest.raises(RuntimeError, match="ASGI lifespan startup failed"):
        await asgi.fetch(failing(""), js.Request.new(URL), None)


async def test_an_app_that_fails_at_its_end_fails_the_request(asgi: Any, js: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await answer(send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "not closed"})

    with pytest.raises(RuntimeError, match="not closed"):
        await asgi.fetch(app, js.Request.new(URL), None)


@pytest.mark.parametrize("workers", ["ours"], indirect=True)
async def test_an_error_at_the_end_of_an_app_is_raised(asgi: Any, js: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await answer(send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("at the end")

    with pytest.raises(ValueError, match="at the end"):
        await asgi.fetch(app, js.Request.new(URL), None)


async def test_an_app_that_does_not_answer_is_an_error(asgi: Any, js: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    with pytest.raises(RuntimeError, match="The application did not generate a response"):
        await asgi.fetch(app, js.Request.new(URL), None)


async def test_an_app_learns_that_the_client_has_its_answer(asgi: Any, js: Any) -> None:
    told = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            told.append(await receive())
            await answer(send)
            told.append(await receive())

    await asgi.fetch(app, js.Request.new(URL), None)

    assert [message["type"] for message in told] == ["http.request", "http.disconnect"]
