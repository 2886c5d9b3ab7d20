"""Keys that KV accepts, many of which break clients, and keys that KV refuses."""

from __future__ import annotations

__all__ = ("invalid_keys", "keys")

from itertools import chain

from hypothesis import strategies as st

from pytest_kv import Limits
from pytest_kv._internal import FORBIDDEN_NAMES
from pytest_kv.strategies._bounds import (
    PRODUCTION,
    UTF8_CHARACTERS,
    applied,
    at_bounds,
    check_bounds,
    fitted,
    shown_as_called,
    texts_of_bytes,
)

# A failure shrinks to the first of these that still fails. Each group is small, and Hypothesis does
# not draw an example twice in a run, so a run draws most of them.
_TRAPS = (
    ("/", "#", "?", "%", "+"),
    (" ", "&", "=", ":", "^"),
    ("%2F", "%25", "%2e%2e", "%00", "%zz"),
    ("../", "/..", "x/../..", "/../..", "../x"),
    ("//", "/a/", "a/./b", "...", " a "),
    ("\x00", "\n", "\r\n", "\t", "\x1b", "\x7f", "\x85"),
    ("é", "e\u0301", "€", "😀", "\ufeff"),
    ("42", "4294967294", "4294967295", "042", "-1", "1e3", "1.0"),
    ("__proto__", "constructor", "null", "true", "A", "a"),
    ("\u2028", "\uffff", "\ud7ff", "ß", "İ", "ı", "keys", "value", "bulk/delete"),
    tuple(";@\\*\"',[{<$"),
)
_STARTS = ("", *chain(*_TRAPS))
_ENDS = ("", *chain(*_TRAPS[::-1]))  # in another order: Hypothesis often draws one index twice

_texts = st.text(UTF8_CHARACTERS, max_size=20)
_around_texts = st.tuples(st.sampled_from(_STARTS), _texts, st.sampled_from(_ENDS)).map("".join)
_kinds = (_texts, *map(st.sampled_from, _TRAPS), _around_texts)
_beginnings = st.one_of(_kinds)


@shown_as_called
def keys(
    *, min_bytes: int = 1, max_bytes: int | None = None, limits: Limits | None = None
) -> st.SearchStrategy[str]:
    """Keys that KV accepts: ``min_bytes`` to ``max_bytes`` (``limits.key_bytes``) bytes of UTF-8.

    Many break clients: they have ``/ # ? % + & = : ^`` and spaces, slashes at the ends, literal
    ``%2F`` and ``%25``, dot segments (``x/../..``), control characters, NFC and NFD forms, or
    characters of one to four bytes, they look like numbers, are ``__proto__``, or have
    ``max_bytes`` bytes or one less. Keys that KV refuses, such as ``..``, are in
    :func:`invalid_keys` and not here. Shrinks to ``"0"``.

    Raises InvalidArgument immediately for bounds outside KV's limits.
    """
    limits = limits or PRODUCTION
    longest = limits.key_bytes if max_bytes is None else max_bytes
    check_bounds(1, limits.key_bytes, min_bytes=min_bytes, max_bytes=longest)
    short = [applied(lambda text: fitted(text, min_bytes, longest), kind) for kind in _kinds]
    sizes = at_bounds(min_bytes, longest, min_bytes, longest - 1, longest)
    plain = applied(lambda size: "0" * size, sizes)
    mixed = texts_of_bytes(sizes, st.just("") | _beginnings)
    return applied(_allowed, st.one_of(*short, plain, mixed))


@shown_as_called
def invalid_keys(*, limits: Limits | None = None) -> st.SearchStrategy[str]:
    """Keys that KV refuses: empty, ``.``, ``..``, over ``limits.key_bytes``, or a lone surrogate.

    Some of the long ones are only one byte too long, or are short when counted in characters. Over
    REST, no client can send the empty key or a lone surrogate in a path, and few can send ``.`` and
    ``..``. Shrinks to ``""``.
    """
    limits = limits or PRODUCTION
    most = limits.key_bytes
    too_long = texts_of_bytes(at_bounds(most + 1, 2 * most, most + 1), st.just("") | _beginnings)
    surrogates = st.characters(categories=["Cs"])
    around = st.just("") | _beginnings
    broken = st.tuples(around, surrogates, around).map("".join)
    return st.one_of(st.sampled_from(("", ".", "..")), too_long, broken)


def _allowed(name: str) -> str:
    return name.replace(".", "0") if name in FORBIDDEN_NAMES else name
