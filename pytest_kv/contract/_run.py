"""One trial: a fresh account, a fresh client on it, and every step written down as code."""

from __future__ import annotations

__all__ = ("Broken", "Outcome", "Trial", "trial")

import inspect
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NoReturn

from respx.models import AllMockedAssertionError

from pytest_kv import Call, Entry, KVAccount, KVNamespace, KVUsageWarning
from pytest_kv._internal import (
    calls_text,
    forget_planned_faults,
    open_api,
    open_server,
    shortened,
    was_stopped,
)
from pytest_kv.contract._driver import Driver
from pytest_kv.contract._record import (
    ExpiringEntry,
    Named,
    Script,
    code_of,
    let_raising,
    unless_raising,
)
from pytest_kv.contract._sleep import Pause, no_waiting
from pytest_kv.contract._subject import METHODS, Skipped, Subject

Seeds = Mapping[str, str | bytes | Entry]

CALLS_GIVEN = 60
"""How many calls a client may make for a single key, retries and all, before it is stopped."""

_BLOCKS = {"respx": "with mock_api() as api:", "http": "with serve() as api:"}
"""How a test opens the API."""


class Broken(AssertionError):
    """A clause of the contract is broken; the message says which way, and how to see it again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call of the client."""

    code: str
    """The call as an expression."""
    step: int
    """Its number in the script."""
    value: Any = None
    error: Exception | None = None

    @property
    def raised(self) -> bool:
        """Whether the client raised; then it claims nothing."""
        return self.error is not None

    def __str__(self) -> str:
        if self.error is None:
            return f"returned {_shown(self.value)}"
        words = str(self.error)
        said = f": {words.splitlines()[0][:200]}" if words else ""
        return f"raised {type(self.error).__name__}{said}"


