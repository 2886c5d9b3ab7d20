"""What is stored under a key: values, metadata, times to live, and whole entries."""

from __future__ import annotations

__all__ = ("entries", "expiration_ttls", "invalid_expiration_ttls", "metadata", "values")

from copy import deepcopy
from typing import Literal, overload

from hypothesis import strategies as st

from pytest_kv import Entry, Limits
from pytest_kv._internal import INT32_MAX, INT32_MIN, compact_json
from pytest_kv.strategies._bounds import (
    PRODUCTION,
    UTF8_CHARACTERS,
    applied,
    at_bounds,
    check_bounds,
    fitted,
    shown_as_called,
    texts_of_bytes,
    utf8_length,
)

_LARGEST_VALUE = 10_000  # bytes; nobody could read a report with a value of 25 MiB
_LARGEST_EXACT_INTEGER = 2**53 - 2  # Pyodide sends larger ones as BigInt, which is not JSON
_FAR_AHEAD = 2_000_000_000  # 2033-05-18, in seconds since the UNIX epoch

_FALSY_TEXTS = ("", "0", "false", "null", '""', "[]", "{}")
_TELLING_TEXTS = (
    *("\ufeff", '\ufeff{"a": 1}', "\x00", "a\r\nb", " a ", "NaN", "a+b%20&c=d"),
    *("é", "e\u0301", "😀"),
    '{"value": "x", "metadata": {}}',
)
_NOT_UTF8 = (b"\xff", b"\xe9", b"\xe2\x82", b"\xed\xa0\x80", b"\xff\xfe0\x00", b"\x89PNG\r\n\x1a\n")

_texts = st.text(UTF8_CHARACTERS)
# Separate groups, so that a run draws from each of them.
_KINDS = (_texts, st.sampled_from(_FALSY_TEXTS), st.sampled_from(_TELLING_TEXTS))


@overload
def values(
    *,
    text: Literal[False] = False,
    min_bytes: int = 0,
    max_bytes: int | None = None,
    limits: Limits | None = None,
) -> st.SearchStrategy[bytes]: ...


@overload
def values(
    *,
    text: Literal[True],
    min_bytes: int = 0,
    max_bytes: int | None = None,
    limits: Limits | None = None,
) -> st.SearchStrategy[str]: ...


@shown_as_called
def values(
    *,
    text: bool = False,
    min_bytes: int = 0,
    max_bytes: int | None = None,
    limits: Limits | None = None,
) -> st.SearchStrategy[bytes] | st.SearchStrategy[str]:
    """Values as KV stores them: bytes, or with ``text=True`` str.

    They have ``min_bytes`` to ``max_bytes`` bytes, counted in UTF-8. ``max_bytes`` is 10,000 by
    default, or ``limits.value_bytes`` if that is lower. Many are empty or falsy (``0``, ``false``,
    ``null``, ``""``, ``[]``), have byte-order marks, line ends or bytes that are not UTF-8 (never
    with ``text=True``), or have ``max_bytes`` bytes or one less. Shrinks to ``b""`` or ``""``.

    Raises InvalidArgument immediately for bounds outside KV's limits.
    """
    limits = limits or PRODUCTION
    largest = min(limits.value_bytes, _LARGEST_VALUE) if max_bytes is None else max_bytes
    check_bounds(0, limits.value_bytes, min_bytes=min_bytes, max_bytes=largest)
    sizes = at_bounds(min_bytes, largest, largest - 1, largest)
    texts = [
        *(applied(lambda value: fitted(value, min_bytes, largest), kind) for kind in _KINDS),
        texts_of_bytes(sizes, st.just("") | _texts),
    ]
    if text:
        return st.one_of(texts)
    binary = (
        applied(lambda value: value[:largest] + b"0" * (min_bytes - len(value)), kind)
        for kind in (st.binary(), st.sampled_from(_NOT_UTF8))
    )
    return st.one_of(*binary, *(applied(str.encode, kind) for kind in texts))


