"""A test's claims about puts: which key, and with what."""

from __future__ import annotations

__all__ = ("Given", "PutAssertions")

import json
from bisect import bisect_left
from collections.abc import Iterator
from itertools import zip_longest
from types import EllipsisType
from typing import NamedTuple

from pytest_kv._core.account import Account
from pytest_kv._core.assertions import KeyAssertions, Words
from pytest_kv._core.differences import differences
from pytest_kv._core.entry import Entry
from pytest_kv._core.journal import PUTS, Call
from pytest_kv._core.namespace import Namespace
from pytest_kv._core.strict_json import compact_json, read_json
from pytest_kv._core.text import key_list, plural, shortened

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_BYTES = (bytes, bytearray, memoryview)


class _Put(NamedTuple):
    """One key of a put or bulk put that KV carried out."""

    key: str
    entry: Entry
    expiration_ttl: int | None
    call: Call


class Given(NamedTuple):
    """What a put is compared with; an Ellipsis is not compared."""

    value: object = ...
    metadata: object = ...
    expiration: int | EllipsisType | None = ...
    expiration_ttl: int | EllipsisType | None = ...

    def checked(self) -> Given:
        """The same, as KV stores it; TypeError for what no put can write."""
        for name in ("expiration", "expiration_ttl"):
            seconds = getattr(self, name)
            if seconds is not ... and seconds is not None and type(seconds) is not int:
                raise TypeError(
                    f"assert_put() compares {name} with whole seconds or None, not {seconds!r}"
                )
        value = self.value
        if isinstance(value, _BYTES):
            value = bytes(value)
        elif value is not ... and not isinstance(value, str):
            value = _as_json("value", value)
        metadata = self.metadata
        if metadata is not ... and metadata is not None:
            metadata = _as_json("metadata", metadata)
        return self._replace(value=value, metadata=metadata)

    @property
    def names(self) -> list[str]:
        """The names of what is compared."""
        return [name for name, given in self._asdict().items() if given is not ...]

    def is_met_by(self, put: _Put) -> bool:
        """Whether a put is like this."""
        # Most puts of a big batch have another value, and telling how it differs takes long.
        if isinstance(self.value, str | bytes) and put.entry.value != _content(self.value):
            return False
        return not self.differences(put)

    def differences(self, put: _Put) -> list[tuple[str, str]]:
        """The name of each part that differs, and what was put instead."""
        told = [
            ("value", _value_difference(put.entry, self.value)),
            ("metadata", _metadata_difference(put.entry, self.metadata)),
            ("expiration", _expiration_difference(put.entry, self.expiration)),
            ("expiration_ttl", _ttl_difference(put, self.expiration_ttl)),
        ]
        return [(name, text) for name, text in told if text]


class PutAssertions(KeyAssertions):
    """Claims about the puts of one namespace."""

    __slots__ = ()

    def __init__(self, account: Account, namespace: Namespace) -> None:
        super().__init__(account, namespace, Words(PUTS, "put", "puts"))

    def put(self, key: str, expected: Given) -> None:
        """At least one put of ``key`` was as expected; AssertionError otherwise."""
        if not isinstance(key, str):
            raise TypeError(f"assert_put() takes one key name, a str, not {key!r}")
        expected = expected.checked()
        puts = [put for call in self._calls() for put in _puts_of(call)]
        of_key = [put for put in puts if put.key == key]
        if any(map(expected.is_met_by, of_key)):
            return
        alike = _alike(puts, expected) if expected.names else ""
        if of_key:
            raise AssertionError(self._other(key, expected, of_key, alike))
        raise AssertionError(self._missing(key, [put.key for put in puts], alike))

    def _missing(self, key: str, keys: list[str], alike: str) -> str:
        """The message for a key that was never put, beside the ``keys`` that were."""
        rows = dict(self._explain([key], keys))
        is_there = self._namespace.live(key) is not None
        return self._message(
            f"expected {shortened(key, 80)} to be put {self._where}, but it was not",
            ("put", key_list(keys) or "nothing"),
            ("seeded", f"{shortened(key, 80)} is there, but a seed is no put" if is_there else ""),
            ("came close", "; ".join(filter(None, [rows.pop("came close"), alike]))),
            *rows.items(),
        )

    def _other(self, key: str, expected: Given, puts: list[_Put], alike: str) -> str:
        """The message for a key that was put, but never as expected."""
        # Of puts that come equally close, the last one.
        closest = min(reversed(puts), key=lambda put: len(expected.differences(put)))
        differ = "its put differs" if len(puts) == 1 else f"its {plural(len(puts), 'put')} differ"
        which = "" if len(puts) == 1 else " (the closest)"
        return self._message(
            f"expected {shortened(key, 80)} to be put {self._where} "
            f"with this {_and(expected.names)}, but {differ}",
            *expected.differences(closest),
            ("by", f"{closest.call}{which}"),
            ("came close", alike),
            ("refused", self._refused([key])),
        )


