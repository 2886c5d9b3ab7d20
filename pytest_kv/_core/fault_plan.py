"""All faults that a test has planned for one account."""

from __future__ import annotations

__all__ = ("FaultPlan", "Keys")

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from threading import RLock
from typing import TypeVar

from pytest_kv._core.arguments import check_type
from pytest_kv._core.faults import (
    CallFault,
    Delay,
    Fault,
    OperationFault,
    OtherWriter,
    TooManyCalls,
)
from pytest_kv._core.journal import BINDING_ONLY, KEYED, OPERATIONS, Via
from pytest_kv._core.text import key_list, shortened
from pytest_kv._core.uses import Planner, note_plan

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Fault)
_O = TypeVar("_O", bound=OperationFault)

Keys = Callable[[], Collection[str]]
"""Reads the keys that a call names; it is called only if a fault is planned for a key."""


class FaultPlan:
    """The faults planned for one account; none at first."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self.is_watched: bool = True
        """Whether a fault belongs to the test that plans it."""
        self.clear()

    def clear(self) -> None:
        """Forget every fault, and let any number of calls pass."""
        self.is_empty: bool = True
        """Whether no call needs to ask the plan; a bulk call asks for its keys in any case."""
        self.has_stopped: bool = False
        """Whether a client made more calls than it may."""
        self._calls_left: int | None = None
        self._most_calls: int | None = None
        self._call_faults: list[OperationFault] = []
        self._key_faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self._other_writers: defaultdict[tuple[str, str], list[OtherWriter]] = defaultdict(list)

    def reset(self) -> None:
        """Forget every fault, and tell each other planner which of its faults did not strike.

        The test or fixture that plans faults now is not told: it called ``reset()`` itself.
        """
        with self._lock:
            for planner in self._planners():
                missed = self.missed_of(planner)
                planner.note_forgotten([f"{text}, and reset() forgot it" for text in missed])
            self.clear()

    def add(self, fault: OperationFault) -> None:
        """Plan ``fault``.

        Raises ValueError for an unknown operation, for one whose calls name no key if the fault has
        one, and for ``after`` below 0; TypeError for a key that is not a str.
        """
        known = OPERATIONS - BINDING_ONLY if fault.only_rest else OPERATIONS
        if fault.operation not in known:
            names = ", ".join(sorted(known))
            raise ValueError(f"there is no operation {fault.operation!r} to strike, only {names}")
        check_type("after", fault.after, int, "a whole number")
        if fault.after < 0:
            raise ValueError(f"0 calls or more pass before a fault, not {fault.after}")
        if fault.key is not None:
            self._check_key(fault.operation, fault.key)
        self.is_empty = False
        self._call_faults.append(self._owned(fault))

    def add_for_keys(self, keys: Iterable[str], times: int | None) -> None:
        """Let the next ``times`` bulk writes or bulk deletes of each key leave it undone."""
        for key in keys:
            self._key_faults[key].append(self._owned(Fault(times=times)))

    def add_other_writer(self, namespace_id: str, key: str, action: Callable[[], object]) -> None:
        """Call ``action`` right after the next read of ``key``."""
        self.is_empty = False
        writer = self._owned(OtherWriter(action=action))
        with self._lock:
            self._other_writers[namespace_id, key].append(writer)

    def stop_after(self, calls: int | None) -> None:
        """Let ``calls`` more calls pass and stop the next one; None lets any number pass."""
        self._calls_left = self._most_calls = calls
        self.has_stopped = False
        self.is_empty = False

    def count_call(self) -> None:
        """Count a call; raise :class:`TooManyCalls` when it is one too many."""
        with self._lock:
            if self._calls_left is None:
                return
            self._calls_left -= 1
            self.has_stopped = self._calls_left < 0
        if self.has_stopped:
            most = self._most_calls
            raise TooManyCalls(
                f"the client was stopped: it made more calls than stop_after({most}) allows"
            )

    def carry_out(
        self,
        operation: str,
        via: Via,
        act: Callable[[], _T],
        *,
        keys: Keys = tuple,
        wait: Callable[[float], object],
    ) -> _T:
        """Call ``act`` and return its result; raise :class:`FaultError` when a fault strikes.

        A fault with ``done`` strikes after ``act``; it skips a call that KV refuses. ``wait`` is
        called with the seconds of a delay when all else is done: the answer comes late.
        """
        delay = self._due(Delay, operation, via, keys)
        try:
            return self._carry_out(self._due(CallFault, operation, via, keys), act)
        finally:
            if delay is not None:
                delay.count_strike()
                wait(delay.seconds)

    def _carry_out(self, fault: CallFault | None, act: Callable[[], _T]) -> _T:
        if fault is not None and not fault.done:
            raise fault.strike()
        result = act()
        if fault is not None:
            struck = fault.strike()
            struck.result = result
            raise struck
        return result

    def after_read(self, namespace_id: str, keys: Sequence[str]) -> None:
        """Let the other writers planned for ``keys`` act; these keys have just been read.

        They act without the account's lock, so that an action may wait for a request of its own.
        """
        for key in keys:
            with self._lock:
                writer = _first(self._other_writers.get((namespace_id, key), ()))
                if writer is not None:
                    writer.count_strike()
            if writer is not None:
                writer.act()

    def take_failing(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The keys of a bulk call that faults leave undone, each once; counts a strike for each."""
        return tuple(filter(self._fails, dict.fromkeys(keys))) if self._key_faults else ()

    def missed(self) -> str:
        """A line that names each fault that struck less often than planned; empty for none."""
        missed = "; ".join(self._missed(lambda fault: fault.is_missed))
        return f"not every planned fault struck: {missed}" if missed else ""

    def missed_of(self, planner: Planner) -> list[str]:
        """The faults of ``planner`` that struck less often than planned and were not named yet."""
        return self._missed(
            lambda fault: fault.is_missed and fault.planner is planner and not fault.is_told
        )

    def forget(self, planner: Planner) -> None:
        """Forget the faults of ``planner``."""
        with self._lock:
            self._call_faults = _without(self._call_faults, planner)
            for key, faults in self._key_faults.items():
                self._key_faults[key] = _without(faults, planner)
            for read, writers in self._other_writers.items():
                self._other_writers[read] = _without(writers, planner)

    def _planners(self) -> dict[Planner, None]:
        by_key = chain(*self._key_faults.values(), *self._other_writers.values())
        planners = [fault.planner for fault in chain(self._call_faults, by_key)]
        return dict.fromkeys(planner for planner in planners if planner is not None)

    def _owned(self, fault: _F) -> _F:
        if self.is_watched:
            fault.planner = note_plan(self)
        return fault

    def _missed(self, is_named: Callable[[Fault], bool]) -> list[str]:
        """A text for each fault that ``is_named`` chooses, and for alike ones of several keys."""
        told = []
        for fault in self._call_faults:
            if is_named(fault):
                fault.is_told = True
                told.append(fault.missed)
        return [*told, *self._missed_keys(is_named), *self._missed_writers(is_named)]

    def _check_key(self, operation: str, key: object) -> None:
        if not isinstance(key, str):
            raise TypeError(f"the key of a fault is a str, not {key!r}")
        if operation not in KEYED:
            raise ValueError(f"a call of {operation} names no key, so a fault for it has none")

    def _due(self, kind: type[_O], operation: str, via: Via, keys: Keys) -> _O | None:
        """The fault that strikes a call of this kind; every fault for such calls counts it."""
        faults = [fault for fault in self._call_faults if isinstance(fault, kind)]
        concerned = [fault for fault in faults if fault.concerns(operation, via, keys)]
        due = next((fault for fault in concerned if fault.is_due), None)
        for fault in concerned:
            fault.calls += 1
        return due

    def _missed_keys(self, is_named: Callable[[Fault], bool]) -> Iterator[str]:
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for key, faults in self._key_faults.items():
            for fault in filter(is_named, faults):
                fault.is_told = True
                alike[fault.frequency("no such bulk call came")].append(key)
        return (f"{key_list(keys)} in unsuccessful_keys{often}" for often, keys in alike.items())

    def _missed_writers(self, is_named: Callable[[Fault], bool]) -> Iterator[str]:
        for (_, key), writers in self._other_writers.items():
            for writer in filter(is_named, writers):
                writer.is_told = True
                often = writer.frequency("it was never read")
                yield f"another writer after a read of {shortened(key, 80)}{often}"

    def _fails(self, key: str) -> bool:
        fault = _first(self._key_faults.get(key, ()))
        if fault is None:
            return False
        fault.count_strike()
        return True


def _first(faults: Iterable[_F]) -> _F | None:
    return next((fault for fault in faults if not fault.is_over), None)


def _without(faults: list[_F], planner: Planner) -> list[_F]:
    return [fault for fault in faults if fault.planner is not planner]
