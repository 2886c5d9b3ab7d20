"""A Python caller's arguments, as the JavaScript method of the binding gets to see them.

What becomes of a Python value is read from Cloudflare's wrapper (R: workers-runtime-sdk, rpc.py)
and Pyodide's documented conversions; what the method makes of it then is observed (O).
"""

from __future__ import annotations

__all__ = (
    "UNDEFINED",
    "Options",
    "describe",
    "is_object",
    "key_name",
    "received",
    "to_bytes",
    "to_int32",
    "to_string",
)

import inspect
from datetime import UTC, datetime
from difflib import get_close_matches
from math import isfinite, nan
from typing import Any, Final

from pytest_kv.binding.javascript import number_to_string, string_to_number, to_utf8
from pytest_kv.binding.results import KVStream
from pytest_kv.core.text import shortened
from pytest_kv.errors import KVError, warn_of_usage


class _Undefined:
    __slots__ = ()


UNDEFINED: Final[Any] = _Undefined()
"""An argument that was not given: JavaScript's undefined, which no Python value becomes."""

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_MAX_SAFE_INTEGER = 2**53 - 1
_PLAIN_TYPES = frozenset({str, bytes, int, float, bool, type(None), _Undefined})


def check_sendable(value: object) -> None:
    """Raise Python's TypeError for what the wrapper does not send: tuple, bytearray, awaitable."""
    if isinstance(value, tuple | bytearray):
        raise TypeError(f"{type(value)} cannot be sent over RPC.")
    if inspect.isawaitable(value):
        raise TypeError(f"Awaitable {type(value)} cannot be sent over RPC.")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | set | frozenset):
        for member in value:
            check_sendable(member)


def received(
    method: str, given: tuple[object, ...], more: tuple[object, ...], keywords: dict[str, object]
) -> list[Any]:
    """The arguments as they arrive; keywords travel as one trailing object (R)."""
    for argument in (*given, *more, *keywords.values()):
        if type(argument) not in _PLAIN_TYPES:
            check_sendable(argument)
    arguments = list(given)
    if keywords and UNDEFINED in arguments:
        arguments[arguments.index(UNDEFINED)] = keywords
    elif keywords:
        names = ", ".join(sorted(keywords))
        warn_of_usage(f"{method}() has its options already; KV ignores the keywords: {names}")
    return arguments


def key_name(method: str, key: object) -> str:
    """The name KV uses for ``key``; a warning when it was not a str."""
    if type(key) is str:
        return key
    name = to_string(key)
    if not isinstance(key, str):
        warn_of_usage(f"{method}() was given the key {describe(key)}; KV used {name!r}")
    return name


def is_object(value: object) -> bool:
    """Whether JavaScript sees an object, which as options means it has none to give (O)."""
    return not isinstance(value, str | bool | int | float)


def describe(value: object) -> str:
    """``value`` and its type, for a warning."""
    text = shortened(value, 40) if isinstance(value, str | bytes) else repr(value)
    return f"{text[:80]} ({type(value).__name__})"


def is_big_integer(value: object) -> bool:
    """Whether Pyodide sends ``value`` as a BigInt."""
    return isinstance(value, int) and abs(value) > _MAX_SAFE_INTEGER


def to_string(value: object) -> str:
    """JavaScript's ToString of an argument (O)."""
    if isinstance(value, str):
        return str(value)
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
    if isinstance(value, set | frozenset):
        return "[object Set]"
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        day = f"{utc:%a %b %d} {utc.year:04}"
        return f"{day} {utc:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"
    content = _buffer(value)
    # (I) Any other object travels as a PyProxy, whose toString is Python's str.
    return str(value) if content is None else ",".join(map(str, content))


def to_number(value: object) -> float:
    """JavaScript's ToNumber of an option (O)."""
    if is_big_integer(value):
        raise KVError("TypeError", "Cannot convert a BigInt value to a number")
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return 0.0
    if isinstance(value, datetime):
        return value.timestamp() * 1000
    if isinstance(value, dict | set | frozenset):
        return nan
    return string_to_number(to_string(value))


def to_int32(value: object) -> int:
    """An option as the 32-bit integer KV's options are: truncated, 0 when it is no number (O)."""
    number = to_number(value)
    if not isfinite(number):
        return 0
    if not _INT32_MIN <= number <= _INT32_MAX:
        raise KVError(
            "TypeError",
            f"Value out of range. Must be between {_INT32_MIN} and {_INT32_MAX} (inclusive).",
        )
    return int(number)


def to_bytes(value: object) -> bytes | None:
    """A value as ``put`` stores it, or None for an object that ``put`` does not take (O)."""
    if isinstance(value, str):
        return to_utf8(value)
    if isinstance(value, KVStream):
        return value.read_rest()
    if value is None or isinstance(value, bool | int | float):
        return to_string(value).encode()
    return _buffer(value)


def _buffer(value: object) -> bytes | None:
    try:
        return memoryview(value).tobytes()  # type: ignore[arg-type]  # asking is the only way to know
    except TypeError:
        return None


class Options:
    """The options of one call: a dict, or any other object, of which none has an option (O)."""

    __slots__ = ("_members", "_method")

    def __init__(self, method: str, members: object, known: tuple[str, ...]) -> None:
        self._method = method
        self._members = members if isinstance(members, dict) else {}
        if self._members:
            self._warn_of_unknown(known)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __getitem__(self, name: str) -> object:
        return self._members[name]

    def get(self, name: str) -> object:
        """An option as given, or None."""
        return self._members.get(name)

    def integer(self, name: str) -> int | None:
        """An integer option, or None when it was not given; None given is JavaScript's 0 (O)."""
        return to_int32(self._members[name]) if name in self._members else None

    def string(self, name: str) -> str | None:
        """A text option, or None when it was not given or given as None (O)."""
        value = self.get(name)
        return None if value is None else to_string(value)

    def _warn_of_unknown(self, known: tuple[str, ...]) -> None:
        for name in self._members:
            if name not in known:
                spelled = get_close_matches(str(name).replace("_", "").lower(), known, 1, 0.5)
                meant = f"; did you mean {spelled[0]!r}?" if spelled else ""
                warn_of_usage(f"{self._method}() has no option {name!r} and KV ignores it{meant}")
