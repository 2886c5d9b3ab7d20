"""One attribute of another package that has a wrapper of ours for a while."""

from __future__ import annotations

__all__ = ("Patch", "original_of")

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary


class _Replaced(NamedTuple):
    original: Any
    is_own: bool
    """Whether the owner had it itself, not from a base class."""


_WRAPPERS: WeakKeyDictionary[Any, _Replaced] = WeakKeyDictionary()
"""Our wrappers. An attribute of a wrapper would not do: a mock has every attribute, and
``functools.wraps`` copies them."""


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
        setattr(owner, name, self._wrapper)

    def stop(self) -> None:
        """Put the original back, unless somebody else has replaced the attribute since."""
        if vars(self._owner).get(self._name) is not self._wrapper:
            return
        if self._replaced.is_own:
            setattr(self._owner, self._name, self._replaced.original)
        else:
            delattr(self._owner, self._name)


def _replaced_by(found: Any) -> _Replaced | None:
    # A wrapper is a function, and not every attribute can be a key of such a dict.
    return _WRAPPERS.get(found) if isinstance(found, FunctionType) else None


def original_of(found: Any) -> Any:
    """What a wrapper of ours stands for; anything else itself."""
    replaced = _replaced_by(found)
    return found if replaced is None else replaced.original
