"""Where two JSON values differ, in a few words."""

from __future__ import annotations

__all__ = ("differences",)

import re
from collections.abc import Iterator
from itertools import islice

from pytest_kv._core.strict_json import compact_json

_SHOWN = 3
"""How many differences a text names."""

_JSON_SHOWN = 60
"""How many characters of a JSON text are shown."""

_PLAIN_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")

Difference = tuple[str, str]
"""The path of a member, and what is there instead of what is expected."""


def differences(actual: object, expected: object) -> str:
    """What differs, by path, or nothing; of many differences the first ones and their number.

    Unlike in Python, ``true`` is not 1.
    """
    found = list(_differences(actual, expected))
    shown = "; ".join(f"{path} {told}" for path, told in islice(found, _SHOWN))
    more = len(found) - _SHOWN
    return f"{shown}; … and {more:,} more" if more > 0 else shown


def _differences(actual: object, expected: object) -> Iterator[Difference]:
    # No recursion: Python's limit depends on the caller's stack.
    waiting: list[tuple[str, object, object]] = [("$", actual, expected)]
    while waiting:
        path, found, wanted = waiting.pop()
        if isinstance(found, list) and isinstance(wanted, list):
            found, wanted = dict(enumerate(found)), dict(enumerate(wanted))
        if isinstance(found, dict) and isinstance(wanted, dict):
            common = [name for name in wanted if name in found]
            yield from _unshared(path, found, wanted)
            members = [(f"{path}{_step(name)}", found[name], wanted[name]) for name in common]
            waiting.extend(reversed(members))
        elif isinstance(found, bool) is not isinstance(wanted, bool) or found != wanted:
            yield path, f"is {_shown(found)}, expected {_shown(wanted)}"


def _unshared(
    path: str, found: dict[str | int, object], wanted: dict[str | int, object]
) -> Iterator[Difference]:
    for name, value in wanted.items():
        if name not in found:
            yield f"{path}{_step(name)}", f"is missing, expected {_shown(value)}"
    for name, value in found.items():
        if name not in wanted:
            yield f"{path}{_step(name)}", f"is {_shown(value)}, expected nothing there"


def _step(name: str | int) -> str:
    if isinstance(name, str) and _PLAIN_NAME.fullmatch(name):
        return f".{name}"
    return f"[{compact_json(name)}]"


def _shown(value: object) -> str:
    text = compact_json(value)
    return text if len(text) <= _JSON_SHOWN else f"{text[:_JSON_SHOWN]}…"
