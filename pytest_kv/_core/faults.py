"""What a fault is: something that a test plans to go wrong, and that strikes calls."""

from __future__ import annotations

__all__ = (
    "CallFault",
    "Delay",
    "Fault",
    "FaultError",
    "FaultKind",
    "OperationFault",
    "OtherWriter",
    "TooManyCalls",
)

import inspect
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from enum import Enum

from pytest_kv._core.arguments import check_type
from pytest_kv._core.journal import Via
from pytest_kv._core.text import key_list, plural, shortened
from pytest_kv._core.uses import Planner

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


_KEYS_TOLD = 3
"""How many keys of other calls the message of a missed fault names."""


class FaultKind(Enum):
    """What the caller of a struck call gets."""

    STATUS = "a status"
    DROPPED = "a dropped connection"
    TIMED_OUT = "a timeout"
    UNSUCCESSFUL = "a 200 with success false"

    @property
    def has_answer(self) -> bool:
        """Whether a REST client gets an answer."""
        return self in (FaultKind.STATUS, FaultKind.UNSUCCESSFUL)

    @property
    def only_rest(self) -> bool:
        """Whether it strikes only calls over REST; only REST has an envelope."""
        return self is FaultKind.UNSUCCESSFUL


@dataclass(slots=True, kw_only=True)
class Fault:
    """A planned fault, and how often it has struck."""

    times: int | None = 1
    """How many calls it strikes; None for every call it can strike."""
    strikes: int = 0
    """How many calls it has struck so far."""
    planner: Planner | None = field(default=None, repr=False, compare=False)
    """Who planned it, or None where nobody checks it."""
    is_told: bool = field(default=False, repr=False, compare=False)
    """Whether an error has named it as one that did not strike."""

    def __post_init__(self) -> None:
        if self.times is not None:
            check_type("times", self.times, int, "a whole number or None")
        if self.times is not None and self.times < 1:
            raise ValueError(f"a fault strikes once or more, not {self.times} times")

    @property
    def is_over(self) -> bool:
        """Whether it has struck as often as planned."""
        return self.times is not None and self.strikes >= self.times

    @property
    def is_missed(self) -> bool:
        """Whether it struck less often than planned; an unlimited fault must strike once."""
        return self.strikes < (self.times or 1)

    def count_strike(self) -> None:
        """Count a call that it strikes."""
        self.strikes += 1

    def frequency(self, why_never: str) -> str:
        """How often it was planned and how often it struck; ``why_never`` explains no strike."""
        planned = f", {self.times} times" if self.times is not None and self.times > 1 else ""
        struck = f"it struck {_times(self.strikes)}" if self.strikes else why_never
        return f"{planned} ({struck})"


@dataclass(slots=True, kw_only=True)
class OperationFault(Fault):
    """A fault that strikes calls of one operation, or those of them that name one key."""

    operation: str
    after: int = 0
    """How many such calls pass before it strikes."""
    key: str | None = None
    """The key that a call has to name, or None for any call."""
    calls: int = 0
    """How many such calls it has seen."""
    other_keys: dict[str, None] = field(default_factory=dict)
    """Some keys of the calls that did not name its key."""

    @property
    def only_rest(self) -> bool:
        """Whether it strikes only calls over REST."""
        return False

    def concerns(
        self, operation: str, via: Via, keys: Callable[[], Collection[str]] = tuple
    ) -> bool:
        """Whether it is planned for a call like this one, which names ``keys``."""
        if self.operation != operation or (self.only_rest and via != "rest"):
            return False
        if self.key is None or self.key in keys():
            return True
        for key in keys():
            if len(self.other_keys) <= _KEYS_TOLD:
                self.other_keys[key] = None
        return False

    @property
    def is_due(self) -> bool:
        """Whether it strikes the next call that it is planned for."""
        return self.calls >= self.after and not self.is_over

    @property
    def missed(self) -> str:
        """What was planned, and how many calls there were."""
        over = " over REST" if self.only_rest else ""
        called = f"called {_times(self.calls)}" if self.calls else "never called"
        others = "" if self.calls else self._others
        return str(self) + self.frequency(f"{self._calls_struck} was {called}{over}{others}")

    @property
    def _calls_struck(self) -> str:
        return (
            self.operation if self.key is None else f"{self.operation} of {shortened(self.key, 80)}"
        )

    @property
    def _others(self) -> str:
        if not self.other_keys:
            return ""
        more = ", …" if len(self.other_keys) > _KEYS_TOLD else ""
        return f", only of {key_list([*self.other_keys][:_KEYS_TOLD])}{more}"

    def _described(self, what: str, done: str = "") -> str:
        after = f" after {plural(self.after, 'call')}" if self.after else ""
        return f"{what} for {self._calls_struck}{done}{after}"


@dataclass(slots=True, kw_only=True)
class Delay(OperationFault):
    """A fault by which a call takes time on the account's clock, and is carried out."""

    seconds: float

    def __str__(self) -> str:
        return self._described(f"a delay of {self.seconds:g} s")


@dataclass(slots=True, kw_only=True)
class CallFault(OperationFault):
    """A fault by which the caller does not get the answer of its call."""

    kind: FaultKind
    status: int | None = None
    """The HTTP status of a fault of kind STATUS."""
    done: bool = False
    """Whether a struck call is carried out, so that only its answer is lost."""
    code: int | None = None
    """The code that a REST client gets, or None for the usual one."""
    message: str | None = None
    """The message that the caller gets, or None for the usual one."""
    retry_after: int | None = None
    """How many seconds a REST client is told to wait, or None."""

    @property
    def only_rest(self) -> bool:
        """Whether it strikes only calls over REST."""
        return self.kind.only_rest

    def strike(self) -> FaultError:
        """Count a strike and return the exception for the call."""
        self.count_strike()
        return FaultError(self)

    def __str__(self) -> str:
        what = self.kind.value if self.status is None else f"a status {self.status}"
        return self._described(what, " once it is done" if self.done else "")


@dataclass(slots=True, kw_only=True)
class OtherWriter(Fault):
    """A fault in the form of another writer, who acts right after a key has been read."""

    action: Callable[[], object]

    def act(self) -> None:
        """Call the action; a coroutine that it returns is run to its end, without a loop."""
        result = self.action()
        if inspect.iscoroutine(result):
            _run(result)


def _run(coroutine: Coroutine[object, None, object]) -> None:
    # The binding's methods never wait, so no event loop is needed, nor a thread for another one.
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("another writer acts at once: it may await the binding, but nothing else")


class FaultError(Exception):
    """A planned fault strikes this call; each face words it in its own dialect."""

    def __init__(self, fault: CallFault) -> None:
        self.fault = fault
        self.result: object = None
        """What the call returned if it was carried out."""
        super().__init__(str(fault))


class TooManyCalls(BaseException):
    """A client made more calls than :meth:`pytest_kv.KVAccount.stop_after` allows.

    It is no Exception, because clients catch those and try again.
    """


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
