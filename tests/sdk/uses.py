"""Every KV method of the SDK with each of its parameters, and what comes of it."""

from __future__ import annotations

__all__ = (
    "ACCOUNT_ID",
    "DEPRECATED",
    "FIRST_USES",
    "METHODS",
    "NAMESPACE_ID",
    "NOW",
    "SEED",
    "TITLES",
    "USES_HERE",
    "Use",
)

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import ANY

from cloudflare import Cloudflare

from pytest_kv import Entry
from tests.sdk.caller import MAJOR, methods_of

ACCOUNT_ID = "a" * 32
NAMESPACE_ID = "b" * 32
NOW = 1_800_000_000
EXPIRATION = 4_000_000_000

SEED: dict[str, str | bytes | Entry] = {
    "a": "1",
    "b": Entry('{"n": 2}', metadata={"page": 1}),
    "c": Entry(b"\x00\xff", expiration=EXPIRATION),
}
A, B, C = ({"name": "a"}, {"name": "b", "metadata": {"page": 1}}, {"name": "c", "expiration": ANY})
TITLES = ("PAGES", "SESSIONS", "CACHE")


def namespace(title: str, **more: object) -> dict[str, object]:
    id = NAMESPACE_ID if title == "KV" else ANY
    return {"id": id, "title": title, "supports_url_encoding": True, **more}


@dataclass(frozen=True)
class Use:
    """A call, what it answers, and what of the namespace it changes (None: the key is gone).

    What is given is beside the ids, which every method is given that takes them.
    """

    method: str
    given: Mapping[str, Any]
    answer: object
    changed: Mapping[str, Entry | None] = field(default_factory=dict)
    titles: tuple[str, ...] = ("KV", *TITLES)
    versions: tuple[int, ...] = (4, 5)


def on_namespaces() -> list[Use]:
    kv, pages, sessions, cache = (namespace(title) for title in ("KV", *TITLES))
    created = ("KV", *TITLES, "NEW")
    return [
        Use("list", {}, [kv, pages, sessions, cache]),
        Use("list", {"page": 2, "per_page": 3}, [cache]),
        Use("list", {"per_page": 3}, [kv, pages, sessions, cache]),
        Use("list", {"order": "title"}, [cache, kv, pages, sessions]),
        Use("list", {"order": "title", "direction": "desc"}, [sessions, pages, kv, cache]),
        Use("create", {"title": "NEW"}, namespace("NEW"), titles=created),
        Use(
            "create",
            {"title": "NEW", "jurisdiction": "eu"},
            namespace("NEW", jurisdiction="eu"),
            titles=created,
            versions=(5,),
        ),
        Use("get", {}, kv),
        Use(
            "update",
            {"title": "RENAMED"},
            {**kv, "title": "RENAMED"},
            titles=("RENAMED", *TITLES),
        ),
        Use("delete", {}, {}, titles=TITLES),
    ]


def on_pairs() -> list[Use]:
    return [
        Use("keys.list", {}, [A, B, C]),
        Use("keys.list", {"prefix": "b"}, [B]),
        Use("keys.list", {"limit": 10}, [A, B, C]),
        Use("keys.list", {"cursor": ""}, [A, B, C]),
        Use("values.get", {"key_name": "c"}, b"\x00\xff"),
        Use("metadata.get", {"key_name": "b"}, {"page": 1}),
        Use("metadata.get", {"key_name": "a"}, None),
        Use("values.delete", {"key_name": "a"}, {}, {"a": None}),
        Use("values.delete", {"key_name": "missing"}, {}),
    ]


def writes() -> list[Use]:
    """A value of 4.3.1 arrives in a wrapper of JSON, which is that version's own doing."""
    raw, text = {"value": b"\x00\xff"}, {"value": "2", "metadata": "{}"}
    wrapped = b'{"metadata":"{}","value":"2"}'
    late = {"expiration": EXPIRATION}
    soon = {**late, "expiration_ttl": 60}  # the TTL wins (D)
    return [
        write(5, raw, Entry(b"\x00\xff")),
        write(5, raw | {"metadata": {"page": 2}}, Entry(b"\x00\xff", metadata={"page": 2})),
        write(5, raw | late, Entry(b"\x00\xff", expiration=EXPIRATION)),
        write(5, raw | soon, Entry(b"\x00\xff", expiration=NOW + 60)),
        write(4, text, Entry(wrapped)),
        write(4, text | late, Entry(wrapped, expiration=EXPIRATION)),
        write(4, text | soon, Entry(wrapped, expiration=NOW + 60)),
    ]


def write(version: int, given: Mapping[str, Any], stored: Entry) -> Use:
    given = {"key_name": "a", **given}
    return Use("values.update", given, {}, {"a": stored}, versions=(version,))


def on_many_pairs(resource: str) -> list[Use]:
    """The bulk methods: ``keys.bulk_get`` and its like are the older names of ``bulk_get``."""
    read = {"a": "1", "b": '{"n": 2}', "missing": None}
    told = {
        "b": {"value": '{"n": 2}', "metadata": {"page": 1}},
        "c": {"value": "\x00\ufffd", "metadata": None, "expiration": EXPIRATION},
    }
    pair = {
        "key": "d",
        "value": "AP8=",
        "base64": True,
        "metadata": {"page": 3},
        "expiration": EXPIRATION,
    }
    written = Entry(b"\x00\xff", metadata={"page": 3}, expiration=EXPIRATION)
    done = {"successful_key_count": 2, "unsuccessful_keys": []}
    get, update, delete = (f"{resource}bulk_{name}" for name in ("get", "update", "delete"))
    return [
        Use(get, {"keys": ["a", "b", "missing"]}, {"values": read}),
        Use(get, {"keys": ["a", "b", "missing"], "type": "text"}, {"values": read}),
        Use(get, {"keys": ["b"], "type": "json"}, {"values": {"b": {"n": 2}}}),
        Use(get, {"keys": ["b", "c"], "with_metadata": True}, {"values": told}),
        Use(
            update,
            {"body": [pair, {"key": "a", "value": "2"}]},
            done,
            {"d": written, "a": Entry("2")},
        ),
        Use(delete, {"body": ["a", "missing"]}, done, {"a": None}),
    ]


USES = (*on_namespaces(), *on_pairs(), *writes(), *on_many_pairs(""), *on_many_pairs("keys."))
USES_HERE = [use for use in USES if MAJOR in use.versions]
"""The uses that the installed version knows."""

FIRST_USES = {use.method: use for use in reversed(USES_HERE)}
"""One use of each method."""

METHODS = dict(methods_of(Cloudflare(api_token="any").kv.namespaces))
"""The KV methods that the installed version has, found by asking it."""

DEPRECATED = "ignore:Please use kv.namespaces.bulk_:DeprecationWarning"
"""What ``keys.bulk_get`` and its like warn of in both versions, for a test that calls them all."""
