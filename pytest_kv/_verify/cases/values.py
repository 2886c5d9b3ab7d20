"""One pair: its value, its metadata and its expiration; and its end."""

from __future__ import annotations

__all__ = ("FACTS",)

import json

from pytest_kv._verify.facts import About, Bytes, Fact, Step, ask, form, ok, refused, value

_KEY = "/$ns/values/$key"
_METADATA = "/$ns/metadata/$key"
_EVERY_BYTE = bytes(range(256))
_NO_KEY = refused(404, 10009, "get: 'key not found'")
_FILE = 'value; filename="v.txt"\r\nContent-Type: text/plain'


def _expiration(id: str, row: str, claim: str, query: str, words: str) -> Fact:
    """A fact that an expiration or a TTL is refused."""
    return Fact(
        id,
        row,
        claim,
        ask("PUT", f"{_KEY}?{query}", body=b"v").gives(refused(400, 10034, f"put: '{words}'")),
    )


def _metadata(id: str, claim: str, text: str, kept: object) -> Fact:
    """A fact about metadata that is accepted."""
    return Fact(
        id,
        "rest-metadata-values",
        claim,
        form(_KEY, ("value", "v"), ("metadata", text)),
        ask("GET", _METADATA).gives(ok(kept)),
    )


def _of_type(id: str, content_type: str, content: bytes) -> Fact:
    return Fact(
        id,
        "rest-any-body-is-a-value",
        f"A body of the type {content_type} is the value as it is.",
        ask("PUT", _KEY, body=content, headers={"content-type": content_type}),
        ask("GET", _KEY).gives(value(content)),
    )


def _longest_metadata(more: str = "") -> str:
    return json.dumps("m" * (1022 + len(more)))


_READ: Step = ask("GET", _KEY)

