"""An answer to a request, reduced to what is compared."""

from __future__ import annotations

__all__ = ("Answer", "Exchange", "equal")

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.explorer.calls import Call

_SHOWN_CHARACTERS = 2000
_FIRST_REFUSAL = 400
_DROPPED = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, the two headers that matter, and the body: JSON's value, or bytes."""

    status: int
    content_type: str | None
    expiration: str | None
    body: Any

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer with these headers, whose names are in lower case."""
        content_type = headers.get("content-type")
        is_json = content_type == "application/json"
        read = json.loads(body) if is_json and body else body
        return cls(status, content_type, headers.get("expiration"), read)

    @classmethod
    def dropped(cls, error: Exception) -> Answer:
        """What stands for an answer where the connection was dropped."""
        return cls(_DROPPED, None, None, f"the connection was dropped: {type(error).__name__}")

    @property
    def is_dropped(self) -> bool:
        """Whether there is no answer, because the connection was dropped."""
        return self.status == _DROPPED

    @property
    def is_success(self) -> bool:
        """Whether the request was carried out."""
        return _DROPPED < self.status < _FIRST_REFUSAL

    @property
    def result(self) -> Any:
        """The envelope's result; None without an envelope."""
        return self.body.get("result") if isinstance(self.body, dict) else None

    @property
    def error(self) -> Any:
        """The first error of the envelope; None where there is none."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        return errors[0] if errors else None

    def __str__(self) -> str:
        if self.is_dropped:
            return str(self.body)
        body = repr(self.body) if isinstance(self.body, bytes) else json.dumps(self.body)
        shown = f"{body[:_SHOWN_CHARACTERS]} … {len(body):,} characters"
        expiration = "" if self.expiration is None else f", expiration {self.expiration}"
        body = body if len(body) <= _SHOWN_CHARACTERS else shown
        return f"{self.status}, {self.content_type}{expiration}: {body}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call, both answers to it, and the calls before it."""

    call: Call
    explorer: Answer
    fake: Answer
    before: tuple[Call, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both answers are equal."""
        return equal(self.explorer, self.fake)

    @property
    def leaves_a_difference(self) -> bool:
        """Whether only one side carried out the call, so that their keys may differ afterwards."""
        one_did = self.explorer.is_success != self.fake.is_success
        return one_did and not self.call.is_read


def equal(left: object, right: object) -> bool:
    """Like ``==``, but True is not 1. 1 is 1.0, because JavaScript has one type of number."""
    if isinstance(left, Answer) and isinstance(right, Answer):
        return (
            left.status == right.status
            and left.content_type == right.content_type
            and left.expiration == right.expiration
            and equal(left.body, right.body)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right
