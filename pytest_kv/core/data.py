"""The read-only view of a namespace that a test looks at."""

from __future__ import annotations

__all__ = ("LiveData",)

from collections.abc import Iterator, Mapping
from itertools import islice

from pytest_kv.core.entry import Entry
from pytest_kv.core.namespace import Namespace
from pytest_kv.core.text import shortened

_SHOWN = 10


class LiveData(Mapping[str, Entry]):
    """What a namespace holds now and has not expired; it follows every later write."""

    __slots__ = ("_namespace",)

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def __getitem__(self, name: str) -> Entry:
        entry = self._namespace.live(name)
        if entry is None:
            raise KeyError(name)
        return entry

    def __iter__(self) -> Iterator[str]:
        return self._namespace.live_names()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        entries = ", ".join(
            f"{shortened(name, 80)}: {self[name]!r}" for name in islice(self, _SHOWN)
        )
        more = len(self) - _SHOWN
        return f"{{{entries}}}" if more <= 0 else f"{{{entries}, … and {more:,} more}}"
