"""Replaces one attribute of another package by a wrapper for a while."""

from __future__ import annotations

__all__ = ("Patch", "Stoppable", "import_early", "original_of")

import gc
import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary


class _Replaced(NamedTuple):
    original: Any
    is_own: bool
    """Whether the owner itself defined the attribute, and did not inherit it."""


_WRAPPERS: WeakKeyDictionary[Any, _Replaced] = WeakKeyDictionary()
"""Our wrappers, and what each has replaced. An attribute could not mark a wrapper: a mock has every
attribute, and ``functools.wraps`` copies attributes to other functions."""


@cache
def import_early(module: str) -> None:
    """Import a module where it is installed: a test may import it only later."""
    try:
        with warnings.catch_warnings(action="ignore"):
            import_module(module)
    except Exception:
        # It is not installed, or it is broken and nothing can use it.
        return


class Stoppable(Protocol):
    """What is stopped when the last block closes."""

    def stop(self) -> None:
        """Undo what was done while a block was open."""


class Patch:
    """Puts a wrapper in place of an attribute, from its creation until :meth:`stop`.

    ``wrapped(original, *given)`` makes the wrapper. Somebody who replaced the attribute meanwhile
    may put the wrapper back after :meth:`stop`; then the next patch wraps the original, not the
    wrapper.
    """

    def __init__(self, owner: Any, name: str, wrapped: Callable[..., Any], *given: Any) -> None:
        found = getattr(owner, name)
        self._owner, self._name = owner, name
        self._replaced = _replaced_by(found) or _Replaced(found, name in vars(owner))
        self._wrapper = wrapped(self._replaced.original, *given)
        _WRAPPERS[self._wrapper] = self._replaced
        _set(owner, name, self._wrapper)

    def stop(self) -> None:
        """Put the original back, unless somebody else has replaced the attribute since."""
        if vars(self._owner).get(self._name) is not self._wrapper:
            return
        if self._replaced.is_own:
            _set(self._owner, self._name, self._replaced.original)
        else:
            delattr(self._owner, self._name)


def _set(owner: Any, name: str, value: Any) -> None:
    try:
        setattr(owner, name, value)
    except TypeError:
        import ctypes

        # A class that is written in C takes no attribute, but its dict does; the mapping that
        # vars() returns refers to it.
        (attributes,) = gc.get_referents(vars(owner))
        attributes[name] = value
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))


def _replaced_by(found: Any) -> _Replaced | None:
    # A wrapper is a function or a class, and not every attribute can be a key of such a dict.
    return _WRAPPERS.get(found) if isinstance(found, FunctionType | type) else None


def original_of(found: Any) -> Any:
    """The original that a wrapper of ours has replaced; anything else unchanged."""
    replaced = _replaced_by(found)
    return found if replaced is None else replaced.original
