"""What can be said of an exchange: which operation it is, and what of it an exclusion is about."""

from __future__ import annotations

__all__ = (
    "cut_fraction_in_message",
    "forget_expirations",
    "has_base64",
    "has_dot_segments",
    "has_empty_choice",
    "has_general_code",
    "has_key_beyond_utf_8",
    "has_method",
    "has_no_route",
    "has_nul_in_prefix",
    "has_null_member",
    "has_other_content_type",
    "has_repeated_parameter",
    "has_slash_in_key",
    "is_absent",
    "is_beyond_64_bits",
    "is_bulk_get",
    "is_bulk_get_with_options",
    "is_bulk_put",
    "is_in_unknown_namespace",
    "is_json_operation",
    "is_list",
    "is_list_with_other_limit",
    "is_missing_key",
    "is_namespaces",
    "is_not_json_to_the_fake",
    "is_put",
    "is_put_with_time",
    "is_refused_as",
    "is_refused_as_too_large",
    "is_refused_for_base64",
    "is_refused_in_words_of_kv",
    "is_schema_refusal",
    "is_value",
    "only_ids_and_titles",
    "statuses",
    "value_as_text",
    "without_null_metadata",
    "without_proto",
)

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from pytest_kv._core.rules import Rule
from tests.explorer.answers import Answer, Exchange
from tests.explorer.calls import Call
from tests.explorer.masks import Condition

_NO_ROUTE = Answer(404, "text/plain; charset=UTF-8", None, b"404 Not Found")
_SCHEMA_CODE = 10001
_GENERAL_CODES = (10000, _SCHEMA_CODE)
_LIST = ("GET", "/{ns}/keys")
_GET = ("GET", "/{ns}/values/{key}")
_PUT = ("PUT", "/{ns}/values/{key}")
_NAMESPACES = ("GET", "")
_BULK_PUT = ("PUT", "/{ns}/bulk")
_BULK_GET = ("POST", "/{ns}/bulk/get")
_BULK_DELETE = ("POST", "/{ns}/bulk/delete")
_ABSENT = (
    ("POST", ""),
    ("GET", "/{ns}"),
    ("PUT", "/{ns}"),
    ("DELETE", "/{ns}"),
    ("GET", "/{ns}/metadata/{key}"),
    ("DELETE", "/{ns}/bulk"),
)
_JSON_TYPE = re.compile(r"application/([a-z.-]+\+)?json(;.*)?", re.IGNORECASE)
_TOO_LARGE = (413, 414)
_WORDS_OF_KV = re.compile(
    "|".join(re.sub(r"\\{\w+\\}", ".*", re.escape(rule.template)) for rule in Rule), re.DOTALL
)
"""The texts of KV's rules, whatever they are filled in with."""
_TIMES = ("expiration", "expiration_ttl")


def _operation(call: Call) -> tuple[str, str]:
    return call.method, call.shape


def is_absent(exchange: Exchange) -> bool:
    """Whether the explorer does not have the operation."""
    return _operation(exchange.call) in _ABSENT


def is_list(exchange: Exchange) -> bool:
    """Whether both sides have listed keys."""
    return _operation(exchange.call) == _LIST and _both_succeeded(exchange)


def is_list_with_other_limit(exchange: Exchange) -> bool:
    """Whether it is a list whose limit is not written in digits."""
    limits = exchange.call.parameters("limit")
    is_list = _operation(exchange.call) == _LIST
    return is_list and any(not re.fullmatch("[0-9]+", str(limit)) for limit in limits)


def is_value(exchange: Exchange) -> bool:
    """Whether both sides have sent a value."""
    return _operation(exchange.call) == _GET and _both_succeeded(exchange)


def is_namespaces(exchange: Exchange) -> bool:
    """Whether both sides have listed namespaces."""
    return _operation(exchange.call) == _NAMESPACES and _both_succeeded(exchange)


def is_put(exchange: Exchange) -> bool:
    """Whether it writes one key."""
    return _operation(exchange.call) == _PUT


def is_put_with_time(exchange: Exchange) -> bool:
    """Whether it writes one key that is to expire."""
    return is_put(exchange) and _has_time(exchange.call)


def is_json_operation(exchange: Exchange) -> bool:
    """Whether the body is to be JSON."""
    return _operation(exchange.call) in (_BULK_PUT, _BULK_GET, _BULK_DELETE)


def is_bulk_put(exchange: Exchange) -> bool:
    """Whether it is a bulk write."""
    return _operation(exchange.call) == _BULK_PUT


