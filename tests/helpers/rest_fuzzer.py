"""Requests at random: valid ones, valid ones with something wrong, and anything at all."""

from __future__ import annotations

__all__ = ("IDS", "STORED", "Fuzzer")

from base64 import b64encode
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar
from urllib.parse import quote

from pytest_kv._rest.http import Request
from pytest_kv._rest.routes import OPERATIONS
from tests.helpers.rest_client import ACCOUNT_ID, NAMESPACE_ID, form
from tests.helpers.stopped_clock import NOW

_T = TypeVar("_T")

METHODS = ("GET", "PUT", "POST", "DELETE")
OTHER_METHODS = ("PATCH", "HEAD", "OPTIONS", "get", "", "DELETE ", "GET\0", "\u00e9")
IDS = (NAMESPACE_ID, "1" * 32, "0" * 32, "KV", "", NAMESPACE_ID.upper(), ACCOUNT_ID, "..", "%00")
KEYS = ("k", "a/b", "a b", "é", "😀", "0", "__proto__", "\0", "..x", "k" * 512, "é" * 256)
ILLEGAL_KEYS = ("", ".", "..", "k" * 513, "😀" * 129, "\ud800")
PIECES = (
    *("/", "//", "..", "/../", "%2E", "%", "%2", "%zz", "%FF", "%00", "%ED%A0%80", "?", "&", "="),
    *(
        "#",
        "+",
        " ",
        "\0",
        "\n",
        "é",
        "\u20ac",
        "😀",
        "\ud800",
        "keys",
        "bulk",
        "values/",
        "x" * 600,
    ),
)
NUMBERS = (
    *(0, -1, 1, 9, 10, 59, 60, 61, 1000, 1001, NOW, NOW + 59, NOW + 60, 2**31, 2**63, 10**18),
    *("", "+60", "60.0", "1e3", "٣", "NaN", "x", "9" * 5000, "0" * 30 + "60"),
)
PARAMETERS: dict[str, Sequence[object]] = {
    "expiration": NUMBERS,
    "expiration_ttl": NUMBERS,
    "limit": NUMBERS,
    "page": NUMBERS,
    "per_page": NUMBERS,
    "order": ("id", "title", "", "x"),
    "direction": ("asc", "desc", "", "x"),
    "prefix": (*KEYS, *ILLEGAL_KEYS),
    "cursor": ("", "aw==", "azA5", "!", "\u20ac", "%FF", b64encode(b"\xff").decode(), "=" * 9),
    "unknown": PIECES,
}
DEPTHS = (100, 512, 513, 1_000, 100_000)
JSON_TEXTS = (
    *("null", "true", "false", "0", "-1", "60", "59.5", "1e999", "-1e999", "1e-999", "-0"),
    *("NaN", "Infinity", "-Infinity", "9" * 4300, "9" * 5000, "1." + "0" * 5000, "01", "+1"),
    *('""', '"v"', '"x" "y"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"'),
    *('"\ud800"', '"\n"', '"dg=="', '".."', f'"{"k" * 513}"', f'"{"m" * 1023}"'),
    *("[]", "[null]", '["k"]', "{}", '{"":{}}', '{"a":1,"a":2}', '{"\\ud800":1}', "", "x", "'v'"),
)
DEEP_TEXTS = tuple(
    text
    for levels in DEPTHS
    for text in ("[" * levels + "]" * levels, '{"a":' * levels + "1" + "}" * levels, "[" * levels)
)
STORED_VALUES: tuple[str | bytes, ...] = (
    "v",
    "[1]",
    "null",
    b"\xff",
    "\ufeff{}",
    "9" * 5000,
    *DEEP_TEXTS,
)
STORED: dict[str, str | bytes] = dict(zip(KEYS, STORED_VALUES, strict=False))
"""What a namespace holds before the first request."""
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"authorization": "Bearer other"},
    {"authorization": "Bearer"},
    {"authorization": "\u20ac"},
    {"x-auth-email": "e", "x-auth-key": "token"},
    {"x-auth-key": "token"},
)
BODIES = (b"", b"v", b"\0\xff", b"\xef\xbb\xbf[]", b"{}", b"[]", b"null", b"-" * 3000)
DISPOSITIONS = (
    *('name="value"', 'name="value"; filename="f"', 'name="metadata"', 'name=""', "name", "\u00e9"),
    *('name="value"\r\nContent-Transfer-Encoding: base64', 'name="value"\r\nX', ""),
    *('name="value"\r\nContent-Transfer-Encoding: quoted-printable', 'name*="value"'),
)
CONTENT_TYPES = (
    *("", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "\u20ac"),
    *("multipart/form-data; boundary=other", 'multipart/form-data; boundary="', "multipart/form-"),
    *("multipart/form-data; boundary=\u20ac", "multipart/form-data; boundary=" + "b" * 300),
)


