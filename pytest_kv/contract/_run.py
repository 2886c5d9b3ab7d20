"""One run of a case: a fresh account, a fresh client on it, and a record of every step."""

from __future__ import annotations

__all__ = ("CALL_BUDGET", "CaseRun", "NotMade")

import inspect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from respx.models import AllMockedAssertionError

from pytest_kv import Call, Entry, KVAccount, KVNamespace
from pytest_kv._internal import (
    SkippedTime,
    calls_text,
    forget_planned_faults,
    is_legal_key,
    shortened,
    was_stopped,
)
from pytest_kv.contract._client_line import client_line
from pytest_kv.contract._driver import Driver
from pytest_kv.contract._habits import Habits, to_bytes
from pytest_kv.contract._message import message
from pytest_kv.contract._outcome import Broken, Outcome
from pytest_kv.contract._record import (
    ExpiringEntry,
    Named,
    Pairs,
    Record,
    asserting_unless_failed,
    code_of,
    suppressing,
)
from pytest_kv.contract._seeds import (
    Seeds,
    bystanders,
    own_names,
    seeds_code,
    stored,
    strange_names,
)
from pytest_kv.contract._stored import Stored
from pytest_kv.contract._subject import METHODS, Skipped, Subject
from pytest_kv.contract._tricky_keys import lookalikes

CALL_BUDGET = 60
"""The number of KV calls that a client may make for one key, retries included."""

_BLOCKS = {
    "respx": "with mock_api() as api:",
    "http": "with serve() as api:",
    "intercept": "with intercept() as api:",
}
"""The line with which a printed test opens the API."""


class NotMade(Exception):
    """``make_client`` raised or caused ``error``, so there is no client to check."""

    def __init__(self, error: Exception, reason: str | None = None) -> None:
        super().__init__(reason or f"make_client raised {type(error).__name__}")
        self.error = error


