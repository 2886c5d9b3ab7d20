"""Keys that KV accepts, many of which break clients, and keys that KV refuses."""

from __future__ import annotations

__all__ = ("invalid_keys", "keys")

from itertools import chain
from unicodedata import normalize
from urllib.parse import quote, unquote

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_kv import Limits
from pytest_kv._internal import FORBIDDEN_NAMES, shortened
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
    *,
    prefix: str = "",
    min_bytes: int = 1,
    max_bytes: int | None = None,
    limits: Limits | None = None,
) -> st.SearchStrategy[str]:
    """Keys that KV accepts: ``min_bytes`` to ``max_bytes`` (``limits.key_bytes``) bytes of UTF-8.

    Many break clients: they have ``/ # ? % + & = : ^`` and spaces, slashes at the ends, literal
    ``%2F`` and ``%25``, dot segments (``x/../..``), control characters, NFC and NFD forms, or
    characters of one to four bytes, they look like numbers, are ``__proto__``, or have
    ``max_bytes`` bytes or one less. Keys that KV refuses, such as ``..``, are in
    :func:`invalid_keys` and not here. Shrinks to ``"0"``.

    With a ``prefix`` about half of the keys begin with it, and the others nearly do: a character
    less, another case, a slash before it, its percent-encoded form. Shrinks to the prefix and
    ``"0"``.

    Raises InvalidArgument immediately for bounds outside KV's limits, and for a prefix that does
    not fit into ``max_bytes``.
    """
    limits = limits or PRODUCTION
    longest = limits.key_bytes if max_bytes is None else max_bytes
    check_bounds(1, limits.key_bytes, min_bytes=min_bytes, max_bytes=longest)
    size = _checked_size(prefix, longest)
    least = max(min_bytes, min(size + 1, longest))
    short = [applied(lambda text: fitted(prefix + text, least, longest), kind) for kind in _kinds]
    sizes = at_bounds(least, longest, least, longest - 1, longest)
    plain = applied(lambda total: prefix + "0" * (total - size), sizes)
    mixed = texts_of_bytes(sizes, (st.just("") | _beginnings).map(prefix.__add__))
    under = applied(_allowed, st.one_of(*short, plain, mixed))
    if not prefix:
        return under
    near = st.sampled_from([miss for miss in _near(prefix) if utf8_length(miss) <= longest])
    ends = st.just("") | _beginnings
    missed = st.tuples(near, ends).map(lambda parts: fitted("".join(parts), min_bytes, longest))
    return under | applied(_allowed, missed)


def _checked_size(prefix: str, longest: int) -> int:
    """The bytes of a prefix that leaves room for a key."""
    try:
        size = utf8_length(prefix)
    except (AttributeError, UnicodeEncodeError):
        raise InvalidArgument(f"Expected prefix to be a text of UTF-8, not {prefix!r}") from None
    if size > longest:
        told = shortened(prefix, 40)
        raise InvalidArgument(f"Cannot have prefix={told} of {size} bytes > max_bytes={longest}")
    return size


def _near(prefix: str) -> list[str]:
    """What a client may take for a prefix: the prefix itself, and texts that nearly are it."""
    last = prefix[-1]
    near = (
        prefix,
        prefix[:-1],
        prefix[:-1] + ("0" if last == "/" else "/"),
        prefix[1:],
        prefix.strip("/ "),
        f"/{prefix}",
        f" {prefix}",
        prefix.upper(),
        prefix.lower(),
        prefix.capitalize(),
        quote(prefix, safe=""),
        unquote(prefix),
        normalize("NFC", prefix),
        normalize("NFD", prefix),
    )
    return [prefix, *(dict.fromkeys(one for one in near if not one.startswith(prefix)))]


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
