"""Random sequences of calls: the same seed and index always give the same sequence."""

from __future__ import annotations

__all__ = ("generate",)

import random

from tests.explorer.arguments import Arguments
from tests.explorer.calls import Call, Sequence
from tests.oracle.notation import Json

_PAGES_SHARE = 0.15
_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD")
_STRANGE_PARAMETERS = ("unknown", "type", "page", "key", "expirationTtl", "urlencoded", "cache_ttl")
_STRAY_PATHS: tuple[tuple[Json, ...], ...] = (
    ("{ns}", "values"), ("{ns}", "nothing"), ("{ns}", "bulk", "nothing"), ("{ns}", "keys", "k"),
    ("{ns}", "bulk", "get", "k"), ("{ns}", "Values", "k"), ("{ns}", "keys", ""),
    ("{ns}", "values", ""),
)  # fmt: skip
# Not `k/`: the explorer reads it as `k`, so the two sides would have different keys.
_RAW_KEYS = (
    "a/b", "/k", "..", ".", "%2E", "%2e%2e", "%", "%zz", "%FF", "%C3", "a%2fb", "a%2", "%00",
)  # fmt: skip
_KNOWN_PATHS: tuple[tuple[Json, ...], ...] = (
    (), ("{ns}",), ("{ns}", "keys"), ("{ns}", "values", "k"), ("{ns}", "metadata", "k"),
    ("{ns}", "bulk"), ("{ns}", "bulk", "get"), ("{ns}", "bulk", "delete"),
)  # fmt: skip


def generate(seed: int, index: int) -> Sequence:
    """The sequence with this index, of the run with this seed."""
    source = random.Random(f"{seed}/{index}")
    writer = _Writer(Arguments(source))
    if source.random() < _PAGES_SHARE:
        return Sequence(tuple(writer.pages()))
    return Sequence(tuple(writer.call(source) for _ in range(source.randint(5, 25))))


