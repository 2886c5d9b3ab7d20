"""Lists of many keys: Hypothesis draws a size and a few names, and the other keys are numbered."""

from __future__ import annotations

__all__ = ("KeyBatch", "key_batches", "oversized_key_batches")

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, count, islice

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_kv import Limits
from pytest_kv._internal import plural
from pytest_kv.strategies._bounds import (
    PRODUCTION,
    at_bounds,
    check_bounds,
    shown_as_called,
    utf8_length,
)
from pytest_kv.strategies._keys import keys

_SHOWN_IN_FULL = 5
_MOST_FIRST = 3

_PREFIXES = ("k", "", "a/b?", "é:", "%2F", "😀 ")
_CONFUSABLE = (
    ("/",),
    ("x/../..",),
    ("%2F", "/"),
    ("a b", "a+b", "a%20b"),
    ("é", "e\u0301"),
    ("a", "A"),
    ("42", "042", "4294967294"),
    ("__proto__", "constructor"),
)
"""Names that clients take for each other or for something else."""


class KeyBatch(list[str]):
    """A list of ``size`` keys: the names in ``first``, then ``prefix`` with 0, 1, 2 and so on.

    The last ``duplicates`` keys repeat the batch from its beginning. It is an ordinary list, but
    its ``repr`` is one short line of code that makes the same list.

    Raises ValueError when ``size`` is too small for the rest, and for a name twice in ``first``.
    """

    def __init__(
        self,
        size: int,
        *,
        prefix: str = "k",
        first: Iterable[str] = (),
        duplicates: int = 0,
    ) -> None:
        self._made_of = (size, prefix, tuple(first), duplicates)
        super().__init__(_expanded(*self._made_of))

    def __repr__(self) -> str:
        size, prefix, first, duplicates = self._made_of
        names = list(self)
        if len(names) <= _SHOWN_IN_FULL:
            return repr(names)
        made = f"KeyBatch({size:_}, prefix={prefix!r}"
        made += f", first={list(first)!r}" if first else ""
        made += f", duplicates={duplicates:_})" if duplicates else ")"
        if names == _expanded(*self._made_of):
            return made
        return f"<list of {len(names):,} names that was {made}>"


