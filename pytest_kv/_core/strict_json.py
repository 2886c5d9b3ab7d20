"""JSON as the REST API reads and writes it: nothing that only Python would call JSON."""

from __future__ import annotations

__all__ = ("compact_json", "read_json")

import json
from collections.abc import Iterable
from math import isinf
from typing import NoReturn

_MOST_LEVELS = 512
_TOO_DEEP = "nested too deeply"


def compact_json(value: object) -> str:
    """``value`` as the compact JSON whose UTF-8 bytes KV counts.

    Raises ValueError or TypeError for what JSON cannot say.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_json(text: str) -> object:
    """The value of a JSON text.

    Raises ValueError for any other text, NaN, Infinity, a number past a double and a lone
    surrogate among them, and for nesting past 512 levels: metadata that fits its limit has no
    more, and how deep Python can read would depend on its version and on the caller's stack (I).
    """
    try:
        value: object = json.loads(text, parse_constant=_not_json, parse_float=_finite)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > _MOST_LEVELS:
        _check_depth(value)
    # Looking for one character is far quicker than for two, and most texts have no escapes.
    if "\\" in text and "\\u" in text:
        compact_json(value).encode()
    return value


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [member for container in level for member in _members(container)]
        if not level:
            return
    if any(isinstance(member, list | dict) for member in level):
        raise ValueError(_TOO_DEEP)


def _members(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError(f"{digits} is past a double")
    return number