class Fuzzer:
    """Draws requests; the same ``random`` draws the same ones."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def request(self) -> Request:
        """A request that is valid, or almost, or not at all."""
        (method, shape), operation = self._pick(tuple(OPERATIONS.items()))
        headers, body = self._content(operation)
        if self._once_in(12):
            method = self._pick(METHODS if self._once_in(2) else OTHER_METHODS)
        if self._once_in(15):
            headers, body = self._content(self._pick(tuple(OPERATIONS.values())))
        if self._once_in(8):
            body = self._damaged(body)
        return Request(method, self._target(shape), {**self._credentials(), **headers}, body)

    def _once_in(self, times: int) -> bool:
        return self._random.randrange(times) == 0

    def _pick(self, choices: Sequence[_T]) -> _T:
        return choices[self._random.randrange(len(choices))]

    def _usually(self, first: _T, others: Sequence[_T]) -> _T:
        return self._pick(others) if self._once_in(15) else first

    # The target

    def _target(self, shape: str) -> str:
        account_id = self._usually(ACCOUNT_ID, IDS)
        path = shape.format(ns=self._usually(self._pick(IDS[:2]), IDS), key=self._key_in_path())
        target = f"/client/v4/accounts/{account_id}/storage/kv/namespaces{path}{self._query()}"
        if self._once_in(40):
            return "".join(self._pick(PIECES) for _ in range(self._random.randrange(8)))
        return self._mutated(target) if self._once_in(8) else target

    def _key_in_path(self) -> str:
        key = self._usually(self._pick(KEYS), ILLEGAL_KEYS)
        safe = "" if not self._once_in(4) else "/"
        return self._usually(quote(key, safe, errors="surrogatepass"), (key, *PIECES))

    def _query(self) -> str:
        names = [self._pick(tuple(PARAMETERS)) for _ in range(self._pick((0, 0, 1, 2)))]
        pairs = [f"{name}={quote(self._value_of(name), errors='replace')}" for name in names]
        return "?" * (bool(pairs) or self._once_in(20)) + "&".join(pairs)

    def _value_of(self, name: str) -> str:
        return str(self._pick(PARAMETERS[name]))

    def _mutated(self, target: str) -> str:
        start = self._random.randrange(len(target) + 1)
        end = start + self._pick((0, 0, 1, 8))
        return target[:start] + self._pick(("", *PIECES)) + target[end:]

    def _credentials(self) -> dict[str, str]:
        return self._usually({"authorization": "Bearer token"}, HEADERS)

    # The body

    def _content(self, operation: str) -> tuple[dict[str, str], bytes]:
        makers: dict[str, Callable[[], str]] = {
            "create_namespace": self._titled,
            "rename_namespace": self._titled,
            "bulk_put": self._pairs,
            "bulk_delete": self._keys,
            "bulk_delete_older": self._keys,
            "bulk_get": self._asked,
        }
        if operation in makers:
            return {}, makers[operation]().encode("utf-8", "surrogatepass")
        if operation == "put" and not self._once_in(3):
            return self._form()
        return {"content-type": self._pick(CONTENT_TYPES[:2])}, self._pick(BODIES)

    def _form(self) -> tuple[dict[str, str], bytes]:
        metadata = self._usually('{"a": [1]}', JSON_TEXTS).encode("utf-8", "surrogatepass")
        parts = [(DISPOSITIONS[0], self._pick(BODIES)), (DISPOSITIONS[2], metadata)]
        if self._once_in(3):
            parts.append((self._pick(DISPOSITIONS), self._pick(BODIES)))
        self._random.shuffle(parts)
        headers, body = form(*parts[: self._random.randrange(len(parts) + 1)])
        return {"content-type": self._usually(headers["content-type"], CONTENT_TYPES)}, body

    def _titled(self) -> str:
        return self._object({"title": self._pick(('"KV"', '"one"', '"two"', '"ü"'))})

    def _pairs(self) -> str:
        return self._array(self._pair)

    def _pair(self) -> str:
        members = {"key": self._key(), "value": self._pick(('"v"', '"ü"', '"dg=="', '"1"'))}
        more = {"metadata": '{"a":0}', "expiration_ttl": "60", "base64": "true"}
        return self._object(members | {name: more[name] for name in more if self._once_in(6)})

    def _keys(self) -> str:
        return self._array(self._key)

    def _key(self) -> str:
        return self._usually(f'"{self._pick(KEYS)}"', JSON_TEXTS).replace("\0", "\\u0000")

    def _asked(self) -> str:
        members = {"keys": self._keys(), "type": self._pick(('"text"', '"json"'))}
        return self._object(members | {"withMetadata": self._pick(("true", "false"))})

    def _array(self, member: Callable[[], str]) -> str:
        members = [member() for _ in range(self._random.randrange(5))]
        if self._once_in(60) and sum(map(len, members)) < 500:
            members *= self._pick((26, 101, 10_001))
        return f"[{','.join(members)}]"

    def _object(self, members: dict[str, str]) -> str:
        if self._once_in(4):
            members[self._pick(tuple(members))] = self._pick(
                DEEP_TEXTS if self._once_in(10) else JSON_TEXTS
            )
        if self._once_in(20):
            del members[self._pick(tuple(members))]
        return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"

    def _damaged(self, body: bytes) -> bytes:
        if self._once_in(4):
            encoding = self._pick(("utf-16", "utf-16-le", "utf-32", "utf-8-sig"))
            return body.decode("utf-8", "replace").encode(encoding)
        start = self._random.randrange(len(body) + 1)
        noise = self._pick((b"", b"\0", b"\xff", b"\r\n", b"--frontier", b'"', b"[", b"}", b"\\"))
        return body[:start] + noise + body[start + self._pick((0, 1, 9, len(body))) :]
