"""What a fact about the REST face is made of: requests, and the answers that KV gives to them.

Some texts are filled in when a fact is run. They may stand in paths, headers, bodies and answers:

- ``$ns``: the id of the run's own namespace;
- ``$NS``: the same in capitals;
- ``$title``: its title, with which the titles of all its other namespaces begin;
- ``$missing``: the id of a namespace that is not there;
- ``$account``: the account's id;
- ``$key``: a name that belongs to this fact alone;
- ``$now+30``: a time in seconds, from the beginning of the fact;
- ``$name`` for any other name: what an earlier step has saved under it.
"""

from __future__ import annotations

__all__ = (
    "CURSOR",
    "ID",
    "NO_ENVELOPE",
    "NUMBER",
    "About",
    "Answer",
    "Bytes",
    "Fact",
    "In",
    "Items",
    "Like",
    "Maybe",
    "Step",
    "ask",
    "form",
    "ok",
    "refused",
    "value",
)

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

_HEX_ID = re.compile("[0-9a-f]{32}")
NOTHING = object()
"""No JSON at all; None is JSON's null."""


@dataclass(frozen=True, slots=True)
class Like:
    """A part of an answer that no fact can know beforehand."""

    told: str
    """What the report shows for it."""
    fits: Callable[[object], bool]


ID = Like("<32 hex digits>", lambda came: isinstance(came, str) and bool(_HEX_ID.fullmatch(came)))
NUMBER = Like("<a number>", lambda came: type(came) is int and came >= 0)
CURSOR = Like("<a cursor>", lambda came: isinstance(came, str) and came != "")


NO_ENVELOPE = Like("<no JSON>", lambda came: isinstance(came, bytes) and came[:1] != b"{")
"""In place of a whole body."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """A member of an object that may be missing: another fact is about it."""

    part: object


@dataclass(frozen=True, slots=True)
class In:
    """A time in whole seconds, so far ahead of the beginning of the fact."""

    seconds: int


@dataclass(frozen=True, slots=True)
class About:
    """A time that the server has chosen, so far ahead of now; its clock may be another one."""

    seconds: int
    tolerance: int = 300


@dataclass(frozen=True, slots=True)
class Bytes:
    """A body of so many bytes, which is made only when it is sent."""

    length: int


@dataclass(frozen=True, slots=True)
class Items:
    """A JSON array of so many items; ``%d`` in the text of an item is its number."""

    count: int
    item: str


Body = bytes | Bytes | Items


@dataclass(frozen=True, slots=True)
class Answer:
    """What KV answers: all of its JSON or all of its bytes, and some of its headers."""

    status: int
    body: object
    headers: Mapping[str, str | About] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a fact. Without an answer it only prepares the next one, and must succeed."""

    method: str
    path: str
    """What follows ``/accounts/$account/storage/kv/namespaces``; raw, so ``..`` stays."""
    json: object = NOTHING
    body: Body = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_below_api: bool = False
    """Whether the path follows the base URL itself."""
    token: str | None = "$token"
    """The token to send; None to send none."""
    answer: Answer | None = None
    saved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What to keep of the answer's JSON for later steps, by name: the way to it."""

    def gives(self, answer: Answer) -> Step:
        """This step with the answer that KV gives."""
        return replace(self, answer=answer)

    def saving(self, **saved: tuple[str, ...]) -> Step:
        """This step, of whose answer something is kept."""
        return replace(self, saved=saved)

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing, so that it can be sent again until a write is seen."""
        return self.method == "GET" or self.path.endswith("/bulk/get")


class Fact:
    """One thing that is true of KV's REST API, and the requests that show it.

    ``row`` is the row of docs/fidelity.md that it belongs to: the row's id, or its first cell.
    ``inferred`` says that nothing public tells it, so that production may well differ.
    """

    __slots__ = ("claim", "id", "inferred", "row", "steps")

    def __init__(self, id: str, row: str, claim: str, *steps: Step, inferred: bool = False) -> None:
        self.id = id
        self.row = row
        self.claim = claim
        self.steps: tuple[Step, ...] = steps
        self.inferred = inferred

    def __repr__(self) -> str:
        return f"<Fact {self.id}>"


def ask(
    method: str,
    path: str,
    *,
    json: object = NOTHING,
    body: Body = b"",
    headers: Mapping[str, str] | None = None,
    token: str | None = "$token",
    is_below_api: bool = False,
) -> Step:
    """A step that sends a request."""
    return Step(method, path, json, body, headers or {}, is_below_api, token)


def ok(result: object, result_info: Mapping[str, object] | None = None) -> Answer:
    """The answer of a success, in KV's envelope."""
    body = {"success": True, "errors": [], "messages": [], "result": result}
    return Answer(200, body if result_info is None else body | {"result_info": result_info})


def refused(status: int, code: int, message: str) -> Answer:
    """The answer of a refusal, in KV's envelope."""
    errors = [{"code": code, "message": message}]
    return Answer(status, {"success": False, "errors": errors, "messages": [], "result": None})


def value(content: bytes, **headers: str | About) -> Answer:
    """The answer that is a value's own bytes."""
    return Answer(200, content, {"content-type": "application/octet-stream", **headers})


def form(path: str, *parts: tuple[str, str], end: str = "--frontier--\r\n") -> Step:
    """A write of a form; a part is its name, with a file's name if it has one, and its content."""
    sections = "".join(
        f"--frontier\r\nContent-Disposition: form-data; name={name}\r\n\r\n{content}\r\n"
        for name, content in parts
    )
    headers = {"content-type": "multipart/form-data; boundary=frontier"}
    return ask("PUT", path, body=(sections + end).encode(), headers=headers)
