"""JavaScript's conversions of the values that Python code sends to a binding.

Cloudflare's wrapper and Pyodide turn a Python value into a JavaScript value, and ToString and
ToNumber convert that. Both steps were observed (O: ``tests/data/wrapper.json``).
"""

from __future__ import annotations

__all__ = (
    "INT32_MAX",
    "INT32_MIN",
    "buffer_elements",
    "to_bytes",
    "to_int32",
    "to_number",
    "to_string",
)

from datetime import UTC, datetime
from math import isfinite, nan, trunc

from pytest_kv._binding.javascript import (
    is_big_int,
    join_surrogates,
    number_to_string,
    string_to_number,
    to_utf8,
)
from pytest_kv._binding.results import KVStream
from pytest_kv._errors import KVError

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def to_string(value: object) -> str:
    """JavaScript's ToString of an argument (O)."""
    if isinstance(value, str):
        # str() of an enum that is also a str is another text than the one that is sent.
        return str.__str__(value) if value.isascii() else join_surrogates(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_to_string(value)
    return _object_to_string(value)


def _object_to_string(value: object) -> str:
    if isinstance(value, list):
        return ",".join("" if member is None else to_string(member) for member in value)
    if isinstance(value, dict):
        return "[object Object]"
    if isinstance(value, set):
        return "[object Set]"
    if isinstance(value, Exception):
        return f"Error: {value}".removesuffix(": ")
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        day = f"{utc:%a %b %d} {utc.year:04}"
        return f"{day} {utc:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"
    elements = buffer_elements(value)
    # Any other object is sent as a PyProxy; its toString() is Python's str().
    return str(value) if elements is None else to_string(elements)


def to_number(value: object) -> float:
    """JavaScript's ToNumber of an option (O)."""
    if isinstance(value, int) and is_big_int(value):
        raise KVError("TypeError", "Cannot convert a BigInt value to a number")
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return 0.0
    if isinstance(value, datetime):
        return trunc(value.timestamp() * 1000)
    if isinstance(value, dict | set):
        return nan
    return string_to_number(to_string(value))


def to_int32(value: object) -> int:
    """An option as a 32-bit integer: truncated, and 0 when it is not a number (O)."""
    number = to_number(value)
    if not isfinite(number):
        return 0
    whole = trunc(number)
    if not INT32_MIN <= whole <= INT32_MAX:
        raise KVError(
            "TypeError",
            f"Value out of range. Must be between {INT32_MIN} and {INT32_MAX} (inclusive).",
        )
    return whole


def to_bytes(value: object) -> bytes | None:
    """The bytes that ``put`` stores for a value; None for an object that it does not accept (O)."""
    if isinstance(value, str):
        return to_utf8(value)
    if isinstance(value, KVStream):
        return value._read_rest()
    if value is None or isinstance(value, bool | int | float):
        return to_string(value).encode()
    view = _buffer(value)
    return None if view is None else view.tobytes()


def buffer_elements(value: object) -> list[object] | None:
    """The elements of a value that is sent as a typed array; None for any other value."""
    view = _buffer(value)
    return None if view is None else list(view)


def _buffer(value: object) -> memoryview | None:
    try:
        return memoryview(value)  # type: ignore[arg-type]  # only trying tells whether it has a buffer
    except TypeError:
        return None
