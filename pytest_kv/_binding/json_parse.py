"""`JSON.parse` of V8; its values are what Pyodide makes of them.

Python's own parser reads valid JSON as V8 does. A text that it rejects is read again by `_Reader`,
which checks in V8's order and so gives V8's message (O: Node 22).
"""

from __future__ import annotations

__all__ = ("JSONSyntaxError", "parse_json")

import json
import re
from typing import NoReturn

from pytest_kv._binding.javascript import (
    in_property_order,
    to_python_number,
    utf16_slice,
)
from pytest_kv._binding.results import KVObject
from pytest_kv._core.utf import utf16_length

_MAYBE_INDEX_KEY = re.compile(r'"(?:[0-9]{1,10}"[ \t\n\r]*:|[0-9]{0,9}\\u003)')

_SPACE = re.compile(r"[ \t\n\r]+")
_MINUS = re.compile(r"-")
_INTEGER = re.compile(r"0|[1-9][0-9]*")
_POINT = re.compile(r"\.")
_EXPONENT = re.compile(r"[eE][+-]?")
_DIGITS = re.compile(r"[0-9]+")
_GOOD_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_GOOD_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_LINE_BREAK = re.compile(r"\r\n?|\n")

_STARTS_NUMBER = frozenset("-0123456789")
_LITERALS = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_SPECIAL_SOURCES = frozenset({"undefined", "NaN", "Infinity", "[object Object]"})
_CONTEXT_UNITS = 10


class JSONSyntaxError(ValueError):
    """JavaScript's SyntaxError of `JSON.parse`; `message` is V8's own text."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse_json(text: str) -> object:
    """Return the value that `JSON.parse` gives for a text decoded from UTF-8, of any depth.

    An object becomes a KVObject, a safe integer an int, and any other number a float, which may be
    infinite.

    Raises:
        JSONSyntaxError: the text is not JSON.
    """
    decoder = _INDEX_DECODER if _MAYBE_INDEX_KEY.search(text) else _DECODER
    try:
        value: object = decoder.decode(text)
    except (ValueError, RecursionError):
        return _Reader(text).read()
    return value


def _integer(literal: str) -> int | float:
    # 15 digits are always a safe integer, and Python does not read 4,301 digits.
    return int(literal) if len(literal) < 16 else _number(literal)


def _number(literal: str) -> int | float:
    return to_python_number(float(literal))


def _ordered(members: dict[str, object]) -> KVObject:
    return KVObject(in_property_order(members))


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


_DECODER, _INDEX_DECODER = (
    json.JSONDecoder(
        parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant, object_hook=hook
    )
    for hook in (KVObject, _ordered)
)


class _Array:
    """An array that is being read."""

    def __init__(self) -> None:
        self.value: list[object] = []

    def add(self, reader: _Reader, element: object) -> bool:
        """Add an element and read the comma or bracket after it; false when the array ends."""
        self.value.append(element)
        return reader.goes_on("]", "Expected ',' or ']' after array element in")


class _Object:
    """An object that is being read; the name of the next member has been read already."""

    def __init__(self, reader: _Reader) -> None:
        self._members: dict[str, object] = {}
        self._name = reader.property_name("Expected property name or '}' in")

    @property
    def value(self) -> KVObject:
        return _ordered(self._members)

    def add(self, reader: _Reader, value: object) -> bool:
        """Add a member's value and read the comma or brace after it; false when the object ends."""
        self._members[self._name] = value
        goes_on = reader.goes_on("}", "Expected ',' or '}' after property value in")
        if goes_on:
            self._name = reader.property_name("Expected double-quoted property name in")
        return goes_on


