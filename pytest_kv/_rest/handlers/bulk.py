"""The operations on many pairs at once."""

from __future__ import annotations

__all__ = (
    "PAIRS",
    "bulk_delete",
    "bulk_get",
    "bulk_put",
    "read_names",
    "read_names_to_get",
    "read_writes",
    "to_write",
)

import re
from base64 import b64decode

from pytest_kv._core.entry import Entry
from pytest_kv._core.namespace import Write, expiration_ttls
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._core.strict_json import compact_json, read_json
from pytest_kv._rest.bodies import json_body, malformed, object_member
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.envelope import success
from pytest_kv._rest.errors import Problem, RestError
from pytest_kv._rest.http import Response
from pytest_kv._rest.query import INT64

PAIRS = "an array of key/value pairs"
"""What the body of a bulk write is."""

_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")

_QUOTED = 60
"""How much of an unreadable expiration a message quotes, in characters."""


def bulk_put(call: RestCall) -> Response:
    """Store many pairs; when one is refused, none is stored."""
    namespace = call.namespace
    _check_length(call)
    call.written, call.unsuccessful_keys = namespace.bulk_put(read_writes(call))
    return _done(call)


def _check_length(call: RestCall) -> None:
    if len(call.request.body) > call.rules.limits.request_bytes:
        raise RestError.of(Problem.REQUEST_TOO_LARGE)


def read_writes(call: RestCall) -> list[Write]:
    """The pairs to be written; their keys and TTLs are noted."""
    items: list[object] = json_body(call.request, list, PAIRS)
    call.rules.check_bulk(len(items))
    writes = [to_write(item) for item in items]
    call.keys = tuple(write.key for write in writes)
    call.expiration_ttls = expiration_ttls(writes)
    return writes


def bulk_delete(call: RestCall) -> Response:
    """Delete many keys, whether or not they are there."""
    namespace = call.namespace
    _check_length(call)
    read_names(call)
    call.unsuccessful_keys = namespace.bulk_delete(call.keys)
    return _done(call)


def read_names(call: RestCall) -> None:
    """Note the keys to be deleted."""
    problem = Problem.BAD_KEYS
    names: list[object] = json_body(call.request, list, "an array of key names", problem)
    call.keys = _names(names, problem)


def bulk_get(call: RestCall) -> Response:
    """The values under many keys, null for a missing one."""
    namespace = call.namespace
    body = read_names_to_get(call)
    type_ = object_member(body, "type", str, "text")
    found = namespace.bulk_get(call.keys, read_json if type_ == "json" else str, type=type_)
    call.keys_read = call.keys
    if not object_member(body, "withMetadata", bool, default=False):
        values = {key: None if read is None else read[0] for key, read in found.items()}
        return success({"values": values})
    return success({"values": {key: read and _with_metadata(*read) for key, read in found.items()}})


def read_names_to_get(call: RestCall) -> dict[str, object]:
    """The whole body of a bulk get; its keys are noted."""
    body: dict[str, object] = json_body(call.request, dict, "an object with keys")
    call.keys = _names(object_member(body, "keys", list, []))
    return body


def _names(members: list[object], problem: Problem = Problem.BAD_BODY) -> tuple[str, ...]:
    try:
        "".join(members)  # type: ignore[arg-type]  # the quickest test whether all are str
    except TypeError:
        raise malformed("a key is not a string", problem) from None
    return tuple(members)  # type: ignore[arg-type]  # all are str


def _done(call: RestCall) -> Response:
    undone = call.unsuccessful_keys
    count = len({*call.keys}) - len(undone)
    return success({"successful_key_count": count, "unsuccessful_keys": list(undone)})


def _with_metadata(value: object, entry: Entry) -> dict[str, object]:
    result = {"value": value, "metadata": entry.metadata}
    if entry.expiration is not None:
        result["expiration"] = entry.expiration
    return result


def to_write(item: object) -> Write:
    """One pair of a bulk write; RestError or Refused for what is none."""
    if not isinstance(item, dict):
        raise malformed("a pair is not an object")
    key, value = item.get("key"), item.get("value")
    if not isinstance(key, str) or not isinstance(value, str):
        raise malformed("a pair has no key or no value, or they are not strings")
    metadata = item.get("metadata")
    return Write(
        key,
        _decoded(key, value)
        if object_member(item, "base64", bool, default=False)
        else value.encode(),
        None if metadata is None else compact_json(metadata),
        _seconds(item, "expiration", Rule.EXPIRATION_PAST),
        _seconds(item, "expiration_ttl", Rule.TTL_NOT_POSITIVE),
    )


def _decoded(key: str, value: str) -> bytes:
    """The bytes in base64, which is read as Go's standard decoder reads it (R; its rules: I)."""
    text = value.replace("\n", "").replace("\r", "")
    if _BASE64.fullmatch(text):
        return b64decode(text)
    raise RestError.of(Problem.BAD_BASE64, key=key, index=_illegal_byte(value.encode()))


def _illegal_byte(text: bytes) -> int:
    """The index of the byte that Go's decoder names in a text that is not base64."""
    at = [index for index, byte in enumerate(text) if byte not in b"\r\n"]
    for count, index in enumerate(at):
        if text[index] in _LETTERS:
            continue
        in_group = count % 4
        if text[index] != ord("=") or in_group < 2:
            return index
        behind = at[count + 1 :]
        if in_group == 2:  # two signs of padding end this group
            if not behind:
                return len(text)
            if text[behind[0]] != ord("="):
                return behind[0] - 1
            del behind[0]
        return behind[0]
    return len(text) - len(at) % 4


def _seconds(item: dict[str, object], name: str, unreadable: Rule) -> int | None:
    seconds = item.get(name)
    if seconds is None:
        return None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        whole = int(seconds)
        if whole in INT64:
            return whole
    raise Refused(unreadable, value=compact_json(seconds)[:_QUOTED])
