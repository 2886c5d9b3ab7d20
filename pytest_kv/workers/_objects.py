"""JavaScript's values as Pyodide shows them to Python: ``JsProxy``, and what makes one.

Source: observed in Pyodide (O: ``tests/data/pyodide.json``).
"""

from __future__ import annotations

__all__ = (
    "JsArray",
    "JsBuffer",
    "JsClass",
    "JsDoubleProxy",
    "JsMap",
    "JsNull",
    "JsObject",
    "JsProxy",
    "JsSet",
    "create_proxy",
    "destroy_proxies",
    "jsnull",
    "members",
    "throw",
    "to_js",
    "to_text",
)

import inspect
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn

from pytest_kv._binding.arguments import ConversionError
from pytest_kv._binding.conversions import to_string
from pytest_kv._errors import JsException
from pytest_kv.workers._not_simulated import not_simulated

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True

Converter = Callable[[Any, Callable[[Any], Any], Callable[[Any, Any], None]], Any]
"""A converter gets a value, a function that converts a part of it, and one that keeps a result."""


def throw(name: str, message: str) -> NoReturn:
    """Throw an error of JavaScript."""
    raise JsException(name, message) from None


class JsClass(type):
    """A class of JavaScript: instances come from ``new`` and not from a call."""

    _js_name: str

    def __call__(cls, *args: object, **kwargs: object) -> Any:
        throw("TypeError", f"Class constructor {cls.name} cannot be invoked without 'new'")

    def new(cls, *args: Any, **kwargs: Any) -> Any:
        """``new Class(…)``; keywords become one trailing object."""
        return type.__call__(cls, *args, *([kwargs] if kwargs else []))

    @property
    def name(cls) -> str:
        """JavaScript's name of the class."""
        return str(cls.__dict__.get("_js_name", cls.__name__))

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name, name=name)
        raise AttributeError(not_simulated(f"js.{cls.name}.{name}"), name=name)


class JsProxy(metaclass=JsClass):
    """An object of JavaScript."""

    @property
    def constructor(self) -> JsClass:
        """The object's class; code asks ``constructor.name`` for what it has."""
        return type(self)

    def to_py(self, *, depth: int = -1, default_converter: Converter | None = None) -> Any:
        """The object as Python's, all the way down; what has no such form stays as it is."""
        if default_converter is None:
            return self
        return default_converter(self, lambda part: part, lambda before, after: None)

    def destroy(self) -> None:
        """Give the object up."""

    def toString(self) -> str:
        """JavaScript's text of the object."""
        return f"[object {self.constructor.name}]"

    def __repr__(self) -> str:
        return self.toString()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name, name=name)
        raise AttributeError(not_simulated(f"{self.constructor.name}.{name}"), name=name)


def _to_py(value: object, how: dict[str, Any]) -> Any:
    return value.to_py(**how) if isinstance(value, JsProxy) else value


class _ObjectClass(JsClass):
    """``Object``: its functions are here since no instance has them."""

    def fromEntries(cls, entries: Iterable[Iterable[Any]]) -> Any:
        """An object with these names and members."""
        made = cls.new()
        for name, member in entries:
            made.__dict__[_property_name(name)] = member
        return made

    def keys(cls, of: JsProxy) -> JsArray:
        return _array(vars(of))

    def values(cls, of: JsProxy) -> JsArray:
        return _array(vars(of).values())

    def entries(cls, of: JsProxy) -> JsArray:
        return _array(map(_array, vars(of).items()))


class JsObject(JsProxy, metaclass=_ObjectClass):
    """A plain object. Its members are attributes; it is no mapping and has no subscripts."""

    _js_name = "Object"

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self.__dict__.update(given or {})

    def __getattr__(self, name: str) -> Any:
        # An object may lack any name, so this is not about what is simulated.
        raise AttributeError(name, name=name)

    def to_py(self, **how: Any) -> dict[str, Any]:
        return {name: _to_py(member, how) for name, member in self.__dict__.items()}

    def object_keys(self) -> JsArray:
        """``Object.keys`` of it."""
        return JsObject.keys(self)

    def object_values(self) -> JsArray:
        """``Object.values`` of it."""
        return JsObject.values(self)

    def object_entries(self) -> JsArray:
        """``Object.entries`` of it."""
        return JsObject.entries(self)


class JsArray(JsProxy):
    """An array; in Python a sequence."""

    _js_name = "Array"

    def __init__(self, *items: Any) -> None:
        self._items = list(items)

    @property
    def length(self) -> int:
        return len(self._items)

    def push(self, *items: Any) -> int:
        self._items.extend(items)
        return len(self._items)

    def to_py(self, **how: Any) -> list[Any]:
        return [_to_py(item, how) for item in self._items]

    def toString(self) -> str:
        return ",".join("" if item in (None, jsnull) else to_text(item) for item in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getitem__(self, index: int) -> Any:
        return self._items[index]


def _array(items: Iterable[Any]) -> JsArray:
    made: JsArray = JsArray.new(*items)
    return made


class JsMap(JsProxy):
    """A Map; in Python a mapping."""

    _js_name = "Map"

    def __init__(self, entries: Iterable[Iterable[Any]] = ()) -> None:
        self._entries = {name: member for name, member in entries}

    def get(self, name: Any, default: Any = None) -> Any:
        return self._entries.get(name, default)

    def to_py(self, **how: Any) -> dict[Any, Any]:
        return {name: _to_py(member, how) for name, member in self._entries.items()}

    def __getitem__(self, name: Any) -> Any:
        return self._entries[name]

    def __contains__(self, name: Any) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)