class _Writer:
    """Makes calls: most are valid, some are broken, and many use the same few keys."""

    def __init__(self, arguments: Arguments) -> None:
        self._some = arguments
        self._written: list[Json] = []

    def call(self, source: random.Random) -> Call:
        """Any call."""
        writers = {
            self._put: 14,
            self._put_form: 14,
            self._get: 15,
            self._delete: 8,
            self._list: 15,
            self._bulk_put: 18,
            self._bulk_get: 10,
            self._bulk_delete: 6,
            self._list_namespaces: 1,
            self._stray: 1.5,
            self._wrong_body: 3,
        }
        (write,) = source.choices(list(writers), list(writers.values()))
        return write()

    def pages(self) -> list[Call]:
        """Write many keys, then list pages of them while other calls write and delete keys."""
        names: list[Json] = [f"{a}{b}" for a in "kéz" for b in range(self._some.count(8, 12))]
        pairs: list[Json] = [{"key": name, "value": ""} for name in names]
        calls = [_json("PUT", ("{ns}", "bulk"), pairs)]
        for _ in range(self._some.count(5, 14)):
            if self._some.chance(0.7):
                calls.append(self._next_page())
            elif self._some.chance(0.5):
                calls.append(Call("DELETE", ("{ns}", "values", self._some.pick(names))))
            else:
                calls.append(self._put())
        return calls

    def _next_page(self) -> Call:
        query: list[tuple[str, Json]] = [("limit", self._some.pick((10, 11, 13, 20, 24, 36, 37)))]
        if self._some.chance(0.8):
            query.append(("cursor", {"$cursor": True}))
        if self._some.chance(0.25):
            query.append(("prefix", self._some.pick(("k", "k1", "é", "", "zz"))))
        return Call("GET", ("{ns}", "keys"), tuple(query))

    def _keyed(self, kind: str = "values", raw: tuple[str, ...] = _RAW_KEYS) -> tuple[Json, ...]:
        if self._some.chance(0.02):
            return ("{ns}", kind, {"$raw": self._some.pick(raw)})
        return (self._namespace(), kind, self._some.key())

    def _namespace(self) -> Json:
        if self._some.chance(0.004):
            return "{unknown}"
        return "{other}" if self._some.chance(0.04) else "{ns}"

    def _put(self) -> Call:
        query = self._times() if self._some.chance(0.04) else self._strange()
        content_type = self._some.pick(_CONTENT_TYPES) if self._some.chance(0.2) else None
        body = {"text": self._some.content()}
        return Call("PUT", self._noted(self._keyed()), query, body, content_type)

    def _noted(self, path: tuple[Json, ...]) -> tuple[Json, ...]:
        self._written.append(path[-1])
        return path

    def _times(self) -> tuple[tuple[str, Json], ...]:
        query: list[tuple[str, Json]] = []
        if self._some.chance(0.6):
            query.append(("expiration_ttl", self._some.ttl()))
        if self._some.chance(0.6):
            query.append(("expiration", self._some.expiration()))
        if self._some.chance(0.1):
            query.append((self._some.pick(_TIMES), self._some.unreadable_time()))
        return tuple(query)

    def _strange(self) -> tuple[tuple[str, Json], ...]:
        if not self._some.chance(0.05):
            return ()
        return ((self._some.pick(_STRANGE_PARAMETERS), self._some.pick(("", "60", "x", "true"))),)

    def _put_form(self) -> Call:
        file_name: list[Json] = ["blob"] if self._some.chance(0.8) else []
        parts: list[Json] = [["value", self._some.content(), *file_name]]
        if self._some.chance(0.7):
            parts.append(["metadata", self._some.metadata_text()])
        if self._some.chance(0.1):
            name = self._some.pick(("value", "metadata", "other", "Value"))
            parts.append([name, self._some.metadata_text()])
        if self._some.chance(0.3):
            parts.reverse()
        if self._some.chance(0.05):
            del parts[0]
        query = self._times() if self._some.chance(0.04) else self._strange()
        return Call("PUT", self._noted(self._keyed()), query, {"form": parts})

    def _get(self) -> Call:
        if self._written and self._some.chance(0.5):
            return Call("GET", ("{ns}", "values", self._some.pick(self._written)))
        kind = "metadata" if self._some.chance(0.05) else "values"
        return Call("GET", self._keyed(kind, (*_RAW_KEYS, "k/")), self._strange())

    def _delete(self) -> Call:
        return Call("DELETE", self._keyed(), self._strange())

    def _list(self) -> Call:
        query: list[tuple[str, Json]] = []
        if self._some.chance(0.5):
            query.append(("limit", self._some.limit()))
        if self._some.chance(0.4):
            query.append(("prefix", self._some.key()))
        if self._some.chance(0.25):
            query.append(("cursor", self._some.cursor()))
        if query and self._some.chance(0.03):
            query.append(self._some.pick(query))
        return Call("GET", (self._namespace(), "keys"), (*query, *self._strange()))

    def _bulk_put(self) -> Call:
        pairs = [self._pair() for _ in range(self._some.count(0, 4))]
        if pairs and self._some.chance(0.15):
            pairs.append(_in_another_order(self._some.pick(pairs)))
        body: list[Json] = list(pairs)
        if pairs and self._some.chance(0.1):
            pair = self._some.pick(pairs)
            body.append({**pair, self._some.pick(("value", "metadata")): self._some.text()})
        if body and self._some.chance(0.02):
            body.append(self._some.no_text())
        return _json("PUT", (self._namespace(), "bulk"), body)

    def _pair(self) -> dict[str, Json]:
        pair: dict[str, Json] = {"key": self._some.key(), "value": self._some.text()}
        if self._some.chance(0.3):
            pair["metadata"] = self._some.metadata()
        if self._some.chance(0.2):
            pair["expiration_ttl"] = self._some.ttl()
        if self._some.chance(0.2):
            pair["expiration"] = self._some.expiration()
        if self._some.chance(0.15):
            pair["base64"] = self._some.chance(0.8)
            pair["value"] = self._some.pick(_BASE64)
        if self._some.chance(0.05):
            pair["unknown"] = self._some.no_text()
        if self._some.chance(0.04):
            pair[self._some.pick(tuple(pair))] = self._some.no_text()
        if self._some.chance(0.03):
            del pair[self._some.pick(tuple(pair))]
        return pair

    def _names(self, most: int) -> list[Json]:
        names = [self._some.key() for _ in range(self._some.count(0, most))]
        if names and self._some.chance(0.3):
            names.append(self._some.pick(names))
        if names and self._some.chance(0.04):
            names.append(self._some.no_text())
        return names

    def _bulk_delete(self) -> Call:
        return _json("POST", (self._namespace(), "bulk", "delete"), self._names(4))

    def _bulk_get(self) -> Call:
        body: dict[str, Json] = {"keys": self._names(6)}
        if self._some.chance(0.05):
            body["keys"] = {"$range": ["k", self._some.pick((99, 100, 101))]}
        if self._some.chance(0.08):
            body["type"] = self._some.pick(("text", "json", "stream", ""))
        if self._some.chance(0.08):
            body["withMetadata"] = self._some.chance(0.7)
        if self._some.chance(0.05):
            body["unknown"] = self._some.no_text()
        if self._some.chance(0.05):
            body[self._some.pick(tuple(body))] = self._some.no_text()
        if self._some.chance(0.03):
            del body["keys"]
        return _json("POST", (self._namespace(), "bulk", "get"), body)

    def _list_namespaces(self) -> Call:
        query: list[tuple[str, Json]] = []
        if self._some.chance(0.5):
            query.append(("order", self._some.pick(("id", "title", "", "x"))))
        if self._some.chance(0.5):
            query.append(("direction", self._some.pick(("asc", "desc", "", "x"))))
        return Call("GET", (), tuple(query))

    def _stray(self) -> Call:
        """A path or method that no operation has, or an operation that the explorer lacks."""
        if self._some.chance(0.5):
            return Call(self._some.pick(_METHODS), self._some.pick(_STRAY_PATHS))
        method, path = self._some.pick(_METHODS), self._some.pick(_KNOWN_PATHS)
        has_body = method in ("PUT", "POST", "PATCH", "DELETE")
        return (
            _json(method, path, self._some.pick(_JSON_BODIES)) if has_body else Call(method, path)
        )

    def _wrong_body(self) -> Call:
        """A JSON body of another shape, a text that is not JSON, or another content type."""
        method, *path = self._some.pick(_WITH_JSON)
        if self._some.chance(0.3):
            text = self._some.pick(_TEMPLATES).replace("$", str(self._some.json_value()))
            return Call(method, ("{ns}", *path), (), {"text": text}, "application/json")
        if self._some.chance(0.4):
            return _json(method, ("{ns}", *path), self._some.pick(_JSON_BODIES))
        if self._some.chance(0.5):
            text = self._some.pick(("", "nope", "[", "{", "[1,]", "[]]", "'a'", "NaN", "[NaN]"))
            return Call(method, ("{ns}", *path), (), {"text": text}, "application/json")
        content_type = self._some.pick(_CONTENT_TYPES)
        return Call(
            method, ("{ns}", *path), (), {"json": self._some.pick(_JSON_BODIES)}, content_type
        )


