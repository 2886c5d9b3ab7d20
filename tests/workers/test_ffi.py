"""What Pyodide's js and pyodide.ffi give is what the simulated modules give."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_kv import KVError, KVNamespace, KVUsageWarning
from pytest_kv._binding.arguments import UNDEFINED, received
from pytest_kv.workers import install
from pytest_kv.workers._install import uninstall
from tests.oracle.ffi import FFI_DATA, FfiCase, FfiData

DATA: FfiData = json.loads(FFI_DATA.read_text(encoding="utf-8"))


class Binding:
    """Shows the arguments that KV reads, as JSON."""

    async def put(self, *given: object, **keywords: object) -> str:
        three = (*given, UNDEFINED, UNDEFINED, UNDEFINED)[:3]
        arguments = received("put", three, given[3:], keywords)
        return json.dumps(
            [{} if is_map(a) else a for a in arguments if a is not UNDEFINED], separators=(",", ":")
        )


def is_map(argument: object) -> bool:
    return str(argument) == "[object Map]"


@pytest.fixture(scope="module")
def names() -> Iterator[dict[str, Any]]:
    """The names that the cases use."""
    install()
    found: dict[str, Any] = {"kv": Binding()}
    exec("\n".join(DATA["prelude"]), found)
    yield found
    uninstall()


def outcome(source: str, names: dict[str, Any]) -> FfiCase:
    """What came of the expression, as it is recorded."""
    try:
        value = eval(source, names)
        if inspect.isawaitable(value):
            value = asyncio.run(value)  # type: ignore[arg-type]  # only coroutines are awaitable here
    except Exception as error:
        return {"given": source, "raises": f"{type(error).__name__}: {error}"}
    kind = "JsProxy" if isinstance(value, names["JsProxy"]) else type(value).__name__
    return {"given": source, "ok": f"{kind} {value!r}"}


def as_recorded(case: FfiCase) -> FfiCase:
    """The case without what differs: Python's words for a type, Node's words, and our advice."""
    told = case.get("raises", "")
    for error in ("TypeError", "JsException: TypeError"):
        if told.startswith(f"{error}: ") and "JsProxy cannot" not in told:
            return {**case, "raises": error}
    told = told.partition(", in production either")[0]
    if " is not simulated " in told:
        told = f"AttributeError: {told.split(' is not ')[0].rpartition('.')[2]}"
    return {**case, "raises": told} if told else case


@pytest.mark.fidelity(
    "workers-to-js",
    "workers-to-js-for-kv",
    "workers-js-exception",
    "workers-js-objects",
    "workers-web-objects",
)
@pytest.mark.parametrize("case", DATA["cases"], ids=map(str, range(len(DATA["cases"]))))
def test_an_expression_gives_what_it_gives_in_pyodide(case: FfiCase, names: dict[str, Any]) -> None:
    assert as_recorded(outcome(case["given"], names)) == as_recorded(case)


@pytest.mark.fidelity("workers-js-exception")
async def test_an_error_of_kv_is_caught_as_an_error_of_javascript(
    kv_namespace: KVNamespace, names: dict[str, Any]
) -> None:
    with pytest.raises(names["JsException"]) as raised:
        await kv_namespace.get("")

    assert isinstance(raised.value, KVError)
    assert not isinstance(raised.value, TypeError)
    assert (raised.value.name, raised.value.message) == ("TypeError", "Key name cannot be empty.")


@pytest.mark.fidelity("workers-to-js-for-kv")
async def test_a_map_has_no_options_and_kv_warns_of_it(
    kv_namespace: KVNamespace, names: dict[str, Any]
) -> None:
    given = names["js"].Map.new([["expirationTtl", 60]])

    with pytest.warns(KVUsageWarning) as warned:
        await kv_namespace.put("a", "1", given)

    assert [str(warning.message) for warning in warned] == [
        "put() was given options that are no dict, [object Map] (JsMap); none of them is read"
    ]


async def test_what_is_no_json_value_is_undefined(names: dict[str, Any]) -> None:
    assert names["js"].JSON.stringify(len) is None


def test_a_socket_is_there_to_be_put_into_a_response(names: dict[str, Any]) -> None:
    js = names["js"]
    socket = js.WebSocket.new("wss://a.example/")

    response = js.Response.new(None, status=101, webSocket=socket)

    assert (socket.url, response.status) == ("wss://a.example/", 101)
    with pytest.raises(AttributeError, match=r"^WebSocket\.send is not simulated by pytest-kv"):
        socket.send("a")
