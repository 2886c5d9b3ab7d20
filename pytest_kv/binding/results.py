"""What the binding's methods return: JavaScript values as Python in a Worker gets them."""

from __future__ import annotations

__all__ = ("KVObject", "KVStream", "StreamChunk")

from collections.abc import AsyncIterator, Iterator

_CHUNK_BYTES = 4096


class KVObject(dict[str, object]):
    """A JavaScript object: a dict whose keys can be read as attributes too (R)."""

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value


class StreamChunk:
    """One piece of a stream: like the Uint8Array it is in production, not a bytes object.

    ``bytes(chunk)``, ``chunk.to_bytes()`` and ``chunk.to_py()`` read it (R: pyodide.ffi.JsBuffer).
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

    The size of a chunk is inferred: production promises none, so code must join what it reads.
    """

    __slots__ = ("_rest",)

    def __init__(self, value: bytes) -> None:
        self._rest = value

    async def __aiter__(self) -> AsyncIterator[StreamChunk]:
        while self._rest:
            chunk, self._rest = self._rest[:_CHUNK_BYTES], self._rest[_CHUNK_BYTES:]
            yield StreamChunk(chunk)

    def read_rest(self) -> bytes:
        """What has not been read yet; ``put`` of a stream stores it."""
        rest, self._rest = self._rest, b""
        return rest
