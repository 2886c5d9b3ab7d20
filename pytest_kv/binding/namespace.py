"""The binding: a namespace as a Python Worker sees ``env.KV``, and as its test looks behind it."""

from __future__ import annotations

__all__ = ("KVNamespace",)

import builtins
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from pytest_kv.binding.arguments import UNDEFINED, key_name, received
from pytest_kv.binding.json_parse import parse_json
from pytest_kv.binding.listing import ListOptions, page_result
from pytest_kv.binding.reading import (
    ReadOptions,
    bulk_name,
    bulk_result,
    read_metadata,
    read_text,
    read_value,
)
from pytest_kv.binding.refusals import failed_to_execute, thrown
from pytest_kv.binding.results import KVObject
from pytest_kv.binding.writing import to_write
from pytest_kv.core.account import Account
from pytest_kv.core.assertions import DeleteAssertions
from pytest_kv.core.data import LiveData
from pytest_kv.core.entry import Entry
from pytest_kv.core.journal import Call
from pytest_kv.core.namespace import Namespace
from pytest_kv.core.rules import Refused
from pytest_kv.errors import KVError

_READ_KEY_TYPES = {"get": "string or Array", "getWithMetadata": "Array or string"}

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class KVNamespace:
    """A simulated Workers KV namespace.

    ``get``, ``getWithMetadata``, ``put``, ``delete`` and ``list`` are the binding's own methods,
    named and behaving as in a Python Worker; everything else is the test's side of it.
    The fixture ``kv_namespace`` gives one; :meth:`pytest_kv.KVAccount.create_namespace` makes more.
    """

    __slots__ = ("__weakref__", "_account", "_assertions", "_core")

    def __init__(self, account: Account, namespace: Namespace) -> None:
        self._account = account
        self._core = namespace
        self._assertions = DeleteAssertions(account, namespace)

    # The binding. Keywords travel as one trailing object, as Cloudflare's wrapper sends them (R).

    async def get(
        self,
        key: str | builtins.list[str] = UNDEFINED,
        options: str | dict[str, Any] | None = UNDEFINED,
        /,
        *ignored: object,
        **keywords: object,
    ) -> Any:
        """Read one key, or up to 100 given as a list.

        One key: its value as ``type`` says, ``"text"`` (the default, a str), ``"json"``,
        ``"arrayBuffer"`` (a memoryview) or ``"stream"`` (read with ``async for``); None when the
        key is missing. A list: a dict of name to value, None for a missing key; ``type`` is
        ``"text"`` or ``"json"``. ``cacheTtl`` is in seconds, at least 30.

        Raises KVError for what KV refuses. Source: observed cases ``get/*`` and ``bulk-get/*``.
        """
        return self._read("get", (key, options), ignored, keywords)

    async def getWithMetadata(
        self,
        key: str | builtins.list[str] = UNDEFINED,
        options: str | dict[str, Any] | None = UNDEFINED,
        /,
        *ignored: object,
        **keywords: object,
    ) -> Any:
        """Read as :meth:`get` does, with metadata: ``{"value", "metadata", "cacheStatus"}``.

        A missing key has None for all three. For a list of keys: a dict of name to
        ``{"value", "metadata"}``, or to None for a missing key.

        Raises KVError for what KV refuses. Source: observed cases ``getWithMetadata/*``.
        """
        return self._read("getWithMetadata", (key, options), ignored, keywords)

    async def put(
        self,
        key: str = UNDEFINED,
        value: str | bytes | memoryview = UNDEFINED,
        options: dict[str, Any] | None = UNDEFINED,
        /,
        *ignored: object,
        **keywords: object,
    ) -> None:
        """Store ``value``, with the options ``expiration``, ``expirationTtl`` and ``metadata``.

        ``expiration`` is in seconds since the UNIX epoch and ``expirationTtl`` in seconds, both at
        least 60 s ahead; ``metadata`` is anything JSON can say. Nothing of an older entry survives.

        Raises KVError for what KV refuses. Source: observed cases ``put/*``, ``expiration/*``.
        """
        given = received("put", (key, value, options), ignored, keywords)
        keys: tuple[str, ...] = ()
        try:
            keys = (_name("put", given[0], "string"),)
            write = to_write(keys[0], given[1], given[2], rules=self._account.rules)
            self._core.put(write)
        except (Refused, KVError) as error:
            raise self._failed("put", keys, error) from None
        self._record("put", keys)

    async def delete(self, key: str = UNDEFINED, /, *ignored: object, **keywords: object) -> None:
        """Delete ``key``; it succeeds whether or not the key is there.

        Raises KVError for a name KV does not allow. Source: observed cases ``delete/*``.
        """
        keys: tuple[str, ...] = ()
        try:
            if ignored or keywords or type(key) is not str or not key.isascii():
                [key] = received("delete", (key,), ignored, keywords)
                key = _name("delete", key, "string")
            keys = (key,)
            self._core.delete(key)
        except (Refused, KVError) as error:
            raise self._failed("delete", keys, error) from None
        self._record("delete", keys)

    async def list(
        self,
        options: dict[str, Any] | None = UNDEFINED,
        /,
        *ignored: object,
        **keywords: object,
    ) -> Any:
        """One page of names, sorted by their UTF-8 bytes: ``{"keys", "list_complete", …}``.

        The options are ``prefix``, ``limit`` (1,000 names at most and by default) and ``cursor``,
        which the page before has while ``list_complete`` is False.

        Raises KVError for what KV refuses. Source: observed cases ``list/*``.
        """
        [chosen] = received("list", (options,), ignored, keywords)
        try:
            wanted = ListOptions.read(chosen, rules=self._account.rules)
            page = self._core.list_page(
                prefix=wanted.prefix, after=wanted.after, limit=wanted.limit
            )
        except (Refused, KVError) as error:
            raise self._failed("list", (), error) from None
        self._record("list", ())
        return page_result(page)

    def __iter__(self) -> Iterator[NoReturn]:
        raise TypeError("'KvNamespace' object is not iterable")

    def __len__(self) -> int:
        raise TypeError("'KvNamespace' object has no len()")

    def __bool__(self) -> bool:
        return True

    # The test's side.

    @property
    def id(self) -> str:
        """The namespace's id, 32 hex digits."""
        return self._core.id

    @property
    def title(self) -> str:
        """The namespace's title, unique in its account."""
        return self._core.title

    @property
    def data(self) -> Mapping[str, Entry]:
        """What is stored and has not expired, read-only and live."""
        return LiveData(self._core)

    @property
    def calls(self) -> builtins.list[Call]:
        """Every operation on this namespace so far, over either face, in order."""
        return builtins.list(self._account.journal.of_namespace(self.id))

    @property
    def deletes(self) -> builtins.list[str]:
        """A name for each key of each successful delete, missing keys and repeats included."""
        return self._account.journal.deletes(self.id)

    def seed(self, entries: Mapping[str, str | bytes | Entry]) -> None:
        """Store ``entries`` without recording a call; all of them, or none.

        An ``Entry`` may have expired already or expire in under 60 s. Raises ValueError for what
        ``put`` would refuse otherwise, a bad name, a value or metadata over its limit, and
        TypeError for a name that is not a str or a value that is neither text nor bytes.
        """
        for name in entries:
            if not isinstance(name, str):
                raise TypeError(f"the names of a seed are str, not {name!r}")
        seeds = {
            name: given if isinstance(given, Entry) else Entry(given)
            for name, given in entries.items()
        }
        try:
            self._core.seed(seeds)
        except Refused as refused:
            raise ValueError(f"KV would not store this seed: {refused.text}") from None

    def assert_deleted(self, *keys: str) -> None:
        """Each of ``keys`` was deleted, over either face, singly or in bulk, there or not."""
        self._assertions.deleted(keys)

    def assert_not_deleted(self, *keys: str) -> None:
        """No delete of any of ``keys`` succeeded, not even of one that was not there."""
        self._assertions.not_deleted(keys)

    def assert_only_deleted(self, *keys: str) -> None:
        """Each of ``keys`` was deleted and no other key was."""
        self._assertions.only_deleted(keys)

    def assert_no_deletes(self) -> None:
        """Nothing was deleted, not even a key that was not there."""
        self._assertions.none_deleted()

    def __repr__(self) -> str:
        return f"<KVNamespace {self.title!r} ({self.id})>"

    def is_of(self, namespace: Namespace) -> bool:
        """Whether this is the handle of ``namespace`` and not of an older one with its id."""
        return self._core is namespace

    # How a call is carried out and written down.

    def _read(
        self,
        method: str,
        given: tuple[object, object],
        ignored: tuple[object, ...],
        keywords: dict[str, object],
    ) -> object:
        key, options = received(method, given, ignored, keywords)
        if isinstance(key, builtins.list):
            return self._read_many(method, key, options)
        keys: tuple[str, ...] = ()
        try:
            keys = (_name(method, key, _READ_KEY_TYPES[method]),)
            chosen = ReadOptions.read(method, options)
            entry = self._core.get(keys[0], cache_ttl=chosen.cache_ttl)
            value = None if entry is None else read_value(entry, chosen.type)
        except (Refused, KVError) as error:
            raise self._failed(method, keys, error) from None
        self._record(method, keys)
        if method == "get":
            return value
        metadata = None if entry is None else read_metadata(entry)
        return KVObject(value=value, metadata=metadata, cacheStatus=None)

    def _read_many(self, method: str, members: builtins.list[object], options: object) -> KVObject:
        keys = tuple(bulk_name(method, member) for member in members)
        try:
            chosen = ReadOptions.read(method, options)
            found = self._core.bulk_get(
                keys,
                parse_json if chosen.type == "json" else read_text,
                type=chosen.type or "text",
                cache_ttl=chosen.cache_ttl,
            )
        except (Refused, KVError) as error:
            raise self._failed("bulk_get", keys, error) from None
        self._record("bulk_get", keys)
        return bulk_result(keys, found, with_metadata=method == "getWithMetadata")

    def _record(self, operation: str, keys: tuple[str, ...], error: str | None = None) -> None:
        self._account.journal.append(Call(operation, keys, "binding", error, self._core.id))

    def _failed(self, operation: str, keys: tuple[str, ...], error: Refused | KVError) -> KVError:
        told = thrown(operation, error) if isinstance(error, Refused) else error
        self._record(operation, keys, str(told))
        return told


def _name(method: str, key: object, expected: str) -> str:
    if key is UNDEFINED:
        raise failed_to_execute(method, 1, expected)
    return key_name(method, key)
