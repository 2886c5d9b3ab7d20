"""The known differences of the explorer, each with a reason and a sequence that shows it.

A mask takes out only what its reason explains. A run prints each exclusion with how often it
applied, and reports one that did not apply to its own example: it is no longer needed.
"""

from __future__ import annotations

__all__ = ("EXCLUSIONS", "Exclusion")

from dataclasses import dataclass

from tests.explorer import conditions as on
from tests.explorer.calls import Call, Sequence
from tests.explorer.masks import (
    Mask,
    cut_fraction_in_message,
    drop,
    drop_all,
    drop_code,
    drop_operation,
    first_of,
    forget_expirations,
    numbers_as_doubles,
    only_ids_and_titles,
    value_as_text,
    where,
    without_null_metadata,
    without_proto,
)
from tests.oracle.notation import Json, Object, encode_bytes


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A known difference, and how it is left out; each has a row in docs/fidelity.md."""

    name: str
    reason: str
    source: str
    """The source of the fake's answer, in the letters of docs/fidelity.md."""
    example: Sequence
    mask: Mask


def _put(key: Json, body: Object | None = None, *query: tuple[str, Json]) -> Call:
    return Call("PUT", ("{ns}", "values", key), query, {"text": "v"} if body is None else body)


def _get(key: Json) -> Call:
    return Call("GET", ("{ns}", "values", key))


def _list(*query: tuple[str, Json]) -> Call:
    return Call("GET", ("{ns}", "keys"), query)


def _bulk(*pairs: Json) -> Call:
    return Call("PUT", ("{ns}", "bulk"), (), {"json": list(pairs)})


def _pair(**members: Json) -> Json:
    return {"key": "k", "value": "v", **members}


def _bulk_get(members: Object) -> Call:
    return Call("POST", ("{ns}", "bulk", "get"), (), {"json": members})


