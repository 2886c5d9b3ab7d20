"""What an exclusion takes out of two answers before they are compared."""

from __future__ import annotations

__all__ = (
    "Condition",
    "Mask",
    "drop",
    "drop_all",
    "drop_code",
    "drop_operation",
    "numbers_as_doubles",
    "where",
)

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.explorer.answers import Answer, Exchange, equal

Condition = Callable[[Exchange], bool]

Mask = Callable[[Exchange], Exchange]
"""Gives the exchange without a known difference; the exchange itself where there is none."""

_NOTHING = Answer(0, None, None, None)


def where(*conditions: Condition, mask: Mask) -> Mask:
    """The mask, for exchanges that meet every condition."""

    def masked(exchange: Exchange) -> Exchange:
        return mask(exchange) if all(meets(exchange) for meets in conditions) else exchange

    return masked


def drop_all(exchange: Exchange) -> Exchange:
    """Leave nothing of both answers to compare."""
    return exchange if exchange.is_same else replace(exchange, explorer=_NOTHING, fake=_NOTHING)


def drop(*fields: str) -> Mask:
    """Leave out these fields of the answers, or members of their envelopes, where they differ."""

    def dropped(exchange: Exchange) -> Exchange:
        for field in fields:
            if not equal(_get(exchange.explorer, field), _get(exchange.fake, field)):
                left, right = _without(exchange.explorer, field), _without(exchange.fake, field)
                exchange = replace(exchange, explorer=left, fake=right)
        return exchange

    return dropped


def drop_code(exchange: Exchange) -> Exchange:
    """Leave out the code of both refusals, where they differ."""
    left, right = exchange.explorer.error, exchange.fake.error
    if not left or not right or left["code"] == right["code"]:
        return exchange
    return _with_errors(exchange, {**left, "code": None}, {**right, "code": None})


def drop_operation(exchange: Exchange) -> Exchange:
    """Take the fake's message without the operation that it begins with, where that is all."""
    left, right = exchange.explorer.error, exchange.fake.error
    if left and right and right["message"].partition(": ")[2] == f"'{left['message']}'":
        return _with_errors(exchange, left, {**right, "message": left["message"]})
    return exchange


def numbers_as_doubles(exchange: Exchange) -> Exchange:
    """Take each number of the fake's answer as JavaScript reads it."""
    read = _as_doubles(exchange.fake.body)
    if equal(read, exchange.fake.body):
        return exchange
    return replace(exchange, fake=replace(exchange.fake, body=read))


def _get(answer: Answer, field: str) -> Any:
    if field in Answer.__dataclass_fields__:
        return getattr(answer, field)
    return answer.body.get(field) if isinstance(answer.body, dict) else None


def _without(answer: Answer, field: str) -> Answer:
    match field:
        case "status":
            return replace(answer, status=0)
        case "content_type":
            return replace(answer, content_type=None)
        case "expiration":
            return replace(answer, expiration=None)
        case "body":
            return replace(answer, body=None)
    return replace(answer, body={**answer.body, field: None})


def _with_errors(exchange: Exchange, left: object, right: object) -> Exchange:
    return replace(
        exchange,
        explorer=replace(exchange.explorer, body={**exchange.explorer.body, "errors": [left]}),
        fake=replace(exchange.fake, body={**exchange.fake.body, "errors": [right]}),
    )


def _as_doubles(node: Any) -> Any:
    match node:
        case dict():
            return {name: _as_doubles(member) for name, member in node.items()}
        case list():
            return [_as_doubles(member) for member in node]
        case bool():
            return node
        case int():
            return float(node)
    return node
