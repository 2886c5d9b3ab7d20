"""Random arguments, in the notation: keys, values, metadata, numbers and things of a wrong type."""

from __future__ import annotations

__all__ = ("Arguments",)

import base64
import json
import math
import random
from collections.abc import Callable

from tests.oracle.notation import Json

# fmt: off
_NEAR_KEYS = ("k", "a", "b", "k1", "user:1", "user:10", "user:2", "é", "😀", "007", "K")
_NASTY_KEYS = (
    "", ".", "..", "...", "./", "a/..", "/", "//", "a/b", "a%2Fb", "%", "%zz", "%2E", "?", "a?b=c",
    "#", "a#b", "a+b", "+", " ", "a b", "\n", "\t", "\r\n", "\0", "a\0b", "\x7f", "\\z",
    "\x85", '"', "bulk", "bulk/get", ":key", "*", "e\u0301", "\u2028", "\ufffd", "\uffff", "\ufeff",
    "\ufeffk", "\ud800", "\udfff", "a\ud800b", "\udc00\ud800", "\ud83d", "\U0010ffff", "\ue000",
    "ß", "İ", "0", "1", "42", "-1", "01", "1.5", "1e3", "4294967294", "4294967295", "4294967296",
    "-0", "__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__", "length",
    "then", "null", "undefined", "true", "NaN", "[object Object]", "$bytes", "urlencoded=true",
)
_TEXTS = (
    "", "v", "1", "text", " ", "\0", "\ufeff", "\ufeffabc", "\ufeff\ufeff1", "é", "😀", "\u2028",
    "\ud800", "a\udc00b", "\ud83d", "\ude00\ud83d", "null", "true", "false", "0", "-0", "1.0", "[]",
    "{}", '""', '"x"', '{"a":1}', '{"b":1,"2":2,"1":3,"__proto__":4,"a":5}', '{"a":1,"a":2}',
    "1e400", "-1e400", "1e21", "12345678901234567890", "9007199254740993", "0.1", "5e-324", "NaN",
    '"\\ud800"', '"\\ud83d\\ude00"', ' {"a" : [1, 2]}\n', "nope", "{", "{'a':1}", "[1,]", "01",
    "Infinity", "undefined", "[object Object]", '"\x01"', '{"a"}', "tru", "1 2", '"\\x"', "\ufeff1",
    "<html><body>an error page</body></html>", '{"name": "value", "other": nope, "a": 1}', "-",
)
_JSON_PIECES = (
    "{", "}", "[", "]", ",", ":", '"a"', '"', "1", "0", "-", ".", "e", "true", "fals", "null", " ",
    "\n", "\r\n", "\\", "\\u12", "\\n", "x", "é", "😀", "\ud800", "NaN", '"bcd"', "\ufeff", "1.5",
)
_WHOLE_JSON = (
    '{"a":1,"b":[1,2,{"c":null}],"d":"text"}', '[true,false,null,1.5e10,"x\\u00e9"]', "12.5e-3",
    '{\n  "a": 1,\r\n  "b": 2\n}', '"\\ud83d\\ude00\\n\\t\\/"', "[[],{},[{}]]", "[0.1, -0, 1e999]",
    "null", "false", "0", '""', "[]", "1e400", '{"b":{"x":-1e400},"2":2,"1":3,"__proto__":4,"a":5}',
    "9007199254740993", "-12345678901234567890", '"\\ud800"', " [ null ] ", "\ufeff1", "1.0",
)
_BYTES = (
    b"", b"v", b"\0\xff\xfeA", b"\xef\xbb\xbfabc", b"\xff", b"\xc3", b"\xc3\xa9", b"\xe2\x82",
    b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xc0\x80", b"<",
    b"\xef\xbb\xbf\xef\xbb\xbf1", b"\xff\xfea\0", b"\x80\x80", b"a\xe1\x80b", b'{"a":\xff}', b"[1]",
)
_NUMBERS: tuple[Json, ...] = (
    0, 1, 2, -1, 29, 30, 31, 59, 60, 61, 999, 1000, 1001, 86400, 2**31 - 1, 2**31, -(2**31),
    -(2**31) - 1, 2**53 - 2, 0.5, -0.5, 1.9, 29.9, 59.999, 60.9, 2147483646.5, 2147483647.5, 1e21,
    1e308, 5e-324, 1e-7, -1e10, {"$nan": True}, {"$infinity": 1}, {"$infinity": -1},
    {"$negativeZero": True}, {"$bigint": "9007199254740991"}, {"$bigint": "9007199254740992"},
    {"$bigint": "-9007199254740993"}, {"$bigint": "123456789012345678901234567890"},
    None, True, False,
)
_NUMERIC_TEXTS = (
    "60", " 60 ", "60abc", "0x50", "0X3c", "0b1011010", "0o132", "6e1", "6E+1", "60.9", ".5e3",
    "", " ", "-60", "+60", "+-6", "1e3", "1e999", "-1e999", "Infinity", "-Infinity", "infinity",
    "nan", "NaN", "inf", "6_0", "1,000", "٩٠", "\u00a090\ufeff", "\u200090", "\u180e90", "90\x85",
    "0x", "0x-5", "-0x50", "2147483647.5", "2147483648", "1e", ".", "e5", "0b2", "99n", "\x0c90",
)
_OTHERS: tuple[Json, ...] = (
    [], [60], ["60"], ["json"], [[90]], [60, 61], [None], [True], ["a", ["b", None]], [1.5, "x"],
    {}, {"a": 1}, {"type": "json"}, [{"type": "json"}], [{}], {"$set": []}, {"$set": ["a", "b"]},
    {"$date": 0}, {"$date": 90_000}, {"$date": 1_700_000_000_000}, {"$date": -62_135_596_800_000},
    {"$date": 253_402_300_799_000}, [{"$date": 0}], [{"$bigint": "9007199254740993"}],
    "text", "json", "arrayBuffer", "stream", "JSON", "arraybuffer", " json", "x",
)
# fmt: on
_METADATA_NAMES = ("a", "b", "2", "1", "10", "01", "__proto__", "toJSON", "", "é", "\ud800", "1.0")
# Two surrogates to Python, one character to JavaScript.
_PAIR: Json = {"$join": ["\ud83d", "\ude00"]}
_KEY_LIMIT_BYTES = 512
_METADATA_LIMIT_BYTES = 1024
_WIDTHS = ("x", "é", "€", "😀")


