"""Correct clients with habits: each stores, limits or answers something in a way of its own."""

from __future__ import annotations

__all__ = (
    "CORRECT_HABITS",
    "Affixed",
    "BestEffort",
    "Bools",
    "Caching",
    "DefaultTtl",
    "Jsoned",
    "LastKnown",
    "Limited",
    "Mapped",
    "Options",
    "OwnMetadata",
    "Sweeping",
    "Writing",
)

import base64
import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from pytest_kv import KVApi
from pytest_kv.contract import Subject
from tests.contract.zoo import async_habits
from tests.contract.zoo.correct import (
    Httpx,
    OneByOne,
    Remembering,
    Value,
    all_done,
    enveloped,
    pairs_of,
)
from tests.contract.zoo.over_http import Requests

_HOUR = 3600


class Mapped:
    """It hands everything on to another client; what is stored may have another form."""

    inner: ClassVar[Any] = Httpx
    """Makes the other client."""

    def __init__(self, api: Any) -> None:
        self.kv = self.inner(api)

    def close(self) -> None:
        self.kv.close()

    @classmethod
    def stored_key(cls, key: str) -> str:
        return key

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return value  # type: ignore[no-any-return]  # a str or bytes is given

    def value_of(self, content: Any) -> Any:
        return content

    def get(self, key: str) -> Any:
        content = self.kv.get(self.stored_key(key))
        return None if content is None else self.value_of(content)

    def put(self, key: str, value: Value) -> Any:
        return self.kv.put(self.stored_key(key), self.stored_value(value))

    def delete(self, key: str) -> Any:
        return self.kv.delete(self.stored_key(key))

    def list(self, prefix: str) -> Any:
        return self.kv.list(prefix)

    def delete_many(self, keys: Sequence[str]) -> Any:
        return self.kv.delete_many([self.stored_key(key) for key in keys])

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        pairs = {self.stored_key(key): self.stored_value(value) for key, value in mapping.items()}
        return self.kv.put_many(pairs)

    def get_many(self, keys: Sequence[str]) -> Any:
        found = self.kv.get_many([self.stored_key(key) for key in keys])
        contents = {key: found.get(self.stored_key(key)) for key in keys}
        return {
            key: self.value_of(content) for key, content in contents.items() if content is not None
        }


# Names.


class Affixed(Mapped):
    """Its keys have a prefix."""

    before: ClassVar[str] = "app:"
    after: ClassVar[str] = ""

    @classmethod
    def stored_key(cls, key: str) -> str:
        return f"{cls.before}{key}{cls.after}"

    def list(self, prefix: str) -> Any:
        keys = map(self.key_of, self.kv.list(f"{self.before}{prefix}"))
        return [key for key in keys if key is not None and key.startswith(prefix)]

    def key_of(self, name: str) -> str | None:
        key = name[len(self.before) : len(name) - len(self.after)]
        return key if self.stored_key(key) == name else None


class Suffixed(Affixed):
    """Its keys have a suffix."""

    before = ""
    after = ":v1"


class AffixedTwice(Affixed):
    """Its keys have a prefix and a suffix, with slashes in them."""

    before = "cache/"
    after = "/data"


