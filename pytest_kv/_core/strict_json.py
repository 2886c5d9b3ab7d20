"""JSON as the REST API reads and writes it, without Python's extensions such as NaN."""

from __future__ import annotations

__all__ = ("compact_json", "read_json")

import json
from math import isinf
from typing import NoReturn

_MOST_LEVELS = 512
_TOO_DEEP = "nested too deeply"


def compact_json(value: object) -> str:
    """``value`` as the compact JSON whose UTF-8 bytes KV counts.

    Raises ValueError or TypeError for a value that JSON cannot express.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_json(text: str) -> object:
    """The value of a JSON text.

    Raises ValueError for any other text, also for NaN, Infinity, a number beyond a double, a lone
    surrogate, and more than 512 levels (I). Metadata within its limit has no more levels, and
    Python's own limit depends on its version and on the caller's stack.
    """
    try:
        value: object = json.loads(text, parse_constant=_not_json, parse_float=_finite)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(value)
    # Most texts have no escapes, and a search for one character is far quicker than for two.
    if "\\" in text and "\\u" in text:
        compact_json(value).encode()
    return value


def _check_depth(value: object) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_MOST_LEVELS):
        if not level:
            return
        level = [
            member
            for container in level
            for member in (container.values() if type(container) is dict else container)
            if type(member) is dict or type(member) is list  # three times as fast as isinstance
        ]
    if level:
        raise ValueError(_TOO_DEEP)


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError(f"{digits} is past a double")
    return number
