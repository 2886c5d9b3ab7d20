"""ArrayBuffers, and typed arrays, which are views of them."""

from __future__ import annotations

__all__ = ("TYPED_ARRAYS", "ArrayBuffer", "DataView", "JsBuffer", "Uint8Array", "typed_array")

from array import array
from collections.abc import Iterator
from typing import Any, Final

from pytest_kv.workers._objects import JsClass, JsProxy, to_text


class JsBuffer(JsProxy):
    """An ArrayBuffer or a view of one; a typed array has a class and a format of its own."""

    _format: Any = "B"

    def __init__(self, given: Any = 0) -> None:
        self._view: memoryview[Any] = _view(given, self._format)

    @property
    def byteLength(self) -> int:
        return self._view.nbytes

    def to_py(self, **how: Any) -> memoryview[Any]:
        return self.to_memoryview()

    def to_memoryview(self) -> memoryview[Any]:
        """A copy as a memoryview."""
        return _cast(bytearray(self._view.tobytes()), self._format)

    def to_bytes(self) -> bytes:
        """A copy as bytes."""
        return self._view.tobytes()

    def to_string(self, encoding: str = "utf-8") -> str:
        """The bytes as text."""
        return self._view.tobytes().decode(encoding)

    def slice(self, start: int = 0, end: int | None = None) -> Any:
        return type(self).new(self._view[start:end].tolist())

    def __len__(self) -> int:
        return len(self._view)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._view.tolist())

    def __getitem__(self, index: int) -> Any:
        return self._view[index]


def _view(given: Any, item_format: Any) -> memoryview[Any]:
    if isinstance(given, int):
        return memoryview(array(item_format, [0] * given))
    if isinstance(given, ArrayBuffer):
        given = given.to_bytes()
    if isinstance(given, bytes):
        return _cast(bytearray(given), item_format)
    return memoryview(array(item_format, list(given)))


def _cast(content: bytearray, item_format: Any) -> memoryview[Any]:
    view: memoryview[Any] = memoryview(content).cast(item_format)
    return view


class ArrayBuffer(JsBuffer):
    """Bytes."""


class DataView(JsBuffer):
    """A view of an ArrayBuffer."""


class TypedArray(JsBuffer):
    """A view of an ArrayBuffer as numbers of one kind."""

    @property
    def length(self) -> int:
        return len(self)

    @property
    def buffer(self) -> ArrayBuffer:
        made: ArrayBuffer = ArrayBuffer.new(self.to_bytes())
        return made

    def subarray(self, start: int = 0, end: int | None = None) -> Any:
        return self.slice(start, end)

    def toString(self) -> str:
        return ",".join(map(to_text, self))


def _typed(name: str, item_format: str) -> Any:
    return JsClass(name, (TypedArray,), {"_format": item_format})


Uint8Array = _typed("Uint8Array", "B")
TYPED_ARRAYS: Final = {
    made.name: made
    for made in (
        Uint8Array,
        _typed("Uint8ClampedArray", "B"),
        _typed("Int8Array", "b"),
        _typed("Uint16Array", "H"),
        _typed("Int16Array", "h"),
        _typed("Uint32Array", "I"),
        _typed("Int32Array", "i"),
        _typed("Float32Array", "f"),
        _typed("Float64Array", "d"),
    )
}
"""The classes of typed arrays by their names."""

_BY_FORMAT = {made._format: made for made in reversed(TYPED_ARRAYS.values())}


def typed_array(view: memoryview) -> Any:
    """The typed array for what a view holds; bytes where JavaScript has no such numbers."""
    return _BY_FORMAT.get(view.format, Uint8Array).new(view.tobytes())
