"""Masks: functions that remove a known difference from two answers."""

from __future__ import annotations

__all__ = (
    "Condition",
    "Mask",
    "cut_fraction_in_message",
    "drop",
    "drop_all",
    "drop_code",
    "drop_operation",
    "first_of",
    "forget_expirations",
    "numbers_as_doubles",
    "only_ids_and_titles",
    "value_as_text",
    "where",
    "without_null_metadata",
    "without_proto",
)

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from tests.explorer.answers import Answer, Exchange, equal

Condition = Callable[[Exchange], bool]

Mask = Callable[[Exchange], Exchange]
"""Returns the exchange without a known difference, or the same object if there is none."""

_NOTHING = Answer(0, None, None, None)


def where(*conditions: Condition, mask: Mask) -> Mask:
    """The mask, for exchanges that meet every condition."""

    def masked(exchange: Exchange) -> Exchange:
        return mask(exchange) if all(meets(exchange) for meets in conditions) else exchange

    return masked


def first_of(*masks: Mask) -> Mask:
    """The first of the masks that removes a difference, and no other."""

    def masked(exchange: Exchange) -> Exchange:
        results = (mask(exchange) for mask in masks)
        return next((result for result in results if result is not exchange), exchange)

    return masked


def drop_all(exchange: Exchange) -> Exchange:
    """Leave out everything of both answers, if they differ."""
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
    """Remove the operation from the fake's message, if the messages differ in that alone."""
    left, right = exchange.explorer.error, exchange.fake.error
    if left and right and right["message"].partition(": ")[2] == f"'{left['message']}'":
        return _with_errors(exchange, left, {**right, "message": left["message"]})
    return exchange


def numbers_as_doubles(exchange: Exchange) -> Exchange:
    """Convert each number of the fake's answer to a double, as JavaScript reads it."""
    read = _as_doubles(exchange.fake.body)
    if equal(read, exchange.fake.body):
        return exchange
    return replace(exchange, fake=replace(exchange.fake, body=read))


def cut_fraction_in_message(exchange: Exchange) -> Exchange:
    """Remove the fraction of the time in the explorer's message."""
    error = exchange.explorer.error
    message = error and re.sub(r"( of [0-9]+)\.[0-9]+", r"\1", error["message"])
    if not error or message == error["message"]:
        return exchange
    body = {**exchange.explorer.body, "errors": [{**error, "message": message}]}
    return replace(exchange, explorer=replace(exchange.explorer, body=body))


def forget_expirations(exchange: Exchange) -> Exchange:
    """Remove the expirations of names that a single write wrote from the fake's list.

    Names with an expiration in the explorer's list keep it: a bulk write wrote them later.
    """
    alone = {unquote(call.raw_key) for call in exchange.before if call.expires}
    in_bulk = {entry["name"] for entry in exchange.explorer.result if "expiration" in entry}
    kept = [
        {name: value for name, value in entry.items() if name != "expiration"}
        if entry["name"] in alone - in_bulk
        else entry
        for entry in exchange.fake.result
    ]
    return _with_result(exchange, exchange.explorer.result, kept)


def value_as_text(exchange: Exchange) -> Exchange:
    """Decode the fake's value as UTF-8 text, and encode it again."""
    text = exchange.fake.body.decode(errors="replace").encode()
    if text == exchange.fake.body:
        return exchange
    return replace(exchange, fake=replace(exchange.fake, body=text))


def without_null_metadata(exchange: Exchange) -> Exchange:
    """Remove metadata that is null from the explorer's list."""
    kept = [
        {name: value for name, value in entry.items() if (name, value) != ("metadata", None)}
        for entry in exchange.explorer.result
    ]
    return _with_result(exchange, kept, exchange.fake.result)


def without_proto(exchange: Exchange) -> Exchange:
    """Remove the key ``__proto__`` from the fake's values."""
    values = exchange.fake.result["values"]
    kept = {name: value for name, value in values.items() if name != "__proto__"}
    return _with_result(exchange, exchange.explorer.result, {"values": kept})


def only_ids_and_titles(exchange: Exchange) -> Exchange:
    """Keep only the members of the fake's namespaces and page that the explorer has too."""
    described = [
        {"id": namespace["id"], "title": namespace["title"]} for namespace in exchange.fake.result
    ]
    masked = _with_result(exchange, exchange.explorer.result, described)
    info = {"count": exchange.fake.body["result_info"]["count"]}
    return replace(
        masked, fake=replace(masked.fake, body={**masked.fake.body, "result_info": info})
    )


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


def _with_result(exchange: Exchange, explorer: object, fake: object) -> Exchange:
    if explorer == exchange.explorer.result and fake == exchange.fake.result:
        return exchange
    return replace(
        exchange,
        explorer=replace(exchange.explorer, body={**exchange.explorer.body, "result": explorer}),
        fake=replace(exchange.fake, body={**exchange.fake.body, "result": fake}),
    )
