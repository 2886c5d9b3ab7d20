"""A Python caller's arguments, as the JavaScript method of the binding receives them.

Cloudflare's wrapper sends them from Pyodide (O: ``tests/data/wrapper.json``); the method then reads
them (O: ``tests/data/binding.json``).
"""

from __future__ import annotations

__all__ = (
    "UNDEFINED",
    "ConversionError",
    "Options",
    "describe",
    "from_javascript",
    "is_object",
    "key_name",
    "received",
)

import inspect
from array import array
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from pytest_kv._binding.conversions import to_int32, to_string
from pytest_kv._core.text import plural, shortened
from pytest_kv._errors import warn_of_usage

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class _Undefined:
    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final[Any] = _Undefined()
"""An argument that was not given: JavaScript's undefined. No Python value becomes it."""

_DESCRIBED = 60
"""How many characters a warning shows of a value that is neither text nor bytes."""

_NAMES = (str, int, float, type(None))
_FLAT = (str, bytes, memoryview, array)

_PLAIN_TYPES = frozenset({str, bytes, int, float, bool, type(None), _Undefined})


class ConversionError(Exception):
    """``pyodide.ffi.ConversionError``: a dict has a key that no JavaScript object can have."""


def check_sendable(value: object) -> None:
    """Raise the wrapper's error for a value that it does not send (O).

    It is Python's TypeError for a tuple, a bytearray or an awaitable, also inside an iterable, and
    :class:`ConversionError` for a dict with a key that is not text, a number or None.
    """
    if hasattr(type(value), "to_py"):
        return  # an object of JavaScript is there already
    if isinstance(value, tuple | bytearray):
        raise TypeError(f"{type(value)} cannot be sent over RPC.")
    if inspect.isawaitable(value):
        raise TypeError(f"Awaitable {type(value)} cannot be sent over RPC.")
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, _NAMES):
                raise ConversionError(f"Cannot use {name!r} as a key for a Javascript Map")
        value = list(value.values())
    if isinstance(value, memoryview):
        next(iter(value), None)  # Python's NotImplementedError for several dimensions (O)
    # Every number can be sent, and a buffer may hold 25 million: its members are not checked.
    if isinstance(value, Iterable) and not isinstance(value, _FLAT):
        for member in value:
            check_sendable(member)


_READ_BY_KV = frozenset({"Object", "LiteralMap", "Array", "ArrayBuffer", "DataView"})


def from_javascript(value: object) -> Any:
    """``value`` with Python's values for the objects of JavaScript in it, such as ``to_js`` makes.

    A member that is undefined is no member, and null is None. Other objects, such as a Map, have
    nothing that KV reads and stay what they are (O).
    """
    return _from_javascript(value) if _holds_javascript(value) else value


def _holds_javascript(value: object) -> bool:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        # Pyodide's JsProxy has the method too, so the fake reads its objects inside Pyodide.
        elif hasattr(type(value), "to_py") or _is_null(value):
            return True
    return False


def _from_javascript(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_javascript(member) for member in value]
    if isinstance(value, dict):
        return {name: _from_javascript(member) for name, member in value.items()}
    if _is_null(value):
        return None
    kind = getattr(getattr(value, "constructor", None), "name", "")
    if kind == "PyProxy":
        return _from_javascript(value.unwrap())
    if kind in _READ_BY_KV or kind.endswith("Array"):
        return _without_undefined(value.to_py())
    return value


def _without_undefined(value: object) -> Any:
    if isinstance(value, dict):
        return {n: _without_undefined(member) for n, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_undefined(member) for member in value]
    return None if _is_null(value) else value


def _is_null(value: object) -> bool:
    return type(value).__name__ == "JsNull"


def received(
    method: str, given: tuple[object, ...], more: tuple[object, ...], keywords: dict[str, object]
) -> list[Any]:
    """The arguments as the method receives them; keywords become one trailing object (O)."""
    for argument in (*given, *more, *keywords.values()):
        if type(argument) not in _PLAIN_TYPES:
            check_sendable(argument)
    arguments = [a if type(a) in _PLAIN_TYPES else from_javascript(a) for a in given]
    keywords = {
        name: a if type(a) in _PLAIN_TYPES else from_javascript(a) for name, a in keywords.items()
    }
    if keywords and UNDEFINED in arguments:
        arguments[arguments.index(UNDEFINED)] = keywords
    elif keywords:
        names = ", ".join(sorted(keywords))
        warn_of_usage(f"{method}() has all its arguments already; KV ignores {names}")
    surplus = [argument for argument in more if argument not in (None, {})]
    if surplus:
        ignored = ", ".join(map(describe, surplus))
        warn_of_usage(
            f"{method}() takes {plural(len(given), 'argument')} at most; KV ignores {ignored}"
        )
    return arguments


def key_name(method: str, key: object) -> str:
    """The name that KV uses for ``key``; warns when it is not a str."""
    name = to_string(key)
    if not isinstance(key, str):
        warn_of_usage(
            f"{method}() was given the key {describe(key)}; KV used {shortened(name, 80)}"
        )
    return name


def is_object(value: object) -> bool:
    """Whether JavaScript sees an object; as options, an object may have no option at all (O)."""
    return not isinstance(value, str | bool | int | float)


def describe(value: object) -> str:
    """``value`` and its type, for a warning."""
    return f"{_cut(value)} ({type(value).__name__})"


def _cut(value: object) -> str:
    if isinstance(value, str | bytes):
        return shortened(value, 40)
    # Python cannot write an integer of more than 4,300 digits.
    text = to_string(value) if type(value) is int else repr(value)
    return text if len(text) <= _DESCRIBED else f"{text[:_DESCRIBED]}…"


class Options:
    """The options of one call. Only a dict has any; no option is read from another object (O)."""

    __slots__ = ("_members", "_method")

    def __init__(self, method: str, members: object, known: tuple[str, ...]) -> None:
        self._method = method
        self._members: dict[str, object] = members if isinstance(members, dict) else {}
        if self._members:
            self._warn_of_unknown(known)
        elif type(members) not in _PLAIN_TYPES and not isinstance(members, dict):
            warn_of_usage(
                f"{method}() was given options that are no dict, {describe(members)}; "
                "none of them is read"
            )

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __getitem__(self, name: str) -> object:
        return self._members[name]

    def get(self, name: str) -> object:
        """An option as given, or None."""
        return self._members.get(name)

    def integer(self, name: str) -> int | None:
        """An integer option, or None when it was not given; a given None is 0 in JavaScript (O)."""
        return to_int32(self._members[name]) if name in self._members else None

    def string(self, name: str) -> str | None:
        """A text option, or None when it was not given or is None (O)."""
        value = self.get(name)
        return None if value is None else to_string(value)

    def _warn_of_unknown(self, known: tuple[str, ...]) -> None:
        for name in self._members:
            if name not in known:
                spelled = get_close_matches(str(name).replace("_", "").lower(), known, cutoff=0.5)
                meant = f"; did you mean {spelled[0]!r}?" if spelled else ""
                warn_of_usage(f"{self._method}() has no option {name!r} and KV ignores it{meant}")
