"""Calls, sequences and outcomes in the notation of `tests/data/binding.json`.

Added to that notation, because Python can say them: `$bigint` (an int from 2**53-1 on), `$date`
(milliseconds of an aware datetime), `$set`, `$infinity` (its sign), `$negativeZero`, `$join` (texts
side by side, the only way to write two surrogates that Python keeps apart), and `kwargs` beside
`args`. The operation `advance` moves the clock of a timed sequence by seconds.
"""

from __future__ import annotations

__all__ = (
    "UNDEFINED",
    "Call",
    "Json",
    "Object",
    "Outcome",
    "Sequence",
    "decode",
    "encode_bytes",
    "form_name",
)

import base64
import datetime
from collections import abc
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | abc.Sequence[Json] | abc.Mapping[str, Json] | None"
Object: TypeAlias = "abc.Mapping[str, Json]"
Outcome: TypeAlias = Object

UNDEFINED: Json = {"$undefined": True}

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One call on the binding, its arguments still in the notation."""

    op: str
    args: tuple[Json, ...] = ()
    kwargs: Object | None = None
    use_cursor: bool = False

    @classmethod
    def from_json(cls, call: Object) -> Call:
        """The call that a recorded case describes; its outcome is not part of it."""
        op, args, kwargs = call["op"], call.get("args", []), call.get("kwargs")
        if not isinstance(op, str) or not isinstance(args, list):
            raise ValueError(f"not a call: {call!r}")
        return cls(
            op, tuple(args), kwargs if isinstance(kwargs, dict) else None, "useCursor" in call
        )

    def to_json(self) -> dict[str, Json]:
        """The call as the data file and the Worker spell it."""
        call: dict[str, Json] = {"op": self.op, "args": list(self.args)}
        if self.kwargs:
            call["kwargs"] = self.kwargs
        if self.use_cursor:
            call["useCursor"] = True
        return call


@dataclass(frozen=True, slots=True)
class Sequence:
    """Calls on one empty namespace, in order; `timed` ones may move the clock."""

    calls: tuple[Call, ...]
    timed: bool = False


def form_name(node: Json) -> str | None:
    """The form's name when `node` is a `$form`, else None."""
    if isinstance(node, dict) and len(node) == 1:
        (name,) = node
        return name if name in _FORMS else None
    return None


def decode(node: Json, now: int) -> object:
    """The Python value that stands for `node`; `$now` counts from `now`, in seconds."""
    if isinstance(node, list):
        return [decode(member, now) for member in node]
    if not isinstance(node, dict):
        return node
    form = form_name(node)
    if form is not None:
        return _FORMS[form](node[form], now)
    return {name: decode(member, now) for name, member in node.items() if member != UNDEFINED}


def encode_bytes(data: bytes) -> Json:
    """Bytes in the notation."""
    return {"$bytes": base64.b64encode(data).decode("ascii")}


def _repeat(form: Json, now: int) -> object:
    match form:
        case [str(text), int(times)]:
            return text * times
    raise ValueError(f"not a $repeat: {form!r}")


def _range(form: Json, now: int) -> object:
    match form:
        case [str(text), int(count)]:
            return [f"{text}{index}" for index in range(count)]
    raise ValueError(f"not a $range: {form!r}")


def _join(form: Json, now: int) -> object:
    if isinstance(form, list):
        return "".join(str(part) for part in form)
    raise ValueError(f"not a $join: {form!r}")


def _number(form: Json) -> int | float:
    if isinstance(form, int | float):
        return form
    raise ValueError(f"not a number: {form!r}")


def _members(form: Json, now: int) -> object:
    if isinstance(form, list):
        return {decode(member, now) for member in form}
    raise ValueError(f"not a $set: {form!r}")


_FORMS: dict[str, abc.Callable[[Json, int], object]] = {
    "$undefined": lambda form, now: None,
    "$bytes": lambda form, now: base64.b64decode(str(form)),
    "$repeat": _repeat,
    "$range": _range,
    "$join": _join,
    "$now": lambda form, now: now + _number(form),
    "$nan": lambda form, now: float("nan"),
    "$infinity": lambda form, now: _number(form) * float("inf"),
    "$negativeZero": lambda form, now: -0.0,
    "$bigint": lambda form, now: int(str(form)),
    "$date": lambda form, now: _EPOCH + datetime.timedelta(milliseconds=_number(form)),
    "$set": _members,
}