class _Reader:
    """Reads JSON in V8's order, so that it stops at the same character with the same message."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def read(self) -> object:
        """Return the one value of the text."""
        value = self._value()
        if self._peek():
            raise self.error_here("Unexpected non-whitespace character after")
        return value

    def take(self, mark: str) -> bool:
        """Move past a punctuation mark if it is the next one; return whether it was."""
        found = self._peek() == mark
        self._at += found
        return found

    def goes_on(self, closing: str, expectation: str) -> bool:
        """Move past a comma (true) or past the closing bracket (false)."""
        comma = self.take(",")
        if not comma and not self.take(closing):
            raise self.error_here(expectation)
        return comma

    def property_name(self, expectation: str) -> str:
        """Return a member's name and move past its colon."""
        if self._peek() != '"':
            raise self.error_here(expectation)
        name = self._string()
        if not self.take(":"):
            raise self.error_here("Expected ':' after property name in")
        return name

    def error_here(self, what: str) -> JSONSyntaxError:
        """Return the error that names this position, in UTF-16 code units."""
        before = self._text[: self._at]
        column = utf16_length(_LINE_BREAK.split(before)[-1]) + 1
        line = len(_LINE_BREAK.findall(before)) + 1
        position = f"position {utf16_length(before)} (line {line} column {column})"
        return JSONSyntaxError(f"{what} JSON at {position}")

    def _value(self) -> object:
        # A stack holds the open containers, so that no depth is too deep, as in V8.
        stack: list[_Array | _Object] = []
        while True:
            value = self._begin()
            if isinstance(value, (_Array, _Object)):
                stack.append(value)
                continue
            while stack and not stack[-1].add(self, value):
                value = stack.pop().value
            if not stack:
                return value

    def _begin(self) -> object:
        """Return a scalar, an empty container, or a container that was just opened."""
        if self.take("["):
            return [] if self.take("]") else _Array()
        if self.take("{"):
            return KVObject() if self.take("}") else _Object(self)
        start = self._peek()
        if start == '"':
            return self._string()
        return self._number() if start in _STARTS_NUMBER else self._literal(start)

    def _string(self) -> str:
        value: str
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError:
            raise self._string_error() from None
        return value

    def _string_error(self) -> JSONSyntaxError:
        self._pass(_GOOD_STRING)
        if self._here() == "":
            return self.error_here("Unterminated string in")
        escape = self._pass(_GOOD_ESCAPE)
        if not escape:
            return self.error_here("Bad control character in string literal in")
        if escape != "\\":
            return self.error_here("Bad Unicode escape in")
        # V8 has this message for characters of Latin-1 only.
        if "" < self._here() <= "\xff":
            return self.error_here("Bad escaped character in")
        return self._unexpected()

    def _number(self) -> int | float:
        start = self._at
        self._pass(_MINUS)
        if not self._pass(_INTEGER):
            raise self.error_here("No number after minus sign in")
        if _DIGITS.match(self._text, self._at):
            raise self._unexpected()
        if self._pass(_POINT) and not self._pass(_DIGITS):
            raise self.error_here("Unterminated fractional number in")
        if self._pass(_EXPONENT) and not self._pass(_DIGITS):
            raise self.error_here("Exponent part is missing a number in")
        return _number(self._text[start : self._at])

    def _literal(self, start: str) -> object:
        if start not in _LITERALS:
            raise self._unexpected()
        word, value = _LITERALS[start]
        for letter in word:
            if self._here() != letter:
                raise self._unexpected()
            self._at += 1
        return value

    def _peek(self) -> str:
        """Move past white space and return the next character, or nothing at the end."""
        self._pass(_SPACE)
        return self._here()

    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _pass(self, pattern: re.Pattern[str]) -> str:
        """Move past the text that the pattern matches here, and return that text."""
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]

    def _unexpected(self) -> JSONSyntaxError:
        """Return the error for a character that cannot come here."""
        here = self._here()
        if not here:
            return JSONSyntaxError("Unexpected end of JSON input")
        if here == '"':
            return self.error_here("Unexpected string in")
        if here in _STARTS_NUMBER:
            return self.error_here("Unexpected number in")
        if self._text in _SPECIAL_SOURCES:
            return JSONSyntaxError(f'"{self._text}" is not valid JSON')
        at = utf16_length(self._text[: self._at])
        token = utf16_slice(self._text, at, at + 1)
        return JSONSyntaxError(f"Unexpected token '{token}', {self._context(at)} is not valid JSON")

    def _context(self, at: int) -> str:
        size = utf16_length(self._text)
        if size <= 2 * _CONTEXT_UNITS:
            return f'"{self._text}"'
        start, end = max(0, at - _CONTEXT_UNITS), at + _CONTEXT_UNITS
        before = "..." if at >= _CONTEXT_UNITS else ""
        after = "..." if end < size else ""
        return f'{before}"{utf16_slice(self._text, start, end)}"{after}'
