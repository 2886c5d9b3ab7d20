"""Python code for what a failing clause did, to be pasted into a test."""

from __future__ import annotations

__all__ = (
    "ExpiringEntry",
    "Named",
    "Script",
    "code_of",
    "let_raising",
    "unless_raising",
)

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from pytest_kv import Entry

_INDENT = "    "
_LONG = 60

_IMPORTS = {
    "suppress(": "from contextlib import suppress",
    "pytest.raises": "import pytest",
    "Entry(": "from pytest_kv import Entry",
    "KVAccount(": "from pytest_kv import KVAccount",
    "mock_api(": "from pytest_kv import mock_api",
    "serve(": "from pytest_kv import serve",
    "KeyBatch(": "from pytest_kv.strategies import KeyBatch",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A value and the expression a script has for it."""

    value: Any
    code: str


class Script:
    """The steps of one trial, a line each."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, line: str) -> int:
        """Add a step; its number can be given to :meth:`replace`."""
        self._lines.append(line)
        return len(self._lines) - 1

    def replace(self, number: int, line: str) -> None:
        """Put ``line`` in the place of a step."""
        self._lines[number] = line

    def as_test(self, block: str | None, *, is_async: bool) -> str:
        """The steps as a whole test, in a ``with`` block or on an account of its own."""
        head = "async def test_it():" if is_async else "def test_it():"
        steps = "\n".join(self._lines)
        if block is None:
            body = f"account = KVAccount()\nnamespace = account.default_namespace\n{steps}"
        else:
            body = f"{block}\n{indent(steps, _INDENT)}"
        imports = [line for used, line in _IMPORTS.items() if used in body]
        text = "\n".join([*imports, "", "", head, indent(body, _INDENT)])
        return indent(text, _INDENT)


class ExpiringEntry(Entry):
    """An entry whose expiration is an expression of the clock, so that it can be pasted later."""

    __slots__ = ("expiration_code",)

    expiration_code: str

    def __init__(self, value: str | bytes, metadata: object, expiration: int, code: str) -> None:
        super().__init__(value, metadata=metadata, expiration=expiration)
        object.__setattr__(self, "expiration_code", code)


def let_raising(call: str) -> str:
    """A call that may raise, as one that was struck may, and the test goes on."""
    return f"with suppress(Exception):\n{indent(call, _INDENT)}"


def unless_raising(call: str, see: str) -> str:
    """A call and the line that it would fail at, which counts only if the call does not raise."""
    return (
        f"try:\n{indent(call, _INDENT)}\n"
        f"except Exception:\n{_INDENT}pass  # raising would be fine\n"
        f"else:\n{indent(see, _INDENT)}"
    )


def code_of(value: object) -> str:
    """An expression that makes ``value``; a long run of one character is a product."""
    if isinstance(value, Named):
        return value.code
    if isinstance(value, str | bytes) and len(value) > _LONG and len(set(value)) == 1:
        return f"{value[:1]!r} * {len(value):_}"
    if isinstance(value, Entry):
        return _entry_code(value)
    if isinstance(value, Mapping):
        return _mapping_code(value)
    if type(value) is list:
        return f"[{', '.join(map(code_of, value))}]"
    return repr(value)


def _entry_code(entry: Entry) -> str:
    metadata = "" if entry.metadata_json is None else f", metadata={entry.metadata!r}"
    expiration = "" if entry.expiration is None else f", expiration={_time_code(entry)}"
    try:
        value: str | bytes = entry.value.decode()
    except UnicodeDecodeError:
        value = entry.value
    return f"Entry({code_of(value)}{metadata}{expiration})"


def _time_code(entry: Entry) -> str:
    return getattr(entry, "expiration_code", str(entry.expiration))


def _mapping_code(mapping: Mapping[object, object]) -> str:
    pairs = ", ".join(f"{code_of(key)}: {code_of(value)}" for key, value in mapping.items())
    return f"{{{pairs}}}"
