"""Sequences of calls, random but replayable: the same seed and index always give the same one.

What Python cannot say through Cloudflare's wrapper (`workers/rpc.py`) never occurs, nor do values
whose text is Pyodide's and not KV's; how these travel, `wrapper.py` records by itself:

==============================  ====================================================================
left out                        because
==============================  ====================================================================
`undefined`                     no Python value becomes it; `None` becomes `null`
`ArrayBuffer` as an argument    `bytes` becomes a Uint8Array
a ReadableStream as a value     only a JavaScript stream is one; Python has no value for it
tuple, bytearray, awaitable     the wrapper itself refuses them with Python's TypeError
functions, Exceptions           they become proxies and Errors, whose text is Pyodide's, not KV's
objects of other classes        they become proxies, whose text is Pyodide's
Symbol, sparse arrays, getters  no Python value becomes them
sets with anything but texts    the wrapper leaves `None` in them to Pyodide
naive datetimes                 they depend on the time zone of the process
datetimes with milliseconds     the wrapper multiplies a float: 0.001 s may arrive as 0 ms
dict names that are not text    Pyodide converts them one by one, each type its own way
==============================  ====================================================================

What Miniflare does and KV hardly can (accidents of its SQLite and of its clock) is left out too:

==============================  ====================================================================
a prefix with NUL in it         SQLite's `length()` stops there, so Miniflare finds nothing
the millisecond of expiring     `list` still shows what `get` no longer does; timed sequences stand
                                half a second later
nesting deeper than 300         stack sizes, not KV
a name ending in a backslash    a bug of workerd's V8: having parsed {"a":1,"\\\\":2} once, it reads
                                every escaped name after "a" as a backslash, {"a":1,"\\n":2} too
==============================  ====================================================================
"""

from __future__ import annotations

__all__ = ("generate",)

import random

from tests.oracle.arguments import Arguments
from tests.oracle.notation import Call, Json, Sequence

_TYPES: tuple[Json, ...] = ("text", "json", "arrayBuffer", "stream")
_TIMED_SHARE = 0.15
_PAGES_SHARE = 0.15
_JSON_SHARE = 0.3
_STRANGERS = ("expiration_ttl", "ttl", "Type", "cache_ttl", "", "__proto__", "toString", "key")


def generate(seed: int, index: int) -> Sequence:
    """The sequence with this number of the run with this seed."""
    source = random.Random(f"{seed}/{index}")
    share = source.random()
    writer = _Writer(source, timed=share < _TIMED_SHARE)
    if _TIMED_SHARE <= share < _TIMED_SHARE + _PAGES_SHARE:
        return Sequence(tuple(writer.pages()))
    calls = [writer.call() for _ in range(source.randint(3, 20))]
    return Sequence(tuple(calls), timed=share < _TIMED_SHARE)


