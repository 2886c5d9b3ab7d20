"""A Worker's ``env``: its KV namespaces, its variables, and stand-ins for other products."""

from __future__ import annotations

__all__ = ("JsArray", "JsObject", "KVEnv", "OtherBinding", "to_variable")

from collections import UserList
from collections.abc import Callable
from math import isfinite
from types import SimpleNamespace
from typing import Any, NoReturn

from pytest_kv._binding.javascript import to_python_number

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class KVEnv(SimpleNamespace):
    """What ``kv_env`` is: an attribute for each binding, which a test may replace."""

    __slots__ = ("_missing",)

    _missing: Callable[[str], str]
    """Makes the message about a name that is not bound; a copy of the env lacks this function."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") or name == "_missing":
            raise AttributeError(name)
        missing = getattr(self, "_missing", "{!r} is not bound".format)
        raise AttributeError(missing(name))


class OtherBinding:
    """The binding of a product other than KV: it exists, and every use of it is an error."""

    __slots__ = ("_name", "_product")

    def __init__(self, name: str, product: str) -> None:
        self._name = name
        self._product = product

    def __repr__(self) -> str:
        return f"<kv_env.{self._name}: {self._product}, which pytest-kv does not fake>"

    def __getattr__(self, name: str) -> NoReturn:
        # Python asks for such names by itself, to copy, print or mock an object.
        if name.startswith("_"):
            raise AttributeError(name)
        self._fail()

    def __call__(self, *_: object, **__: object) -> NoReturn:
        self._fail()

    def __getitem__(self, _: object) -> NoReturn:
        self._fail()

    def __iter__(self) -> NoReturn:
        self._fail()

    def _fail(self) -> NoReturn:
        raise NotImplementedError(
            f"kv_env.{self._name} is a binding of {self._product}, and pytest-kv fakes KV only; "
            f"give the test a fake of your own: kv_env.{self._name} = ..."
        )


def to_variable(value: object) -> object:
    """A variable as a Python Worker sees it: a text, or the JavaScript value of its JSON.

    Unlike what a binding returns, it is not converted to Python (R: workers-runtime-sdk 1.9.5,
    ``_EnvWrapper``; O: Pyodide 314.0.6). JavaScript's null is None here.
    """
    if isinstance(value, dict):
        return JsObject({name: to_variable(member) for name, member in value.items()})
    if isinstance(value, list):
        return JsArray(map(to_variable, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        return to_python_number(number) if isfinite(number) else None
    return value


class JsObject:
    """A JavaScript object as Pyodide shows it: its members are attributes, and it is no dict."""

    def __init__(self, members: dict[str, object]) -> None:
        vars(self).update(members)

    def __repr__(self) -> str:
        return "[object Object]"

    __hash__ = None  # type: ignore[assignment]  # as in Pyodide

    def __getitem__(self, name: object) -> NoReturn:
        raise TypeError(
            "a JavaScript object is not subscriptable, as in production; "
            f"read the attribute, or .to_py()[{name!r}]"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(
            "a JavaScript object is not iterable, as in production; iterate over .to_py()"
        )

    def to_py(self) -> dict[str, Any]:
        """A dict of the members; objects and arrays among them become dicts and lists."""
        return {name: _to_py(member) for name, member in vars(self).items()}


class JsArray(UserList[Any]):
    """A JavaScript array as Pyodide shows it: a sequence, no list, equal only to itself."""

    __hash__ = None  # as in Pyodide

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def length(self) -> int:
        """The number of members; JavaScript's name for ``len``."""
        return len(self)

    def to_py(self) -> list[Any]:
        """A list of the members; objects and arrays among them become dicts and lists."""
        return [_to_py(member) for member in self]


def _to_py(member: object) -> object:
    return member.to_py() if isinstance(member, JsObject | JsArray) else member
