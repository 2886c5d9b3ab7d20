"""Read-only views of what others may be changing, also in other threads."""

from __future__ import annotations

__all__ = ("LiveView",)

from abc import abstractmethod
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class LiveView(Mapping[_K, _V]):
    """A mapping that follows every later change; each walk over it sees one moment.

    So what is written meanwhile, by the loop's own body or by a server's thread, is no error.
    """

    __slots__ = ()

    @abstractmethod
    def snapshot(self) -> dict[_K, _V]:
        """What there is at this moment, all of it."""

    def __iter__(self) -> Iterator[_K]:
        return iter(self.snapshot())

    def __len__(self) -> int:
        return len(self.snapshot())

    def items(self) -> ItemsView[_K, _V]:
        """The pairs, live too."""
        return _Items(self)

    def values(self) -> ValuesView[_V]:
        """The values, live too."""
        return _Values(self)


class _Items(ItemsView[_K, _V]):
    __slots__ = ("_view",)

    def __init__(self, view: LiveView[_K, _V]) -> None:
        super().__init__(view)
        self._view = view

    def __iter__(self) -> Iterator[tuple[_K, _V]]:
        return iter(self._view.snapshot().items())


class _Values(ValuesView[_V]):
    __slots__ = ("_view",)

    def __init__(self, view: LiveView[_K, _V]) -> None:
        super().__init__(view)
        self._view = view

    def __iter__(self) -> Iterator[_V]:
        return iter(self._view.snapshot().values())

    def __contains__(self, value: object) -> bool:
        return value in self._view.snapshot().values()
