"""What only production does, as far as a test asked for it."""

from __future__ import annotations

__all__ = ("Fault", "Outage", "Struck", "Troubles")

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from pytest_kv.core.journal import OPERATIONS, Via
from pytest_kv.core.text import key_list, plural, shortened


class Outage(Enum):
    """What can go wrong without a status of its own."""

    DROPPED = "a dropped connection"
    TIMED_OUT = "a timeout"
    REFUSED = "a 200 with success false"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One planned fault: what strikes which calls of an operation."""

    operation: str
    what: HTTPStatus | Outage
    times: int | None = 1
    """How many calls it strikes; None for every one."""
    after: int = 0
    """How many calls of the operation pass first."""
    done: bool = False
    """Whether the call is carried out and only its answer is lost."""
    retry_after: int | None = None
    """The seconds a REST client is told to wait."""
    struck: int = 0

    def concerns(self, operation: str, via: Via) -> bool:
        """Whether it is for calls like this one; success false is an answer of REST alone."""
        return self.operation == operation and (via == "rest" or self.what is not Outage.REFUSED)

    @property
    def is_spent(self) -> bool:
        """Whether it has struck as often as it was to."""
        return self.times is not None and self.struck >= self.times

    @property
    def missed(self) -> int:
        """How often it was planned to strike and did not; one that is persistent is to, once."""
        return max(0, (1 if self.times is None else self.times) - self.struck)

    def __str__(self) -> str:
        what = self.what.value if isinstance(self.what, Outage) else f"a status {self.what.value}"
        after = f" after {plural(self.after, 'more call')}" if self.after else ""
        return f"{what} for {self.operation}{after}"


class Struck(Exception):
    """A planned fault strikes this call; each face words it in its own dialect."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class Troubles:
    """The production troubles of one account; none, unless a test says so."""

    def __init__(self) -> None:
        self.page_size: int | None = None
        self.tombstones = False
        self.write_limit = False
        self.request_limit: int | None = None
        self.any_planned = False
        """Whether anything was ever planned, so that calls ask no further when nothing was."""
        self._faults: list[Fault] = []
        self._failing_keys: Counter[str] = Counter()
        self._interruptions: defaultdict[str, list[Callable[[], object]]] = defaultdict(list)

    def plan(self, fault: Fault) -> None:
        """Let ``fault`` strike; ValueError for an operation there is not or a number below 1."""
        if fault.operation not in OPERATIONS:
            known = ", ".join(sorted(OPERATIONS))
            raise ValueError(f"KV has no operation {fault.operation!r}; it has {known}")
        if fault.times is not None and fault.times < 1:
            raise ValueError(f"a fault strikes once or more, not {fault.times} times")
        self.any_planned = True
        self._faults.append(fault)

    def plan_failing_keys(self, keys: Iterable[str], times: int) -> None:
        """Let each of ``keys`` fail in the next ``times`` bulk calls that write or delete it."""
        self.any_planned = True
        self._failing_keys.update(dict.fromkeys(keys, times))

    def plan_interruption(self, key: str, action: Callable[[], object]) -> None:
        """Let ``action`` run right after the next read of ``key``."""
        self.any_planned = True
        self._interruptions[key].append(action)

    def before(self, operation: str, via: Via) -> None:
        """Raise :class:`Struck` when a fault keeps this call from being carried out."""
        self._strike(operation, via, done=False)

    def after(self, operation: str, via: Via) -> None:
        """Raise :class:`Struck` when a fault loses the answer to this call."""
        self._strike(operation, via, done=True)

    def after_read(self, keys: Sequence[str]) -> None:
        """Let other writers act whose turn it is once one of ``keys`` has been read."""
        for key in keys:
            if self._interruptions.get(key):
                self._interruptions[key].pop(0)()

    def take_failing(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Those of the keys of a bulk call that are not done this time."""
        if not self._failing_keys:
            return ()
        failing = tuple(key for key in dict.fromkeys(keys) if self._failing_keys[key] > 0)
        self._failing_keys.subtract(failing)
        return failing

    def missed(self) -> Iterator[str]:
        """What was planned and never happened, one line each."""
        for fault in self._faults:
            if fault.missed:
                yield f"{fault} ({_of(fault.missed, fault.times)})"
        failing = [key for key, left in self._failing_keys.items() if left > 0]
        if failing:
            yield f"unsuccessful in a bulk call: {key_list(failing)}"
        for key, actions in self._interruptions.items():
            if actions:
                yield f"another writer after a read of {shortened(key, 80)}"

    def _strike(self, operation: str, via: Via, *, done: bool) -> None:
        for fault in self._faults:
            if fault.done is not done or fault.is_spent or not fault.concerns(operation, via):
                continue
            if fault.after:
                fault.after -= 1
                continue
            fault.struck += 1
            raise Struck(fault)


def _of(missed: int, times: int | None) -> str:
    if times is None or times == 1:
        return "it never came"
    return f"{missed} of {times} times it never came"