def _in_another_order(pair: dict[str, Json]) -> dict[str, Json]:
    """An equal pair with its members, and the members of its metadata, in another order."""
    metadata = pair.get("metadata")
    turned = {"metadata": dict(reversed(metadata.items()))} if isinstance(metadata, dict) else {}
    return dict(reversed({**pair, **turned}.items()))


def _json(method: str, path: tuple[Json, ...], body: Json) -> Call:
    return Call(method, path, (), {"json": body})


_TIMES = ("expiration", "expiration_ttl")
_CONTENT_TYPES = (
    "text/plain", "application/octet-stream", "application/json; charset=utf-8", "Application/JSON",
    "application/vnd.api+json", "application/x-www-form-urlencoded", "application/json", "x",
)  # fmt: skip
_BASE64 = (
    "",
    "dg==",
    "AP8=",
    "YWJj",
    "w6k=",
    "dg",
    "dg=",
    "d",
    "dg==dg==",
    "d\ng==",
    " dg==",
    "d-_g",
    "é",
    "=",
)
_TEMPLATES = (
    '[{"key":"k","value":"v","metadata":$}]', '[{"key":$,"value":"v"}]', '[{"key":"k","value":$}]',
    '[{"key":"k","value":"v","expiration_ttl":$}]', '[{"key":"k","value":"v","unknown":$}]', "[$]",
    "$", '{"keys":["k"],"unknown":$}', '{"keys":[$]}', '\ufeff[]', '[]$', ' [ "k" ] ', '["k"]\n',
)  # fmt: skip
_WITH_JSON = (("PUT", "bulk"), ("POST", "bulk", "get"), ("POST", "bulk", "delete"))
_JSON_BODIES: tuple[Json, ...] = (
    [], {}, None, "text", 1, True, [1], [None], ["k"], [[]], [{}], {"keys": []}, {"keys": ["k"]},
    {"keys": "k"}, {"keys": None}, {"keys": [1]}, [{"key": "k"}], [{"value": "v"}], {"title": "T"},
    [{"key": "k", "value": "v"}], [{"key": "k", "value": 1}], {"key": "k", "value": "v"},
)  # fmt: skip
