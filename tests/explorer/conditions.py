"""Conditions on an exchange, with which an exclusion says where it applies."""

from __future__ import annotations

__all__ = (
    "has_dot_segments",
    "has_empty_choice",
    "has_general_code",
    "has_key_that_is_not_utf_8",
    "has_method",
    "has_no_route",
    "has_nul_in_prefix",
    "has_null_member",
    "has_other_content_type",
    "has_refusable_option",
    "has_repeated_parameter",
    "has_same_status",
    "has_slash_in_key",
    "is_absent_operation",
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
    "is_put_with_bad_time",
    "is_refused_as",
    "is_refused_as_too_large",
    "is_refused_for_base64",
    "is_refused_in_words_of_kv",
    "is_refused_without_body",
    "is_schema_refusal",
    "is_value",
    "statuses",
)

import re
import time
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

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
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LEAST_SECONDS = 60
_WORDS_OF_KV = re.compile(
    "|".join(re.sub(r"\\{\w+\\}", ".*", re.escape(rule.template)) for rule in Rule), re.DOTALL
)
"""The texts of KV's rules, with any values in them."""


def is_absent_operation(exchange: Exchange) -> bool:
    """Whether the explorer does not have the operation."""
    return exchange.call.operation in _ABSENT


def is_list(exchange: Exchange) -> bool:
    """Whether both sides have listed keys."""
    return exchange.call.operation == _LIST and _both_succeeded(exchange)


def is_list_with_other_limit(exchange: Exchange) -> bool:
    """Whether it is a list whose limit is not written in digits."""
    limits = exchange.call.parameters("limit")
    is_list = exchange.call.operation == _LIST
    return is_list and any(not re.fullmatch("[0-9]+", str(limit)) for limit in limits)


def is_value(exchange: Exchange) -> bool:
    """Whether both sides have sent a value."""
    return exchange.call.operation == _GET and _both_succeeded(exchange)


def is_namespaces(exchange: Exchange) -> bool:
    """Whether both sides have listed namespaces."""
    return exchange.call.operation == _NAMESPACES and _both_succeeded(exchange)


def is_put(exchange: Exchange) -> bool:
    """Whether it writes one key."""
    return exchange.call.operation == _PUT


def is_put_with_bad_time(exchange: Exchange) -> bool:
    """Whether it writes one key with an expiration that KV's rules refuse."""
    if not exchange.call.expires:
        return False
    now = int(time.time())
    query = exchange.call.request(now).target.partition("?")[2]
    # The first of repeated parameters counts, and a TTL counts before an expiration.
    given = dict(reversed(parse_qsl(query, keep_blank_values=True)))
    times = [given[name] for name in ("expiration_ttl", "expiration") if name in given]
    least = _LEAST_SECONDS if "expiration_ttl" in given else now + _LEAST_SECONDS
    is_unreadable = any(not _NUMBER.fullmatch(text) or abs(float(text)) >= 2**63 for text in times)
    return is_unreadable or float(times[0]) < least


def is_json_operation(exchange: Exchange) -> bool:
    """Whether the operation reads a JSON body."""
    return exchange.call.operation in (_BULK_PUT, _BULK_GET, _BULK_DELETE)


def is_bulk_put(exchange: Exchange) -> bool:
    """Whether it is a bulk write."""
    return exchange.call.operation == _BULK_PUT


def is_bulk_get(exchange: Exchange) -> bool:
    """Whether both sides have read many keys."""
    return exchange.call.operation == _BULK_GET and _both_succeeded(exchange)


def is_bulk_get_with_options(exchange: Exchange) -> bool:
    """Whether it is a bulk get with other members than the keys."""
    body = _json(exchange.call)
    is_bulk_get = exchange.call.operation == _BULK_GET and isinstance(body, dict)
    return is_bulk_get and ("type" in body or "withMetadata" in body)


def has_refusable_option(exchange: Exchange) -> bool:
    """Whether it is a bulk get with a type, or with a `withMetadata` that is no boolean."""
    if not is_bulk_get_with_options(exchange):
        return False
    body = _json(exchange.call)
    return "type" in body or not isinstance(body["withMetadata"], bool)


def has_same_status(exchange: Exchange) -> bool:
    """Whether the two answers have the same status."""
    return exchange.explorer.status == exchange.fake.status


def is_in_unknown_namespace(exchange: Exchange) -> bool:
    """Whether the namespace does not exist."""
    return exchange.call.path[:1] == ("{unknown}",)


def has_no_route(exchange: Exchange) -> bool:
    """Whether the explorer does not know the path."""
    return exchange.explorer == _NO_ROUTE


def has_method(method: str) -> Condition:
    """Whether the call has this method."""
    return lambda exchange: exchange.call.method == method


def has_slash_in_key(exchange: Exchange) -> bool:
    """Whether an unescaped slash is in the key."""
    return "/" in exchange.call.raw_key


def has_dot_segments(exchange: Exchange) -> bool:
    """Whether a segment of the path is ``.`` or ``..``, escaped or not."""
    return any(unquote(part) in (".", "..") for part in exchange.call.raw_key.split("/"))


def has_key_that_is_not_utf_8(exchange: Exchange) -> bool:
    """Whether the bytes of the key are not UTF-8."""
    try:
        unquote_to_bytes(exchange.call.raw_key).decode()
    except UnicodeDecodeError:
        return True
    return False


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
    """Whether the two answers have these statuses."""
    return lambda exchange: (exchange.explorer.status, exchange.fake.status) == (explorer, fake)


def is_refused_as(*codes: int) -> Condition:
    """Whether the fake refuses with one of these codes."""
    return lambda exchange: bool(exchange.fake.error) and exchange.fake.error["code"] in codes


def is_refused_without_body(exchange: Exchange) -> bool:
    """Whether the fake refuses the method, in the answer to a HEAD that has no body."""
    return exchange.fake.status == 405 and exchange.fake.body == b""


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
    named = re.search(r" of ([0-9.e+]+)\. Please", error["message"] if error else "")
    return named is not None and float(named[1]) >= 2**63


def is_not_json_to_the_fake(exchange: Exchange) -> bool:
    """Whether the fake refuses a body as not JSON, and the explorer reads it as JSON."""
    error, schema = exchange.fake.error, exchange.explorer.error
    is_read = schema is None or schema["code"] != _SCHEMA_CODE
    return is_read and bool(error) and "it is not JSON in UTF-8" in error["message"]


def is_missing_key(exchange: Exchange) -> bool:
    """Whether both sides answer that the key is missing."""
    errors = (exchange.explorer.error, exchange.fake.error)
    return all(errors) and [error["code"] for error in errors] == [10009, 10009]


def is_schema_refusal(exchange: Exchange) -> bool:
    """Whether both sides refuse, and the explorer does so with words of its own."""
    left, right = exchange.explorer.error, exchange.fake.error
    is_own_code = bool(left and right) and left["code"] == _SCHEMA_CODE
    return is_own_code and not is_refused_in_words_of_kv(exchange)


def has_general_code(exchange: Exchange) -> bool:
    """Whether the explorer refuses with one of its two general codes."""
    error = exchange.explorer.error
    return bool(error) and error["code"] in _GENERAL_CODES


def _both_succeeded(exchange: Exchange) -> bool:
    return exchange.explorer.is_success and exchange.fake.is_success


def _json(call: Call) -> Any:
    """The JSON of the body in the notation; None for another body."""
    return call.body.get("json") if call.body else None
