"""A mapping of names to entries that can be read in the order of the names' UTF-8 bytes."""

from __future__ import annotations

__all__ = ("Store",)

from collections.abc import ItemsView, Iterator, Sequence

from sortedcontainers import SortedList

from pytest_kv._core.entry import Entry


class Store:
    """A dict of entries, with a sorted index of their names that the first ``walk`` builds.

    A write changes the dict and remembers the name; the next ``walk`` updates the index. The store
    knows nothing of time, limits or faces.
    """

    # A SortedDict would sort at each write, though most tests never list.
    __slots__ = ("_changed", "_entries", "_index")

    def __init__(self) -> None:
        self._entries: dict[str, Entry | None] = {}
        self._index: SortedList[str] | None = None
        self._changed: set[str] = set()

    def items(self) -> ItemsView[str, Entry | None]:
        """Names and entries in the order in which names were added; a tombstone has None."""
        return self._entries.items()

    def get(self, name: str) -> Entry | None:
        """The entry under ``name``, or None; a tombstone holds none."""
        return self._entries.get(name)

    def set(self, name: str, entry: Entry) -> None:
        """Put ``entry`` under ``name``, in place of what was there."""
        self._entries[name] = entry
        if self._index is not None:
            self._changed.add(name)

    def discard(self, name: str) -> None:
        """Remove ``name``; nothing happens when it is not there."""
        self._entries.pop(name, None)
        if self._index is not None:
            self._changed.add(name)

    def bury(self, name: str) -> None:
        """Remove the entry under ``name`` and leave a tombstone, which a walk still meets."""
        if name in self._entries:
            self._entries[name] = None

    def discard_all(self, names: Sequence[str]) -> None:
        """Remove each of ``names`` that is there."""
        pop = self._entries.pop
        for name in names:
            pop(name, None)
        if self._index is not None:
            self._changed.update(names)

    def clear(self) -> None:
        """Remove everything."""
        self._entries.clear()
        self._index = None
        self._changed.clear()

    def walk(self, start: str, *, after: bool) -> Iterator[tuple[str, Entry | None]]:
        """Names and entries from ``start`` on, in byte order; ``after`` leaves out ``start``.

        A tombstone is a name with None.
        """
        entries = self._entries
        for name in self._sorted_names().irange(start, inclusive=(not after, True)):
            yield name, entries[name]

    def _sorted_names(self) -> SortedList[str]:
        # Python orders str by code points, which is the order of their UTF-8 bytes.
        if self._index is None:
            self._index = SortedList(self._entries)
        elif self._changed:
            self._catch_up(self._index)
        self._changed.clear()
        return self._index

    def _catch_up(self, index: SortedList[str]) -> None:
        # One name at a time is slower than sorting anew when many names have changed.
        if len(self._changed) * 4 > len(self._entries):
            index.clear()
            index.update(self._entries)
            return
        for name in self._changed:
            if name not in self._entries:
                index.discard(name)
            elif name not in index:
                index.add(name)