FACTS = (
    Fact(
        "put-answer",
        "put",
        "A write is answered with an empty object.",
        ask("PUT", _KEY, body=b"v").gives(ok({})),
    ),
    Fact(
        "get-answer",
        "get",
        "A value comes back without an envelope, as octets, each byte as it was.",
        ask("PUT", _KEY, body=_EVERY_BYTE),
        _READ.gives(value(_EVERY_BYTE)),
    ),
    Fact(
        "get-missing-key",
        "KEY_NOT_FOUND",
        "To read a key that is not there is refused.",
        _READ.gives(_NO_KEY),
    ),
    Fact(
        "value-empty",
        "get",
        "An empty value is a value.",
        ask("PUT", _KEY),
        _READ.gives(value(b"")),
    ),
    Fact(
        "value-of-25-mib",
        "Limits.value_bytes",
        "A value of 25 MiB is stored.",
        ask("PUT", _KEY, body=Bytes(26_214_400)).gives(ok({})),
    ),
    Fact(
        "value-too-large",
        "VALUE_TOO_LARGE",
        "A value of one byte more than 25 MiB is refused.",
        ask("PUT", _KEY, body=Bytes(26_214_401)).gives(
            refused(413, 10024, "put: 'Value length of 26214401 exceeds limit of 26214400.'")
        ),
    ),
    Fact(
        "value-replaced",
        "put",
        "A second write replaces the value.",
        ask("PUT", _KEY, body=b"1"),
        ask("PUT", _KEY, body=b"2").gives(ok({})),
        _READ.gives(value(b"2")),
    ),
    _of_type("value-of-type-json", "application/json", b'{"value": "v", "metadata": 1}'),
    _of_type("value-of-type-form", "application/x-www-form-urlencoded", b"value=v&metadata=1"),
    _of_type("value-of-type-text", "text/plain", b"v"),
    Fact(
        "form-value-and-metadata",
        "put",
        "A form has the value and the metadata.",
        form(_KEY, ("value", "v"), ("metadata", '{"page":1}')).gives(ok({})),
        _READ.gives(value(b"v")),
        ask("GET", _METADATA).gives(ok({"page": 1})),
    ),
    Fact(
        "form-value-only",
        "put",
        "A form may have no metadata.",
        form(_KEY, ("value", "v")).gives(ok({})),
        _READ.gives(value(b"v")),
    ),
    Fact(
        "form-file",
        "put",
        "The value of a form may be a file.",
        form(_KEY, (_FILE, "v"), ("metadata", "1")),
        _READ.gives(value(b"v")),
    ),
    Fact(
        "form-repeated-part",
        "rest-form-repeated-part",
        "Of two parts of one name the first counts.",
        form(_KEY, ("value", "1"), ("value", "2"), ("metadata", "1")),
        _READ.gives(value(b"1")),
    ),
    Fact(
        "form-other-part",
        "rest-form-parts",
        "A part of another name is left out.",
        form(_KEY, ("value", "v"), ("metadata", "1"), ("banana", "1")).gives(ok({})),
        inferred=True,
    ),
    Fact(
        "form-without-value",
        "NO_VALUE_PART",
        "A form without a value is refused.",
        form(_KEY, ("metadata", "1")).gives(
            refused(
                400, 10047, "multipart put request does not contain required form field 'value'"
            )
        ),
        inferred=True,
    ),
    Fact(
        "form-broken",
        "BAD_BODY",
        "A form that ends before its last boundary is refused.",
        form(_KEY, ("value", "v"), end="").gives(
            refused(
                400,
                10012,
                "could not parse the request body: the form is broken (it ends before its last "
                "boundary)",
            )
        ),
        inferred=True,
    ),
    Fact(
        "get-metadata-missing-key",
        "KEY_NOT_FOUND",
        "To read the metadata of a key that is not there is refused.",
        ask("GET", _METADATA).gives(_NO_KEY),
    ),
    Fact(
        "metadata-none",
        "get_metadata",
        "A key without metadata has the metadata null.",
        ask("PUT", _KEY, body=b"v"),
        ask("GET", _METADATA).gives(ok(None)),
    ),
    _metadata("metadata-zero", "Metadata may be 0.", "0", 0),
    _metadata("metadata-false", "Metadata may be false.", "false", False),
    _metadata("metadata-empty-text", "Metadata may be an empty text.", '""', ""),
    _metadata("metadata-empty-object", "Metadata may be an empty object.", "{}", {}),
    _metadata(
        "metadata-text-of-unicode",
        "Metadata is UTF-8.",
        '"é"',
        "é",
    ),
    Fact(
        "metadata-null",
        "rest-null-metadata",
        "The metadata null is no metadata.",
        form("/$ns/values/$key", ("value", "v"), ("metadata", "null")).gives(ok({})),
        ask("GET", "/$ns/keys?prefix=$key").gives(
            ok([{"name": "$key"}], {"count": 1, "cursor": ""})
        ),
        inferred=True,
    ),
    Fact(
        "metadata-1024-bytes",
        "Limits.metadata_bytes",
        "Metadata of 1,024 bytes is stored.",
        form(_KEY, ("value", "v"), ("metadata", _longest_metadata())).gives(ok({})),
    ),
    Fact(
        "metadata-1025-bytes",
        "METADATA_TOO_LARGE",
        "Metadata of 1,025 bytes is refused.",
        form(_KEY, ("value", "v"), ("metadata", _longest_metadata("m"))).gives(
            refused(413, 10012, "put: 'Metadata length of 1025 exceeds limit of 1024.'")
        ),
        inferred=True,
    ),
    Fact(
        "metadata-is-kept-compact",
        "rest-metadata-values",
        "White space between the parts of metadata does not count.",
        form(_KEY, ("value", "v"), ("metadata", f"[{' ' * 1100}1]")).gives(ok({})),
    ),
    Fact(
        "metadata-not-json",
        "METADATA_NOT_JSON",
        "Metadata that is not JSON is refused.",
        form(_KEY, ("value", "v"), ("metadata", "{page")).gives(
            refused(400, 10047, "put: 'metadata must be valid json'")
        ),
        inferred=True,
    ),
    Fact(
        "metadata-empty-part",
        "METADATA_NOT_JSON",
        "An empty part for the metadata is refused.",
        form(_KEY, ("value", "v"), ("metadata", "")).gives(
            refused(400, 10047, "put: 'metadata must be valid json'")
        ),
        inferred=True,
    ),
    Fact(
        "expiration-ttl-60",
        "Limits.expiration_seconds",
        "A TTL of 60 seconds is accepted.",
        ask("PUT", f"{_KEY}?expiration_ttl=60", body=b"v").gives(ok({})),
    ),
    Fact(
        "expiration-header",
        "get",
        "A read has the time of the expiration in a header.",
        ask("PUT", f"{_KEY}?expiration=$now+7200", body=b"v").gives(ok({})),
        _READ.gives(value(b"v", expiration="$now+7200")),
    ),
    Fact(
        "expiration-ttl-wins",
        "rest-expiration",
        "Of a TTL and an expiration the TTL counts.",
        ask("PUT", f"{_KEY}?expiration_ttl=86400&expiration=$now+7200", body=b"v").gives(ok({})),
        _READ.gives(value(b"v", expiration=About(86_400))),
    ),
    Fact(
        "expiration-ttl-60-5",
        "rest-times-with-a-fraction",
        "A TTL of 60.5 seconds is accepted.",
        ask("PUT", f"{_KEY}?expiration_ttl=60.5", body=b"v").gives(ok({})),
    ),
    _expiration(
        "expiration-ttl-59",
        "TTL_TOO_SHORT",
        "A TTL of 59 seconds is refused.",
        "expiration_ttl=59",
        "Invalid expiration_ttl of 59. Expiration TTL must be at least 60.",
    ),
    _expiration(
        "expiration-ttl-0",
        "TTL_NOT_POSITIVE",
        "A TTL of 0 is refused.",
        "expiration_ttl=0",
        "Invalid expiration_ttl of 0. Please specify integer greater than 0.",
    ),
    _expiration(
        "expiration-ttl-negative",
        "TTL_NOT_POSITIVE",
        "A negative TTL is refused.",
        "expiration_ttl=-1",
        "Invalid expiration_ttl of -1. Please specify integer greater than 0.",
    ),
    _expiration(
        "expiration-ttl-no-number",
        "TTL_NOT_POSITIVE",
        "A TTL that is no number is refused.",
        "expiration_ttl=soon",
        "Invalid expiration_ttl of soon. Please specify integer greater than 0.",
    ),
    _expiration(
        "expiration-past",
        "EXPIRATION_PAST",
        "An expiration in the past is refused.",
        "expiration=1",
        "Invalid expiration of 1. Please specify integer greater than the current number of "
        "seconds since the UNIX epoch.",
    ),
    _expiration(
        "expiration-too-soon",
        "EXPIRATION_TOO_SOON",
        "An expiration in 30 seconds is refused.",
        "expiration=$now+30",
        "Invalid expiration of $now+30. Expiration times must be at least 60 seconds in the "
        "future.",
    ),
    _expiration(
        "expiration-no-number",
        "EXPIRATION_PAST",
        "An expiration that is no number is refused.",
        "expiration=soon",
        "Invalid expiration of soon. Please specify integer greater than the current number of "
        "seconds since the UNIX epoch.",
    ),
    Fact(
        "put-forgets-the-old-pair",
        "put",
        "A second write leaves nothing of the first one's metadata and expiration.",
        form(f"{_KEY}?expiration=$now+7200", ("value", "1"), ("metadata", "1")),
        ask("PUT", _KEY, body=b"2"),
        ask("GET", "/$ns/keys?prefix=$key").gives(
            ok([{"name": "$key"}], {"count": 1, "cursor": ""})
        ),
    ),
    Fact(
        "delete-answer",
        "delete",
        "A delete is answered with an empty object, and the key is gone.",
        ask("PUT", _KEY, body=b"v"),
        ask("DELETE", _KEY).gives(ok({})),
        _READ.gives(_NO_KEY),
    ),
    Fact(
        "delete-missing-key",
        "delete",
        "To delete a key that is not there succeeds.",
        ask("DELETE", _KEY).gives(ok({})),
    ),
    Fact(
        "delete-leaves-the-others",
        "delete",
        "A key is no pattern: a delete leaves the keys that begin with it.",
        ask("PUT", _KEY, body=b"v"),
        ask("PUT", f"{_KEY}-other", body=b"v"),
        ask("DELETE", _KEY).gives(ok({})),
        ask("GET", f"{_KEY}-other").gives(value(b"v")),
    ),
)
