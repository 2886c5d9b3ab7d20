"""A Worker is called as the runtime calls it, with our classes and with Cloudflare's own."""

from __future__ import annotations

import asyncio
import re
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pytest_kv import KVError, KVUsageWarning
from pytest_kv._env import OtherBinding
from pytest_kv.workers import KVWorkers

URL = "https://worker.example/path?q=1"


def worker(workers: Any, **methods: Any) -> type:
    """A Worker's class with these methods."""
    return type("Default", (workers.WorkerEntrypoint,), methods)


async def test_fetch_hands_the_worker_a_request_and_gives_its_response(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        seen = {
            "type": type(request) is workers.Request,
            "method": request.method,
            "url": request.url,
            "header": request.headers["x-name"],
            "content-type": request.headers["content-type"],
            "json": await request.json(),
        }
        return workers.Response.json(seen, status=201, headers={"X-Seen": "yes"})

    response = await kv_worker(worker(workers, fetch=fetch)).fetch(
        URL, method="POST", json={"a": 1}, headers={"X-Name": "b"}
    )

    assert type(response) is workers.Response
    assert (response.status, response.headers["x-seen"]) == (201, "yes")
    assert await response.json() == {
        "type": True,
        "method": "POST",
        "url": URL,
        "header": "b",
        "content-type": "application/json",
        "json": {"a": 1},
    }


async def test_the_env_of_the_test_is_the_workers_env(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        await self.env.KV.put("a", self.env.NAME)
        return workers.Response(await workers.env.KV.get("a"))

    kv_env.NAME = "of a variable"

    response = await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert await response.text() == "of a variable"
    kv_env.KV.assert_put("a", "of a variable")


@pytest.mark.parametrize("name", ["of the first test", "of the second test"])
async def test_the_global_env_is_that_of_the_running_test(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace, name: str
) -> None:
    kept = workers.env

    assert kept.KV.get is not None
    assert await kept.KV.get("a") is None
    await kept.KV.put("a", name)

    assert kv_env.KV.data["a"].value == name.encode()
    assert bool(kept.KV)
    with pytest.raises(TypeError, match=re.escape("'KvNamespace' object is not iterable")):
        iter(kept.KV)
    with pytest.raises(TypeError, match=re.escape("'KvNamespace' object has no len()")):
        len(kept.KV)


def test_the_global_env_has_no_names_outside_of_a_test(workers: Any) -> None:
    with pytest.raises(AttributeError) as raised:
        _ = workers.env.KV

    assert str(raised.value) == (
        "workers.env has its names in a test with the fixture kv_worker only"
    )
    assert not hasattr(workers.env, "__wrapped__")


async def test_a_binding_of_another_product_is_refused_when_it_is_used(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        database = self.env.DB
        return workers.Response(database.prepare("SELECT 1"))

    kv_env.DB = OtherBinding("DB", "D1")

    with pytest.raises(NotImplementedError, match=r"^kv_env\.DB is a binding of D1, and pytest-kv"):
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)


async def test_each_call_has_an_instance_of_its_own(workers: Any, kv_worker: KVWorkers) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        self.calls = getattr(self, "calls", 0) + 1
        return workers.Response(str(self.calls))

    called = kv_worker(worker(workers, fetch=fetch))

    assert [await (await called.fetch(URL)).text() for _ in range(2)] == ["1", "1"]


async def test_an_error_in_the_worker_is_raised_as_it_is(
    workers: Any, kv_worker: KVWorkers, ffi: Any
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        try:
            await self.env.KV.get("")
        except TypeError:
            return workers.Response("caught as a TypeError")
        except ffi.JsException as error:
            raise ValueError(str(error)) from error

    with pytest.raises(ValueError, match="Key name cannot be empty") as raised:
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert isinstance(raised.value.__cause__, KVError)


async def test_what_wait_until_is_given_has_run_when_the_response_is_there(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace, ffi: Any
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        self.ctx.waitUntil(self.env.KV.put("coroutine", "1"))
        self.ctx.waitUntil(asyncio.ensure_future(self.env.KV.put("task", "1")))
        self.ctx.waitUntil(ffi.create_proxy(self.env.KV.put("proxy", "1")))
        workers.wait_until(self.env.KV.put("global", "1"))
        self.ctx.passThroughOnException()
        assert self.ctx.props.to_py() == {}
        return workers.Response("done")

    await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert set(kv_env.KV.data) == {"coroutine", "task", "proxy", "global"}


async def test_an_error_in_what_wait_until_was_given_fails_the_call(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        self.ctx.waitUntil(self.env.KV.put("", "1"))
        return workers.Response("done")

    with pytest.raises(KVError, match="Key name cannot be empty") as raised:
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert raised.value.__notes__ == ["A Worker gave waitUntil() what raised this."]


async def test_what_wait_until_was_given_runs_after_an_error_too(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        self.ctx.waitUntil(self.env.KV.put("a", "1"))
        raise ValueError("of the handler")

    with pytest.raises(ValueError, match="of the handler"):
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert set(kv_env.KV.data) == {"a"}


async def test_wait_until_warns_of_what_cannot_be_awaited(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        self.ctx.waitUntil("no coroutine")
        return workers.Response("done")

    with pytest.warns(KVUsageWarning) as warned:
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert [str(warning.message) for warning in warned] == [
        "waitUntil() was given 'no coroutine', which nothing can wait for"
    ]


def test_the_global_wait_until_belongs_to_a_call(workers: Any) -> None:
    with pytest.raises(RuntimeError) as raised:
        workers.waitUntil(None)

    assert str(raised.value) == "waitUntil() can be called while kv_worker calls a Worker only"


@pytest.mark.fidelity("workers-scheduled")
async def test_scheduled_is_told_the_time_and_gets_neither_env_nor_ctx(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    async def scheduled(self: Any, controller: Any, env: Any, ctx: Any) -> None:
        told = f"{controller.cron} {controller.scheduledTime} {env} {ctx}"
        controller.noRetry()
        await self.env.KV.put("told", told)

    await kv_worker(worker(workers, scheduled=scheduled)).scheduled("0 3 * * *", scheduled_time=5)

    assert kv_env.KV.data["told"].value == b"0 3 * * * 5 None None"


@pytest.mark.fidelity("workers-scheduled")
async def test_a_class_that_uses_the_env_of_scheduled_is_told_of_self_env(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def scheduled(self: Any, controller: Any, env: Any, ctx: Any) -> None:
        await env.KV.list()

    with pytest.raises(AttributeError) as raised:
        await kv_worker(worker(workers, scheduled=scheduled)).scheduled()

    assert raised.value.__notes__ == [
        "In a class scheduled() gets None as env and ctx; use self.env."
    ]


async def test_another_attribute_error_of_scheduled_gets_no_note(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def scheduled(self: Any, controller: Any, env: Any, ctx: Any) -> None:
        _ = self.missing

    with pytest.raises(AttributeError) as raised:
        await kv_worker(worker(workers, scheduled=scheduled)).scheduled()

    assert not hasattr(raised.value, "__notes__")


@pytest.mark.fidelity("workers-scheduled")
async def test_scheduled_must_take_all_it_is_given(workers: Any, kv_worker: KVWorkers) -> None:
    async def scheduled(self: Any, controller: Any) -> None: ...

    with pytest.raises(TypeError, match="takes 2 positional arguments but 4 were given"):
        await kv_worker(worker(workers, scheduled=scheduled)).scheduled()


def module(**functions: Any) -> ModuleType:
    """An entry module with these functions."""
    made = ModuleType("entry")
    vars(made).update(functions)
    return made


@pytest.mark.fidelity("workers-handlers")
async def test_a_module_gets_javascripts_request_env_and_ctx(
    workers: Any, kv_worker: KVWorkers, js: Any
) -> None:
    async def on_fetch(request: Any, env: Any, ctx: Any) -> Any:
        ctx.waitUntil(env.KV.put("later", "1"))
        return js.Response.new(f"{request.constructor.name} {await request.text()}")

    response = await kv_worker(module(on_fetch=on_fetch)).fetch(URL, method="PUT", body="b")

    assert await response.text() == "Request b"


async def test_a_handler_gets_pythons_request(workers: Any, kv_worker: KVWorkers) -> None:
    @workers.handler  # type: ignore[untyped-decorator]  # the module is Any
    async def on_fetch(request: Any, env: Any) -> Any:
        await env.KV.put("a", "1")
        return workers.Response(type(request).__name__)

    response = await kv_worker(module(on_fetch=on_fetch)).fetch(URL)

    assert await response.text() == "Request"


@pytest.mark.fidelity("workers-handlers")
async def test_a_handler_takes_as_many_arguments_as_it_likes(
    workers: Any, kv_worker: KVWorkers
) -> None:
    def one(request: Any) -> Any:
        return workers.Response("one")

    def every(*arguments: Any) -> Any:
        return workers.Response(str(len(arguments)))

    texts = [
        await (await kv_worker(module(on_fetch=function)).fetch(URL)).text()
        for function in (one, every)
    ]

    assert texts == ["one", "3"]


async def test_a_module_can_be_scheduled_with_fewer_arguments(
    workers: Any, kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    async def on_scheduled(controller: Any, env: Any) -> None:
        await env.KV.put("cron", controller.cron)

    await kv_worker(module(on_scheduled=on_scheduled)).scheduled()

    assert kv_env.KV.data["cron"].value == b"* * * * *"


async def test_a_module_with_a_default_class_is_that_class(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response("of the class")

    response = await kv_worker(module(Default=worker(workers, fetch=fetch))).fetch(URL)

    assert await response.text() == "of the class"


async def test_a_request_can_be_given_ready_made(workers: Any, kv_worker: KVWorkers) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response(f"{request.method} {request.cf}")

    called = kv_worker(worker(workers, fetch=fetch))

    ready = workers.Request(URL, method="DELETE")
    assert await (await called.fetch(ready)).text() == "DELETE None"
    assert await (await called.fetch(ready.js_object)).text() == "DELETE None"


async def test_what_cloudflare_knows_of_the_client_can_be_given(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response(request.cf.country)

    response = await kv_worker(worker(workers, fetch=fetch)).fetch(URL, cf={"country": "PT"})

    assert await response.text() == "PT"


async def test_headers_can_be_pairs_and_name_the_type_of_the_json(
    workers: Any, kv_worker: KVWorkers
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response(f"{request.headers['a']} {request.headers['content-type']}")

    response = await kv_worker(worker(workers, fetch=fetch)).fetch(
        URL, method="POST", json=[], headers=[("a", "1"), ("A", "2"), ("Content-Type", "x/y")]
    )

    assert await response.text() == "1, 2 x/y"


async def test_bytes_can_be_a_body(workers: Any, kv_worker: KVWorkers) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response(await request.bytes())

    response = await kv_worker(worker(workers, fetch=fetch)).fetch(
        URL, method="POST", body=b"\xff\x00"
    )

    assert await response.bytes() == b"\xff\x00"


async def test_a_redirect_is_the_response(workers: Any, kv_worker: KVWorkers) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response.redirect("https://other.example/a", 303)

    response = await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert (response.status, response.headers["location"]) == (303, "https://other.example/a")


@pytest.mark.parametrize("wrong", [None, "text", 5])
async def test_what_is_no_response_is_refused(
    workers: Any, kv_worker: KVWorkers, wrong: object
) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return wrong

    with pytest.raises(TypeError) as raised:
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert str(raised.value) == f"a Worker's fetch() returns a Response, not {wrong!r}"


async def test_a_worker_without_the_handler_is_named(workers: Any, kv_worker: KVWorkers) -> None:
    with pytest.raises(TypeError, match=re.escape("Default has no handler fetch()")):
        await kv_worker(worker(workers)).fetch(URL)
    with pytest.raises(TypeError, match=re.escape("entry has no handler on_scheduled()")):
        await kv_worker(module()).scheduled()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [("entry", "'entry'"), (dict, "<class 'dict'>"), (5, "5")],
)
def test_what_is_no_worker_is_an_error(
    wrong: Any, named: str, workers: Any, kv_worker: KVWorkers
) -> None:
    with pytest.raises(TypeError) as raised:
        kv_worker(wrong)

    assert str(raised.value) == f"a Worker is a class of WorkerEntrypoint or a module, not {named}"


async def test_arguments_that_fetch_would_drop_are_an_error(
    workers: Any, kv_worker: KVWorkers
) -> None:
    called = kv_worker(worker(workers))

    with pytest.raises(TypeError) as both:
        await called.fetch(URL, json={"a": 1}, body="b")
    with pytest.raises(TypeError) as request:
        await called.fetch(workers.Request(URL), method="PUT")

    assert str(both.value) == "fetch() takes json or body, not both"
    assert str(request.value) == (
        "fetch() takes a Request, or a URL with the other arguments, not both"
    )


async def test_a_path_alone_is_no_url(workers: Any, kv_worker: KVWorkers) -> None:
    with pytest.raises(ValueError, match="takes a whole URL") as raised:
        await kv_worker(worker(workers)).fetch("/path")

    assert str(raised.value) == "fetch() takes a whole URL, as in https://example.com/, not '/path'"


async def test_a_context_has_no_snake_case(workers: Any, kv_worker: KVWorkers) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        self.ctx.wait_until(None)

    with pytest.raises(AttributeError) as raised:
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)

    assert str(raised.value) == "ctx has no wait_until, in production either: it is ctx.waitUntil()"


async def test_what_a_context_lacks_is_not_simulated(workers: Any, kv_worker: KVWorkers) -> None:
    async def fetch(self: Any, request: Any) -> Any:
        return workers.Response(self.ctx.exports)

    with pytest.raises(AttributeError, match=r"^ExecutionContext\.exports is not simulated by"):
        await kv_worker(worker(workers, fetch=fetch)).fetch(URL)
