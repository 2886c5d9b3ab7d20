"""Which names a key may have, and how a path holds one."""

from __future__ import annotations

__all__ = ("FACTS",)

from pytest_kv._verify.facts import Fact, Step, ask, ok, refused, value

_TOO_LONG = "UTF-8 encoded length of {} exceeds key length limit of 512."
_DECODED = "rest-key-decoding"


def _is_key(id: str, row: str, claim: str, path: str, name: str, *, inferred: bool = False) -> Fact:
    """A fact that a path is about the key with this name."""
    return Fact(
        id,
        row,
        claim,
        ask("PUT", f"/$ns/values/{path}", body=b"v"),
        ask("POST", "/$ns/bulk/get", json={"keys": [name]}).gives(ok({"values": {name: "v"}})),
        inferred=inferred,
    )


def _put(path: str) -> Step:
    return ask("PUT", f"/$ns/values/{path}", body=b"v")


FACTS = (
    Fact(
        "key-512-bytes",
        "Limits.key_bytes",
        "A key of 512 bytes is stored.",
        _put("k" * 512).gives(ok({})),
        ask("GET", f"/$ns/values/{'k' * 512}").gives(value(b"v")),
    ),
    Fact(
        "key-513-bytes",
        "KEY_TOO_LONG",
        "A key of 513 bytes is refused.",
        _put("k" * 513).gives(refused(414, 10030, f"put: '{_TOO_LONG.format(513)}'")),
    ),
    Fact(
        "key-514-bytes-of-257-characters",
        "KEY_TOO_LONG",
        "The length of a key is that of its UTF-8.",
        _put("%C3%A9" * 257).gives(refused(414, 10030, f"put: '{_TOO_LONG.format(514)}'")),
    ),
    Fact(
        "key-too-long-to-read",
        "KEY_TOO_LONG",
        "To read a key of 513 bytes is refused too.",
        ask("GET", f"/$ns/values/{'k' * 513}").gives(
            refused(414, 10030, f"get: '{_TOO_LONG.format(513)}'")
        ),
    ),
    Fact(
        "key-dot",
        "KEY_DOTS",
        "The key `.` is refused.",
        _put("%2E").gives(
            refused(400, 10042, "put: 'Illegal key name \".\". Please use a different name.'")
        ),
    ),
    Fact(
        "key-dot-dot",
        "KEY_DOTS",
        "The key `..`, percent-encoded, is refused.",
        _put("%2E%2E").gives(
            refused(400, 10042, "put: 'Illegal key name \"..\". Please use a different name.'")
        ),
    ),
    Fact(
        "key-literal-dot-dot",
        "rest-key-slashes-and-dots",
        "A literal `..` in a path is the key, and refused.",
        _put("..").gives(
            refused(400, 10042, "put: 'Illegal key name \"..\". Please use a different name.'")
        ),
        inferred=True,
    ),
    Fact(
        "key-not-utf-8",
        "KEY_NOT_UNICODE",
        "Bytes in a path that are not UTF-8 are refused.",
        _put("%FF").gives(refused(400, 10012, "put: 'Could not URL-decode key name'")),
        inferred=True,
    ),
    _is_key("key-three-dots", _DECODED, "`...` is a key.", "...", "..."),
    _is_key(
        "key-slash",
        _DECODED,
        "A slash is percent-encoded in a path.",
        "$key%2Fa%2Fb",
        "$key/a/b",
    ),
    _is_key(
        "key-unescaped-slash",
        "rest-key-slashes-and-dots",
        "An unescaped slash belongs to the key.",
        "$key/a/b",
        "$key/a/b",
        inferred=True,
    ),
    _is_key(
        "key-leading-slash",
        "rest-key-slashes-and-dots",
        "An unescaped slash at the beginning of a key is lost.",
        "/$key",
        "$key",
    ),
    _is_key(
        "key-decoded-once",
        _DECODED,
        "A path is percent-decoded once.",
        "$key%2541",
        "$key%41",
    ),
    _is_key("key-plus", _DECODED, "A plus in a path is a plus.", "$key+a", "$key+a"),
    _is_key(
        "key-url-characters",
        _DECODED,
        "A question mark, a hash, a percent sign and a space may be in a key.",
        "$key%3Fa%23b%25c%20d",
        "$key?a#b%c d",
    ),
    _is_key(
        "key-control-characters",
        _DECODED,
        "NUL and a line break may be in a key.",
        "$key%00%0A",
        "$key\0\n",
    ),
    _is_key("key-emoji", _DECODED, "A key is UTF-8.", "$key%F0%9F%98%80", "$key😀"),
    Fact(
        "key-case-counts",
        _DECODED,
        "Keys that differ in case are two keys.",
        ask("PUT", "/$ns/values/$key-a", body=b"1"),
        ask("PUT", "/$ns/values/$key-A", body=b"2"),
        ask("GET", "/$ns/values/$key-a").gives(value(b"1")),
    ),
    Fact(
        "key-unicode-form-counts",
        _DECODED,
        "Keys that differ in Unicode form are two keys.",
        ask("PUT", "/$ns/values/$key-%C3%A9", body=b"1"),
        ask("PUT", "/$ns/values/$key-e%CC%81", body=b"2"),
        ask("GET", "/$ns/values/$key-%C3%A9").gives(value(b"1")),
    ),
)
