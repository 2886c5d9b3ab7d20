"""Writes, deletes and reads of many keys at once."""

from __future__ import annotations

__all__ = ("FACTS",)

from pytest_kv._verify.facts import Answer, Fact, In, Items, Step, ask, ok, refused, value

_BAD_BODY = "could not parse the request body: {}"
_TOO_MANY = "received 10001 key/value pairs, but max allowed per request is: 10000"


def _done(count: int) -> Answer:
    return ok({"successful_key_count": count, "unsuccessful_keys": []})


def _write(*pairs: object) -> Step:
    return ask("PUT", "/$ns/bulk", json=list(pairs))


def _read(*keys: str, **members: object) -> Step:
    return ask("POST", "/$ns/bulk/get", json={"keys": list(keys), **members})


def _values(**values: object) -> Answer:
    """The answer to a bulk get; the name of a value follows the fact's own name and a slash."""
    return ok({"values": {f"$key/{name}": one for name, one in values.items()}})


def _pair(name: str, value: str = "v", **members: object) -> dict[str, object]:
    return {"key": f"$key/{name}", "value": value, **members}


def _bad_write(id: str, claim: str, step: Step, fault: str) -> Fact:
    """A fact that a body is refused for its shape, in words of ours."""
    return Fact(
        id,
        "BAD_BODY",
        claim,
        step.gives(refused(400, 10012, _BAD_BODY.format(fault))),
        inferred=True,
    )