class _Writer:
    """Writes calls: most plausible, some absurd, many on the same few keys."""

    def __init__(self, source: random.Random, *, timed: bool) -> None:
        self._random = source
        self._timed = timed
        self._json_first = source.random() < _JSON_SHARE
        self._arguments = Arguments(source, short=timed, json_first=self._json_first)

    def call(self) -> Call:
        """Any call."""
        choices = [self.put, self.get, self.bulk_get, self.list, self.delete, self._too_few]
        weights = [34, 26, 16, 14, 9, 1]
        choices += [self._mistaken_put, self._mistaken_read, self._mistaken_list]
        weights += [5, 4, 1]
        if self._timed:
            choices.append(self._advance)
            weights.append(20)
        (write,) = self._random.choices(choices, weights)
        return write()

    def pages(self) -> list[Call]:
        """Many keys, then pages of them while keys come and go."""
        names = self._random.sample([f"{a}{b}" for a in "kéz\ufeff" for b in range(12)], 20)
        calls = [Call("put", (name, "")) for name in names]
        for _ in range(self._random.randint(4, 14)):
            changes = self._random.random()
            if changes < 0.7:
                calls.append(self._next_page())
            elif changes < 0.85:
                calls.append(Call("delete", (self._random.choice(names),)))
            else:
                calls.append(self.put())
        return calls

    def put(self) -> Call:
        """A write, with and without options."""
        args = (self._arguments.key(), self._arguments.value())
        options: dict[str, Json] = {}
        if self._chance(0.35):
            options["expirationTtl"] = self._ttl()
        if self._chance(0.15):
            options["expiration"] = self._arguments.number()
        if self._chance(0.4):
            options["metadata"] = self._arguments.metadata()
        return self._call("put", args, options)

    def get(self) -> Call:
        """A read of one key, with or without its metadata."""
        return self._read((self._arguments.key(),))

    def bulk_get(self) -> Call:
        """A read of several keys, repeated, number-like and bad ones among them."""
        size = self._random.choice((0, 1, 1, 2, 3, 4, 6))
        keys = [self._arguments.key() for _ in range(size)]
        if keys and self._chance(0.3):
            keys.append(self._random.choice(keys))
        if not self._timed and self._chance(0.04):
            return self._read(({"$range": ["k", self._random.choice((99, 100, 101))]},))
        return self._read((keys,))

    def list(self) -> Call:
        """A page: any limit, prefix and cursor."""
        options: dict[str, Json] = {}
        if self._chance(0.5):
            options["limit"] = self._limit()
        if self._chance(0.4):
            options["prefix"] = self._arguments.prefix()
        if self._chance(0.25):
            options["cursor"] = self._arguments.cursor()
        return self._call("list", (), options)

    def delete(self) -> Call:
        """A delete; whatever follows the key is ignored."""
        return self._call("delete", (self._arguments.key(),), {})

    def _read(self, args: tuple[Json, ...]) -> Call:
        op = self._random.choice(("get", "getWithMetadata"))
        kind = self._random.random()
        if kind < 0.25:
            return Call(op, (*args, self._type()))
        options: dict[str, Json] = {}
        if kind < 0.6:
            options["type"] = self._type()
        if self._chance(0.2):
            options["cacheTtl"] = self._arguments.number()
        return self._call(op, args, options)

    def _next_page(self) -> Call:
        options: dict[str, Json] = {"limit": self._random.choice((1, 2, 3, 5, 7, 19, 20, 21))}
        if self._chance(0.25):
            options["prefix"] = self._random.choice(("k", "k1", "é", "\ufeff", "", "zz"))
        use_cursor = self._chance(0.8)
        if self._chance(0.5):
            return Call("list", (), options, use_cursor)
        return Call("list", (options,), None, use_cursor)

    def _call(self, op: str, args: tuple[Json, ...], options: dict[str, Json]) -> Call:
        """The call with its options as a dict, as keywords, both, neither, or something else."""
        if self._chance(0.08):
            options[self._random.choice(_STRANGERS)] = self._arguments.number()
        style = self._random.random()
        if style < 0.06:
            return Call(op, (*args, self._arguments.oddity()))
        if style < 0.08:
            return Call(op, (*args, options), {"expirationTtl": 60, "type": "json", "limit": 1})
        if style < 0.10:
            return Call(op, (*args, None), options)
        if not options:
            return Call(op, (*args, None) if style < 0.2 else args)
        if style < 0.55:
            return Call(op, args, options)
        return Call(op, (*args, options))

    def _mistaken_put(self) -> Call:
        """A write with several mistakes, of which one is reported."""
        options = {
            "expiration": self._arguments.bad_number(),
            "expirationTtl": self._arguments.bad_number(),
            "metadata": self._arguments.bad_metadata(),
        }
        key = self._arguments.bad_key() if self._chance(0.5) else "k"
        value: Json = {} if self._chance(0.4) else "v"
        return Call("put", (key, value, 5 if self._chance(0.1) else self._some_of(options)))

    def _mistaken_read(self) -> Call:
        """A read of one or of many with several mistakes, of which one is reported."""
        keys = [self._arguments.bad_key(), self._arguments.key(), self._arguments.bad_key()]
        many: Json = keys[self._random.randint(0, 3) :]
        if not self._timed and self._chance(0.1):
            many = {"$range": ["k", 101]}
        key = many if self._chance(0.6) else keys[0]
        options = {"cacheTtl": self._arguments.bad_number(), "type": self._arguments.oddity()}
        return Call(self._random.choice(("get", "getWithMetadata")), (key, self._some_of(options)))

    def _mistaken_list(self) -> Call:
        """A page with several mistakes, of which one is reported."""
        options: dict[str, Json] = {
            "prefix": self._arguments.bad_key(),
            "limit": self._random.choice((1001, 2**31, {"$bigint": "9007199254740992"}, -1)),
            "cursor": self._arguments.cursor(),
        }
        return Call("list", (self._some_of(options),))

    def _some_of(self, options: dict[str, Json]) -> Json:
        return {name: option for name, option in options.items() if self._chance(0.6)}

    def _too_few(self) -> Call:
        op = self._random.choice(("put", "get", "getWithMetadata", "delete"))
        args = (self._arguments.key(),) if op == "put" and self._chance(0.6) else ()
        return Call(op, args, {"key": "k", "value": "v"} if self._chance(0.3) else None)

    def _advance(self) -> Call:
        return Call("advance", (self._random.choice((1, 29, 30, 59, 60, 61, 3600)),))

    def _ttl(self) -> Json:
        return self._random.choice((60, 61, 120)) if self._timed else self._arguments.number()

    def _limit(self) -> Json:
        return self._random.choice((1, 2, 3, 5)) if self._chance(0.5) else self._arguments.number()

    def _type(self) -> Json:
        if self._json_first and self._chance(0.7):
            return "json"
        return self._random.choice(_TYPES) if self._chance(0.8) else self._arguments.oddity()

    def _chance(self, share: float) -> bool:
        return self._random.random() < share
