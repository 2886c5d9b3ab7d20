"""What only production does, as far as a test asked for it."""

from __future__ import annotations

__all__ = ("Troubles",)

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import RLock
from typing import TypeVar

from pytest_kv._core.faults import Fault, Interruption, Outage, Planned, TooManyCalls
from pytest_kv._core.journal import BINDING_ONLY, OPERATIONS, Via
from pytest_kv._core.text import key_list, shortened

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_T = TypeVar("_T")
_P = TypeVar("_P", bound=Planned)


class Troubles:
    """The production troubles of one account; none, unless a test says so."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self.clear()

    def clear(self) -> None:
        """Forget every trouble, those that were planned too."""
        self.page_size: int | None = None
        self.tombstones = False
        self.write_limit = False
        self.request_limit: int | None = None
        self.any_planned = False
        """Whether anything was ever planned, so that calls ask no further when nothing was."""
        self.has_stopped = False
        """Whether a client made more calls than it was given."""
        self._calls_left: int | None = None
        self._faults: list[Fault] = []
        self._failing_keys: defaultdict[str, list[Planned]] = defaultdict(list)
        self._interruptions: defaultdict[tuple[str, str], list[Interruption]] = defaultdict(list)

    def plan(self, fault: Fault) -> None:
        """Let ``fault`` strike; ValueError when it never can."""
        known = OPERATIONS - BINDING_ONLY if fault.what is Outage.REFUSED else OPERATIONS
        if fault.operation not in known:
            names = ", ".join(sorted(known))
            raise ValueError(f"there is no operation {fault.operation!r} to strike, only {names}")
        if fault.after < 0:
            raise ValueError(f"0 calls or more pass before a fault, not {fault.after}")
        self.any_planned = True
        self._faults.append(fault)

    def plan_failing_keys(self, keys: Iterable[str], times: int | None) -> None:
        """Let each of ``keys`` fail in the next ``times`` bulk calls that write or delete it."""
        for key in keys:
            self._failing_keys[key].append(Planned(times=times))

    def plan_interruption(self, namespace_id: str, key: str, action: Callable[[], object]) -> None:
        """Let ``action`` run right after the next read of ``key``."""
        self.any_planned = True
        with self._lock:
            self._interruptions[namespace_id, key].append(Interruption(action=action))

    def stop_after(self, calls: int | None) -> None:
        """Let so many calls pass, and none after them; None for any number."""
        self._calls_left = calls
        self.has_stopped = False
        self.any_planned = True

    def count_call(self) -> None:
        """Count a call; :class:`TooManyCalls` when it is one too many."""
        with self._lock:
            if self._calls_left is None:
                return
            self._calls_left -= 1
            self.has_stopped = self._calls_left < 0
        if self.has_stopped:
            raise TooManyCalls("the client was stopped: it made more calls than it was given")

    def carry_out(self, operation: str, via: Via, act: Callable[[], _T]) -> _T:
        """What ``act`` returns; :class:`Struck` when a fault strikes instead, or once it is done.

        One that strikes a call once it is done passes by a call that KV refuses.
        """
        fault = self._due(operation, via)
        if fault is not None and not fault.done:
            raise fault.strike()
        result = act()
        if fault is not None:
            raise fault.strike()
        return result

    def after_read(self, namespace_id: str, keys: Sequence[str]) -> None:
        """Let other writers act whose turn it is once one of ``keys`` has been read.

        They act without the account's lock, so that one may wait for a request of its own.
        """
        for key in keys:
            with self._lock:
                interruption = _first(self._interruptions.get((namespace_id, key), ()))
                if interruption is not None:
                    interruption.happened += 1
            if interruption is not None:
                interruption.act()

    def take_failing(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Those of the keys of a bulk call that are not done this time, each once."""
        return tuple(filter(self._fails, dict.fromkeys(keys))) if self._failing_keys else ()

    def missed(self) -> str:
        """A line on what was planned and did not happen as often as planned; empty for nothing."""
        faults = [fault.missed for fault in self._faults if fault.is_missed]
        missed = "; ".join([*faults, *self._missed_keys(), *self._missed_interruptions()])
        return f"not every planned fault fired: {missed}" if missed else ""

    def _due(self, operation: str, via: Via) -> Fault | None:
        """The fault that strikes a call of this kind, which is counted for all that concern it."""
        concerned = [fault for fault in self._faults if fault.concerns(operation, via)]
        due = next((fault for fault in concerned if fault.is_due), None)
        for fault in concerned:
            fault.calls += 1
        return due

    def _missed_keys(self) -> Iterator[str]:
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for key, plans in self._failing_keys.items():
            for plan in plans:
                if plan.is_missed:
                    alike[plan.often("no such bulk call came")].append(key)
        return (f"{key_list(keys)} in unsuccessful_keys{often}" for often, keys in alike.items())

    def _missed_interruptions(self) -> Iterator[str]:
        for (_, key), interruptions in self._interruptions.items():
            for interruption in interruptions:
                if interruption.is_missed:
                    often = interruption.often("it was never read")
                    yield f"another writer after a read of {shortened(key, 80)}{often}"

    def _fails(self, key: str) -> bool:
        plan = _first(self._failing_keys.get(key, ()))
        if plan is None:
            return False
        plan.happened += 1
        return True


def _first(plans: Iterable[_P]) -> _P | None:
    return next((plan for plan in plans if not plan.is_over), None)
