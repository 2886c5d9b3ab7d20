"""JavaScript's values as Pyodide shows them to Python: ``JsProxy`` and its kinds.

Source: observed in Pyodide (O: ``tests/data/pyodide.json``).
"""

from __future__ import annotations

__all__ = (
    "Converter",
    "JsArray",
    "JsClass",
    "JsMap",
    "JsNull",
    "JsObject",
    "JsProxy",
    "JsSet",
    "array_of",
    "jsnull",
    "members",
    "throw",
    "to_text",
)

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn

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
        if cls is JsProxy:
            raise TypeError("JsProxy cannot be instantiated.")
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

    def fromEntries(cls, entries: Any = None) -> Any:
        """An object with these names and members."""
        made = cls.new()
        for name, member in _entries(entries):
            made.__dict__[_property_name(name)] = member
        return made

    def keys(cls, of: Any = None) -> JsArray:
        return array_of(_own_properties(of))

    def values(cls, of: Any = None) -> JsArray:
        return array_of(_own_properties(of).values())

    def entries(cls, of: Any = None) -> JsArray:
        return array_of(map(array_of, _own_properties(of).items()))


class JsObject(JsProxy, metaclass=_ObjectClass):
    """A plain object. Its members are attributes; it is no mapping and has no subscripts."""

    _js_name = "Object"

    __hash__ = None  # type: ignore[assignment]  # as in Pyodide

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self.__dict__.update(given or {})

    def __getattr__(self, name: str) -> Any:
        # An object may lack any name, so this is not about what is simulated.
        raise AttributeError(name, name=name)

    def __getitem__(self, name: object) -> NoReturn:
        raise TypeError(
            "a JavaScript object is not subscriptable, as in production; "
            f"read the attribute, or .to_py()[{name!r}]"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(
            "a JavaScript object is not iterable, as in production; iterate over .to_py()"
        )

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

    __hash__ = None  # type: ignore[assignment]  # as in Pyodide

    def __init__(self, *items: Any) -> None:
        self._items = list(items)

    @property
    def length(self) -> int:
        return len(self._items)

    def append(self, item: Any) -> None:
        self._items.append(item)

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


def array_of(items: Iterable[Any]) -> JsArray:
    made: JsArray = JsArray.new(*items)
    return made


class JsMap(JsProxy):
    """A Map; in Python a mapping."""

    _js_name = "Map"

    def __init__(self, entries: Any = None) -> None:
        is_empty = entries is None or entries is jsnull
        self._entries: dict[Any, Any] = {} if is_empty else dict(_entries(entries))

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

    def __init__(self, items: Any = None) -> None:
        is_empty = items is None or items is jsnull
        self._items: set[Any] = set() if is_empty else set(_iterated(items))

    def to_py(self, **how: Any) -> set[Any]:
        return {_to_py(item, how) for item in self._items}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __contains__(self, item: Any) -> bool:
        return item in self._items


class JsNull:
    """JavaScript's null; undefined is None."""

    def __repr__(self) -> str:
        return "jsnull"

    def __bool__(self) -> bool:
        return False


jsnull: Final = JsNull()


def _iterated(given: Any) -> Iterator[Any]:
    """What JavaScript gets one after the other from an object."""
    if isinstance(given, JsMap):
        return iter(given._entries.items())
    if given is None or given is jsnull:
        throw("TypeError", "undefined is not iterable")
    try:
        return iter(given)
    except TypeError:
        kind = "boolean" if isinstance(given, bool) else "number"
        named = f"{kind} {to_text(given)}" if isinstance(given, int | float) else "object"
        why = "(cannot read property Symbol(Symbol.iterator))"
        throw("TypeError", f"{named} is not iterable {why}")


def _entries(given: Any) -> Iterator[tuple[Any, Any]]:
    """The pairs of name and member that JavaScript reads from ``given``."""
    for entry in _iterated(given):
        if entry is None or isinstance(entry, str | int | float | JsNull):
            throw("TypeError", f"Iterator value {to_text(entry)} is not an entry object")
        yield _at(entry, 0), _at(entry, 1)


def _at(entry: Any, index: int) -> Any:
    if isinstance(entry, JsObject):
        return vars(entry).get(str(index))
    try:
        return entry[index]
    except (LookupError, TypeError):
        return None


def _own_properties(of: Any) -> dict[str, Any]:
    """The members that ``Object.keys`` and its like list."""
    if of is None or of is jsnull:
        throw("TypeError", "Cannot convert undefined or null to object")
    if isinstance(of, JsObject):
        return vars(of)
    if isinstance(of, dict):
        return {_property_name(name): member for name, member in of.items()}
    if isinstance(of, str | JsArray):
        return {str(index): item for index, item in enumerate(of)}
    return {}


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


def _property_name(name: Any) -> str:
    return name if isinstance(name, str) else to_text(name)