EXCLUSIONS: tuple[Exclusion, ...] = (
    # Operations and parameters that the explorer does not have.
    Exclusion(
        "absent-operation",
        "the explorer has no request for metadata, no older bulk delete, and only lists namespaces",
        "D",
        Sequence.of(Call("GET", ("{ns}", "metadata", "k"))),
        where(on.is_absent_operation, on.has_no_route, mask=drop_all),
    ),
    Exclusion(
        "absent-namespace",
        "the explorer does not ask whether a namespace exists",
        "R",
        Sequence.of(Call("GET", ("{unknown}", "keys"))),
        where(on.is_in_unknown_namespace, mask=drop_all),
    ),
    Exclusion(
        "single-expiration",
        "the explorer ignores `expiration` and `expiration_ttl` of a single write",
        "D",
        Sequence.of(_put("k", None, ("expiration_ttl", 59))),
        where(on.is_put_with_bad_time, on.is_refused_as(10034), mask=drop_all),
    ),
    Exclusion(
        "single-expiration-forgotten",
        "so the explorer lists no expiration for a name that a single write wrote",
        "D",
        Sequence.of(_put("k", None, ("expiration_ttl", 60)), _list()),
        where(on.is_list, mask=forget_expirations),
    ),
    Exclusion(
        "expiration-header",
        "the explorer sends no expiration with a value",
        "R",
        Sequence.of(_bulk(_pair(expiration_ttl=60)), _get("k")),
        where(on.is_value, mask=drop("expiration")),
    ),
    Exclusion(
        "value-content-type",
        "the explorer sends a value without a content type",
        "R",
        Sequence.of(_put("k"), _get("k")),
        where(on.is_value, mask=drop("content_type")),
    ),
    Exclusion(
        "bulk-get-options",
        "the explorer ignores `type` and `withMetadata`",
        "D",
        Sequence.of(_put("k"), _bulk_get({"keys": ["k"], "withMetadata": True})),
        where(
            on.is_bulk_get_with_options,
            mask=first_of(
                where(on.has_same_status, mask=drop("body")),
                where(on.has_refusable_option, mask=drop_all),
            ),
        ),
    ),
    Exclusion(
        "namespace-members",
        "the explorer describes a namespace by id and title alone, and its list has no pages",
        "D R",
        Sequence.of(Call("GET")),
        where(on.is_namespaces, mask=only_ids_and_titles),
    ),
    # What the explorer's web framework does before KV is asked.
    Exclusion(
        "no-route",
        "the explorer answers in plain text for a path or a method that it does not know",
        "R",
        Sequence.of(Call("GET", ("{ns}", "nothing"))),
        where(on.has_no_route, on.is_refused_as(7000, 10405), mask=drop_all),
    ),
    Exclusion(
        "head",
        "the explorer answers HEAD wherever it answers GET",
        "R",
        Sequence.of(Call("HEAD", ("{ns}", "keys"))),
        where(
            on.has_method("HEAD"),
            mask=first_of(
                where(on.has_same_status, mask=drop("content_type")),
                where(on.is_refused_without_body, mask=drop_all),
            ),
        ),
    ),
    Exclusion(
        "slash-in-path",
        "the explorer has no route for an unescaped slash in a key, and loses a slash at its end",
        "R workers-sdk#961, of the slash at the beginning; I",
        Sequence.of(_put({"$raw": "a/b"})),
        where(
            on.has_slash_in_key,
            mask=first_of(
                where(on.has_no_route, mask=drop_all),
                where(on.has_method("GET"), mask=drop_all),
                drop("body"),
            ),
        ),
    ),
    Exclusion(
        "key-not-utf-8",
        "the explorer does not decode percent-encoded bytes that are not UTF-8",
        "I",
        Sequence.of(_put({"$raw": "%FF"})),
        where(on.has_key_that_is_not_utf_8, mask=drop_all),
    ),
    Exclusion(
        "dot-segments",
        "the explorer's URL parser removes `.` and `..` from a path, escaped or not",
        "D O",
        Sequence.of(_put("..")),
        where(on.has_dot_segments, mask=drop_all),
    ),
    Exclusion(
        "json-content-type",
        "the explorer reads a JSON body only if its content type is JSON's",
        "I",
        Sequence.of(Call("PUT", ("{ns}", "bulk"), (), {"json": [_pair()]}, "text/plain")),
        where(on.is_json_operation, on.has_other_content_type, mask=drop_all),
    ),
    Exclusion(
        "broken-form",
        "a broken form is an exception inside the explorer, so it answers 500",
        "I",
        Sequence.of(_put("k", {"form": [["value", "\r\n--frontier"]]})),
        where(on.is_put, on.statuses(500, 400), mask=drop_all),
    ),
    Exclusion(
        "repeated-parameter",
        "the explorer refuses a query parameter that is given twice",
        "I",
        Sequence.of(_list(("limit", 10), ("limit", 10))),
        where(on.has_repeated_parameter, on.statuses(400, 200), mask=drop_all),
    ),
    Exclusion(
        "empty-choice",
        "the explorer refuses an empty `order` and `direction`",
        "I",
        Sequence.of(Call("GET", (), (("order", ""),))),
        where(on.has_empty_choice, on.statuses(400, 200), mask=drop_all),
    ),
    Exclusion(
        "null-member",
        "the explorer refuses null for an optional member of a JSON body",
        "I",
        Sequence.of(_bulk(_pair(expiration=None))),
        where(on.has_null_member, on.statuses(400, 200), mask=drop_all),
    ),
    Exclusion(
        "schema-first",
        "the explorer checks a body's schema first, and counts a key in UTF-16 units there",
        "O",
        Sequence.of(_bulk(_pair(key={"$repeat": ["x", 513]}))),
        where(on.is_schema_refusal, on.is_refused_as_too_large, mask=drop("status", "errors")),
    ),
    # What JavaScript does to JSON.
    Exclusion(
        "lenient-base64",
        "the explorer reads base64 as Node does, the fake as Go does",
        "R workers-sdk#666",
        Sequence.of(_bulk(_pair(value="dg", base64=True))),
        where(on.is_refused_for_base64, on.statuses(200, 400), mask=drop_all),
    ),
    Exclusion(
        "base64-last",
        "the explorer checks a pair before it decodes its value, the fake decodes all values first",
        "I",
        Sequence.of(_bulk(_pair(key={"$repeat": ["é", 257]}), _pair(value="-", base64=True))),
        where(on.is_refused_in_words_of_kv, on.is_refused_for_base64, mask=drop_all),
    ),
    Exclusion(
        "fraction-in-message",
        "the explorer's message names a refused time with its fraction",
        "I",
        Sequence.of(_bulk(_pair(expiration={"$now": 59.5}))),
        where(on.is_bulk_put, mask=cut_fraction_in_message),
    ),
    Exclusion(
        "lenient-json",
        "JavaScript accepts a number beyond a double, a lone surrogate and a byte-order mark",
        "I",
        Sequence.of(_bulk(_pair(metadata="\ud800"))),
        where(on.is_json_operation, on.is_not_json_to_the_fake, mask=drop_all),
    ),
    Exclusion(
        "numbers-as-doubles",
        "JavaScript reads an integer of more than 53 bits as the nearest double",
        "I",
        Sequence.of(_bulk(_pair(metadata=2**53 + 1)), _list()),
        where(on.is_list, mask=numbers_as_doubles),
    ),
    Exclusion(
        "nul-prefix",
        "Miniflare finds nothing for a prefix with U+0000, a limit of its database",
        "D",
        Sequence.of(_put("\0"), _list(("prefix", "\0"))),
        where(on.is_list, on.has_nul_in_prefix, mask=drop_all),
    ),
    Exclusion(
        "javascript-number",
        "the explorer reads a `limit` as JavaScript reads a number: `10.0`, `0x10`, `1e1`",
        "I",
        Sequence.of(_list(("limit", "10.0"))),
        where(on.is_list_with_other_limit, on.statuses(200, 400), mask=drop_all),
    ),
    Exclusion(
        "beyond-64-bits",
        "the explorer takes an `expiration` of more than 64 bits",
        "I",
        Sequence.of(_bulk(_pair(expiration_ttl=2**63))),
        where(on.is_bulk_put, on.is_beyond_64_bits, mask=drop_all),
    ),
    Exclusion(
        "text-in-form",
        "the explorer keeps a form's part without a file name as text, not as bytes",
        "D",
        Sequence.of(_put("k", {"form": [["value", encode_bytes(b"\xff")]]}), _get("k")),
        where(on.is_value, mask=value_as_text),
    ),
    Exclusion(
        "proto",
        "an object of JavaScript has no member of its own with the name `__proto__`",
        "I",
        Sequence.of(_bulk_get({"keys": ["__proto__"]})),
        where(on.is_bulk_get, mask=without_proto),
    ),
    Exclusion(
        "null-metadata",
        "the explorer keeps null as metadata",
        "D",
        Sequence.of(_bulk(_pair(metadata=None)), _list()),
        where(on.is_list, mask=without_null_metadata),
    ),
    # Refusals in other words.
    Exclusion(
        "operation-in-message",
        "the explorer's messages do not begin with the operation",
        "R",
        Sequence.of(_bulk_get({"keys": []})),
        drop_operation,
    ),
    Exclusion(
        "missing-key-words",
        "the explorer's words for a missing key are `Not Found`",
        "R",
        Sequence.of(_get("k")),
        where(on.is_missing_key, mask=drop("errors")),
    ),
    Exclusion(
        "schema-words",
        "the explorer refuses with its schema's words, and gives an error for each member",
        "R; I",
        Sequence.of(_list(("limit", "x"))),
        where(on.is_schema_refusal, mask=drop("errors")),
    ),
    Exclusion(
        "general-code",
        "the explorer has two codes: 10001 if the explorer itself refuses, 10000 if KV refuses",
        "R",
        Sequence.of(_bulk_get({"keys": []})),
        where(on.has_general_code, mask=drop_code),
    ),
)
