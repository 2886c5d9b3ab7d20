"""The binding: a namespace as a Python Worker sees ``env.KV``, with a side for the test."""

from __future__ import annotations

__all__ = ("KVNamespace",)

import builtins
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, TypeVarTuple, Unpack, overload

from pytest_kv._binding.arguments import UNDEFINED, key_name, received
from pytest_kv._binding.errors import failed_to_execute, thrown
from pytest_kv._binding.json_parse import parse_json
from pytest_kv._binding.listing import ListOptions, page_result
from pytest_kv._binding.option_types import (
    BufferOptions,
    JsonOptions,
    PageOptions,
    PutOptions,
    StreamOptions,
    TextOptions,
)
from pytest_kv._binding.reading import (
    ReadOptions,
    bulk_name,
    bulk_result,
    read_metadata,
    read_text,
    read_value,
)
from pytest_kv._binding.results import (
    KVObject,
    KVStream,
    ListResult,
    ReadResult,
    ValueWithMetadata,
    check_arrival,
)
from pytest_kv._binding.unknown_names import AS_A_DICT, METHODS, no_attribute, no_item, not_settable
from pytest_kv._binding.writing import to_write
from pytest_kv._core.account import Account
from pytest_kv._core.arguments import check_type
from pytest_kv._core.assertions import DeleteAssertions
from pytest_kv._core.data import LiveData
from pytest_kv._core.entry import Entry
from pytest_kv._core.faults import FaultError
from pytest_kv._core.journal import DELETES, PUTS, Call
from pytest_kv._core.locations import Location
from pytest_kv._core.namespace import Bulk, Mode, Namespace, Page
from pytest_kv._core.put_assertions import Given, PutAssertions
from pytest_kv._core.rules import Refused
from pytest_kv._core.text import shortened
from pytest_kv._errors import KVError

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")

Value = str | bytes | memoryview | KVStream
"""What ``put`` stores."""

_READ_KEY_TYPES = {"get": "string or Array", "getWithMetadata": "Array or string"}

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


_new_call = tuple.__new__
"""Makes a Call from a tuple of all its fields, in half the time of ``Call(…)``."""


