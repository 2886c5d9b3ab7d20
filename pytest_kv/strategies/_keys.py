"""Names of keys: those KV takes, with what breaks clients among them, and those it refuses."""

from __future__ import annotations

__all__ = ("invalid_keys", "keys")

from itertools import chain

from hypothesis import strategies as st

from pytest_kv import Limits
from pytest_kv._internal import FORBIDDEN_NAMES
from pytest_kv.strategies._bounds import (
    PRODUCTION,
    applied,
    at_bounds,
    check_bounds,
    fitted,
    shown_as_called,
    texts_of_bytes,
)

# In this order a failure shrinks to the first that still fails. Hypothesis draws no example twice
# in a run, and a trap alone is one choice out of a small group: a run comes to most of them.
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
_ENDS = ("", *chain(*_TRAPS[::-1]))  # in another order, or Hypothesis would copy start to end

_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_around_texts = st.tuples(st.sampled_from(_STARTS), _texts, st.sampled_from(_ENDS)).map("".join)
_kinds = (_texts, *map(st.sampled_from, _TRAPS), _around_texts)
_beginnings = st.one_of(_kinds)


@shown_as_called
def keys(
    *, min_bytes: int = 1, max_bytes: int | None = None, limits: Limits | None = None
) -> st.SearchStrategy[str]:
    """Names KV takes, of ``min_bytes`` to ``max_bytes`` (``limits.key_bytes``) bytes of UTF-8.

    Never ``.``, ``..`` or a lone surrogate, which KV refuses: those are in :func:`invalid_keys`.
    What breaks clients is common: ``/ # ? % + & = : ^`` and spaces, slashes at the edges, literal
    ``%2F`` and ``%25``, dot segments inside a name (``x/../..``), control characters, NFC and NFD
    forms, names that look like numbers, ``__proto__``, characters of one to four bytes, and names
    at or just below ``max_bytes``. Shrinks to ``"0"``.

    Raises InvalidArgument for bounds outside KV's, at once.
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
    """Names KV refuses: empty, ``.``, ``..``, over ``limits.key_bytes``, or a lone surrogate.

    Those that are too long are so by as little as a byte, or have no more characters than the
    limit has bytes. Over REST no client can send the empty name, few can send ``.`` and ``..``,
    and none can send a lone surrogate in a path. Shrinks to ``""``.
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