class Hashed(Mapped):
    """Its keys are hashed, so it cannot list them."""

    list: Any = None

    @classmethod
    def stored_key(cls, key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()


class HashedUnderPrefix(Hashed):
    """The same, under a prefix."""

    @classmethod
    def stored_key(cls, key: str) -> str:
        return f"cache:{super().stored_key(key)}"


class Quoted(Mapped):
    """Its keys are percent-encoded once more than in the path."""

    @classmethod
    def stored_key(cls, key: str) -> str:
        return quote(key, safe="")

    def list(self, prefix: str) -> Any:
        return [unquote(name) for name in self.kv.list(self.stored_key(prefix))]


class Base64Keys(Mapped):
    """Its keys are base64, so it lists all of them to find a prefix."""

    @classmethod
    def stored_key(cls, key: str) -> str:
        return base64.urlsafe_b64encode(key.encode()).decode()

    def list(self, prefix: str) -> Any:
        keys = [base64.urlsafe_b64decode(name).decode() for name in self.kv.list("")]
        return [key for key in keys if key.startswith(prefix)]


# Values.


class Jsoned(Mapped):
    """Its values are JSON."""

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return json.dumps(value)

    def value_of(self, content: Any) -> Any:
        return json.loads(content)


class EnvelopedJson(Jsoned):
    """Its values are JSON, each inside an object."""

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return json.dumps({"data": value})

    def value_of(self, content: Any) -> Any:
        return json.loads(content)["data"]


class Encoded(Mapped):
    """Its values are base64."""

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return base64.b64encode(as_bytes(value)).decode()

    def value_of(self, content: Any) -> Any:
        return base64.b64decode(content)


class Packed(Mapped):
    """Its values are compressed; a bulk get returns text only, so it reads them one by one."""

    inner = OneByOne

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return zlib.compress(as_bytes(value))

    def value_of(self, content: Any) -> Any:
        return zlib.decompress(content)


class Zipped(Packed):
    """The same with gzip, which writes the time of now into its header."""

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return gzip.compress(as_bytes(value), mtime=time.time())

    def value_of(self, content: Any) -> Any:
        return gzip.decompress(content)


def as_bytes(value: Value) -> bytes:
    return value.encode() if isinstance(value, str) else value


class AffixedJson(Affixed, Jsoned):
    """Its keys have a prefix, and its values are JSON."""


# Metadata and expiration.


class Writing(Httpx):
    """It can write with metadata and a TTL."""

    def store(
        self, key: str, value: Value, *, metadata: object = None, ttl: int | None = None
    ) -> None:
        params = {} if ttl is None else {"expiration_ttl": ttl}
        body: dict[str, Any] = {"content": value}
        if metadata is not None:
            parts = {"value": as_bytes(value), "metadata": json.dumps(metadata).encode()}
            body = {"files": {name: (None, part) for name, part in parts.items()}}
        enveloped(self.http.put(self.path(key), params=params, **body))

    def store_many(self, mapping: Mapping[str, Value], **more: Any) -> None:
        for chunk in pairs_of(mapping):
            all_done(self.http.put("bulk", json=[item | more for item in chunk]))


class DefaultTtl(Writing):
    """Its entries last an hour."""

    def put(self, key: str, value: Value) -> None:
        self.store(key, value, ttl=_HOUR)

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        self.store_many(mapping, expiration_ttl=_HOUR)


class OwnMetadata(Writing):
    """It notes in the metadata who wrote an entry."""

    def put(self, key: str, value: Value) -> None:
        self.store(key, value, metadata={"by": "me"})

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        self.store_many(mapping, metadata={"by": "me"})


class Options(Writing):
    """Its writes take metadata and a TTL."""

    def put(
        self,
        key: str,
        value: Value,
        *,
        metadata: object = None,
        expiration_ttl: int | None = None,
    ) -> None:
        self.store(key, value, metadata=metadata, ttl=expiration_ttl)

    def put_many(self, mapping: Mapping[str, Value], *, expiration_ttl: int | None = None) -> None:
        more = {} if expiration_ttl is None else {"expiration_ttl": expiration_ttl}
        self.store_many(mapping, **more)


# Some methods only.


class ReadOnly(Mapped):
    """It only reads."""

    put: Any = None
    delete: Any = None
    put_many: Any = None
    delete_many: Any = None


class WriteOnly(Mapped):
    """It only writes."""

    get: Any = None
    delete: Any = None
    list: Any = None
    get_many: Any = None
    delete_many: Any = None


class DeleteOnly(Mapped):
    """It only deletes."""

    get: Any = None
    put: Any = None
    list: Any = None
    get_many: Any = None
    put_many: Any = None


class ReadOnlyAffixed(ReadOnly, Affixed):
    """It only reads keys with a prefix."""


class ReadOnlyJson(ReadOnly, Jsoned):
    """It only reads values of JSON."""


class ReadOnlyEncoded(ReadOnly, Encoded):
    """It only reads values of base64."""


# Calls that nobody asked for.


class CheckingSettings(Httpx):
    """It reads a key when it is made."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.settings = self.get("settings")


class ListingFirst(Httpx):
    """It lists all keys when it is made."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.names = self.list("")


# Answers.


class BestEffort(Mapped):
    """It is a cache: after an error a key is missing, or a write is lost."""

    def get(self, key: str) -> Any:
        return _unless_failed(super().get, key)

    def put(self, key: str, value: Value) -> Any:
        _unless_failed(super().put, key, value)

    def delete(self, key: str) -> Any:
        _unless_failed(super().delete, key)

    def list(self, prefix: str) -> Any:
        names: list[str] = []
        cursor = ""
        with suppress(Exception):
            while True:
                page = self.kv.page(prefix, cursor)
                names += [key["name"] for key in page["result"]]
                cursor = page["result_info"]["cursor"]
                if not cursor:
                    break
        return names

    def delete_many(self, keys: Sequence[str]) -> Any:
        _unless_failed(super().delete_many, keys)

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        _unless_failed(super().put_many, mapping)

    def get_many(self, keys: Sequence[str]) -> Any:
        return _unless_failed(super().get_many, keys) or {}


def _unless_failed(act: Callable[..., Any], *args: Any) -> Any:
    with suppress(Exception):
        return act(*args)


class LastKnown(BestEffort):
    """After an error it returns the value that it has seen last."""

    def __init__(self, api: Any) -> None:
        super().__init__(api)
        self.known: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        try:
            value = self.kv.get(key)
        except Exception:
            return self.known.get(key)
        self.known[key] = value
        return value

    def put(self, key: str, value: Value) -> Any:
        self.known.pop(key, None)
        super().put(key, value)

    def delete(self, key: str) -> Any:
        self.known.pop(key, None)
        super().delete(key)

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        self.known.clear()
        super().put_many(mapping)

    def delete_many(self, keys: Sequence[str]) -> Any:
        self.known.clear()
        super().delete_many(keys)


class Bools(Mapped):
    """Its writes return True, or False for one that failed."""

    def put(self, key: str, value: Value) -> Any:
        return self.is_done(super().put, key, value)

    def delete(self, key: str) -> Any:
        return self.is_done(super().delete, key)

    def delete_many(self, keys: Sequence[str]) -> Any:
        return self.is_done(super().delete_many, keys)

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        return self.is_done(super().put_many, mapping)

    def is_done(self, act: Callable[..., Any], *args: Any) -> bool:
        try:
            act(*args)
        except Exception:
            return False
        return True


# Limits.


class Limited(Mapped):
    """It raises for more than 100 keys in a call."""

    most: ClassVar[int] = 100

    def delete_many(self, keys: Sequence[str]) -> Any:
        return super().delete_many(self.checked(keys))

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        return super().put_many(self.checked(mapping))

    def get_many(self, keys: Sequence[str]) -> Any:
        return super().get_many(self.checked(keys))

    def checked(self, keys: Any) -> Any:
        if len(keys) > self.most:
            raise ValueError(f"at most {self.most} keys in a call")
        return keys


class LimitedToOne(Limited):
    """It raises for more than one key in a call."""

    most = 1


class TextInBulk(Mapped):
    """It puts bytes, but it puts many texts only."""

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        if not all(isinstance(value, str) for value in mapping.values()):
            raise TypeError("put_many() takes text")
        super().put_many(mapping)


class AskingForSome(Mapped):
    """It raises for a get of no keys."""

    def get_many(self, keys: Sequence[str]) -> Any:
        if not keys:
            raise ValueError("no keys")
        return super().get_many(keys)


# What it remembers.


class Sweeping(Httpx):
    """It deletes what is under a prefix, page by page."""

    def delete_prefix(self, prefix: str) -> Any:
        cursor = ""
        while True:
            page = self.page(prefix, cursor)
            self.delete_many([key["name"] for key in page["result"]])
            cursor = page["result_info"]["cursor"]
            if not cursor:
                return


class Caching(Remembering):
    """It keeps values that it has read until its own next write, with ``delete_prefix``, too."""

    def delete_prefix(self, prefix: str) -> Any:
        self.read.clear()
        self.delete_many(self.list(prefix))


class ReadOnlyCaching(ReadOnly):
    """It only reads, and keeps what it has read for 50 seconds."""

    inner = Remembering


class AffixedSweeping(Affixed):
    """The same under a prefix of its own."""

    inner = Sweeping

    def delete_prefix(self, prefix: str) -> Any:
        self.kv.delete_prefix(f"{self.before}{prefix}")


# Several habits at once.


class _LimitedAffixedJson(Limited, AffixedJson):
    inner = DefaultTtl


class Everything(Bools):
    """Prefix, JSON, a default TTL, bools and a limit."""

    inner = _LimitedAffixedJson


class BestEffortJson(BestEffort, Jsoned):
    """A cache of JSON."""


class _SweepingOptions(Options, Sweeping):
    """Its writes take metadata and a TTL, and it deletes what is under a prefix."""


class AffixedOptions(AffixedSweeping):
    """The same under a prefix."""

    inner = _SweepingOptions

    def put(
        self,
        key: str,
        value: Value,
        *,
        metadata: object = None,
        expiration_ttl: int | None = None,
    ) -> None:
        name, content = self.stored_key(key), self.stored_value(value)
        self.kv.put(name, content, metadata=metadata, expiration_ttl=expiration_ttl)

    def put_many(self, mapping: Mapping[str, Value], *, expiration_ttl: int | None = None) -> None:
        pairs = {self.stored_key(key): self.stored_value(value) for key, value in mapping.items()}
        self.kv.put_many(pairs, expiration_ttl=expiration_ttl)


class BestEffortOptions(Options):
    """A cache whose writes take metadata and a TTL."""

    def put(
        self,
        key: str,
        value: Value,
        *,
        metadata: object = None,
        expiration_ttl: int | None = None,
    ) -> None:
        with suppress(Exception):
            super().put(key, value, metadata=metadata, expiration_ttl=expiration_ttl)


class OverHttp(AffixedJson):
    """A prefix and JSON on requests."""

    inner = Requests


class OverHttpBools(Bools):
    """Bools on requests."""

    inner = Requests


def _said(client: Any, over: Any = "respx", **said: Any) -> Subject:
    """The subject of a client, with the hooks that the client has."""
    for hook in ("stored_key", "stored_value"):
        own = getattr(client, hook, None)
        if own is not None and not _is_default(own):
            said.setdefault(hook, own)
    return Subject(make_client=client, over=over, **said)


def _is_default(hook: Any) -> bool:
    defaults = (
        getattr(mapped, name).__func__
        for mapped in (Mapped, async_habits.Mapped)
        for name in ("stored_key", "stored_value")
    )
    return hook.__func__ in defaults


def _hooks(client: Any) -> dict[str, Any]:
    """The hooks of a client that hands on to it."""
    return {"stored_key": client.stored_key, "stored_value": client.stored_value}


CORRECT_HABITS: dict[str, Subject] = {
    "prefix": _said(Affixed),
    "suffix": _said(Suffixed),
    "prefix and suffix": _said(AffixedTwice),
    "hash": _said(Hashed),
    "hash under a prefix": _said(HashedUnderPrefix),
    "percent signs in keys": _said(Quoted),
    "base64 keys": _said(Base64Keys),
    "json": _said(Jsoned),
    "json in an object": _said(EnvelopedJson),
    "base64": _said(Encoded),
    "zlib": _said(Packed),
    "gzip": _said(Zipped),
    "prefix and json": _said(AffixedJson),
    "default TTL": _said(DefaultTtl),
    "own metadata": _said(OwnMetadata),
    "options": _said(Options),
    "read only": _said(ReadOnly),
    "write only": _said(WriteOnly),
    "delete only": _said(DeleteOnly),
    "read only with a prefix": _said(ReadOnlyAffixed),
    "read only with a cache": _said(ReadOnlyCaching),
    "read only of json": _said(ReadOnlyJson),
    "read only of base64": _said(ReadOnlyEncoded),
    "get when made": _said(CheckingSettings),
    "list when made": _said(ListingFirst),
    "best effort": _said(BestEffort, best_effort=True),
    "last known value": _said(LastKnown, best_effort=True),
    "best effort of json": _said(BestEffortJson, best_effort=True),
    "best effort with options": _said(BestEffortOptions, best_effort=True),
    "bools": _said(Bools),
    "100 keys": _said(Limited, max_keys=100),
    "1 key": _said(LimitedToOne, max_keys=1),
    "text in bulk": _said(TextInBulk),
    "get of some keys": _said(AskingForSome),
    "delete prefix": _said(Sweeping),
    "cache": _said(Caching),
    "delete prefix under a prefix": _said(AffixedSweeping),
    "options under a prefix": _said(AffixedOptions),
    "everything": _said(Everything, max_keys=100, **_hooks(_LimitedAffixedJson)),
    "over http": _said(OverHttp, "http"),
    "bools over http": _said(OverHttpBools, "http"),
    "prefix, binding": _said(async_habits.Affixed, "binding"),
    "json, binding": _said(async_habits.Jsoned, "binding"),
    "prefix and json, binding": _said(async_habits.AffixedJson, "binding"),
    "default TTL, binding": _said(async_habits.DefaultTtl, "binding"),
    "best effort, binding": _said(async_habits.BestEffort, "binding", best_effort=True),
    "bools, binding": _said(async_habits.Bools, "binding"),
    "cache, binding": _said(async_habits.Caching, "binding"),
    "delete prefix, binding": _said(async_habits.Sweeping, "binding"),
}
"""The clients, each with what its author says about it."""
