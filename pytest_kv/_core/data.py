"""The read-only view of a namespace for a test."""

from __future__ import annotations

__all__ = ("LiveData",)

from itertools import islice
from threading import RLock

from pytest_kv._core.entry import Entry
from pytest_kv._core.namespace import Namespace
from pytest_kv._core.text import shortened
from pytest_kv._core.views import LiveView

_SHOWN = 10


class LiveData(LiveView[str, Entry]):
    """The entries of a namespace that have not expired; the view always shows the present."""

    __slots__ = ("_lock", "_namespace")

    def __init__(self, namespace: Namespace, lock: RLock) -> None:
        self._namespace = namespace
        self._lock = lock

    def __getitem__(self, name: str) -> Entry:
        entry = self._namespace.live(name)
        if entry is None:
            raise KeyError(name)
        return entry

    def _snapshot(self) -> dict[str, Entry]:
        """The entries that have not expired, by name, in the order in which names were added."""
        with self._lock:
            return self._namespace.live_entries()

    def __repr__(self) -> str:
        now = self._snapshot()
        entries = ", ".join(
            f"{shortened(name, 80)}: {entry!r}" for name, entry in islice(now.items(), _SHOWN)
        )
        more = len(now) - _SHOWN
        return f"{{{entries}}}" if more <= 0 else f"{{{entries}, … and {more:,} more}}"
