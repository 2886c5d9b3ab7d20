"""One run of a case: a fresh account, a fresh client on it, and a record of every step."""

from __future__ import annotations

__all__ = ("CALL_BUDGET", "CaseRun", "case_run")

import inspect
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
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
from pytest_kv.contract._outcome import Broken, Outcome
from pytest_kv.contract._record import (
    ExpiringEntry,
    Named,
    Record,
    asserting_unless_raised,
    code_of,
    suppressing,
)
from pytest_kv.contract._sleep import SkippedTime, skip_sleep
from pytest_kv.contract._subject import METHODS, Skipped, Subject

Seeds = Mapping[str, str | bytes | Entry]

CALL_BUDGET = 60
"""The number of KV calls that a client may make for one key, retries included."""

_BLOCKS = {"respx": "with mock_api() as api:", "http": "with serve() as api:"}
"""The line with which a printed test opens the API."""


class CaseRun:
    """The run of one case. It records each step, so that a failure can print them as a test."""

    def __init__(
        self, subject: Subject, driver: Driver, skipped: SkippedTime, account: KVAccount
    ) -> None:
        self.subject = subject
        self.account = account
        self.namespace: KVNamespace = account.default_namespace
        self._driver = driver
        self._skipped = skipped
        self._record = Record()
        self._client: Any = None
        self._may_raise = False
        """Whether the client may raise: a fault is planned, or the key is illegal."""
        self._last = Outcome("", 0)

    # Preparing the account and the client.

    def reset(self) -> None:
        """Forget planned faults and empty the namespace, which keeps its id; REST clients only."""
        forget_planned_faults(self.account)
        old = self.namespace
        self.account.remove_namespace(old.id)
        self.namespace = self.account.create_namespace(old.title, id=old.id)

    def seed(self, entries: Seeds | Named) -> None:
        """Store ``entries`` directly, without the client."""
        seeds: Seeds = _value(entries)
        if seeds:
            self.namespace.seed(seeds)
            self._record.add(f"{self._namespace}.seed({code_of(entries)})")

    def assign(self, name: str, value: object) -> Named:
        """Assign ``value`` to a variable of the record, so that long values are printed once."""
        self._record.add(f"{name} = {code_of(value)}")
        return Named(value, name)

    def expiring(self, value: str | bytes, seconds: int, metadata: object = None) -> Entry:
        """An entry that expires ``seconds`` from now."""
        code = f"{self._account}.clock.seconds() + {seconds}"
        return ExpiringEntry(value, metadata, self.account.clock.seconds() + seconds, code)

    def configure(self, name: str, value: object) -> None:
        """Set an attribute of the account, such as ``page_size``."""
        setattr(self.account, name, value)
        self._record.add(f"{self._account}.{name} = {value!r}")

    def plan_fault(self, method: str, *args: Any, **keywords: Any) -> None:
        """Plan a fault with a method of the account, such as ``fail_next``."""
        getattr(self.account, method)(*args, **keywords)
        given = [repr(value) for value in args]
        given += [f"{key}={value!r}" for key, value in keywords.items()]
        self._record.add(f"{self._account}.{method}({', '.join(given)})")
        self.allow_exception()

    def allow_exception(self) -> None:
        """Let the printed test accept an exception."""
        self._may_raise = True

    def advance(self, seconds: float) -> None:
        """Move the time forward, for the account and for the client."""
        self._skipped.advance(seconds)
        self._record.add(f"{self._account}.clock.advance({seconds})")

    def make_client(self, api: Any) -> None:
        """Make the client for the API, or for the namespace of a binding."""
        self._client = self._driver.finish(self.subject.make_client(api))
        argument = "namespace" if self.subject.is_binding else "api"
        made = "await make_client" if self._driver.is_async else "make_client"
        self._record.add(f"client = {made}({argument})")

    def close_client(self) -> None:
        """Call the client's ``aclose`` or ``close``, if it has one."""
        for name in ("aclose", "close"):
            close = getattr(self._client, name, None)
            if callable(close):
                self._driver.finish(close())
                return

    def require(self, *methods: str) -> None:
        """Raise Skipped when the client lacks one of ``methods``, TypeError when it has none."""
        if not any(map(self.has, METHODS)):
            raise TypeError(f"{self._client!r} has none of the methods {', '.join(METHODS)}")
        for method in methods:
            if not self.has(method):
                raise Skipped(f"the client has no method {method}()")

    def require_any(self, *methods: str) -> None:
        """Raise Skipped when the client lacks all of ``methods``."""
        if not any(map(self.has, methods)):
            raise Skipped("the client has no method that the clause is about")

    def has(self, method: str) -> bool:
        """Whether the client has this method of an adapter."""
        assert method in METHODS, method
        return callable(getattr(self._client, method, None))

    def takes(self, method: str, keyword: str) -> bool:
        """Whether a method of the client has a parameter of this name."""
        return keyword in inspect.signature(getattr(self._client, method)).parameters

    # Calling the client.

    def call(self, method: str, *args: Any, budget: int = CALL_BUDGET, **keywords: Any) -> Outcome:
        """Call a method of the client and wait for its result.

        Raises Broken when the client makes more than ``budget`` KV calls, or leaves the fake.
        """
        given = [code_of(value) for value in args]
        given += [f"{name}={code_of(value)}" for name, value in keywords.items()]
        code = f"client.{method}({', '.join(given)})"
        step = self._record.add(code)
        self.account.stop_after(budget)
        value, error = self._outcome(method, args, keywords)
        if was_stopped(self.account):
            # The client may have caught TooManyCalls; over HTTP it only saw a closed connection.
            called = self._driver.awaited(code)
            called = suppressing(called) if self._may_raise else called
            self._record.replace(step, f"{self._account}.stop_after({budget})\n{called}")
            self.fail(f"{code} did not end: it was stopped after {budget} calls")
        self.account.stop_after(None)
        if error is not None and _left_the_fake(error):
            self.fail(f"{code} sent a request to another host: {error}")
        self._last = Outcome(self._driver.awaited(code), step, value, error)
        self._record.replace(step, suppressing(self._last.code) if error else self._last.code)
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
            # TooManyCalls is no Exception, and a task may wrap it in an exception group.
            if not was_stopped(self.account):
                raise
            return None, None

    def calls_since(self, count: int) -> Sequence[Call]:
        """The calls that KV received after the first ``count`` ones."""
        return self.account.calls[count:]

    # Checking what the client did.

    def fail(self, claim: str, *, assertion: str = "", outcome: Outcome | None = None) -> NoReturn:
        """Raise Broken with ``claim`` and a printed test, in which ``assertion`` fails.

        An ``assertion`` that contains the call of an ``outcome`` takes the place of that call.
        """
        __tracebackhide__ = True
        if assertion and self._may_raise and not self._last.raised:
            last = self._last
            call = last.code if outcome is None else f"result = {last.code}"
            if outcome is not None:
                assertion = assertion.replace(outcome.code, "result")
            self._record.replace(last.step, asserting_unless_raised(call, assertion))
        elif assertion and outcome is not None:
            self._record.replace(outcome.step, assertion)
        elif assertion:
            self._record.add(assertion)
        raise Broken(self._message(claim)) from None

    def check_untouched(self, before: Mapping[str, Entry], *keys: str) -> None:
        """Raise Broken when an entry other than ``keys`` differs from ``before``."""
        __tracebackhide__ = True
        if self.namespace.id not in self.account.namespaces:
            remains = "assert api.namespace_id in api.account.namespaces"
            self.fail(self._removal_claim(), assertion=remains)
        own, now = set(keys), self.data()
        for name in sorted((before.keys() | now.keys()) - own):
            if before.get(name) != now.get(name):
                unchanged = self.entry_assertion(name, before.get(name))
                self.fail(_change_claim(name, before, now), assertion=unchanged)

    def data(self) -> dict[str, Entry]:
        """The entries that are stored now."""
        return dict(self.namespace.data)

    def value_assertion(self, name: str, value: bytes | None) -> str:
        """The assertion that ``name`` has this value, with any metadata; None for a missing key."""
        if value is None:
            return self.entry_assertion(name, None)
        return f"assert {self.entry_code(name)}.value == {code_of(value)}"

    def entry_code(self, name: str) -> str:
        """The expression for the entry that is stored under ``name``."""
        return f"{self.data_code}[{code_of(name)}]"

    def entry_assertion(self, name: str, entry: Entry | None) -> str:
        """The assertion that ``name`` has this entry; None for a missing key."""
        if entry is None:
            return f"assert {code_of(name)} not in {self.data_code}"
        return f"assert {self.data_code}.get({code_of(name)}) == {code_of(entry)}"

    @property
    def calls_code(self) -> str:
        """The expression for the calls that KV received."""
        return f"{self._account}.calls"

    @property
    def clock_code(self) -> str:
        """The expression for the account's clock."""
        return f"{self._account}.clock"

    @property
    def data_code(self) -> str:
        """The expression for the entries that are stored now."""
        return f"{self._namespace}.data"

    @property
    def last_call(self) -> str:
        """The last call that KV received, in one line."""
        calls = self.account.calls
        return str(calls[-1]) if calls else "nothing"

    @property
    def _namespace(self) -> str:
        return "namespace" if self.subject.is_binding else "api.namespace"

    @property
    def _account(self) -> str:
        return "account" if self.subject.is_binding else "api.account"

    def _removal_claim(self) -> str:
        return (
            f"the client removed the whole namespace {self.namespace.title!r} and every key in it: "
            "a request for a key landed on DELETE …/namespaces/{id}, because a path with '..' in "
            "it is shortened before it is sent"
        )

    def _message(self, claim: str) -> str:
        block = _BLOCKS.get(self.subject.over)
        test = self._record.as_test(block, is_async=self._driver.is_async)
        parts = [claim, "To see it again:", test]
        if self.account.calls:
            parts += ["What KV saw:", _indented(calls_text(self.account))]
        return "\n\n".join(parts)


