"""Read-only views of data that may change meanwhile, also in other threads."""

from __future__ import annotations

__all__ = ("LiveView",)

from abc import abstractmethod
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class LiveView(Mapping[_K, _V]):
    """A read-only mapping that always shows the present; a loop over it sees one moment.

    So the body of a loop, or a server's thread, may change the data during the loop.
    """

    __slots__ = ()

    @abstractmethod
    def _snapshot(self) -> dict[_K, _V]:
        """A copy of the data at this moment."""

    def __iter__(self) -> Iterator[_K]:
        return iter(self._snapshot())

    def __len__(self) -> int:
        return len(self._snapshot())

    def items(self) -> ItemsView[_K, _V]:
        """The pairs; the view always shows the present."""
        return _Items(self)

    def values(self) -> ValuesView[_V]:
        """The values; the view always shows the present."""
        return _Values(self)


class _Items(ItemsView[_K, _V]):
    __slots__ = ("_view",)

    def __init__(self, view: LiveView[_K, _V]) -> None:
        super().__init__(view)
        self._view = view

    def __iter__(self) -> Iterator[tuple[_K, _V]]:
        return iter(self._view._snapshot().items())


class _Values(ValuesView[_V]):
    __slots__ = ("_view",)

    def __init__(self, view: LiveView[_K, _V]) -> None:
        super().__init__(view)
        self._view = view

    def __iter__(self) -> Iterator[_V]:
        return iter(self._view._snapshot().values())

    def __contains__(self, value: object) -> bool:
        return value in self._view._snapshot().values()