class JsSet(JsProxy):
    """A Set."""

    _js_name = "Set"

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items = set(items)

    def to_py(self, **how: Any) -> set[Any]:
        return {_to_py(item, how) for item in self._items}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __contains__(self, item: Any) -> bool:
        return item in self._items


class JsBuffer(JsProxy):
    """An ArrayBuffer or a view of one; a typed array has a class and a format of its own."""

    _format = "B"

    def __init__(self, given: Any = 0) -> None:
        self._view = _view(given, self._format)

    @property
    def byteLength(self) -> int:
        return self._view.nbytes

    def to_py(self, **how: Any) -> memoryview:
        return self.to_memoryview()

    def to_memoryview(self) -> memoryview:
        """A copy as a memoryview."""
        return memoryview(bytearray(self._view.tobytes())).cast(self._format)

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


def _view(given: Any, item_format: str) -> memoryview:
    if isinstance(given, int):
        return memoryview(bytearray(given * memoryview(b"").cast(item_format).itemsize)).cast(
            item_format
        )
    if isinstance(given, JsBuffer):
        same_kind = given._format == item_format or type(given)._js_name == "ArrayBuffer"
        given = given._view if same_kind else list(given)
    if isinstance(given, bytes | bytearray | memoryview):
        return memoryview(bytearray(given)).cast("B").cast(item_format)
    from array import array

    return memoryview(array(item_format, list(given)))


class JsNull:
    """JavaScript's null; undefined is None."""

    def __repr__(self) -> str:
        return "jsnull"

    def __bool__(self) -> bool:
        return False


jsnull: Final = JsNull()


class JsDoubleProxy(JsProxy):
    """What ``create_proxy`` makes: an object of Python that JavaScript holds."""

    def __init__(self, held: Any) -> None:
        self._held = held

    def unwrap(self) -> Any:
        """The object of Python."""
        return self._held

    def to_py(self, **how: Any) -> Any:
        return self._held

    def toString(self) -> str:
        return str(self._held)

    def getBuffer(self, kind: str | None = None) -> JsObject:
        """The object's bytes: their ``data``, until ``release()``."""
        buffer: JsObject = JsObject.new()
        vars(buffer).update(data=Uint8Array.new(self._held), release=lambda: None)
        return buffer

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._held(*args, **kwargs)

    def __await__(self) -> Generator[Any, None, Any]:
        awaited: Awaitable[Any] = self._held
        return awaited.__await__()


def create_proxy(value: Any, /, **options: Any) -> JsDoubleProxy:
    """Let JavaScript hold an object of Python for as long as it likes."""
    made: JsDoubleProxy = JsDoubleProxy.new(value)
    return made


def destroy_proxies(proxies: Iterable[JsProxy], /) -> None:
    """Give up many proxies."""
    for proxy in proxies:
        proxy.destroy()


def members(of: Any) -> dict[str, Any]:
    """The members of an object that JavaScript reads options from."""
    if isinstance(of, Mapping):
        return dict(of)
    return dict(vars(of)) if isinstance(of, JsObject) else {}


def to_text(value: Any) -> str:
    """JavaScript's ToString."""
    if isinstance(value, JsProxy):
        return value.toString()
    return "undefined" if value is None else "null" if value is jsnull else to_string(value)


def to_js(
    value: Any,
    /,
    *,
    depth: int = -1,
    pyproxies: Any = None,
    create_pyproxies: bool = True,
    dict_converter: Callable[[JsArray], Any] | None = None,
    default_converter: Converter | None = None,
) -> Any:
    """Convert a value of Python, all the way down, or ``depth`` levels of it.

    Without ``dict_converter`` a dict becomes a plain object, as since Pyodide 0.29. What has no
    form in JavaScript stays as it is.
    """

    def converted(part: Any, left: int) -> Any:
        if part is None or isinstance(part, str | int | float | JsProxy | JsNull) or left == 0:
            return part
        if isinstance(part, list | tuple):
            return _array(converted(item, left - 1) for item in part)
        if isinstance(part, dict):
            entries = [(_checked(name), converted(item, left - 1)) for name, item in part.items()]
            if dict_converter is None:
                return JsObject.fromEntries(entries)
            return dict_converter(_array(map(_array, entries)))
        if isinstance(part, set | frozenset):
            return JsSet.new(converted(item, left - 1) for item in part)
        if _has_buffer(part):
            return typed_array(memoryview(part))
        if default_converter is not None:
            return default_converter(part, lambda inner: converted(inner, left), _keep)
        if not create_pyproxies:
            raise ConversionError(f"No conversion known for {part!r}.")
        return part

    return converted(value, depth)


def _keep(before: Any, after: Any) -> None:
    """Every value is converted once, so nothing has to be found again."""


def _checked(name: Any) -> Any:
    if name is None or isinstance(name, str | int | float):
        return name
    raise ConversionError(f"Cannot use {name!r} as a key for a Javascript Map")


def _property_name(name: Any) -> str:
    return name if isinstance(name, str) else to_text(name)


def _has_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except TypeError:
        return False
    return True


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
