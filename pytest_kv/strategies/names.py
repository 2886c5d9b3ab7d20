"""Names of keys: those KV takes, with what breaks clients among them, and those it refuses."""

from __future__ import annotations

__all__ = ("invalid_keys", "keys")

from hypothesis import strategies as st

from pytest_kv.core.limits import Limits
from pytest_kv.core.rules import FORBIDDEN_NAMES
from pytest_kv.strategies.bounds import (
    PRODUCTION,
    applied,
    at_bounds,
    check_bounds,
    fitted,
    shown_as_called,
    texts_of_bytes,
)

# In this order a failure shrinks to the first of them that still fails.
_UNSAFE_IN_URLS = ("/", "#", "?", "%", "+", " ", "&", "=", ":", "^", ";", "@", "\\", "*")
_ESCAPES = ("%2F", "%25", "%2e%2e", "%00", "%zz")
_DOT_SEGMENTS = ("//", "../", "/..", "/../..", "/./", "x/../..", "../x", "a/./b", "/a/", "...")
_CONTROLS = ("\x00", "\n", "\r\n", "\t", "\x1b", "\x7f", "\x85")
_UNICODE = ("é", "e\u0301", "€", "😀", "\ufeff", "\u2028", "\uffff", "\ud7ff", "ß", "İ", "ı")
_NUMBERS = ("0", "42", "4294967294", "4294967295", "042", "-1", "1e3", "1.0")
_WORDS = ("__proto__", "constructor", "null", "true", "keys", "value", "bulk/delete", "A", "a")
_QUOTES = ('"', "'", ",", "[", "{", "<", "$")
_PIECES = (
    *_UNSAFE_IN_URLS,
    *_ESCAPES,
    *_DOT_SEGMENTS,
    *_CONTROLS,
    *_UNICODE,
    *_NUMBERS,
    *_WORDS,
    *_QUOTES,
)

_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_piece = st.sampled_from(_PIECES)
_joined = st.lists(_piece | _piece | _texts, min_size=1, max_size=4).map("".join)
_beginnings = st.one_of(_texts, _joined, _joined, _joined)


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
    short = applied(lambda text: fitted(text, min_bytes, longest), _beginnings)
    sizes = at_bounds(min_bytes, longest, min_bytes, longest - 1, longest)
    long = texts_of_bytes(sizes, st.just("") | _beginnings)
    return applied(_allowed, st.one_of(short, short, short, long))


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
    around = st.just("") | _piece | _texts
    broken = st.tuples(around, surrogates, around).map("".join)
    return st.one_of(st.sampled_from(("", ".", "..")), too_long, broken)


def _allowed(name: str) -> str:
    return name.replace(".", "0") if name in FORBIDDEN_NAMES else name
