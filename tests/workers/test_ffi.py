"""What Pyodide's js and pyodide.ffi give is what the simulated modules give."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_kv._binding.arguments import UNDEFINED, received
from pytest_kv.workers import install
from pytest_kv.workers._install import uninstall
from tests.helpers.worker import run
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
            value = run(value)  # type: ignore[arg-type]  # only coroutines are awaitable here
    except Exception as error:
        return {"given": source, "raises": f"{type(error).__name__}: {error}"}
    kind = "JsProxy" if isinstance(value, names["JsProxy"]) else type(value).__name__
    return {"given": source, "ok": f"{kind} {value!r}"}


def as_recorded(case: FfiCase) -> FfiCase:
    """The case without the words that Python uses for a type, which depend on its version."""
    told = case.get("raises", "")
    if told.startswith("TypeError: ") and "JsProxy cannot" not in told:
        return {**case, "raises": "TypeError"}
    if told.startswith("AttributeError: module"):
        return {**case, "raises": told.partition(", in production either")[0]}
    return case


@pytest.mark.fidelity(
    "workers-to-js", "workers-js-exception", "workers-js-objects", "workers-web-objects"
)
@pytest.mark.parametrize("case", DATA["cases"], ids=map(str, range(len(DATA["cases"]))))
def test_an_expression_gives_what_it_gives_in_pyodide(case: FfiCase, names: dict[str, Any]) -> None:
    assert as_recorded(outcome(case["given"], names)) == as_recorded(case)
