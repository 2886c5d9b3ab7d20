"""``JSON.parse`` and ``JSON.stringify`` for JavaScript's values."""

from __future__ import annotations

__all__ = ("parse", "stringify", "to_variable")

from math import isfinite
from typing import Any

from pytest_kv._binding.arguments import from_javascript
from pytest_kv._binding.javascript import to_python_number
from pytest_kv._binding.json_parse import JSONSyntaxError, parse_json
from pytest_kv._binding.json_stringify import BigIntError
from pytest_kv._binding.json_stringify import stringify as _stringify
from pytest_kv.workers._objects import JsArray, JsObject, jsnull, throw

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


def parse(text: str) -> Any:
    """The value of a JSON text; objects and arrays are JavaScript's, and null is ``jsnull``."""
    try:
        return _as_javascript(parse_json(text))
    except JSONSyntaxError as error:
        throw("SyntaxError", error.message)


def to_variable(value: object) -> object:
    """A variable as a Python Worker sees it: a text, or the JSON that it is as JavaScript has it.

    Unlike what a binding returns, it is not converted to Python (R: workers-runtime-sdk 1.9.5,
    ``_EnvWrapper``; O: Pyodide 314.0.6).
    """
    return _as_javascript(value)


def _as_javascript(value: Any) -> Any:
    if isinstance(value, dict):
        made = JsObject.new()
        vars(made).update((name, _as_javascript(member)) for name, member in value.items())
        return made
    if isinstance(value, list):
        return JsArray.new(*map(_as_javascript, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        return to_python_number(number) if isfinite(number) else jsnull
    return jsnull if value is None else value


def stringify(value: Any) -> str | None:
    """The JSON text of a value; None, which is undefined, for a value that has none."""
    try:
        return _stringify(from_javascript(value))
    except BigIntError as error:
        throw("TypeError", str(error))
