"""Keys and prefixes that clients often get wrong."""

from __future__ import annotations

__all__ = ("ILLEGAL", "OPERATIONS", "ORDINARY", "PREFIXES", "STRAYING", "TRICKY", "lookalikes")

import posixpath
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from pytest_kv import Limits
from pytest_kv._internal import is_legal_key

_LONGEST = Limits().key_bytes

ORDINARY = (
    *("k", "k0", "k1", "one", "two", "kept", "other", "short", "long", "own", "many", "bystander"),
    *("a", "b", "c", "p1"),
)
"""Keys without anything unusual, which many cases use."""

TRICKY = (
    "a/b",
    "/a",
    "a/",
    "a//b",
    "a#b",
    "a?b",
    "a?b=c&d",
    "a b",
    "a+b",
    "a%2Fb",
    "a%25b",
    "100%",
    "%",
    "a&b=c",
    "a:b",
    "a^b",
    "a;b",
    "a,b",
    'a"b',
    "a\\b",
    "a\nb",
    "a\x00b",
    "\x7f",
    " a ",
    "...",
    ".a",
    "x/../..",
    "../x",
    "a/./b",
    "a/../../bulk",
    "caf\u00e9",
    "cafe\u0301",
    "\u00df",
    "\u4e2d",
    "\U0001f600",
    "\ufeffa",
    "A",
    "0",
    "42",
    "4294967294",
    "1e3",
    "null",
    "__proto__",
    "x" * _LONGEST,
    "\u00e9" * (_LONGEST // 2),
    "\U0001f600" * (_LONGEST // 4),
)
"""Legal keys that break clients, each for its own reason."""

ILLEGAL = (
    "",
    ".",
    "..",
    "x" * (_LONGEST + 1),
    "\u00e9" * (_LONGEST // 2 + 1),
    "\ud800",
)
"""Keys that KV refuses, each for its own reason."""

STRAYING = (
    "..",
    ".",
    "x/../..",
    "../..",
    "../bulk",
    "../keys",
    "../metadata/k",
    "../bulk/delete",
    "../../../..",
    "./..",
    "..?x",
    "..#x",
    "?",
    "#",
    "/",
    "//",
    "//example.com/k",
    "https://example.com/k",
    "?limit=10",
    "%2e%2e",
    "..%2f..",
    "..\\..",
    "..;",
)
"""Keys that lead to another endpoint when a client does not encode them."""

OPERATIONS = {
    "delete": ("delete",),
    "get": ("get", "getWithMetadata"),
    "put": ("put",),
}
"""The operations that a method of an adapter may ask KV for."""

PREFIXES = ("", "a", "a/", "a&limit=10", "a#", "a b", "a+", "100%", "%2F", "caf\u00e9", "a?", "=")
"""Prefixes that break a query string, and some that do not."""


def lookalikes(key: str) -> list[str]:
    """Other legal keys that a client may use when it does not treat ``key`` with care."""
    names = dict.fromkeys(name for name in _mistaken(key) if name != key and is_legal_key(name))
    return list(names)


def _mistaken(key: str) -> Iterator[str]:
    yield from (quote(key), quote(key, safe=""), quote_plus(key), unquote(key), unquote_plus(key))
    yield from (key.partition(mark)[0] for mark in "?#&;\x00\n")
    yield from (key.strip(), key.strip("/"), key.rstrip("/"), key.lstrip("/"), key.strip("\ufeff"))
    yield from (key.lower(), key.upper(), key.replace("+", " "), key.replace(" ", "+"))
    yield from (unicodedata.normalize(form, key) for form in ("NFC", "NFD"))
    yield from (posixpath.normpath(key), key.rpartition("/")[2], key.replace("//", "/"))
    yield from (key[:-1], f"{key}x", key.encode("ascii", "ignore").decode())
    yield from (key.encode("ascii", "replace").decode(), key.encode().decode("latin-1"))