def _expanded(size: int, prefix: str, first: tuple[str, ...], duplicates: int) -> list[str]:
    distinct = size - duplicates
    if size < 0 or duplicates < 0:
        raise ValueError(f"size={size} and duplicates={duplicates} must be 0 or more")
    if (size and distinct < 1) or len(first) > distinct:
        rest = f"duplicates={duplicates} and {plural(len(first), 'name')} in first"
        raise ValueError(f"size={size} is too small for {rest}")
    if len(set(first)) != len(first):
        raise ValueError(f"first={list(first)!r} has a name twice; use duplicates=… instead")
    names = [*first, *_numbered(prefix, distinct - len(first), first)]
    for _ in range(duplicates // distinct if distinct else 0):
        names += names[:distinct]
    return names + names[: size - len(names)]


def _numbered(prefix: str, size: int, taken: Iterable[str]) -> list[str]:
    """``size`` names of the prefix and a number, without the names that are taken."""
    skipped = {name for name in taken if name.startswith(prefix)}
    names = [prefix + number for number in islice(_numbers(), size + len(skipped))]
    return [name for name in names if name not in skipped][:size] if skipped else names


def _numbers() -> Iterator[str]:
    known = _first_numbers()
    return chain(known, map(str, count(len(known))))


@cache
def _first_numbers() -> list[str]:
    # Cached, because 25,000 of them take longer than the rest of an example.
    return list(map(str, range(_two_and_a_half(PRODUCTION))))


@shown_as_called
def key_batches(
    *,
    min_size: int = 0,
    max_size: int | None = None,
    unique: bool = False,
    limits: Limits | None = None,
) -> st.SearchStrategy[list[str]]:
    """Lists of ``min_size`` to ``max_size`` keys; by default up to 10,000, one bulk request.

    About a third of the lists have duplicates, unless ``unique`` is true. A run of 100 examples
    reaches every size within the bounds at which clients break: 0, 1, a full bulk get, a full page
    of ``list`` and a full bulk request, each with one key more or less, and two and two and a half
    bulk requests (``limits.bulk_get_keys``, ``limits.list_names``, ``limits.bulk_items``). Shrinks
    to the smallest size that fails, without duplicates: to ``[]``, or to
    ``KeyBatch(10_001, prefix='k')`` if the client sends too many keys in a request.

    Raises InvalidArgument immediately for bounds that contradict each other or the limits.
    """
    limits = limits or PRODUCTION
    largest = limits.bulk_items if max_size is None else max_size
    check_bounds(0, min_size=min_size, max_size=largest)
    prefixes = [
        prefix
        for prefix in _PREFIXES
        if utf8_length(f"{prefix}{max(largest - 1, 0)}") <= limits.key_bytes
    ]
    if not prefixes:
        raise InvalidArgument(
            f"max_size={largest!r} different names do not fit in {limits.key_bytes} bytes each"
        )
    counts = at_bounds(min_size, largest, *_turning_points(limits), min_size, largest)
    odd = _odd_batches(counts, st.sampled_from(prefixes), _first_names(limits), unique=unique)
    return _plain_batches(counts, prefixes[0]) | odd


@shown_as_called
def oversized_key_batches(
    *, max_size: int | None = None, unique: bool = False, limits: Limits | None = None
) -> st.SearchStrategy[list[str]]:
    """Lists of more keys than one bulk request may have: like :func:`key_batches`, from 10,001 up.

    ``max_size`` is two and a half bulk requests, 25,000, by default. Shrinks to the smallest size
    that fails, without duplicates: to ``KeyBatch(10_001, prefix='k')``.

    Raises InvalidArgument immediately for a ``max_size`` that fits into one bulk request.
    """
    limits = limits or PRODUCTION
    least = limits.bulk_items + 1
    largest = max(least, _two_and_a_half(limits)) if max_size is None else max_size
    check_bounds(least, max_size=largest)
    return key_batches(min_size=least, max_size=largest, unique=unique, limits=limits)


# Hypothesis does not draw an example twice in a run. A plain batch is its count and nothing else,
# so each favoured count is drawn once, and a run has drawn them all after a few dozen examples.
@st.composite
def _plain_batches(draw: st.DrawFn, counts: st.SearchStrategy[int], prefix: str) -> KeyBatch:
    return KeyBatch(draw(counts), prefix=prefix)


@st.composite
def _odd_batches(
    draw: st.DrawFn,
    counts: st.SearchStrategy[int],
    prefixes: st.SearchStrategy[str],
    first_names: st.SearchStrategy[tuple[str, ...]],
    *,
    unique: bool,
) -> KeyBatch:
    size = draw(counts)
    duplicates = draw(at_bounds(0, size - 1, 0, 1, size // 2)) if size > 1 and not unique else 0
    prefix = draw(prefixes)
    first = draw(first_names)[: size - duplicates]
    return KeyBatch(size, prefix=prefix, first=first, duplicates=duplicates)


def _turning_points(limits: Limits) -> tuple[int, ...]:
    bulk, page, get = limits.bulk_items, limits.list_names, limits.bulk_get_keys
    past_one_request = (bulk + 1, 2 * bulk, _two_and_a_half(limits))
    return (0, 1, get, get + 1, page - 1, page, bulk - 1, bulk, *past_one_request)


def _two_and_a_half(limits: Limits) -> int:
    return 5 * limits.bulk_items // 2


def _first_names(limits: Limits) -> st.SearchStrategy[tuple[str, ...]]:
    drawn = st.lists(keys(limits=limits), max_size=_MOST_FIRST, unique=True).map(tuple)
    fitting = [names for names in _CONFUSABLE if max(map(utf8_length, names)) <= limits.key_bytes]
    return st.one_of(st.just(()), st.sampled_from(fitting), drawn)