@contextmanager
def case_run(subject: Subject) -> Iterator[CaseRun]:
    """A run with a fresh account and a fresh client; the client is closed at the end."""
    account = KVAccount()
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # A usage warning breaks no clause: the clauses check results.
        warnings.simplefilter("ignore", KVUsageWarning)
        skipped = stack.enter_context(skip_sleep())
        driver = stack.enter_context(Driver(subject.run_coroutine))
        run = CaseRun(subject, driver, skipped, account)
        run.make_client(stack.enter_context(_opened(subject, account)))
        stack.callback(run.close_client)
        yield run


def _opened(subject: Subject, account: KVAccount) -> AbstractContextManager[Any]:
    """The block in which the API is open, for what ``make_client`` is given."""
    if subject.is_binding:
        return nullcontext(account.default_namespace)
    return open_server(account) if subject.over == "http" else open_api(account)


def _change_claim(name: str, before: Mapping[str, Entry], now: Mapping[str, Entry]) -> str:
    key = shortened(name, 80)
    if name not in now:
        return f"another key, {key}, was deleted"
    if name not in before:
        return f"another key, {key}, was written: {now[name]!r}"
    return f"another key, {key}, was changed from {before[name]!r} to {now[name]!r}"


def _left_the_fake(error: BaseException) -> bool:
    """Whether respx rejected a request, even if the client raised its own exception after that."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AllMockedAssertionError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _value(given: Any) -> Any:
    return given.value if isinstance(given, Named) else given


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
