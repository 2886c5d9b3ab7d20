"""Random parts of requests: keys, values, metadata, times, and things of a wrong type."""

from __future__ import annotations

__all__ = ("Arguments",)

import random
from collections.abc import Sequence
from typing import TypeVar

from tests.oracle.notation import Json, encode_bytes

_T = TypeVar("_T")

# fmt: off
_KEYS = ("k", "a", "b", "k1", "user:1", "user:10", "user:2", "é", "😀", "007", "K", "a.b", "...")
_TRICKY_KEYS = (
    ".", "..", "./", "a/..", "../a", "a/b", "/a", "a/", "//", "/", "a%2Fb", "%", "%zz", "%25",
    "%2E", "%2e%2e", "?", "a?b=c", "#", "a#b", "a+b", "+", " ", "a b", " a", "\n", "\t", "\r\n",
    "\0", "\x7f", "\\", "\\z", '"', "'", "\x85", "bulk", "bulk/get", "keys", ":key", "*", "{ns}",
    "e\u0301", "ß", "İ", "\u2028", "\ufffd", "\uffff", "\ufeff", "\ufeffk", "\U0010ffff", "\ue000",
    "0", "1", "42", "4294967294", "-0", "1e3", "__proto__", "constructor", "toString", "length",
    "null", "true", ";", "a;b", "&", "a&b=c", "=", "a=b", "$", "@", "!", "~", "(", ")", ",", "[",
    "]", "|", "^", "`", "<>",
)
_TEXTS = (
    "", "v", "text", " ", "\0", "\ufeff", "\ufeffabc", "é", "😀", "\u2028", "null", "true", "0",
    "-0", "1.0", "[]", "{}", '"x"', '{"a":1}', "1e400", "NaN", "nope", "\r\n", "--frontier", "--",
    "a=b&c=d",
)
_BYTES = (
    b"", b"v", b"\0\xff\xfeA", b"\xef\xbb\xbfabc", b"\xff", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98", b"\r\n", b"\r\n--frontier", b"\x80\x80",
)
_JSON: tuple[Json, ...] = (
    {"a": 1}, {"b": 1, "a": [1, 2, {"c": None}]}, {}, [], "text", "", "é", "😀", 0, 1, -1, 1.5,
    True, False, {"": ""}, {"é": "\u2028"}, [[]], ["a", None], {"n": None},
    {"2": 2, "1": 1}, 2**53 - 1,
)
_JSON_TEXTS = (
    "{}", '{"a": 1}', ' [1, 2]\n', "null", "true", "1", "1.0", "-0", '"text"', '""', "1e3",
    '"\\u00e9"',
)
_NOT_JSON = (
    "", " ", "nope", "{", "{'a':1}", "[1,]", "01", "+1", "NaN", "Infinity", "undefined", '"\x01"',
    "1 2", '{"a"}', "tru", '"\\x"', "\ufeff1", "'a'", '{"a":1}}', ".5", "-",
)
_JSON_VALUES = (
    "1.0", "1e2", "-0", "1E400", "-1e400", "9007199254740993", "18446744073709551616", "1e-400",
    "0.1", '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '{"a":1,"a":2}',
    '{"__proto__":1}', '{"constructor":1}', '{"2":1,"1":2}', '[' * 20 + ']' * 20, "NaN",
    "Infinity", "01", '"\t"', '"\u00e9"',
)
_TTLS: tuple[Json, ...] = (60, 61, 3600, 86400, 60.5, 2**31, 61.999, 10**10)
_BAD_TTLS: tuple[Json, ...] = (0, 1, -1, 59, 30, -60, 59.999, 0.5, 1e-7, 1e21, 1e300, 2**63)
_EXPIRATIONS: tuple[Json, ...] = (
    {"$now": 60}, {"$now": 61}, {"$now": 3600}, {"$now": 60.5}, 2**31, 4102444800, {"$now": 61.9},
)
_BAD_EXPIRATIONS: tuple[Json, ...] = (
    0, 1, -1, {"$now": 0}, {"$now": -1}, {"$now": 59}, {"$now": 30}, {"$now": 59.999}, 0.5, 1e21,
    2**63,
)
_UNREADABLE_TIMES = ("", "x", "sixty", "-", "nan")
_NO_TEXTS: tuple[Json, ...] = (0, 1, 60, 1.5, True, False, None, [], ["k"], {})
_LIMITS: tuple[Json, ...] = (10, 11, 12, 15, 20, 100, 999, 1000)
_BAD_LIMITS: tuple[Json, ...] = (
    0, 1, 9, -1, 1001, 10_000, 2**31, "x", "", "-", "ten", "10,5", "10.0", "10.5", "1e1", "0x10",
    " 10", "+10", "010", "1_0", "10 ", "NaN", "Infinity",
)
_CURSORS: tuple[Json, ...] = (
    "", "aw==", "azE", "a", "!", "é", "%", "YWI=", "=", "aw==aw==", "zzzz", "/w==", "_-", " aw==",
    "aw =",
)
_KEY_SIZES = (510, 511, 512, 513)
_METADATA_SIZES = (1022, 1023, 1024, 1025)
# fmt: on
_WIDTHS = ("x", "é", "€", "😀")