class Arguments:
    """Picks arguments with the given source of randomness.

    `short` ones fit a timed namespace; with `json_first` most values can be read as JSON.
    """

    def __init__(self, source: random.Random, *, short: bool, json_first: bool) -> None:
        self._random = source
        self._short = short
        self._json_first = json_first
        self._favourites = [self._any_key() for _ in range(5)]

    def key(self) -> Json:
        """Mostly one of a few favourites, so that calls meet; else any key."""
        return (
            self._random.choice(self._favourites)
            if self._random.random() < 0.7
            else self._any_key()
        )

    def _any_key(self) -> Json:
        """A plausible key, a nasty one, one at the limit, or no string at all."""
        return self._pick(
            (45, lambda: self._random.choice(_NEAR_KEYS)),
            (39, lambda: self._random.choice(_NASTY_KEYS)),
            (6, lambda: self._sized(_KEY_LIMIT_BYTES)),
            (1, lambda: _PAIR),
            (2, lambda: "__proto__"),
            (5, self.number),
            (5, self.oddity),
        )

    def value(self) -> Json:
        """Text, JSON and what nearly is, bytes, numbers and things that `put` refuses."""
        if self._json_first and self._random.random() < 0.8:
            return self._whole_json()
        return self._pick(
            (47, lambda: self._random.choice(_TEXTS)),
            (1, self._long_text),
            (1, lambda: _PAIR),
            (25, self._nearly_json),
            (14, lambda: self._bytes(self._random.choice(_BYTES))),
            (4, lambda: self._bytes(self._random.randbytes(self._random.randint(1, 12)))),
            (6, self.number),
            (4, self.oddity),
        )

    def metadata(self) -> Json:
        """Any JSON value, one at the limit, or something JSON cannot say."""
        return self._pick(
            (55, lambda: self._json(3)),
            (15, lambda: self._sized(_METADATA_LIMIT_BYTES - 2)),
            (10, lambda: {"x": self._sized(_METADATA_LIMIT_BYTES - 8)}),
            (10, self.number),
            (10, self.oddity),
        )

    def number(self) -> Json:
        """A number near a limit, a random double, what may be read as one, an offset from now."""
        return self._pick(
            (8, lambda: self._random.choice(_OTHERS)),
            (50, lambda: self._random.choice(_NUMBERS)),
            (10, self._double),
            (5, lambda: self._random.randint(-(2**53) + 2, 2**53 - 2)),
            (20, lambda: self._random.choice(_NUMERIC_TEXTS)),
            (
                15,
                lambda: {
                    "$now": self._random.choice((0, 1, 59, 59.9, 60, 60.5, 61, 3600, -1, 0.5))
                },
            ),
        )

    def oddity(self) -> Json:
        """A value of a type that does not belong here."""
        return self._pick(
            (70, lambda: self._random.choice(_OTHERS)),
            (15, lambda: self._bytes(self._random.choice(_BYTES))),
            (15, lambda: self._random.choice(_NUMBERS)),
        )

    def cursor(self) -> Json:
        """A cursor nobody was given: base64 of a name, damaged base64, or no base64 at all."""
        return self._pick(
            (40, lambda: self._encoded_name()),
            (30, lambda: self._damaged(self._encoded_name())),
            (15, lambda: self._random.choice(_NASTY_KEYS)),
            (15, self.oddity),
        )

    def bad_key(self) -> Json:
        """A key that is refused: by its name, its length or a lone surrogate."""
        too_long: Json = {"$repeat": [self._random.choice(("x", "é", "\ud800")), 600]}
        return self._random.choice(("", ".", "..", [], "\ud800", "a\udfff", too_long))

    def bad_number(self) -> Json:
        """A number that is refused wherever there is a lower limit, or anywhere."""
        return self._random.choice((0, -1, 1, None, "x", 2**31, {"$bigint": "9007199254740992"}))

    def bad_metadata(self) -> Json:
        """Metadata that is refused: no JSON, or too long."""
        unsafe: Json = [{"$bigint": "9007199254740992"}]
        too_long: Json = {"$repeat": ["x", 1100]}
        return self._random.choice((unsafe, too_long))

    def prefix(self) -> Json:
        """A prefix without NUL, see `sequences` for the reason."""
        prefix = self.key()
        return "user:" if isinstance(prefix, str) and "\0" in prefix else prefix

    def _pick(self, *choices: tuple[int, Callable[[], Json]]) -> Json:
        weights = [weight for weight, _ in choices]
        ((_, choice),) = self._random.choices(choices, weights)
        return choice()

    def _sized(self, limit_bytes: int) -> Json:
        """A text whose UTF-8 is within a few bytes of the limit, of one width of character."""
        if self._short:
            return "short"
        char = self._random.choice(_WIDTHS)
        return {"$repeat": [char, limit_bytes // len(char.encode()) + self._random.randint(-1, 1)]}

    def _long_text(self) -> Json:
        """Long enough for several chunks of a stream, whose borders cut characters."""
        char = "x" if self._short else self._random.choice(_WIDTHS)
        return {"$repeat": [char, 16 if self._short else self._random.randint(4000, 70_000)]}

    def _double(self) -> Json:
        double = self._random.choice((1, -1)) * math.ldexp(
            self._random.random(), self._random.randint(-40, 80)
        )
        return round(double, self._random.randint(0, 8)) if self._random.random() < 0.3 else double

    def _nearly_json(self) -> Json:
        """JSON, whole or damaged at one index, or pieces of JSON in any order."""
        if self._random.random() < 0.3:
            return "".join(self._random.choices(_JSON_PIECES, k=self._random.randint(1, 9)))
        whole = self._whole_json()
        index = self._random.randint(0, len(whole))
        piece = self._random.choice(_JSON_PIECES)
        damaged = (
            whole[:index],
            whole[:index] + piece + whole[index:],
            whole[:index] + whole[index + 1 :],
        )
        return self._random.choice((whole, *damaged, whole + piece))

    def _whole_json(self) -> str:
        if self._random.random() < 0.5:
            return self._random.choice(_WHOLE_JSON)
        return json.dumps(self._json(3, pair="😀"), indent=self._random.choice((None, 1)))

    def _json(self, depth: int, pair: Json = _PAIR) -> Json:
        if depth == 0 or self._random.random() < 0.4:
            return self._random.choice(
                (None, True, 0, 1.5, "x", "", "é", "\ud800", pair, "\n\x01", 1e21)
            )
        if self._random.random() < 0.4:
            return [self._json(depth - 1, pair) for _ in range(self._random.randint(0, 3))]
        names = self._random.sample(_METADATA_NAMES, self._random.randint(0, 4))
        return {name: self._json(depth - 1, pair) for name in names}

    def _encoded_name(self) -> str:
        own = [key for key in self._favourites if isinstance(key, str)]
        name = self._random.choice(own * 20 + [*_NEAR_KEYS, *_NASTY_KEYS])
        return base64.b64encode(name.encode("utf-8", "replace")).decode("ascii")

    def _damaged(self, text: str) -> str:
        index = self._random.randint(0, len(text))
        debris = self._random.choice(
            ("=", "-", "_", " ", "\n", "%", "é", "Ł", "ř", "😀", "\ud800", "A")
        )
        return text[:index] + debris + text[index + self._random.randint(0, 1) :]

    @staticmethod
    def _bytes(data: bytes) -> Json:
        return {"$bytes": base64.b64encode(data).decode("ascii")}