FACTS = (
    Fact(
        "bulk-put-answer",
        "bulk_put",
        "A bulk write tells how many pairs were stored.",
        _write(_pair("a", "1"), _pair("b", "2")).gives(_done(2)),
        _read("$key/a", "$key/b").gives(_values(a="1", b="2")),
    ),
    Fact(
        "bulk-put-base64",
        "bulk_put",
        "The value of a pair may be base64.",
        _write(_pair("a", "AAH/", base64=True)),
        ask("GET", "/$ns/values/$key%2Fa").gives(value(b"\x00\x01\xff")),
    ),
    Fact(
        "bulk-put-metadata-and-expiration",
        "bulk_put",
        "A pair may have metadata and an expiration.",
        _write(_pair("a", metadata=[1], expiration=In(7200))),
        ask("GET", "/$ns/keys?prefix=$key").gives(
            ok(
                [{"name": "$key/a", "expiration": In(7200), "metadata": [1]}],
                {"count": 1, "cursor": ""},
            )
        ),
    ),
    Fact(
        "bulk-put-base64-lines",
        "rest-base64",
        "Line breaks in base64 are skipped.",
        _write(_pair("a", "AAH/\r\nAAH/", base64=True)).gives(_done(1)),
        ask("GET", "/$ns/values/$key%2Fa").gives(value(b"\x00\x01\xff\x00\x01\xff")),
        inferred=True,
    ),
    Fact(
        "bulk-put-bad-base64",
        "BAD_BASE64",
        "A value that is not base64 is refused.",
        _write(_pair("a", "AAH/A!", base64=True)).gives(
            refused(
                400,
                10012,
                "bulk put: 'could not base64 decode value for key: \"$key/a\", err: 'illegal "
                "base64 data at input byte 5''",
            )
        ),
    ),
    Fact(
        "bulk-put-equal-pairs",
        "bulk-put-equal-pairs",
        "Equal pairs of one key count once.",
        _write(_pair("a"), _pair("a")).gives(_done(1)),
    ),
    Fact(
        "bulk-put-repeated-key",
        "BULK_REPEATED_KEY",
        "A key that is given two values is refused.",
        _write(_pair("a", "1"), _pair("a", "2")).gives(
            refused(
                400,
                10012,
                'received duplicate key with different values or expiration parameters: "$key/a"',
            )
        ),
        inferred=True,
    ),
    Fact(
        "bulk-put-nothing",
        "rest-bulk-empty",
        "A bulk write of no pairs succeeds.",
        _write().gives(_done(0)),
    ),
    Fact(
        "bulk-put-too-many",
        "BULK_TOO_MANY",
        "A bulk write of 10,001 pairs is refused.",
        ask("PUT", "/$ns/bulk", body=Items(10_001, '{"key":"$key/%d","value":""}')).gives(
            refused(400, 10012, f"bulk put: '{_TOO_MANY}'")
        ),
    ),
    Fact(
        "bulk-put-short-ttl",
        "TTL_TOO_SHORT",
        "A pair with a TTL of 59 seconds is refused.",
        _write(_pair("a", expiration_ttl=59)).gives(
            refused(
                400,
                10034,
                "bulk put: 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'",
            )
        ),
    ),
    Fact(
        "bulk-put-expiration-text",
        "rest-unreadable-times",
        "An expiration that is a text is refused.",
        _write(_pair("a", expiration="soon")).gives(
            refused(
                400,
                10034,
                'bulk put: \'Invalid expiration of "soon". Please specify integer greater than the '
                "current number of seconds since the UNIX epoch.'",
            )
        ),
        inferred=True,
    ),
    Fact(
        "bulk-put-all-or-nothing",
        "bulk-refusal-changes-nothing",
        "When one pair is refused, none is stored.",
        _write(_pair("a"), {"key": "..", "value": "v"}).gives(
            refused(400, 10042, "bulk put: 'Illegal key name \"..\". Please use a different name.'")
        ),
        ask("GET", "/$ns/values/$key%2Fa").gives(refused(404, 10009, "get: 'key not found'")),
        inferred=True,
    ),
    Fact(
        "bulk-put-empty-key",
        "KEY_EMPTY",
        "A pair with an empty key is refused.",
        _write({"key": "", "value": "v"}).gives(
            refused(400, 10042, "bulk put: 'Key names must not be empty'")
        ),
        inferred=True,
    ),
    _bad_write(
        "bulk-put-not-json",
        "A bulk write that is not JSON is refused.",
        ask("PUT", "/$ns/bulk", body=b"[{"),
        "it is not JSON in UTF-8",
    ),
    _bad_write(
        "bulk-put-no-array",
        "A bulk write that is no array is refused.",
        ask("PUT", "/$ns/bulk", json=_pair("a")),
        "it is not an array of key/value pairs",
    ),
    _bad_write(
        "bulk-put-no-object",
        "A pair that is no object is refused.",
        _write("a"),
        "a pair is not an object",
    ),
    _bad_write(
        "bulk-put-no-value",
        "A pair without a value is refused.",
        _write({"key": "$key"}),
        "a pair has no key or no value, or they are not strings",
    ),
    _bad_write(
        "bulk-put-value-number",
        "A value that is no text is refused.",
        _write({"key": "$key", "value": 1}),
        "a pair has no key or no value, or they are not strings",
    ),
    Fact(
        "bulk-put-nan",
        "rest-json",
        "NaN is not JSON.",
        ask("PUT", "/$ns/bulk", body=b'[{"key":"$key","value":"v","metadata":NaN}]').gives(
            refused(400, 10012, _BAD_BODY.format("it is not JSON in UTF-8"))
        ),
        inferred=True,
    ),
    Fact(
        "bulk-put-unknown-member",
        "rest-unknown-member",
        "A member of a pair that is not known is ignored.",
        _write(_pair("a", banana=1)).gives(_done(1)),
        inferred=True,
    ),
    Fact(
        "bulk-put-null-members",
        "rest-null-members",
        "A member of a pair that is null is as if it were not there.",
        _write(_pair("a", base64=None, expiration=None, expiration_ttl=None)).gives(_done(1)),
        inferred=True,
    ),
    Fact(
        "bulk-put-content-type",
        "rest-content-type",
        "The content type of a bulk write does not matter.",
        ask(
            "PUT",
            "/$ns/bulk",
            json=[_pair("a")],
            headers={"content-type": "text/plain"},
        ).gives(_done(1)),
        inferred=True,
    ),
    Fact(
        "bulk-delete-answer",
        "bulk_delete",
        "A bulk delete counts keys that were there and keys that were not.",
        _write(_pair("a")),
        ask("POST", "/$ns/bulk/delete", json=["$key/a", "$key/b"]).gives(_done(2)),
        ask("GET", "/$ns/values/$key%2Fa").gives(refused(404, 10009, "get: 'key not found'")),
    ),
    Fact(
        "bulk-delete-older",
        "bulk_delete_older",
        "The older route of a bulk delete is still there.",
        _write(_pair("a")),
        ask("DELETE", "/$ns/bulk", json=["$key/a"]).gives(_done(1)),
        ask("GET", "/$ns/values/$key%2Fa").gives(refused(404, 10009, "get: 'key not found'")),
    ),
    Fact(
        "bulk-delete-nothing",
        "rest-bulk-empty",
        "A bulk delete of no keys succeeds.",
        ask("POST", "/$ns/bulk/delete", json=[]).gives(_done(0)),
    ),
    Fact(
        "bulk-delete-repeated-name",
        "bulk-delete-repeated-name",
        "A name that a bulk delete repeats counts once.",
        ask("POST", "/$ns/bulk/delete", json=["$key/a", "$key/a"]).gives(_done(1)),
    ),
    Fact(
        "bulk-delete-no-array",
        "BAD_KEYS",
        "A bulk delete of what is no array is refused.",
        ask("POST", "/$ns/bulk/delete", json={"keys": ["$key/a"]}).gives(
            refused(
                400,
                10012,
                "could not parse array of keys from request body: "
                "'it is not an array of key names'",
            )
        ),
        inferred=True,
    ),
    Fact(
        "bulk-delete-too-many-repeats",
        "bulk-limit-counts-repeats",
        "The limit of a bulk delete counts a repeated name each time.",
        ask("POST", "/$ns/bulk/delete", body=Items(10_001, '"$key"')).gives(
            refused(400, 10012, f"bulk delete: '{_TOO_MANY}'")
        ),
        inferred=True,
    ),
    Fact(
        "bulk-delete-too-many",
        "BULK_TOO_MANY",
        "A bulk delete of 10,001 keys is refused.",
        ask("POST", "/$ns/bulk/delete", body=Items(10_001, '"$key/%d"')).gives(
            refused(400, 10012, f"bulk delete: '{_TOO_MANY}'")
        ),
    ),
    Fact(
        "bulk-get-missing-key",
        "bulk_get",
        "A bulk get has null for a key that is not there.",
        _write(_pair("a", "1")),
        _read("$key/a", "$key/b").gives(_values(a="1", b=None)),
    ),
    Fact(
        "bulk-get-with-metadata",
        "bulk_get",
        "A bulk get has metadata and expirations when it is asked for them.",
        _write(_pair("a", "1", metadata={"page": 1}, expiration=In(7200)), _pair("b", "2")),
        _read("$key/a", "$key/b", "$key/c", withMetadata=True).gives(
            _values(
                a={"value": "1", "metadata": {"page": 1}, "expiration": In(7200)},
                b={"value": "2", "metadata": None},
                c=None,
            )
        ),
    ),
    Fact(
        "bulk-get-json",
        "bulk_get",
        "A bulk get of the type json has values that are read as JSON.",
        _write(_pair("a", '{"page":[1,null]}')),
        _read("$key/a", type="json").gives(_values(a={"page": [1, None]})),
    ),
    Fact(
        "bulk-get-not-json",
        "BULK_GET_NOT_JSON",
        "A bulk get of the type json is refused when a value is not JSON.",
        _write(_pair("a", "text")),
        _read("$key/a", type="json").gives(
            refused(
                400,
                10012,
                "bulk get keys: 'At least one of the requested keys corresponds to a non-json "
                "value'",
            )
        ),
        inferred=True,
    ),
    Fact(
        "bulk-get-other-type",
        "BULK_GET_TYPE",
        "A bulk get of another type is refused.",
        _read("$key/a", type="stream").gives(
            refused(
                400,
                10012,
                'bulk get keys: \'"stream" is not a valid type. Use "json" or "text"\'',
            )
        ),
        inferred=True,
    ),
    Fact(
        "bulk-get-100-keys",
        "Limits.bulk_get_keys",
        "A bulk get of 100 keys is accepted.",
        _read(*(f"$key/k{number}" for number in range(100))).gives(
            _values(**{f"k{number}": None for number in range(100)})
        ),
    ),
    Fact(
        "bulk-get-101-keys",
        "BULK_GET_TOO_MANY",
        "A bulk get of 101 keys is refused.",
        _read(*(f"$key/k{number}" for number in range(101))).gives(
            refused(400, 10012, "bulk get keys: 'You can request a maximum of 100 keys'")
        ),
        inferred=True,
    ),
    Fact(
        "bulk-get-no-keys",
        "BULK_GET_EMPTY",
        "A bulk get of no keys is refused.",
        _read().gives(refused(400, 10029, "bulk get keys: 'You must request a minimum of 1 key'")),
    ),
    Fact(
        "bulk-get-index-names",
        "rest-bulk-get-index-names",
        "A bulk get has names that look like array indexes.",
        _write({"key": "42", "value": "v"}),
        _read("42").gives(ok({"values": {"42": "v"}})),
    ),
    Fact(
        "bulk-get-byte-order-mark",
        "rest-bulk-get-text",
        "A bulk get loses a byte-order mark.",
        _write(_pair("a", "\ufefftext")),
        _read("$key/a").gives(_values(a="text")),
        inferred=True,
    ),
    Fact(
        "bulk-get-repeated-key",
        "rest-bulk-get-text",
        "A key that a bulk get names twice is there once.",
        _write(_pair("a")),
        _read("$key/a", "$key/a").gives(_values(a="v")),
        inferred=True,
    ),
    Fact(
        "bulk-get-empty-type",
        "rest-bulk-get-empty-type",
        "An empty type of a bulk get is refused.",
        _read("$key/a", type="").gives(
            refused(400, 10012, 'bulk get keys: \'"" is not a valid type. Use "json" or "text"\'')
        ),
        inferred=True,
    ),
)
