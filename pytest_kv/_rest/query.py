"""The query of a request, read as the REST API reads it."""

from __future__ import annotations

__all__ = ("INT64", "Query", "to_integer", "to_seconds")

import re
from urllib.parse import parse_qsl

INT64 = range(-(2**63), 2**63)
"""The whole numbers that the API can read: Go's int64 (I)."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


def to_integer(text: str) -> int | None:
    """The whole number in ``text``; None for other text and for a number beyond 64 bits."""
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if number in INT64 else None


def to_seconds(text: str) -> int | None:
    """The number in ``text``, cut to whole seconds; None where :func:`to_integer` has none."""
    whole, point, fraction = text.partition(".")
    is_number = not point or (fraction.isascii() and fraction.isdigit())
    return to_integer(whole) if is_number else None


class Query:
    """The parameters of one request; the first of repeated parameters counts (I)."""

    __slots__ = ("_parameters",)

    def __init__(self, target: str) -> None:
        pairs = parse_qsl(target.partition("?")[2], keep_blank_values=True)
        self._parameters = dict(reversed(pairs))

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        return self._parameters.get(name, default)

    def given(self, name: str) -> str | None:
        """A parameter as text, or None when it is not there."""
        return self._parameters.get(name)