def is_bulk_get(exchange: Exchange) -> bool:
    """Whether both sides have read many keys."""
    return _operation(exchange.call) == _BULK_GET and _both_succeeded(exchange)


def is_bulk_get_with_options(exchange: Exchange) -> bool:
    """Whether it is a bulk get that says more than the keys."""
    body = _json(exchange.call)
    is_bulk_get = _operation(exchange.call) == _BULK_GET and isinstance(body, dict)
    return is_bulk_get and ("type" in body or "withMetadata" in body)


def is_in_unknown_namespace(exchange: Exchange) -> bool:
    """Whether the namespace does not exist."""
    return exchange.call.path[:1] == ("{unknown}",)


def has_no_route(exchange: Exchange) -> bool:
    """Whether the explorer knows no such path."""
    return exchange.explorer == _NO_ROUTE


def has_method(method: str) -> Condition:
    """Whether it is this method."""
    return lambda exchange: exchange.call.method == method


def has_slash_in_key(exchange: Exchange) -> bool:
    """Whether an unescaped slash is in the key."""
    return "/" in _raw_key(exchange.call)


def has_dot_segments(exchange: Exchange) -> bool:
    """Whether a part of the path is a dot or two, escaped or not."""
    return any(unquote(part) in (".", "..") for part in _raw_key(exchange.call).split("/"))


def has_key_beyond_utf_8(exchange: Exchange) -> bool:
    """Whether the bytes of the key are not UTF-8."""
    try:
        unquote_to_bytes(_raw_key(exchange.call)).decode()
    except UnicodeDecodeError:
        return True
    return False


def has_base64(exchange: Exchange) -> bool:
    """Whether a pair of a bulk write is said to be base64."""
    return exchange.call.mentions('"base64": true')


def has_other_content_type(exchange: Exchange) -> bool:
    """Whether the content type is not that of JSON."""
    content_type = exchange.call.request(0).headers.get("content-type", "")
    return _JSON_TYPE.fullmatch(content_type) is None


def has_repeated_parameter(exchange: Exchange) -> bool:
    """Whether a parameter is given twice."""
    names = [name for name, _ in exchange.call.query]
    return len(names) > len({*names})


def has_empty_choice(exchange: Exchange) -> bool:
    """Whether order or direction is empty."""
    choices = ("order", "direction")
    return any("" in exchange.call.parameters(name) for name in choices)


def has_nul_in_prefix(exchange: Exchange) -> bool:
    """Whether a prefix has U+0000 in it."""
    return any("\0" in str(prefix) for prefix in exchange.call.parameters("prefix"))


def has_null_member(exchange: Exchange) -> bool:
    """Whether a pair or the body has a member that is null."""
    body = _json(exchange.call)
    members = body if isinstance(body, list) else [body]
    return any(None in member.values() for member in members if isinstance(member, dict))


def statuses(explorer: int, fake: int) -> Condition:
    """Whether these are the statuses."""
    return lambda exchange: (exchange.explorer.status, exchange.fake.status) == (explorer, fake)


def is_refused_as(*codes: int) -> Condition:
    """Whether the fake refuses with one of these codes."""
    return lambda exchange: bool(exchange.fake.error) and exchange.fake.error["code"] in codes


def is_refused_as_too_large(exchange: Exchange) -> bool:
    """Whether the fake refuses a key, a value or metadata for its size."""
    return exchange.fake.status in _TOO_LARGE


def is_refused_for_base64(exchange: Exchange) -> bool:
    """Whether the fake refuses a value that is not base64."""
    error = exchange.fake.error
    return bool(error) and "could not base64 decode" in error["message"]


def is_refused_in_words_of_kv(exchange: Exchange) -> bool:
    """Whether the explorer refuses with the text of one of KV's rules."""
    error = exchange.explorer.error
    return bool(error) and _WORDS_OF_KV.fullmatch(error["message"]) is not None


def is_beyond_64_bits(exchange: Exchange) -> bool:
    """Whether the fake refuses a time of more than 64 bits."""
    error = exchange.fake.error
    time = re.search(r" of ([0-9.e+]+)\. Please", error["message"] if error else "")
    return time is not None and float(time[1]) >= 2**63


def is_not_json_to_the_fake(exchange: Exchange) -> bool:
    """Whether the fake refuses a body that is JSON to the explorer, whatever it makes of it."""
    error, schema = exchange.fake.error, exchange.explorer.error
    is_read = schema is None or schema["code"] != _SCHEMA_CODE
    return is_read and bool(error) and "it is not JSON in UTF-8" in error["message"]