@shown_as_called
def metadata(
    *, max_bytes: int | None = None, limits: Limits | None = None
) -> st.SearchStrategy[object]:
    """Metadata: JSON values of up to ``max_bytes`` (``limits.metadata_bytes``) of compact JSON.

    Many are falsy (``0``, ``False``, ``""``, ``[]``, ``{}``), or are a text, alone or in an array
    or object, of ``max_bytes`` or one byte less. None is never drawn, because it means that there
    is no metadata; use ``st.none() | metadata()`` for both. Python and JavaScript read all numbers
    alike. Shrinks to ``0``.

    Raises InvalidArgument immediately for bounds outside KV's limits.
    """
    limits = limits or PRODUCTION
    most = limits.metadata_bytes if max_bytes is None else max_bytes
    check_bounds(1, limits.metadata_bytes, max_bytes=most)
    small = [
        applied(lambda value: deepcopy(value) if _json_length(value) <= most else 0, kind)
        for kind in (_trees, st.sampled_from(_FALSY_METADATA), st.sampled_from(_TELLING_METADATA))
    ]
    filling = [_filling(wrapping, most) for wrapping in _WRAPPINGS if _json_length(wrapping) < most]
    return st.one_of(*small, *filling)


@shown_as_called
def expiration_ttls(
    *, min_value: int | None = None, max_value: int = INT32_MAX, limits: Limits | None = None
) -> st.SearchStrategy[int]:
    """Times to live in seconds, from ``limits.expiration_seconds`` (60) to ``2**31 - 1``.

    Many are a bound, one second more than the lower bound, an hour, a day or a year. Shrinks to
    ``min_value``.

    Raises InvalidArgument immediately for bounds outside KV's limits.
    """
    limits = limits or PRODUCTION
    least = limits.expiration_seconds if min_value is None else min_value
    check_bounds(limits.expiration_seconds, INT32_MAX, min_value=least, max_value=max_value)
    common = (3_600, 86_400, 365 * 86_400)
    return at_bounds(least, max_value, least, least + 1, *common, max_value)


@shown_as_called
def invalid_expiration_ttls(*, limits: Limits | None = None) -> st.SearchStrategy[int]:
    """Times to live that KV refuses: negative, zero, or below ``limits.expiration_seconds`` (60).

    Many are zero (the binding turns None into 0) or one second less than the limit. Shrinks to
    ``0``.
    """
    limits = limits or PRODUCTION
    most = max(0, limits.expiration_seconds - 1)
    return at_bounds(0, most, 0, 1, most) | at_bounds(INT32_MIN, -1, -1, INT32_MIN)


@shown_as_called
def entries(*, limits: Limits | None = None) -> st.SearchStrategy[Entry]:
    """Entries of :func:`values`, half of them with :func:`metadata` and half with an expiration.

    Expirations lie between 2033-05-18 and 2038-01-19 (``2**31 - 1``): ``put`` accepts each of them,
    and none is reached during a test. Shrinks to ``Entry(b"")``.
    """
    return st.builds(
        Entry,
        values(limits=limits),
        metadata=st.none() | metadata(limits=limits),
        expiration=st.none() | st.integers(_FAR_AHEAD, INT32_MAX),
    )


# Python writes each of these numbers at least as long as JavaScript does: the limit holds in both.
_numbers = st.one_of(
    st.integers(-_LARGEST_EXACT_INTEGER, _LARGEST_EXACT_INTEGER),
    st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000),
    st.sampled_from((1e300, 5e-324, -1.5e-7)),
)
_scalars = st.one_of(_numbers, st.booleans(), _texts)
_trees = _scalars | st.recursive(
    st.none() | _scalars,
    lambda children: st.lists(children) | st.dictionaries(_texts, children),
    max_leaves=8,
).filter(lambda value: value is not None)

_FALSY_METADATA: tuple[object, ...] = (0, False, "", [], {})
_TELLING_METADATA: tuple[object, ...] = (
    *([None], {"": None}, {"1": 1, "0": 0}, {"__proto__": 1}, "\ufeff", "null", 0.1, True),
)
_WRAPPINGS: tuple[object, ...] = ("", [""], {"name": ""})


def _filling(wrapping: object, most: int) -> st.SearchStrategy[object]:
    empty = _json_length(wrapping)
    texts = texts_of_bytes(at_bounds(0, most - empty, most - empty - 1, most - empty), st.just(""))
    if isinstance(wrapping, dict):
        return applied(lambda text: dict.fromkeys(wrapping, text), texts)
    return applied(lambda text: [text], texts) if wrapping else texts


def _json_length(value: object) -> int:
    return utf8_length(compact_json(value))
