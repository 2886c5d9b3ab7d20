"""The operations on one pair, and the list of keys."""

from __future__ import annotations

__all__ = ("delete", "get", "get_metadata", "list_keys", "put", "read_write", "to_metadata_json")

from pytest_kv._core.cursor import decode_cursor, encode_cursor
from pytest_kv._core.entry import Entry
from pytest_kv._core.namespace import Write, expiration_ttls
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._core.strict_json import compact_json, read_json
from pytest_kv._rest.bodies import read_form
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.envelope import NOTHING, success
from pytest_kv._rest.http import Response
from pytest_kv._rest.query import to_integer, to_seconds


def get(call: RestCall) -> Response:
    """The value's bytes as they are, with its expiration in a header (R)."""
    entry = _found(call)
    headers = {"content-type": "application/octet-stream"}
    if entry.expiration is not None:
        headers["expiration"] = str(entry.expiration)
    return Response(200, headers, entry.value)


def get_metadata(call: RestCall) -> Response:
    """The metadata, null when there is none."""
    return success(_found(call).metadata)


def put(call: RestCall) -> Response:
    """Store the body, or the parts of a form (D)."""
    namespace = call.namespace
    call.written = (namespace.put(read_write(call)),)
    return NOTHING


def read_write(call: RestCall) -> Write:
    """The pair to be written; its TTL is noted."""
    form = read_form(call.request)
    write = Write(
        call.key,
        call.request.body if form is None else form.value,
        None if form is None or form.metadata is None else to_metadata_json(form.metadata),
        _seconds(call, "expiration", Rule.EXPIRATION_PAST),
        _seconds(call, "expiration_ttl", Rule.TTL_NOT_POSITIVE),
    )
    call.expiration_ttls = expiration_ttls([write])
    return write


def delete(call: RestCall) -> Response:
    """Delete the key, whether or not it is there."""
    call.namespace.delete(call.key)
    return NOTHING


def list_keys(call: RestCall) -> Response:
    """One page of names; the last page's cursor is empty (R)."""
    namespace = call.namespace
    page = namespace.list_page(
        prefix=call.query.text("prefix"),
        after=decode_cursor(call.query.text("cursor")),  # all names come after an empty one
        limit=_list_limit(call),
    )
    return success(
        [_listed(name, entry) for name, entry in page.entries],
        {"count": len(page.entries), "cursor": encode_cursor(page.last_name)},
    )


def to_metadata_json(metadata: bytes) -> str | None:
    """The compact JSON of metadata sent as JSON text; None for null, which is no metadata (I)."""
    try:
        value = read_json(metadata.decode())
    except ValueError:
        raise Refused(Rule.METADATA_NOT_JSON) from None
    return None if value is None else compact_json(value)


def _found(call: RestCall) -> Entry:
    entry, _ = call.namespace.get(call.key)
    call.keys_read = call.keys
    if entry is None:
        raise Refused(Rule.KEY_NOT_FOUND)
    return entry


def _seconds(call: RestCall, name: str, unreadable: Rule) -> int | None:
    given = call.query.given(name)
    if given is None:
        return None
    seconds = to_seconds(given)
    if seconds is None:
        raise Refused(unreadable, value=given)
    return seconds


def _list_limit(call: RestCall) -> int:
    given = call.query.given("limit")
    if given is None:
        return call.rules.limits.list_names
    at_least = call.rules.limits.rest_list_names
    limit = to_integer(given)
    if limit is None:
        raise Refused(Rule.LIST_LIMIT_TOO_LOW, value=given, limit=at_least)
    call.rules.check_list_limit(limit, at_least=at_least)
    return limit


def _listed(name: str, entry: Entry) -> dict[str, object]:
    listed: dict[str, object] = {"name": name}
    if entry.expiration is not None:
        listed["expiration"] = entry.expiration
    if entry.metadata_json is not None:
        listed["metadata"] = entry.metadata
    return listed
