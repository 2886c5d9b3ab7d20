"""`JSON.stringify` as V8 has it, of the Python values that a Worker can send."""

from __future__ import annotations

__all__ = ("BigIntError", "stringify")

import json
import math
from collections.abc import Iterable
from datetime import datetime

from pytest_kv.binding.conversions import to_string
from pytest_kv.binding.javascript import (
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
    """Return `JSON.stringify(value)` for what a Worker can send, or None where it is undefined.

    A datetime is a Date, bytes and memoryview are a Uint8Array, a set is an empty object (R). Any
    other object is an empty one too, and a callable is undefined (I).

    Raises:
        BigIntError: an integer in it is not a safe one.
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
    """Return what opens a value's text, its members, each after its name, and what closes it."""
    if isinstance(value, list):
        return "[", (("", None if callable(item) else item) for item in value), "]"
    scalar = _scalar(value)
    if scalar is not None:
        return scalar, (), ""
    members = in_property_order(_properties(value)).items()
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


def _properties(value: object) -> dict[str, object]:
    if isinstance(value, (bytes, memoryview)):
        return {str(index): byte for index, byte in enumerate(value)}
    if isinstance(value, dict):
        return {to_string(name): member for name, member in value.items()}
    return {}
