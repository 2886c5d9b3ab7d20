"""What a test plans to go wrong, and whether it did."""

from __future__ import annotations

__all__ = (
    "Fault",
    "Interruption",
    "Outage",
    "Planned",
    "Struck",
    "TooManyCalls",
    "reason_phrase",
)

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from pytest_kv._core.journal import Via
from pytest_kv._core.text import plural

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class Outage(Enum):
    """What can go wrong without a status of its own."""

    DROPPED = "a dropped connection"
    TIMED_OUT = "a timeout"
    REFUSED = "a 200 with success false"


@dataclass(slots=True, kw_only=True)
class Planned:
    """Something that is to happen a number of times."""

    times: int | None = 1
    """How often; None for whenever it can."""
    happened: int = 0

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"a fault strikes once or more, not {self.times} times")

    @property
    def is_over(self) -> bool:
        """Whether it has happened as often as it was to."""
        return self.times is not None and self.happened >= self.times

    @property
    def is_missed(self) -> bool:
        """Whether it happened less often than it was to; what has no number is to, once."""
        return self.happened < (self.times or 1)

    def often(self, why_never: str) -> str:
        """How often it was to happen and did, for the end of a line; ``why_never`` for not once."""
        planned = f", {self.times} times" if self.times is not None and self.times > 1 else ""
        return f"{planned} ({f'it fired {_times(self.happened)}' if self.happened else why_never})"


@dataclass(slots=True, kw_only=True)
class Fault(Planned):
    """A planned fault: what strikes which calls of an operation."""

    operation: str
    what: int | Outage
    """A status, or what goes wrong without one."""
    after: int = 0
    """How many calls of the operation pass first."""
    done: bool = False
    """Whether the call is carried out and only its answer is lost."""
    code: int | None = None
    """The code a REST client is told, instead of the usual one."""
    message: str | None = None
    """What the caller is told, instead of the usual words."""
    retry_after: int | None = None
    """The seconds a REST client is told to wait."""
    calls: int = 0
    """How many calls it concerned so far."""

    def concerns(self, operation: str, via: Via) -> bool:
        """Whether it is for calls like this one; success false is an answer of REST alone."""
        return self.operation == operation and (via == "rest" or self.what is not Outage.REFUSED)

    @property
    def is_due(self) -> bool:
        """Whether it is to strike the next call."""
        return self.calls >= self.after and not self.is_over

    def strike(self) -> Struck:
        """The exception for a call it strikes."""
        self.happened += 1
        return Struck(self)

    @property
    def missed(self) -> str:
        """What did not happen, and how many calls there were."""
        over = " over REST" if self.what is Outage.REFUSED else ""
        called = f"called {_times(self.calls)}" if self.calls else "never called"
        return str(self) + self.often(f"{self.operation} was {called}{over}")

    def __str__(self) -> str:
        what = self.what.value if isinstance(self.what, Outage) else f"a status {self.what}"
        done = " once it is done" if self.done else ""
        after = f" after {plural(self.after, 'call')}" if self.after else ""
        return f"{what} for {self.operation}{done}{after}"


def reason_phrase(status: int) -> str:
    """HTTP's words for a status, such as ``Bad Gateway``; Cloudflare has statuses without any."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


class Struck(Exception):
    """A planned fault strikes this call; each face words it in its own dialect."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class TooManyCalls(BaseException):
    """A client was to be stopped after a number of calls, and called once more.

    No Exception, since clients catch those and try again.
    """


@dataclass(slots=True, kw_only=True)
class Interruption(Planned):
    """Another writer, who acts once a key has been read."""

    action: Callable[[], object]

    def act(self) -> None:
        """Let the other writer act, to the end; a coroutine of its own is run without a loop."""
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


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