class CaseRun:
    """The run of one case. It records each step, so that a failure can print them as a test."""

    def __init__(
        self, subject: Subject, driver: Driver, skipped: SkippedTime, account: KVAccount
    ) -> None:
        self.subject = subject
        self.account = account
        self.namespace: KVNamespace = account.default_namespace
        self.habits = Habits(subject)
        self.warned: list[str] = []
        """The usage warnings of the client's calls."""
        self._driver = driver
        self._skipped = skipped
        self._record = Record()
        self.stored = self._stored()
        self._client: Any = None
        self._given_values: defaultdict[str, set[bytes | None]] = defaultdict(set)
        """The values that each key was given so far; kept for a best-effort client only."""
        self.is_troubled = False
        """Whether something went wrong after which a best-effort client may lose writes."""
        self._may_raise = False
        """Whether the client may raise: a fault is planned, or the key is illegal."""
        self._last = Outcome("", 0)

    # Preparing the account and the client.

    def reset(self) -> None:
        """Forget planned faults and empty the namespace, which keeps its id; REST clients only."""
        forget_planned_faults(self.account)
        old = self.namespace
        if old.id in self.account.namespaces:
            self.account.remove_namespace(old.id)
        self.namespace = self.account.create_namespace(old.title, id=old.id)
        self.stored = self._stored()
        self._given_values.clear()
        self.is_troubled = False

    def seed(self, entries: Seeds | Pairs) -> None:
        """Store ``entries`` as the client would store them, without the client."""
        seeds: Seeds = _value(entries)
        if not seeds:
            return
        in_store = {
            self.habits.name(key): stored(self.habits, value) for key, value in seeds.items()
        }
        for key, value in seeds.items():
            self._note_given(key, value)
        self.namespace.seed(in_store)
        code = seeds_code(self.habits, entries, in_store)
        self._record.add(f"{self._namespace}.seed({code})")

    def seed_lookalikes(self, key: str) -> None:
        """Store names that a careless client may take for ``key``: its own, and others."""
        own = own_names(self.habits, lookalikes(key), but=key)
        self._seed_raw(dict.fromkeys(own, self.habits.content("other")))
        self._seed_raw(dict.fromkeys(self._strange_names(key), "other"))

    def seed_strange(self, key: str) -> None:
        """Store names near ``key`` that are not the client's own."""
        self._seed_raw(dict.fromkeys(self._strange_names(key), "v"))

    def seed_bystanders(self, keys: Sequence[str]) -> None:
        """Store keys that look like some of ``keys`` and are none of them."""
        taken = {*map(self.habits.name_or_none, keys)}
        own = [name for name in own_names(self.habits, bystanders(keys)) if name not in taken]
        strange = [name for key in keys[:1] for name in self._strange_names(key)]
        self._seed_raw(dict.fromkeys(own, self.habits.content("stays")))
        self._seed_raw(dict.fromkeys((name for name in strange if name not in taken), "stays"))

    def _strange_names(self, key: str) -> list[str]:
        """Names that are not the client's own; none if the client cannot tell them from its own."""
        if self.habits.knows_own_names:
            return strange_names(self.habits, key)
        is_safe = self.habits.has_names and not self.has("list") and not self.has("delete_prefix")
        return strange_names(self.habits, key) if is_safe else []

    def _seed_raw(self, entries: Mapping[str, str | bytes]) -> None:
        if entries:
            self.namespace.seed(entries)
            self._record.add(f"{self._namespace}.seed({code_of(entries)})")

    def _note_given(self, key: str, value: str | bytes | Entry) -> None:
        if self.subject.best_effort:
            self._given_values[key].add(
                value.value if isinstance(value, Entry) else to_bytes(value)
            )

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
        self.is_troubled = self.is_troubled or (name == "write_limit" and bool(value))
        self._record.add(f"{self._account}.{name} = {value!r}")

    def plan_fault(self, method: str, *args: Any, **keywords: Any) -> None:
        """Plan a fault with a method of the account, such as ``fail_next``."""
        getattr(self.account, method)(*args, **keywords)
        given = [repr(value) for value in args]
        given += [f"{key}={value!r}" for key, value in keywords.items()]
        self._record.add(f"{self._account}.{method}({', '.join(given)})")
        if keywords.get("after"):
            # A repaired client may call less, and a fault that does not strike fails a test.
            self._record.last_step = f"{self._account}.reset()  # also the fault, if it is left"
        self.is_troubled = True
        self.allow_exception()

    @property
    def is_lenient(self) -> bool:
        """Whether the client may lose writes and miss keys: a best-effort one, after an error."""
        return self.subject.best_effort and self.is_troubled

    def may_return(self, key: str, value: bytes) -> bool:
        """Whether a best-effort client may return this value of a key after an error."""
        return self.is_lenient and value in self._given_values[key]

    def is_legal(self, key: str) -> bool:
        """Whether KV takes the name under which the client stores ``key``."""
        name = self.habits.name_or_none(key)
        return name is not None and is_legal_key(name)

    def allow_exception(self) -> None:
        """Let the printed test accept an exception."""
        self._may_raise = True

    def advance(self, seconds: float) -> None:
        """Move the time forward, for the account and for the client."""
        self._skipped.advance(seconds)
        self._record.add(f"{self._account}.clock.advance({seconds})")

    def note_given_namespace(self) -> None:
        """Let the printed test give the client a namespace that is not the account's first."""
        account, title = self._account, self.namespace.title
        self._record.add(f"{account}.default_namespace = {account}.create_namespace({title!r})")

    def make_client(self, api: Any) -> None:
        """Make the client for the API, or for the namespace of a binding.

        Raises NotMade when ``make_client`` raises.
        """
        try:
            self._client = self._driver.finish(self.subject.make_client(api))
        except Exception as error:
            raise NotMade(error) from error
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
        """Raise Skipped when the client lacks one of ``methods``, NotMade when it has none."""
        if not any(map(self.has, METHODS)):
            returned = f"make_client returned {self._client!r:.80}"
            told = f"{returned}, which has none of the methods {', '.join(METHODS)}"
            raise NotMade(TypeError(told), returned)
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
        self._note_writes(method, args)
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
        self._last = Outcome(self._driver.awaited(code), step, value, error, method)
        self._record.replace(step, suppressing(self._last.code) if error else self._last.code)
        if method == "list" and error is None and not isinstance(value, list):
            self.fail(
                f"{code} {self._last}; an adapter returns a list of keys, or an iterator",
                assertion=f"list({self._last.code})",
                outcome=self._last,
                cause="list() returns no list of keys",
            )
        return self._last

    def _note_writes(self, method: str, args: tuple[Any, ...]) -> None:
        """Note the values that a call should write, to recognise them in the store afterwards."""
        pairs: Mapping[str, str | bytes] = {}
        if method == "put":
            pairs = dict([args])
        elif method == "put_many":
            pairs = _value(args[0])
        for key, value in pairs.items():
            self._note_given(key, value)
            if self.habits.has_contents:
                self.habits.content(value)

    def _outcome(
        self, method: str, args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[Any, Exception | None]:
        given = [_value(value) for value in args]
        try:
            value = self._driver.finish(getattr(self._client, method)(*given, **keywords))
            is_list = method == "list" and isinstance(value, Iterable)
            return (list(value) if is_list else value), None
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

    def fail(
        self,
        claim: str,
        *,
        assertion: str = "",
        outcome: Outcome | None = None,
        may_say_false: bool = True,
        cause: str | None = None,
    ) -> NoReturn:
        """Raise Broken with ``claim`` and a printed test, in which ``assertion`` fails.

        With an ``outcome``, the printed test has the ``assertion`` instead of the outcome's call.
        ``may_say_false`` says whether a write that returns False would be right. ``cause`` is the
        reason, if it breaks other clauses of this client, too.
        """
        __tracebackhide__ = True
        last = self._last
        if assertion and self._may_raise and not last.raised:
            is_bool = last.is_bool and may_say_false
            is_named = outcome is not None or is_bool
            call = f"result = {last.code}" if is_named else last.code
            if outcome is not None:
                assertion = assertion.replace(outcome.code, "result")
            code = asserting_unless_failed(
                call, assertion, says_false="result" if is_bool else None
            )
            self._record.replace(last.step, code)
        elif assertion and outcome is not None:
            self._record.replace(outcome.step, assertion)
        elif assertion:
            self._record.add(assertion)
        text = self._message(claim, outcome or last)
        raise Broken(text, cause=cause, method=last.method) from None

    def check_untouched(self, before: Mapping[str, Entry], *keys: str) -> None:
        """Raise Broken when an entry other than ``keys`` differs from ``before``."""
        __tracebackhide__ = True
        if self.namespace.id not in self.account.namespaces:
            remains = "assert api.namespace_id in api.account.namespaces"
            self.fail(self._removal_claim(), assertion=remains, may_say_false=False)
        own, now = {*map(self.habits.name_or_none, keys)}, self.stored.entries()
        for name in sorted((before.keys() | now.keys()) - own):
            if before.get(name) != now.get(name):
                unchanged = self.stored.unchanged_assertion(name, before.get(name))
                claim = _change_claim(name, before, now)
                self.fail(claim, assertion=unchanged, may_say_false=False)

    @property
    def calls_code(self) -> str:
        """The expression for the calls that KV received."""
        return f"{self._account}.calls"

    @property
    def clock_code(self) -> str:
        """The expression for the account's clock."""
        return f"{self._account}.clock"

    @property
    def last_call(self) -> str:
        """The last call that KV received, in one line."""
        calls = self.account.calls
        return str(calls[-1]) if calls else "nothing"

    def _stored(self) -> Stored:
        return Stored(self.namespace, self.habits, f"{self._namespace}.data")

    @property
    def _namespace(self) -> str:
        return "namespace" if self.subject.is_binding else "api.namespace"

    @property
    def _account(self) -> str:
        return "account" if self.subject.is_binding else "api.account"

    def _removal_claim(self) -> str:
        return (
            f"the client removed the whole namespace {self.namespace.title!r} and every key in it: "
            "a request for a key became DELETE …/namespaces/{id}, because a path with '..' in it "
            "is shortened before it is sent"
        )

    def _message(self, claim: str, outcome: Outcome) -> str:
        block = _BLOCKS.get(self.subject.over)
        test = self._record.as_test(block, is_async=self._driver.is_async)
        line = "" if outcome.error is None else client_line(outcome.error, self._client)
        warned = [f"KVUsageWarning: {text}" for text in dict.fromkeys(self.warned)]
        return message(claim, [line, *warned], test, calls_text(self.account))


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