class Arguments:
    """Picks parts of requests with the given source of randomness."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._favourites = [self._any_key() for _ in range(3)]

    def key(self) -> Json:
        """Mostly one of a few keys, so that many calls use the same one; otherwise any key."""
        return self.pick(self._favourites) if self.chance(0.85) else self._any_key()

    def _any_key(self) -> Json:
        share = self._random.random()
        if share < 0.05:
            return self._sized(self.pick(_KEY_SIZES))
        return self.pick(_KEYS if share < 0.5 else _TRICKY_KEYS)

    def content(self) -> Json:
        """Text or bytes."""
        share = self._random.random()
        if share < 0.05:
            return encode_bytes(self._random.randbytes(self._random.randint(1, 12)))
        if share < 0.07:
            return {"$repeat": [self.pick(_WIDTHS), 70_000]}
        return self.pick(_TEXTS) if share < 0.7 else encode_bytes(self.pick(_BYTES))

    def text(self) -> Json:
        """A text."""
        return self.pick(_TEXTS)

    def metadata(self) -> Json:
        """A JSON value, sometimes one whose size is at the limit."""
        if self.chance(0.1):
            return self._sized(self.pick(_METADATA_SIZES) - 2)  # the quotes
        return self.pick(_JSON)

    def metadata_text(self) -> Json:
        """The text of metadata in a form, mostly JSON."""
        if self.chance(0.1):
            size = self.pick(_METADATA_SIZES)
            return {"$join": ['"', "x" * (size - 2), '"']}
        return self.pick(_JSON_TEXTS) if self.chance(0.7) else self.pick(_NOT_JSON)

    def ttl(self) -> Json:
        """A TTL, sometimes one that is refused."""
        return self.pick(_TTLS) if self.chance(0.93) else self.pick(_BAD_TTLS)

    def expiration(self) -> Json:
        """An expiration, sometimes one that is refused."""
        return self.pick(_EXPIRATIONS) if self.chance(0.93) else self.pick(_BAD_EXPIRATIONS)

    def unreadable_time(self) -> Json:
        """A text that is not a number."""
        return self.pick(_UNREADABLE_TIMES)

    def limit(self) -> Json:
        """A limit of `list`, sometimes one that is refused."""
        return self.pick(_LIMITS) if self.chance(0.7) else self.pick(_BAD_LIMITS)

    def cursor(self) -> Json:
        """A cursor that no answer contained."""
        return self.pick(_CURSORS)

    def no_text(self) -> Json:
        """A JSON value that is not a text."""
        return self.pick(_NO_TEXTS)

    def json_value(self) -> Json:
        """The text of a JSON value that parsers read in different ways."""
        return self.pick(_JSON_VALUES)

    def not_json(self) -> Json:
        """A text that is not JSON."""
        return self.pick(_NOT_JSON)

    def pick(self, choices: Sequence[_T]) -> _T:
        """One of these."""
        return self._random.choice(choices)

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self._random.random() < share

    def count(self, least: int, most: int) -> int:
        """A number from `least` to `most`."""
        return self._random.randint(least, most)

    def _sized(self, size: int) -> Json:
        """A text of about this many bytes in UTF-8; each character has as many bytes."""
        char = self.pick(_WIDTHS)
        return {"$repeat": [char, size // len(char.encode())]}
