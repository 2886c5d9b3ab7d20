"""A respx route whose own state, above all its list of calls, is made when it is first used.

respx makes a ``unittest.mock`` for each list of calls, three for a route that is added and started.
For the fifteen routes of the API that took longer than everything else in ``mock_api()``.
"""

from __future__ import annotations

__all__ = ("LazyRoute",)

from functools import cache
from threading import RLock
from typing import Any

import respx
from respx.patterns import M, Pattern

from pytest_kv._transports.httpx2_mock import Httpx2Route

_MAKING = RLock()
"""Held while the state of a route is made: a second thread must not make it again."""


class LazyRoute(Httpx2Route):
    """A route that becomes a whole respx route when someone uses more than its name or pattern.

    Subclasses decide in ``match`` without respx's state whether a request is theirs.
    """

    _is_whole = False

    def __init__(self, **lookups: str) -> None:
        # respx's own __init__ is called later, by __getattr__.
        self._lookups = lookups
        self._early_snapshots: list[dict[str, Any]] = []
        # respx's router compares patterns when it adds a route, so they are made once for all.
        self._pattern = _pattern(**lookups)

    def __getattr__(self, name: str) -> Any:
        # Python calls this only for an attribute that is missing.
        if not name.startswith("__"):
            self._make_whole()
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LazyRoute):
            return self is other or self.pattern is other.pattern
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as with every route of respx

    def snapshot(self) -> None:
        """Take a snapshot, or remember to take it as soon as the route has a state."""
        if self._is_whole:
            super().snapshot()
        else:
            self._early_snapshots.append(dict(vars(self)))

    def pass_through(self, value: bool = True) -> respx.Route:
        """Set whether requests pass; respx calls this before every change to the answer."""
        self._make_whole()
        return super().pass_through(value)

    def _make_whole(self) -> None:
        with _MAKING:
            if self._is_whole:
                return
            now = dict(vars(self))
            self._is_whole = True
            super().__init__(**self._lookups)
            for then in self._early_snapshots:
                vars(self).update(then)
                super().snapshot()
            vars(self).update(now)


@cache
def _pattern(**lookups: str) -> Pattern:
    return M(**lookups)