class KVNamespace:
    """A simulated Workers KV namespace.

    ``get``, ``getWithMetadata``, ``put``, ``delete`` and ``list`` are the binding's own methods,
    named and behaving as in a Python Worker; everything else is the test's side of it.
    The fixture ``kv_namespace`` gives one; :meth:`pytest_kv.KVAccount.create_namespace` makes more.
    """

    # The __dict__ holds what a test puts in place of a method: a spy or a mock.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_account",
        "_core",
        "_delete_claims",
        "_faults",
        "_lock",
        "_put_claims",
        "_seen",
    )

    def __init__(
        self, account: Account, namespace: Namespace, location: Location | None = None
    ) -> None:
        self._account = account
        self._core = namespace
        self._seen = location or namespace
        self._faults = account.faults
        self._lock = account.lock
        self._delete_claims = DeleteAssertions(account, namespace)
        self._put_claims = PutAssertions(account, namespace)

    # The binding. Keywords travel as one trailing object, as Cloudflare's wrapper sends them (O).

    @overload
    async def get(
        self, key: str, options: Literal["text"] | TextOptions | None = None, /
    ) -> str | None: ...
    @overload
    async def get(self, key: str, /, **options: Unpack[TextOptions]) -> str | None: ...
    @overload
    async def get(self, key: str, options: Literal["json"] | JsonOptions, /) -> Any: ...
    @overload
    async def get(self, key: str, /, **options: Unpack[JsonOptions]) -> Any: ...
    @overload
    async def get(
        self, key: str, options: Literal["arrayBuffer"] | BufferOptions, /
    ) -> memoryview | None: ...
    @overload
    async def get(self, key: str, /, **options: Unpack[BufferOptions]) -> memoryview | None: ...
    @overload
    async def get(
        self, key: str, options: Literal["stream"] | StreamOptions, /
    ) -> KVStream | None: ...
    @overload
    async def get(self, key: str, /, **options: Unpack[StreamOptions]) -> KVStream | None: ...
    @overload
    async def get(
        self, keys: builtins.list[str], options: Literal["text"] | TextOptions | None = None, /
    ) -> dict[str, str | None]: ...
    @overload
    async def get(
        self, keys: builtins.list[str], /, **options: Unpack[TextOptions]
    ) -> dict[str, str | None]: ...
    @overload
    async def get(
        self, keys: builtins.list[str], options: Literal["json"] | JsonOptions, /
    ) -> dict[str, Any]: ...
    @overload
    async def get(
        self, keys: builtins.list[str], /, **options: Unpack[JsonOptions]
    ) -> dict[str, Any]: ...
    async def get(
        self,
        key: str | builtins.list[str] = UNDEFINED,
        options: str | Mapping[str, object] | None = UNDEFINED,
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

    @overload
    async def getWithMetadata(
        self, key: str, options: Literal["text"] | TextOptions | None = None, /
    ) -> ReadResult[str | None]: ...
    @overload
    async def getWithMetadata(
        self, key: str, /, **options: Unpack[TextOptions]
    ) -> ReadResult[str | None]: ...
    @overload
    async def getWithMetadata(
        self, key: str, options: Literal["json"] | JsonOptions, /
    ) -> ReadResult[Any]: ...
    @overload
    async def getWithMetadata(
        self, key: str, /, **options: Unpack[JsonOptions]
    ) -> ReadResult[Any]: ...
    @overload
    async def getWithMetadata(
        self, key: str, options: Literal["arrayBuffer"] | BufferOptions, /
    ) -> ReadResult[memoryview | None]: ...
    @overload
    async def getWithMetadata(
        self, key: str, /, **options: Unpack[BufferOptions]
    ) -> ReadResult[memoryview | None]: ...
    @overload
    async def getWithMetadata(
        self, key: str, options: Literal["stream"] | StreamOptions, /
    ) -> ReadResult[KVStream | None]: ...
    @overload
    async def getWithMetadata(
        self, key: str, /, **options: Unpack[StreamOptions]
    ) -> ReadResult[KVStream | None]: ...
    @overload
    async def getWithMetadata(
        self, keys: builtins.list[str], options: Literal["text"] | TextOptions | None = None, /
    ) -> dict[str, ValueWithMetadata[str | None] | None]: ...
    @overload
    async def getWithMetadata(
        self, keys: builtins.list[str], /, **options: Unpack[TextOptions]
    ) -> dict[str, ValueWithMetadata[str | None] | None]: ...
    @overload
    async def getWithMetadata(
        self, keys: builtins.list[str], options: Literal["json"] | JsonOptions, /
    ) -> dict[str, ValueWithMetadata[Any] | None]: ...
    @overload
    async def getWithMetadata(
        self, keys: builtins.list[str], /, **options: Unpack[JsonOptions]
    ) -> dict[str, ValueWithMetadata[Any] | None]: ...
    async def getWithMetadata(
        self,
        key: str | builtins.list[str] = UNDEFINED,
        options: str | Mapping[str, object] | None = UNDEFINED,
        /,
        *ignored: object,
        **keywords: object,
    ) -> Any:
        """Read as :meth:`get` does, with metadata: ``{"value", "metadata", "cacheStatus"}``.

        A missing key has None as value and metadata. For a list of keys: a dict of name to
        ``{"value", "metadata"}``, or to None for a missing key.

        Raises KVError for what KV refuses. Source: observed cases ``getWithMetadata/*``.
        """
        return self._read("getWithMetadata", (key, options), ignored, keywords)

    @overload
    async def put(self, key: str, value: Value, options: PutOptions | None = None, /) -> None: ...
    @overload
    async def put(self, key: str, value: Value, /, **options: Unpack[PutOptions]) -> None: ...
    async def put(
        self,
        key: str = UNDEFINED,
        value: Value = UNDEFINED,
        options: Mapping[str, object] | None = UNDEFINED,
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
        name = self._understood("put", (), _name, "put", given[0], "string")
        write = self._understood("put", (name,), to_write, self._core.rules, name, *given[1:])
        ttl = write.expiration_ttl
        ttls = () if ttl is None else (ttl,)
        self._carry_out("put", (name,), self._seen.put, write, ttls=ttls)

    if TYPE_CHECKING:

        async def delete(self, key: str, /) -> None: ...

    else:
        # Type checkers would accept ``delete()``, and a single signature cannot be an overload.
        async def delete(
            self, key: str = UNDEFINED, /, *ignored: object, **keywords: object
        ) -> None:
            """Delete ``key``; it succeeds whether or not the key is there.

            Raises KVError for a name KV does not allow. Source: observed cases ``delete/*``.
            """
            if ignored or keywords or type(key) is not str or not key.isascii():
                [key] = received("delete", (key,), ignored, keywords)
                key = self._understood("delete", (), _name, "delete", key, "string")
            self._carry_out("delete", (key,), self._seen.delete, key)

    @overload
    async def list(self, options: PageOptions | None = None, /) -> ListResult: ...
    @overload
    async def list(self, /, **options: Unpack[PageOptions]) -> ListResult: ...
    async def list(
        self,
        options: Mapping[str, object] | None = UNDEFINED,
        /,
        *ignored: object,
        **keywords: object,
    ) -> ListResult:
        """One page of names, sorted by their UTF-8 bytes: ``{"keys", "list_complete", …}``.

        The options are ``prefix``, ``limit`` (1,000 names at most and by default) and ``cursor``,
        which the page before has while ``list_complete`` is False.

        Raises KVError for what KV refuses. Source: observed cases ``list/*``.
        """
        [given] = received("list", (options,), ignored, keywords)
        chosen = self._understood("list", (), ListOptions.read, given, self._core.rules)
        return page_result(self._carry_out("list", (), self._list, chosen))

    if TYPE_CHECKING:
        pass  # A type checker reports these names by itself.
    else:

        def __setattr__(self, name: str, value: object) -> None:
            if not hasattr(type(self), name):
                raise AttributeError(not_settable(name))
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> NoReturn:
            known = (one for one in dir(type(self)) if not one.startswith("_"))
            raise AttributeError(no_attribute(name, (*METHODS, *known)))

        def __getitem__(self, name: object) -> object:
            if name in METHODS:
                return getattr(self, name)
            if isinstance(name, str):
                raise AttributeError(no_item(name))
            raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")

        def __setitem__(self, name: object, value: object) -> NoReturn:
            raise TypeError(
                "'KVNamespace' object does not support item assignment; "
                f"write await kv.put({name!r}, ...)"
            )

        def __delitem__(self, name: object) -> NoReturn:
            raise TypeError(
                "'KVNamespace' object does not support item deletion; "
                f"write await kv.delete({name!r})"
            )

    def __iter__(self) -> Iterator[NoReturn]:
        error = TypeError("'KvNamespace' object is not iterable")
        error.add_note(AS_A_DICT)
        raise error

    def __len__(self) -> int:
        error = TypeError("'KvNamespace' object has no len()")
        error.add_note(AS_A_DICT)
        raise error

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
    def mode(self) -> Mode:
        """``"classic"``, or ``"instant"`` for a KV Instant namespace."""
        return self._core.mode

    @property
    def data(self) -> Mapping[str, Entry]:
        """What is stored and has not expired, read-only and live."""
        return LiveData(self._core, self._lock)

    @property
    def calls(self) -> builtins.list[Call]:
        """Every operation on this namespace so far, over either face, in order."""
        return builtins.list(self._account.journal.of_namespace(self.id))

    @property
    def deletes(self) -> builtins.list[str]:
        """The keys of every delete that KV carried out, missing keys included.

        A key is there for each call that deleted it; a bulk delete counts a repeated name once.
        """
        return self._account.journal.done_keys(self.id, DELETES)

    @property
    def puts(self) -> builtins.list[str]:
        """The keys of every put and bulk put that KV carried out, once for each call.

        Entries from :meth:`seed` are no puts. :attr:`pytest_kv.Call.entries` has what was written.
        """
        return self._account.journal.done_keys(self.id, PUTS)

    def at(self, location: str) -> KVNamespace:
        """The same namespace at a location of any name, such as an airport's code.

        A location caches what it reads for its ``cacheTtl``, missing keys too, so that it sees a
        write or delete made elsewhere late (D). ``cacheStatus`` tells whether a result came from
        the cache. See docs/locations.md.
        """
        return KVNamespace(self._account, self._core, self._account.location(self._core, location))

    def after_next_read(self, key: str, action: Callable[[], object]) -> None:
        """Call ``action`` right after the next read of ``key``, as if by another writer.

        It shows the lost update of code that reads a value, changes it and writes it back.
        ``action`` is called once, whichever face reads; it may return a coroutine of the binding,
        such as ``put(...)``, which is run to its end.
        """
        self._faults.add_other_writer(self._core.id, key, action)

    def seed(self, entries: Mapping[str, str | bytes | Entry]) -> None:
        """Store ``entries`` without recording a call; all of them, or none.

        An ``Entry`` may have expired already or expire in under 60 s. Raises ValueError for what
        ``put`` would refuse otherwise, a bad name, a value or metadata over its limit, and
        TypeError for a name that is not a str or a value that is neither text nor bytes.
        """
        check_type("a seed", entries, Mapping, "a dict of names and values")
        for name, given in entries.items():
            if not isinstance(name, str):
                raise TypeError(f"the names of a seed are str, not {name!r}")
            if not isinstance(given, str | bytes | Entry):
                told = f"the value of {shortened(name, 80)} in a seed is a str, bytes or Entry"
                raise TypeError(f"{told}, not {given!r:.80}")
        seeds = {
            name: given if isinstance(given, Entry) else Entry(given)
            for name, given in entries.items()
        }
        try:
            with self._lock:
                self._core.seed(seeds)
        except Refused as refused:
            raise ValueError(f"KV would not store this seed: {refused.text}") from None

    def clear(self) -> None:
        """Remove every key and forget the recorded calls of this namespace; record no call.

        ``kv_account.calls`` keeps them. Planned faults and the clock stay as they are.
        """
        with self._lock:
            self._account.clear(self._core)

    def assert_deleted(self, *keys: str) -> None:
        """Each of ``keys`` was deleted, over either face, singly or in bulk, there or not."""
        self._delete_claims.deleted(keys)

    def assert_not_deleted(self, *keys: str) -> None:
        """No delete of any of ``keys`` succeeded, not even of one that was not there.

        The namespace was not removed either.
        """
        self._delete_claims.not_done(keys)

    def assert_only_deleted(self, *keys: str) -> None:
        """Each of ``keys`` was deleted and no other key was, nor was the namespace removed."""
        self._delete_claims.only_deleted(keys)

    def assert_no_deletes(self) -> None:
        """Nothing was deleted, not even a key that was not there, nor was the namespace removed."""
        self._delete_claims.none_done()

    def assert_put(
        self,
        key: str,
        value: object = ...,
        *,
        metadata: object = ...,
        expiration: int | EllipsisType | None = ...,
        expiration_ttl: int | EllipsisType | None = ...,
    ) -> None:
        """At least one put of ``key``, single or in bulk, was like this; what is not given may be
        anything.

        ``value`` as a str or bytes is compared as it was stored, and any other value as JSON.
        ``expiration`` is the time at which the entry expires, ``expiration_ttl`` what the put was
        given. None means that there is none. A key that was deleted since counts too.
        """
        self._put_claims.put(key, Given(value, metadata, expiration, expiration_ttl))

    def assert_not_put(self, *keys: str) -> None:
        """No put of any of ``keys`` succeeded."""
        self._put_claims.not_done(keys)

    def assert_no_puts(self) -> None:
        """Nothing was put; a seed is no put."""
        self._put_claims.none_done()

    def __repr__(self) -> str:
        location = "" if self._seen.location is None else f" at {self._seen.location}"
        return f"<KVNamespace {self.title!r} ({self.id}){location}>"

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
        name = self._understood(method, (), _name, method, key, _READ_KEY_TYPES[method])
        chosen = self._understood(method, (name,), ReadOptions.read, method, options)
        entry, value, cache_status = self._carry_out(method, (name,), self._read_one, name, chosen)
        if not self._faults.is_empty:
            self._faults.after_read(self._core.id, (name,))
        if entry is not None and chosen.type == "json":
            check_arrival(value, entry.value, is_outermost=method == "get")
        if method == "get":
            return value
        metadata = None if entry is None else read_metadata(entry)
        return ReadResult(value=value, metadata=metadata, cacheStatus=cache_status)

    def _read_one(self, name: str, chosen: ReadOptions) -> tuple[Entry | None, object, str | None]:
        entry, cache_status = self._seen.get(name, cache_ttl=chosen.cache_ttl)
        return entry, None if entry is None else read_value(entry, chosen.type), cache_status

    def _read_many(self, method: str, members: builtins.list[object], options: object) -> KVObject:
        names = tuple(bulk_name(method, member) for member in members)
        chosen = self._understood("bulk_get", names, ReadOptions.read, method, options)
        found = self._carry_out("bulk_get", names, self._bulk_get, names, chosen)
        self._faults.after_read(self._core.id, names)
        return bulk_result(names, found, with_metadata=method == "getWithMetadata")

    def _bulk_get(self, names: tuple[str, ...], chosen: ReadOptions) -> Bulk:
        return self._seen.bulk_get(
            names,
            parse_json if chosen.type == "json" else read_text,
            type=chosen.type or "text",
            cache_ttl=chosen.cache_ttl,
        )

    def _list(self, chosen: ListOptions) -> Page:
        return self._seen.list_page(prefix=chosen.prefix, after=chosen.after, limit=chosen.limit)

    def _understood(
        self,
        operation: str,
        keys: tuple[str, ...],
        read: Callable[[*_Args], _T],
        *given: *_Args,
    ) -> _T:
        """Read a caller's arguments with ``read``; ``keys`` are the keys read so far."""
        try:
            return read(*given)
        except (Refused, KVError) as error:
            self._faults.count_call()
            raise self._failed(operation, keys, error) from None

    def _carry_out(
        self,
        operation: str,
        keys: tuple[str, ...],
        act: Callable[[*_Args], _T],
        *args: *_Args,
        ttls: tuple[int, ...] = (),
    ) -> _T:
        """Call ``act`` as far as planned faults allow it, and write the call down.

        Only ``put`` gives ``ttls``, and its ``act`` alone returns an entry.
        """
        self._lock.acquire()  # ``with`` makes a delete a tenth slower
        try:
            if not self._faults.is_empty:
                self._faults.count_call()
                result = self._faults.carry_out(
                    operation,
                    "binding",
                    partial(act, *args),
                    keys=lambda: keys,
                    wait=self._account.clock.advance,
                )
            else:
                result = act(*args)
            written = (result,) if operation == "put" else ()
            self._account.journal.append(
                _new_call(
                    Call,
                    (
                        operation,
                        keys,
                        "binding",
                        None,
                        self._core.id,
                        (),
                        False,
                        self._seen.location,
                        None,
                        None,
                        None,
                        False,
                        written,
                        ttls,
                    ),
                )
            )
        except (Refused, KVError, FaultError) as error:
            raise self._failed(operation, keys, error, ttls) from None
        finally:
            self._lock.release()
        return result

    def _failed(
        self,
        operation: str,
        keys: tuple[str, ...],
        error: Refused | KVError | FaultError,
        ttls: tuple[int, ...] = (),
    ) -> KVError:
        """Write down a call that fails with ``error``; the error as the caller gets it."""
        told = thrown(operation, error)
        call = Call(
            operation,
            keys,
            "binding",
            namespace_id=self._core.id,
            location=self._seen.location,
            expiration_ttls=ttls,
        )
        if isinstance(error, FaultError) and isinstance(error.result, Entry):
            call = call._replace(written=(error.result,))
        self._account.journal.append(told.noted(call))
        return told.error


def _name(method: str, key: object, expected: str) -> str:
    if type(key) is str and key.isascii():
        return key
    if key is UNDEFINED:
        raise failed_to_execute(method, 1, expected)
    return key_name(method, key)
