"""JSON as the REST API reads and writes it: nothing that only Python would call JSON."""

from __future__ import annotations

__all__ = ("compact_json", "read_json")

import json
from math import isinf
from typing import NoReturn

_DEEP = 100
_ENVELOPE_LEVELS = 10


def compact_json(value: object) -> str:
    """``value`` as the compact JSON whose UTF-8 bytes KV counts.

    Raises ValueError or TypeError for what JSON cannot say.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_json(text: str) -> object:
    """The value of a JSON text.

    Raises ValueError for any other text, NaN, Infinity, a number past a double and a lone
    surrogate among them, and for nesting deeper than Python can read and write again.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        # Looking for one character is far quicker than for two, and most texts have no escapes.
        has_escapes = "\\" in text and "\\u" in text
        if has_escapes or text.count("[") + text.count("{") > _DEEP:
            _check_writable(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _check_writable(value: object) -> None:
    for _ in range(_ENVELOPE_LEVELS):
        value = [value]
    compact_json(value).encode("utf-8")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError(f"{digits} is past a double")
    return number
