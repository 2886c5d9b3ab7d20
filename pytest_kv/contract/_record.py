"""The record of a run: its steps as Python code, which a failure prints as a test to paste."""

from __future__ import annotations

__all__ = (
    "ExpiringEntry",
    "Named",
    "Pairs",
    "Record",
    "asserting_unless_failed",
    "code_of",
    "suppressing",
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
    "intercept(": "from pytest_kv import intercept",
    "mock_api(": "from pytest_kv import mock_api",
    "serve(": "from pytest_kv import serve",
    "KeyBatch(": "from pytest_kv.strategies import KeyBatch",
}
"""The import that a printed test needs when its code contains the text on the left."""


@dataclass(frozen=True, slots=True)
class Named:
    """A value, and the expression that stands for it in a record."""

    value: Any
    code: str


@dataclass(frozen=True, slots=True)
class Pairs(Named):
    """A mapping of many keys to values, and the comprehension that makes it."""

    value: dict[str, str]
    value_code: str
    """The expression for the value of one key."""
    loop: str
    """The loop, whose variable is ``key``: ``for key in keys``."""

    @classmethod
    def of(cls, pairs: dict[str, str], value_code: str, loop: str) -> Pairs:
        """The pairs that ``{key: value_code loop}`` makes."""
        return cls(pairs, f"{{key: {value_code} {loop}}}", value_code, loop)


class Record:
    """The steps of one run, each as one or more lines of code."""

    def __init__(self) -> None:
        self._steps: list[str] = []
        self.last_step: str | None = None
        """A step that stays the last one."""

    def add(self, code: str) -> int:
        """Add a step; returns its index, for :meth:`replace`."""
        self._steps.append(code)
        return len(self._steps) - 1

    def replace(self, index: int, code: str) -> None:
        """Replace the code of one step."""
        self._steps[index] = code

    def as_test(self, block: str | None, *, is_async: bool) -> str:
        """The steps as a whole test, inside ``block``; without one, the test makes an account."""
        head = "async def test_it():" if is_async else "def test_it():"
        steps = "\n".join(filter(None, [*self._steps, self.last_step]))
        if block is None:
            body = f"account = KVAccount()\nnamespace = account.default_namespace\n{steps}"
        else:
            body = f"{block}\n{indent(steps, _INDENT)}"
        imports = [line for used, line in _IMPORTS.items() if used in body]
        text = "\n".join([*imports, "", "", head, indent(body, _INDENT)])
        return indent(text, _INDENT)


class ExpiringEntry(Entry):
    """An entry that prints its expiration relative to the clock, so that a test can be pasted."""

    __slots__ = ("expiration_code",)

    expiration_code: str

    def __init__(self, value: str | bytes, metadata: object, expiration: int, code: str) -> None:
        super().__init__(value, metadata=metadata, expiration=expiration)
        object.__setattr__(self, "expiration_code", code)

    def holding(self, value: str | bytes) -> ExpiringEntry:
        """The same entry with another value."""
        assert self.expiration is not None, "it expires"
        return ExpiringEntry(value, self.metadata, self.expiration, self.expiration_code)


def suppressing(call: str) -> str:
    """Code for a call that raised: the test ignores the exception and goes on."""
    return f"with suppress(Exception):\n{indent(call, _INDENT)}"


def asserting_unless_failed(call: str, assertion: str, *, says_false: str | None = None) -> str:
    """Code for a call that may fail: the test makes the assertion only if it does not.

    ``says_false`` is the variable with the result of a call that may return False instead of
    raising.
    """
    if says_false is not None:
        assertion = f"if {says_false} is not False:\n{indent(assertion, _INDENT)}"
    return (
        f"try:\n{indent(call, _INDENT)}\n"
        f"except Exception:\n{_INDENT}pass  # raising would be fine\n"
        f"else:\n{indent(assertion, _INDENT)}"
    )


def code_of(value: object) -> str:
    """An expression that makes ``value``; a long run of one character is written as a product."""
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
    expiration = "" if entry.expiration is None else f", expiration={_expiration_code(entry)}"
    try:
        value: str | bytes = entry.value.decode()
    except UnicodeDecodeError:
        value = entry.value
    return f"Entry({code_of(value)}{metadata}{expiration})"


def _expiration_code(entry: Entry) -> str:
    return getattr(entry, "expiration_code", str(entry.expiration))


def _mapping_code(mapping: Mapping[object, object]) -> str:
    pairs = ", ".join(f"{code_of(key)}: {code_of(value)}" for key, value in mapping.items())
    return f"{{{pairs}}}"