def _alike(puts: list[_Put], expected: Given) -> str:
    """The keys that were put as expected."""
    keys = [*dict.fromkeys(put.key for put in puts if expected.is_met_by(put))]
    was = "was" if len(keys) == 1 else "were"
    return f"{key_list(keys, 3)} {was} put with this {_and(expected.names)}" if keys else ""


def _puts_of(call: Call) -> Iterator[_Put]:
    ttls = dict(zip_longest(call.keys, call.expiration_ttls))
    for key, entry in call.entries.items():
        yield _Put(key, entry, ttls[key], call)


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _as_json(name: str, value: object) -> object:
    try:
        return json.loads(compact_json(value))
    except (TypeError, ValueError):
        told = f"assert_put() compares {name} as JSON, which cannot express {value!r}"
        raise TypeError(told) from None


def _value_difference(entry: Entry, expected: object) -> str:
    if expected is ...:
        return ""
    if isinstance(expected, str | bytes):
        if entry.value == _content(expected):
            return ""
        found = _as_text(entry.value) if isinstance(expected, str) else entry.value
        return _text_difference(found, expected)
    try:
        actual = read_json(entry.value.decode())
    except ValueError:
        text = shortened(_as_text(entry.value), 80)
        return f"{text} is not JSON, expected {compact_json(expected)}"
    return differences(actual, expected)


def _content(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _as_text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _text_difference(actual: str | bytes, expected: str | bytes) -> str:
    try:
        values = read_json(_decoded(actual)), read_json(_decoded(expected))
    except ValueError:
        values = None, None
    if all(isinstance(value, dict | list) for value in values):
        hint = "the same JSON in other characters; give the value, not its text, to compare JSON"
        return differences(*values) or hint
    told = f"{shortened(actual, 80)}, expected {shortened(expected, 80)}"
    if max(len(actual), len(expected)) <= 80:
        return told
    return f"{told}; the first difference is at index {_first_difference(actual, expected)}"


def _decoded(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _first_difference(actual: str | bytes, expected: str | bytes) -> int:
    # Slices are compared much faster than one character after the other.
    shorter = range(min(len(actual), len(expected)))
    return bisect_left(shorter, True, key=lambda at: actual[: at + 1] != expected[: at + 1])


def _metadata_difference(entry: Entry, expected: object) -> str:
    if expected is ...:
        return ""
    actual = entry.metadata
    if actual is None or expected is None:
        return _none_difference(actual, expected)
    return differences(actual, expected)


def _expiration_difference(entry: Entry, expected: int | EllipsisType | None) -> str:
    return "" if expected is ... else _none_difference(entry.expiration, expected)


def _ttl_difference(put: _Put, expected: int | EllipsisType | None) -> str:
    return "" if expected is ... else _none_difference(put.expiration_ttl, expected)


def _none_difference(actual: object, expected: object) -> str:
    """How two values differ of which each may be None."""
    return "" if actual == expected else f"{_or_none(actual)}, expected {_or_none(expected)}"


def _or_none(value: object) -> str:
    return "none" if value is None else compact_json(value)