def is_missing_key(exchange: Exchange) -> bool:
    """Whether both sides say that the key is not there."""
    errors = (exchange.explorer.error, exchange.fake.error)
    return all(errors) and [error["code"] for error in errors] == [10009, 10009]


def is_schema_refusal(exchange: Exchange) -> bool:
    """Whether both sides refuse, and the explorer in words of its own."""
    left, right = exchange.explorer.error, exchange.fake.error
    is_own_code = bool(left and right) and left["code"] == _SCHEMA_CODE
    return is_own_code and not is_refused_in_words_of_kv(exchange)


def has_general_code(exchange: Exchange) -> bool:
    """Whether the explorer refuses without a code for the very reason."""
    error = exchange.explorer.error
    return bool(error) and error["code"] in _GENERAL_CODES


def cut_fraction_in_message(exchange: Exchange) -> Exchange:
    """Take the fraction out of the time in the explorer's message."""
    error = exchange.explorer.error
    message = error and re.sub(r"( of [0-9]+)\.[0-9]+", r"\1", error["message"])
    if not error or message == error["message"]:
        return exchange
    body = {**exchange.explorer.body, "errors": [{**error, "message": message}]}
    return replace(exchange, explorer=replace(exchange.explorer, body=body))


def forget_expirations(exchange: Exchange) -> Exchange:
    """Take the expirations of names that were written alone out of the fake's list.

    Not of those with an expiration in the explorer's list, which were written in bulk since.
    """
    alone = {unquote(_raw_key(call)) for call in exchange.before if _has_time(call)}
    in_bulk = {entry["name"] for entry in exchange.explorer.result if "expiration" in entry}
    kept = [
        {name: value for name, value in entry.items() if name != "expiration"}
        if entry["name"] in alone - in_bulk
        else entry
        for entry in exchange.fake.result
    ]
    return _with_result(exchange, exchange.explorer.result, kept)


def value_as_text(exchange: Exchange) -> Exchange:
    """Take the fake's value as the text that its bytes are."""
    text = exchange.fake.body.decode(errors="replace").encode()
    if text == exchange.fake.body:
        return exchange
    return replace(exchange, fake=replace(exchange.fake, body=text))


def without_null_metadata(exchange: Exchange) -> Exchange:
    """Take metadata that is null out of the explorer's list."""
    kept = [
        {name: value for name, value in entry.items() if (name, value) != ("metadata", None)}
        for entry in exchange.explorer.result
    ]
    return _with_result(exchange, kept, exchange.fake.result)


def without_proto(exchange: Exchange) -> Exchange:
    """Take the key ``__proto__`` out of the fake's values."""
    values = exchange.fake.result["values"]
    kept = {name: value for name, value in values.items() if name != "__proto__"}
    return _with_result(exchange, exchange.explorer.result, {"values": kept})


def only_ids_and_titles(exchange: Exchange) -> Exchange:
    """Leave of the fake's namespaces what the explorer's have, and of what is said of the page."""
    described = [
        {"id": namespace["id"], "title": namespace["title"]} for namespace in exchange.fake.result
    ]
    masked = _with_result(exchange, exchange.explorer.result, described)
    info = {"count": exchange.fake.body["result_info"]["count"]}
    return replace(
        masked, fake=replace(masked.fake, body={**masked.fake.body, "result_info": info})
    )


def _with_result(exchange: Exchange, explorer: object, fake: object) -> Exchange:
    if explorer == exchange.explorer.result and fake == exchange.fake.result:
        return exchange
    return replace(
        exchange,
        explorer=replace(exchange.explorer, body={**exchange.explorer.body, "result": explorer}),
        fake=replace(exchange.fake, body={**exchange.fake.body, "result": fake}),
    )


def _both_succeeded(exchange: Exchange) -> bool:
    return exchange.explorer.is_success and exchange.fake.is_success


def _has_time(call: Call) -> bool:
    return _operation(call) == _PUT and any(name in _TIMES for name, _ in call.query)


def _json(call: Call) -> Any:
    """The JSON of the body in the notation; None for another body."""
    return call.body.get("json") if call.body else None


def _raw_key(call: Call) -> str:
    """The key in the path as it is sent; empty where there is none."""
    if not call.shape.endswith("{key}"):
        return ""
    return call.request(0).target.partition("?")[0].split("/", 3)[3]