class Trial:
    """The stage of one trial; what happens on it is recorded, to be shown when a claim fails."""

    def __init__(self, subject: Subject, driver: Driver, pause: Pause, account: KVAccount) -> None:
        self.subject = subject
        self.account = account
        self.namespace: KVNamespace = account.default_namespace
        self._driver = driver
        self._pause = pause
        self._script = Script()
        self._client: Any = None
        self._may_raise = False
        """Whether something was planned that a client may well raise for."""
        self._last = Outcome("", 0)

    # Before the client acts.

    def start_over(self) -> None:
        """Empty the namespace of a REST client, which keeps its id."""
        forget_planned_faults(self.account)
        old = self.namespace
        self.account.remove_namespace(old.id)
        self.namespace = self.account.create_namespace(old.title, id=old.id)

    def seed(self, entries: Seeds | Named) -> None:
        """Store ``entries`` behind the client's back."""
        seeds: Seeds = _value(entries)
        if seeds:
            self.namespace.seed(seeds)
            self._script.add(f"{self._namespace}.seed({code_of(entries)})")

    def let(self, name: str, value: object) -> Named:
        """Give ``value`` a name in the script, where it is too long to be said twice."""
        self._script.add(f"{name} = {code_of(value)}")
        return Named(value, name)

    def expiring(self, value: str | bytes, seconds: int, metadata: object = None) -> Entry:
        """An entry that expires in so many seconds."""
        code = f"{self._account}.clock.seconds() + {seconds}"
        return ExpiringEntry(value, metadata, self.account.clock.seconds() + seconds, code)

    def set(self, name: str, value: object) -> None:
        """Turn on one of production's troubles that is an attribute of the account."""
        setattr(self.account, name, value)
        self._script.add(f"{self._account}.{name} = {value!r}")

    def plan(self, name: str, *args: Any, **keywords: Any) -> None:
        """Plan one of production's troubles that is a method of the account."""
        getattr(self.account, name)(*args, **keywords)
        given = [repr(value) for value in args]
        given += [f"{key}={value!r}" for key, value in keywords.items()]
        self._script.add(f"{self._account}.{name}({', '.join(given)})")
        self.let_raise()

    def let_raise(self) -> None:
        """Let a test see nothing wrong in a client that raises."""
        self._may_raise = True

    def advance(self, seconds: float) -> None:
        """Let time pass, for the account and for the client."""
        self._pause.advance(seconds)
        self._script.add(f"{self._account}.clock.advance({seconds})")

    def connect(self, api: Any) -> None:
        """Make the client, on the API or on the namespace."""
        self._client = self._driver.finish(self.subject.make_client(api))
        of = "namespace" if self.subject.is_binding else "api"
        made = "await make_client" if self._driver.is_async else "make_client"
        self._script.add(f"client = {made}({of})")

    def close(self) -> None:
        """Close the client, if it can be closed."""
        for name in ("aclose", "close"):
            close = getattr(self._client, name, None)
            if callable(close):
                self._driver.finish(close())
                return

    def require(self, *methods: str) -> None:
        """Skip the clause when the client lacks one of ``methods``."""
        if not self.has("delete"):
            raise TypeError(f"{self._client!r} has no delete(key), which the contract needs")
        for method in methods:
            if not self.has(method):
                raise Skipped(f"the client has no method {method}()")

    def has(self, method: str) -> bool:
        """Whether the client has this method of an adapter."""
        assert method in METHODS, method
        return callable(getattr(self._client, method, None))

    def takes(self, method: str, keyword: str) -> bool:
        """Whether a method of the client has a parameter of this name."""
        return keyword in inspect.signature(getattr(self._client, method)).parameters

    # What the client does.

    def call(self, method: str, *args: Any, calls: int = CALLS_GIVEN, **keywords: Any) -> Outcome:
        """Call the client, to its end; :class:`Broken` when that has no end."""
        given = [code_of(value) for value in args]
        given += [f"{name}={code_of(value)}" for name, value in keywords.items()]
        code = f"client.{method}({', '.join(given)})"
        step = self._script.add(code)
        self.account.stop_after(calls)
        value, error = self._outcome(method, args, keywords)
        if was_stopped(self.account):
            # Whatever the client made of being stopped, and a server's client is only hung up on.
            called = self._driver.awaited(code)
            called = let_raising(called) if self._may_raise else called
            self._script.replace(step, f"{self._account}.stop_after({calls})\n{called}")
            self.fail(f"{code} did not end: it was stopped after {calls} calls")
        self.account.stop_after(None)
        if error is not None and _left_the_fake(error):
            self.fail(f"{code} sent a request to another host: {error}")
        self._last = Outcome(self._driver.awaited(code), step, value, error)
        self._script.replace(step, let_raising(self._last.code) if error else self._last.code)
        return self._last

    def _outcome(
        self, method: str, args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[Any, Exception | None]:
        given = [_value(value) for value in args]
        try:
            value = self._driver.finish(getattr(self._client, method)(*given, **keywords))
            return (list(value) if method == "list" else value), None
        except Exception as error:
            return None, error
        except BaseException:
            # An exception that was raised in a task may come out in a group.
            if not was_stopped(self.account):
                raise
            return None, None

    def calls_since(self, number: int) -> Sequence[Call]:
        """The calls KV saw after the first ``number`` ones."""
        return self.account.calls[number:]

    # What is claimed of it.

    def fail(self, claim: str, *, see: str = "", outcome: Outcome | None = None) -> NoReturn:
        """Break the clause; ``see`` is the line that a test would fail at."""
        __tracebackhide__ = True
        if see and self._may_raise and not self._last.raised:
            last = self._last
            call = last.code if outcome is None else f"result = {last.code}"
            see = see if outcome is None else see.replace(outcome.code, "result")
            self._script.replace(last.step, unless_raising(call, see))
        elif see and outcome is not None:
            self._script.replace(outcome.step, see)
        elif see:
            self._script.add(see)
        raise Broken(self._message(claim)) from None

    def check_untouched(self, before: Mapping[str, Entry], *keys: str) -> None:
        """Whatever is stored besides ``keys`` is as it was before."""
        __tracebackhide__ = True
        if self.namespace.id not in self.account.namespaces:
            self.fail(self._removed(), see="assert api.namespace_id in api.account.namespaces")
        own, now = set(keys), self.data()
        for name in sorted((before.keys() | now.keys()) - own):
            if before.get(name) != now.get(name):
                self.fail(self._touched(name, before, now), see=self.holds(name, before.get(name)))

    def data(self) -> dict[str, Entry]:
        """What is stored now."""
        return dict(self.namespace.data)

    def stored(self, name: str, value: bytes | None) -> str:
        """The line of a test that says what is to be stored under ``name``, with nothing else."""
        return self.holds(name, None if value is None else Entry(value))

    def holds(self, name: str, entry: Entry | None) -> str:
        """The line of a test that says which entry is to be there."""
        if entry is None:
            return f"assert {code_of(name)} not in {self.data_code}"
        return f"assert {self.data_code}.get({code_of(name)}) == {code_of(entry)}"

    @property
    def calls_code(self) -> str:
        """The expression for the calls KV saw."""
        return f"{self._account}.calls"

    @property
    def data_code(self) -> str:
        """The expression for what is stored now."""
        return f"{self._namespace}.data"

    @property
    def last_call(self) -> str:
        """What KV saw last, in one line."""
        calls = self.account.calls
        return str(calls[-1]) if calls else "nothing"

    @property
    def _namespace(self) -> str:
        return "namespace" if self.subject.is_binding else "api.namespace"

    @property
    def _account(self) -> str:
        return "account" if self.subject.is_binding else "api.account"

    def _removed(self) -> str:
        return (
            f"the client removed the whole namespace {self.namespace.title!r} and every key in it: "
            "a request for a key landed on DELETE …/namespaces/{id}, because a path with '..' in "
            "it is shortened before it is sent"
        )

    def _touched(self, name: str, before: Mapping[str, Entry], now: Mapping[str, Entry]) -> str:
        key = shortened(name, 80)
        if name not in now:
            return f"another key, {key}, was deleted"
        if name not in before:
            return f"another key, {key}, was written: {now[name]!r}"
        return f"another key, {key}, was changed from {before[name]!r} to {now[name]!r}"

    def _message(self, claim: str) -> str:
        block = _BLOCKS.get(self.subject.over)
        test = self._script.as_test(block, is_async=self._driver.is_async)
        parts = [claim, "To see it again:", test]
        if self.account.calls:
            parts += ["What KV saw:", _indented(calls_text(self.account))]
        return "\n\n".join(parts)


@contextmanager
def trial(subject: Subject, account: KVAccount | None = None) -> Iterator[Trial]:
    """A stage with a fresh account and a fresh client, which is closed at the end."""
    account = account or KVAccount()
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # What production does silently is judged by what comes of it.
        warnings.simplefilter("ignore", KVUsageWarning)
        pause = stack.enter_context(no_waiting())
        driver = stack.enter_context(Driver(subject.run))
        stage = Trial(subject, driver, pause, account)
        stage.connect(stack.enter_context(_opened(subject, account)))
        stack.callback(stage.close)
        yield stage


def _opened(subject: Subject, account: KVAccount) -> AbstractContextManager[Any]:
    if subject.is_binding:
        return nullcontext(account.default_namespace)
    if subject.over == "http":
        return open_server(account)
    return open_api(account)


def _left_the_fake(error: BaseException) -> bool:
    """Whether respx turned a request away, however the client put it in other words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AllMockedAssertionError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _value(given: Any) -> Any:
    return given.value if isinstance(given, Named) else given


def _shown(value: object) -> str:
    if isinstance(value, str | bytes):
        return shortened(value, 200)
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
