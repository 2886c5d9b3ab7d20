"""`JSON.stringify` of V8, for the Python values that a Worker can send."""

from __future__ import annotations

__all__ = ("BigIntError", "stringify")

import json
import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from pytest_kv._binding.conversions import buffer_elements, to_string
from pytest_kv._binding.javascript import (
    in_property_order,
    is_big_int,
    join_surrogates,
    number_to_string,
    to_iso_string,
)

_quote = json.JSONEncoder(ensure_ascii=False).encode


class BigIntError(Exception):
    """JavaScript's TypeError of `JSON.stringify` for a BigInt; `message` is V8's own text."""

    message = "Do not know how to serialize a BigInt"

    def __init__(self) -> None:
        super().__init__(self.message)


def stringify(value: object) -> str | None:
    """Return `JSON.stringify(value)`, or None when that is undefined.

    JavaScript sees a datetime as a Date, a value with a buffer as a typed array, a range or a deque
    as an array, a callable as undefined, and a set or any other object as an empty object
    (O: ``tests/data/wrapper.json``).

    Raises:
        BigIntError: it holds an integer that is sent as a BigInt.
        RecursionError: it is nested too deep or contains itself, as in Cloudflare's wrapper (R).
    """
    if callable(value):
        return None
    pieces: list[str] = []
    _write(value, pieces)
    text = "".join(pieces)
    if text.isascii():
        return text
    return join_surrogates(text).encode(errors="backslashreplace").decode()


def _write(value: object, pieces: list[str]) -> None:
    # One Python frame a level: metadata of 1,024 bytes can be 512 arrays deep.
    opening, members, closing = _parts(value)
    pieces.append(opening)
    comma = ""
    for name, member in members:
        pieces.append(comma + name)
        _write(member, pieces)
        comma = ","
    pieces.append(closing)


def _parts(value: object) -> tuple[str, Iterable[tuple[str, object]], str]:
    """Return the opening text of a value, its members with their names, and the closing text."""
    scalar = _scalar(value)
    if scalar is not None:
        return scalar, (), ""
    elements = buffer_elements(value)
    if elements is None and isinstance(value, Sequence):
        return "[", (("", None if callable(item) else item) for item in value), "]"
    properties = _properties(value) if elements is None else _numbered(elements)
    members = in_property_order(properties).items()
    return "{", ((f"{_quote(name)}:", item) for name, item in members if not callable(item)), "}"


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return _quote(value)
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int) and is_big_int(value):
        raise BigIntError
    if isinstance(value, (int, float)):
        return number_to_string(value) if math.isfinite(value) else "null"
    return f'"{to_iso_string(value)}"' if isinstance(value, datetime) else None


def _numbered(elements: list[object]) -> dict[str, object]:
    return {str(index): element for index, element in enumerate(elements)}


def _properties(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return {_property_name(name): member for name, member in value.items()}
    return {}


def _property_name(name: object) -> str:
    return "undefined" if name is None else to_string(name)
