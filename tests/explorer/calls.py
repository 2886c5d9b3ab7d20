"""One request to the REST API, and a sequence of them, in a notation that is also JSON.

It is the notation of `tests/oracle/notation.py` with two forms more: `$raw` is a text that is not
percent-encoded, and `$cursor` is the cursor that the last list gave. `$now` is the second of the
call itself.
"""

from __future__ import annotations

__all__ = ("NAMESPACE", "OTHER_NAMESPACE", "UNKNOWN_NAMESPACE", "Call", "HttpRequest", "Sequence")

import json
from collections import abc
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from tests.oracle.notation import Json, Object, decode

NAMESPACE = "6" * 32
"""The id of the namespace that sequences use; both sides have it, and it is empty at the start."""

OTHER_NAMESPACE = "a" * 32
"""The id of a second namespace that both sides have."""

UNKNOWN_NAMESPACE = "0" * 32
"""An id of the right form that no namespace has."""

_IDS = {"{ns}": NAMESPACE, "{other}": OTHER_NAMESPACE, "{unknown}": UNKNOWN_NAMESPACE}
_BOUNDARY = b"frontier"
_CONTENT_TYPES = {
    "json": "application/json",
    "copies": "application/json",
    "form": f"multipart/form-data; boundary={_BOUNDARY.decode()}",
}
_TIMES = ("expiration", "expiration_ttl")
_KEYED = ("values", "metadata")


class HttpRequest(NamedTuple):
    """A call as it is sent; the target begins after ``…/storage/kv/namespaces``."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    The path has the segments after ``…/storage/kv/namespaces``; in it, ``{ns}``, ``{other}`` and
    ``{unknown}`` stand for ids. The body is an object with one member: `json`; `text`; `form`, a
    list of parts, each a name, a content and perhaps a file name; or `copies`, an item of a JSON
    array and the number of its copies. Its kind gives the content type unless there is another.
    """

    method: str
    path: tuple[Json, ...] = ()
    query: tuple[tuple[str, Json], ...] = ()
    body: Object | None = None
    content_type: str | None = None

    @classmethod
    def from_json(cls, call: object) -> Call:
        """The call that `to_json` wrote; ValueError for anything else."""
        if not isinstance(call, dict) or not isinstance(call.get("method"), str):
            raise ValueError(f"not a call: {call!r}")
        query = tuple((name, value) for name, value in call.get("query", ()))
        path, body = tuple(call.get("path", ())), call.get("body")
        return cls(call["method"], path, query, body, call.get("type"))

    def to_json(self) -> dict[str, Json]:
        """The call as JSON, without the members that are empty."""
        call: dict[str, Json] = {"method": self.method, "path": list(self.path)}
        if self.query:
            call["query"] = [[name, value] for name, value in self.query]
        if self.body is not None:
            call["body"] = self.body
        if self.content_type is not None:
            call["type"] = self.content_type
        return call

    @property
    def shape(self) -> str:
        """The path with placeholders for its namespace and key: ``/{ns}/values/{key}``."""
        if len(self.path) > 2 and self.path[1] in _KEYED:
            return f"/{{ns}}/{self.path[1]}/{{key}}"
        below = "".join(f"/{segment}" for segment in self.path[1:] if segment != "")
        return f"/{{ns}}{below}" if self.path else ""

    @property
    def operation(self) -> tuple[str, str]:
        """The method, and the shape of the path."""
        return self.method, self.shape

    @property
    def raw_key(self) -> str:
        """The key in the path as it is sent; empty where there is none."""
        if not self.shape.endswith("{key}"):
            return ""
        return self.request(0).target.partition("?")[0].split("/", 3)[3]

    @property
    def expires(self) -> bool:
        """Whether it writes one key with an expiration in its query."""
        is_put = self.operation == ("PUT", "/{ns}/values/{key}")
        return is_put and any(name in _TIMES for name, _ in self.query)

    @property
    def is_read(self) -> bool:
        """Whether it never changes a key, even if it succeeds."""
        return self.method in ("GET", "HEAD", "OPTIONS") or self.shape == "/{ns}/bulk/get"

    @property
    def kind(self) -> str | None:
        """The kind of its body: json, copies, text or form."""
        return next(iter(self.body), None) if self.body else None

    def parameters(self, name: str) -> list[Json]:
        """Each parameter of this name, in the notation."""
        return [value for given, value in self.query if given == name]

    def mentions(self, text: str) -> bool:
        """Whether the text is somewhere in it."""
        return text in json.dumps(self.to_json(), ensure_ascii=False)

    def request(self, now: int, cursor: str = "") -> HttpRequest:
        """The request, made in the second `now` after a list that gave `cursor`."""
        path = "".join(f"/{_segment(segment, now)}" for segment in self.path)
        query = "&".join(
            f"{quote(name, safe='')}={_encoded(value, now, cursor)}" for name, value in self.query
        )
        content_type = self.content_type or _CONTENT_TYPES.get(self.kind or "")
        headers = {} if content_type is None else {"content-type": content_type}
        target = f"{path}?{query}" if query else path
        return HttpRequest(self.method, target, headers, _body(self.body, now))


@dataclass(frozen=True, slots=True)
class Sequence:
    """Calls on namespaces that are empty at the start."""

    calls: tuple[Call, ...]

    @classmethod
    def of(cls, *calls: Call) -> Sequence:
        """These calls."""
        return cls(calls)

    def mentions(self, text: str) -> bool:
        """Whether the text is in one of the calls."""
        return any(call.mentions(text) for call in self.calls)

    @property
    def command(self) -> str:
        """The calls as one line of JSON."""
        return json.dumps([call.to_json() for call in self.calls])


def _segment(segment: Json, now: int) -> str:
    if isinstance(segment, str) and segment in _IDS:
        return _IDS[segment]
    return _encoded(segment, now, "")


def _encoded(node: Json, now: int, cursor: str) -> str:
    match node:
        case {"$raw": str(text)}:
            return text
        case {"$cursor": _}:
            return quote(cursor, safe="")
    return quote(_octets(node, now), safe="")


def _octets(node: Json, now: int) -> bytes:
    value = decode(node, now)
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def _body(body: Object | None, now: int) -> bytes | None:
    match body:
        case None:
            return None
        case {"json": node}:
            return json.dumps(decode(node, now)).encode()
        case {"copies": [node, int(count)]}:
            return json.dumps([decode(node, now)] * count).encode()
        case {"text": node}:
            return _octets(node, now)
        case {"form": list(parts)}:
            return _form(parts, now)
    raise ValueError(f"not a body: {body!r}")


def _form(parts: abc.Iterable[Json], now: int) -> bytes:
    lines = []
    for part in parts:
        match part:
            case [str(name), content, *names]:
                disposition = f'Content-Disposition: form-data; name="{name}"'
                disposition += "".join(f'; filename="{file}"' for file in names)
                lines += [b"--" + _BOUNDARY, disposition.encode(), b"", _octets(content, now)]
            case _:
                raise ValueError(f"not a part of a form: {part!r}")
    return b"\r\n".join([*lines, b"--" + _BOUNDARY + b"--", b""])
