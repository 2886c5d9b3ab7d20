"""The module ``pyodide.ffi``: ``to_js``, and proxies of Python's objects."""

from __future__ import annotations

__all__ = ("FFI", "JsDoubleProxy", "create_proxy", "destroy_proxies", "to_js")

import inspect
from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import Any, Final

from pytest_kv._binding.arguments import ConversionError
from pytest_kv._errors import JsException
from pytest_kv.workers._buffers import JsBuffer, Uint8Array, typed_array
from pytest_kv.workers._objects import (
    Converter,
    JsArray,
    JsMap,
    JsNull,
    JsObject,
    JsProxy,
    JsSet,
    array_of,
    jsnull,
)

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class JsDoubleProxy(JsProxy):
    """What ``create_proxy`` makes: an object of Python that JavaScript holds."""

    _js_name = "PyProxy"

    def __init__(self, held: Any) -> None:
        self._held = held

    def unwrap(self) -> Any:
        """The object of Python."""
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


class _AwaitableProxy(JsDoubleProxy):
    """The same for what can be awaited."""

    _js_name = "PyProxy"

    def __await__(self) -> Generator[Any, None, Any]:
        awaited: Awaitable[Any] = self._held
        return awaited.__await__()


def create_proxy(value: Any, /, **options: Any) -> JsDoubleProxy:
    """Let JavaScript hold an object of Python for as long as it likes."""
    kind = _AwaitableProxy if inspect.isawaitable(value) else JsDoubleProxy
    made: JsDoubleProxy = kind.new(value)
    return made


def destroy_proxies(proxies: Iterable[JsProxy], /) -> None:
    """Give up many proxies."""
    for proxy in proxies:
        proxy.destroy()


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
    form in JavaScript is held by a proxy; Python gets it back as it was from where it stands.
    """

    def converted(part: Any, left: int) -> Any:
        if part is None or isinstance(part, _SHARED) or left == 0:
            return part
        if isinstance(part, list | tuple):
            return array_of(converted(item, left - 1) for item in part)
        if isinstance(part, dict):
            entries = [(_checked(name), converted(item, left - 1)) for name, item in part.items()]
            if dict_converter is None:
                return JsObject.fromEntries(entries)
            return dict_converter(array_of(map(array_of, entries)))
        if isinstance(part, set | frozenset):
            return JsSet.new(converted(item, left - 1) for item in part)
        if _has_buffer(part):
            return typed_array(memoryview(part))
        if default_converter is not None:
            return default_converter(part, lambda inner: converted(inner, left), _keep)
        if not create_pyproxies:
            raise ConversionError("No conversion known for x.")
        return part

    result = converted(value, depth)
    is_javascript = result is None or isinstance(result, _SHARED)
    return result if is_javascript or not create_pyproxies else create_proxy(result)


_SHARED = (str, int, float, JsProxy, JsNull)
"""The types of what is a value of both languages."""


def _keep(before: Any, after: Any) -> None:
    """Every value is converted once, so nothing has to be found again."""


def _checked(name: Any) -> Any:
    if name is None or isinstance(name, str | int | float):
        return name
    raise ConversionError(f"Cannot use {name!r} as a key for a Javascript Map")


def _has_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except TypeError:
        return False
    return True


FFI: Final[dict[str, Any]] = {
    "ConversionError": ConversionError,
    "JsArray": JsArray,
    "JsBuffer": JsBuffer,
    "JsDoubleProxy": JsDoubleProxy,
    "JsException": JsException,
    "JsMap": JsMap,
    "JsNull": JsNull,
    "JsProxy": JsProxy,
    "create_once_callable": create_proxy,
    "create_proxy": create_proxy,
    "destroy_proxies": destroy_proxies,
    "jsnull": jsnull,
    "to_js": to_js,
}
"""The names of ``pyodide.ffi``; as in Pyodide, ``to_py`` is a method and no function of it."""
