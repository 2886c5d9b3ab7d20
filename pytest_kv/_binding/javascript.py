"""JavaScript's numbers, strings and dates, as Python values.

Text is Python `str`. JavaScript's text is UTF-16: a lone surrogate is kept, and a pair of
surrogates is one character. Source, unless a line says otherwise:
ECMA-262, sections 6.1.6.1.20, 7.1.4.1 and 21.4, observed with Node 22 (O).
"""

from __future__ import annotations

__all__ = (
    "in_property_order",
    "is_array_index",
    "is_big_int",
    "join_surrogates",
    "number_to_string",
    "replace_surrogates",
    "string_to_number",
    "to_iso_string",
    "to_python_number",
    "to_utf8",
    "utf16_slice",
)

import math
import re
from datetime import date, datetime
from typing import TypeVar

_T = TypeVar("_T")

_MAX_SAFE_INTEGER = 2**53 - 1
_LARGEST_INDEX = 2**32 - 2
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")

_WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WITH_RADIX = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}

_UTF_16 = ("utf-16-le", "surrogatepass")
"""The codec of JavaScript's text: two bytes a code unit; a lone surrogate is kept."""

# Python cannot write an integer of more than 4,300 digits at once.
_DIGITS_AT_ONCE = 4000

_EPOCH_DAYS = date(1970, 1, 1).toordinal() - 1
_DAYS_IN_400_YEARS = 146_097
_MS_A_DAY = 86_400_000


def is_big_int(value: int) -> bool:
    """Whether Pyodide sends this integer as a BigInt, the largest safe integer included (O)."""
    return abs(value) >= _MAX_SAFE_INTEGER


def to_python_number(value: float) -> int | float:
    """Return a JavaScript number as Pyodide does: a safe integer as int, others as float (O)."""
    return int(value) if value.is_integer() and abs(value) <= _MAX_SAFE_INTEGER else value


def number_to_string(value: float) -> str:
    """Return `String(value)`: the shortest text that reads back as the same number.

    An integer of any size, a BigInt included, is written with all its digits.
    """
    if isinstance(value, int):
        return _all_digits(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    text = float.__repr__(value)
    if "e" in text:
        return _respell(text)
    return "0" if value == 0 else text.removesuffix(".0")


def _all_digits(value: int) -> str:
    if not is_big_int(value):
        return int.__repr__(value)
    sign, rest, groups = "-" if value < 0 else "", abs(value), []
    while rest:
        rest, group = divmod(rest, 10**_DIGITS_AT_ONCE)
        groups.append(f"{group:0{_DIGITS_AT_ONCE}}")
    return sign + "".join(reversed(groups)).lstrip("0")


def _respell(scientific: str) -> str:
    """Turn Python's `1.5e+16` or `1e-05` into JavaScript's spelling of the same number."""
    mantissa, power = scientific.split("e")
    exponent = int(power)
    if not -7 < exponent < 21:
        return f"{mantissa}e{exponent:+}"
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.removeprefix("-").replace(".", "")
    if exponent > 0:
        return sign + digits.ljust(exponent + 1, "0")
    return f"{sign}0.{'0' * (-exponent - 1)}{digits}"


def string_to_number(text: str) -> float:
    """Return `Number(text)`: NaN where the text is no number, 0 where it is all white space."""
    literal = text.strip(_WHITESPACE)
    if not literal:
        return 0.0
    if _DECIMAL.fullmatch(literal):
        return float(literal)
    if _WITH_RADIX.fullmatch(literal):
        return _rounded(int(literal, base=0))
    return _INFINITIES.get(literal, math.nan)


def _rounded(whole: int) -> float:
    try:
        return float(whole)
    except OverflowError:
        return math.inf


def in_property_order(members: dict[str, _T]) -> dict[str, _T]:
    """Return members in JavaScript's order: array indexes first, ascending, then the rest."""
    indexes = [name for name in members if is_array_index(name)]
    if not indexes:
        return members
    return {name: members[name] for name in sorted(indexes, key=int)} | members


def is_array_index(name: str) -> bool:
    """Whether a property of this name is an array index, in canonical decimal."""
    return _INDEX.fullmatch(name) is not None and int(name) <= _LARGEST_INDEX


def to_iso_string(moment: datetime) -> str:
    """Return `toISOString()` of the Date that Cloudflare's wrapper makes of a datetime.

    A naive datetime is local time, as `timestamp()` has it; fractions of a millisecond are cut (O).
    """
    days, ms = divmod(math.trunc(moment.timestamp() * 1000), _MS_A_DAY)
    # Years 0 and 10000 can be reached through a time zone, and Python's date knows neither.
    cycles, day = divmod(_EPOCH_DAYS + days, _DAYS_IN_400_YEARS)
    in_cycle = date.fromordinal(day + 1)
    year = in_cycle.year + 400 * cycles
    years = f"{year:04}" if 0 <= year <= 9999 else f"{year:+07}"
    seconds, ms = divmod(ms, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
    return f"{years}-{in_cycle.month:02}-{in_cycle.day:02}T{clock}Z"


def join_surrogates(text: str) -> str:
    """Replace each pair of surrogates by the character that it stands for."""
    return text.encode(*_UTF_16).decode(*_UTF_16)


def replace_surrogates(text: str) -> str:
    """Replace each lone surrogate by three U+FFFD, as JavaScript hands it on (O)."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd" * 3, text)


def utf16_slice(text: str, start: int, end: int) -> str:
    """Return `text.slice(start, end)` for bounds of 0 or more; it can cut a character in two."""
    return text.encode(*_UTF_16)[2 * start : 2 * end].decode(*_UTF_16)


def to_utf8(text: str) -> bytes:
    """Return the bytes workerd stores: UTF-8, a lone surrogate as the three bytes of WTF-8 (O)."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return join_surrogates(text).encode(errors="surrogatepass")
