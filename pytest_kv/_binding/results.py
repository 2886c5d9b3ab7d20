"""What the binding's methods return: JavaScript values as a Python Worker gets them."""

from __future__ import annotations

__all__ = (
    "KVObject",
    "KVStream",
    "ListResult",
    "ListedKey",
    "ReadResult",
    "StreamChunk",
    "ValueWithMetadata",
    "check_arrival",
)

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from pytest_kv._errors import KVError, warn_of_usage

_V = TypeVar("_V", covariant=True)

_CHUNK_BYTES = 4096

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class KVObject(dict[str, Any]):
    """A JavaScript object: a dict whose keys can be read as attributes too (R)."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value


class ValueWithMetadata(KVObject, Generic[_V]):
    """One value that ``getWithMetadata`` read."""

    value: _V
    metadata: Any

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, name: Literal["value"], /) -> _V: ...
        @overload
        def __getitem__(self, name: str, /) -> Any: ...
        def __getitem__(self, name: str, /) -> Any: ...


class ReadResult(ValueWithMetadata[_V]):
    """What ``getWithMetadata`` returns for one key; the value of a missing key is None."""

    cacheStatus: str | None


class ListedKey(KVObject):
    """One name on a page of ``list``; it has only what its entry has."""

    name: str
    expiration: int
    metadata: Any

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, name: Literal["name"], /) -> str: ...
        @overload
        def __getitem__(self, name: Literal["expiration"], /) -> int: ...
        @overload
        def __getitem__(self, name: str, /) -> Any: ...
        def __getitem__(self, name: str, /) -> Any: ...


class ListResult(KVObject):
    """What ``list`` returns; the last page has no cursor. ``keys`` is no attribute of a dict."""

    list_complete: bool
    cursor: str
    cacheStatus: str | None

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, name: Literal["keys"], /) -> list[ListedKey]: ...
        @overload
        def __getitem__(self, name: Literal["list_complete"], /) -> bool: ...
        @overload
        def __getitem__(self, name: Literal["cursor"], /) -> str: ...
        @overload
        def __getitem__(self, name: str, /) -> Any: ...
        def __getitem__(self, name: str, /) -> Any: ...


def check_arrival(value: object, content: bytes, *, is_outermost: bool = False) -> None:
    """Raise the wrapper's error for JSON in which an object has a member ``constructor`` (O).

    The wrapper asks each object for the name of its constructor and gets that member instead.
    ``content`` is the JSON text of ``value``; ``is_outermost`` says that ``value`` is the whole
    result and not a part of one.
    """
    # The name may be written with escapes.
    if b"constructor" not in content and b"\\u" not in content:
        return
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, KVObject):
            if "constructor" in value:
                _check_constructor(value["constructor"], is_outermost=is_outermost)
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        is_outermost = False


def _check_constructor(constructor: object, *, is_outermost: bool) -> None:
    if isinstance(constructor, KVObject) and "name" in constructor:
        if constructor["name"] != "Object":
            warn_of_usage(
                "in production an object with a member 'constructor' that has a 'name' arrives as "
                "a JsProxy, which is no dict"
            )
        return
    error = _constructor_error(constructor, is_outermost=is_outermost)
    error.add_note(
        "The JSON has an object with a member 'constructor', over which Cloudflare's wrapper for "
        "Python Workers trips in production too; read the value as text and use json.loads()."
    )
    raise error


def _constructor_error(constructor: object, *, is_outermost: bool) -> Exception:
    if constructor is None and not is_outermost:
        return KVError("TypeError", "Cannot read properties of null (reading 'name')")
    if isinstance(constructor, KVObject | list):
        return AttributeError("name")
    kind = "JsNull" if constructor is None else type(constructor).__name__
    return AttributeError(f"{kind!r} object has no attribute 'name'")


class StreamChunk:
    """One chunk of a stream. In production it is a Uint8Array, so it is no bytes object here.

    Read it with ``bytes(chunk)``, ``chunk.to_bytes()`` or ``chunk.to_py()``
    (R: pyodide.ffi.JsBuffer).
    """

    __slots__ = ("_bytes",)

    def __init__(self, content: bytes) -> None:
        self._bytes = content

    def __len__(self) -> int:
        return len(self._bytes)

    def __iter__(self) -> Iterator[int]:
        return iter(self._bytes)

    def __getitem__(self, index: int) -> int:
        return self._bytes[index]

    def __repr__(self) -> str:
        return f"<StreamChunk of {len(self._bytes)} bytes>"

    def to_bytes(self) -> bytes:
        """A copy of the chunk as bytes."""
        return self._bytes

    def to_memoryview(self) -> memoryview:
        """A copy of the chunk as a memoryview."""
        return memoryview(bytearray(self._bytes))

    def to_py(self) -> memoryview:
        """The same as :meth:`to_memoryview`."""
        return self.to_memoryview()

    def to_string(self) -> str:
        """The chunk decoded as UTF-8; ValueError when it is not."""
        return self._bytes.decode()


class KVStream:
    """A ReadableStream of a value, read once with ``async for`` in chunks of at most 4,096 bytes.

    The size of a chunk is inferred. Production promises no size, so code must join the chunks.
    """

    __slots__ = ("_rest",)

    constructor: Any = SimpleNamespace(name="ReadableStream")
    """What JavaScript calls it; Cloudflare's ``Response`` takes a stream by this name."""

    def __init__(self, value: bytes) -> None:
        self._rest = value

    async def __aiter__(self) -> AsyncIterator[StreamChunk]:
        while self._rest:
            chunk, self._rest = self._rest[:_CHUNK_BYTES], self._rest[_CHUNK_BYTES:]
            yield StreamChunk(chunk)

    def _read_rest(self) -> bytes:
        """Read the rest of the stream; ``put`` stores this when it is given a stream."""
        rest, self._rest = self._rest, b""
        return rest
