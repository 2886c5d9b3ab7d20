"""The clause that mixes calls and faults, and compares the client with a dict."""

from __future__ import annotations

__all__ = ("Step", "calls_in_any_order_keep_their_promises", "take_steps")

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from pytest_kv import Entry
from pytest_kv._internal import shortened
from pytest_kv.contract._basics import PLAIN_KEY
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import (
    best_effort_hint,
    check_names,
    check_read,
    check_values,
    is_text,
)
from pytest_kv.contract._clauses.clause import accepted, clause, drawn_values, takes_bytes
from pytest_kv.contract._habits import Habits, to_bytes
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject

_POOL = ("k", "k2", "a/b", "a%2Fb", "a b", "a+b", "x/../..", "caf\u00e9", "cafe\u0301", "42")
_PREFIXES = ("", "k", "a", "a/")
_OPERATIONS = ("get", "put", "delete", "list", "bulk_put", "bulk_delete", "bulk_get")
_MOST_STEPS = 20
_MOST_KEYS = 4
_BOM = b"\xef\xbb\xbf"


class Step(NamedTuple):
    """A call of the client, a fault to plan, or a setting of the account."""

    name: str
    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = {}


@clause()
def calls_in_any_order_keep_their_promises(subject: Subject) -> None:
    """Calls in any order, with faults among them, leave what a dict would hold."""
    run_each(subject, _read_again(), take_steps)
    run_each(subject, _read_after_failure(), take_steps)
    # Steps are drawn as a list of values, so that a failure shrinks to the few that matter.
    run_drawn(subject, st.lists(_steps(subject), max_size=_MOST_STEPS), take_steps)


def _read_again() -> list[list[Step]]:
    """For each write: the same reads before it and after it."""
    key = PLAIN_KEY
    reads = [Step("get", (key,)), Step("get_many", ([key],)), Step("list", ("",))]
    writes = (
        Step("put", (key, "two")),
        Step("put_many", ({key: "two"},)),
        Step("delete", (key,)),
        Step("delete_many", ([key],)),
        Step("delete_prefix", (key,)),
    )
    return [[Step("put", (key, "one")), *reads, write, *reads] for write in writes]


def _read_after_failure() -> list[list[Step]]:
    """For each write: the same read before and after it fails, when KV did it and when not."""
    key = PLAIN_KEY
    read = Step("get", (key,))
    writes = (
        (Step("put", (key, "two")), ("put", "bulk_put")),
        (Step("put_many", ({key: "two"},)), ("put", "bulk_put")),
        (Step("delete", (key,)), ("delete", "bulk_delete")),
        (Step("delete_many", ([key],)), ("delete", "bulk_delete")),
    )
    return [
        [
            Step("put", (key, "one")),
            read,
            *(Step("drop_next", (operation,), faults) for operation in operations),
            write,
            read,
        ]
        for write, operations in writes
        for faults in ({"times": None}, {"times": None, "done": True})
    ]


def _steps(subject: Subject) -> st.SearchStrategy[Step]:
    key = st.sampled_from(accepted(subject, _POOL) or ["key"])
    takes = Habits(subject).takes
    value = drawn_values(subject).filter(takes)
    value_of_many = value if takes_bytes(subject, "put_many") else drawn_values(subject, "put_many")
    value_of_many = value_of_many.filter(takes)
    most = subject.at_most(_MOST_KEYS)
    calls = (
        _step("put", key, value),
        _step("get", key),
        _step("delete", key),
        _step("list", st.sampled_from(_PREFIXES)),
        _step("put_many", st.dictionaries(key, value_of_many, max_size=most)),
        _step("get_many", st.lists(key, min_size=1, max_size=most)),
        _step("delete_many", st.lists(key, max_size=most)),
        _step("delete_prefix", st.sampled_from(_PREFIXES[1:])),
    )
    return st.one_of(*calls, _faults_and_settings(subject, key))


def _step(name: str, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(*args).map(lambda drawn: Step(name, drawn))


def _faults_and_settings(subject: Subject, key: st.SearchStrategy[str]) -> st.SearchStrategy[Step]:
    times = st.sampled_from((1, 1, 1, 2, None)).map(lambda times: {"times": times})
    done = st.booleans().map(lambda done: {"done": done})
    operation = st.sampled_from(_OPERATIONS)
    errors = st.tuples(operation, st.sampled_from((429, 500, 503)))
    steps = [
        st.builds(Step, st.just("fail_next"), errors, times),
        st.builds(Step, st.just("drop_next"), st.tuples(operation), done),
        _step("page_size", st.sampled_from((1, 2, None))),
        _step("tombstones", st.booleans()),
        _step("write_limit", st.booleans()),
        _step("advance", st.sampled_from((1, 60))),
    ]
    if not subject.is_binding:
        steps.append(_step("fail_keys", key))
    return st.one_of(steps)


def take_steps(run: CaseRun, steps: Sequence[Step]) -> None:
    """Take the steps one by one; compare the client with a dict after each."""
    model = _Model(run)
    for step in steps:
        model.take(step)


class _Model:
    """A dict of what the client claims to have stored, by the names under which it is stored."""

    def __init__(self, run: CaseRun) -> None:
        self._run = run
        self._stored: dict[str, Entry] = {}
        self._has_called = False
        """Whether the client was called; since then it may remember what is stored."""

    def _present(self) -> dict[str, Entry]:
        """What is stored and has not expired: a client may add an expiration by itself."""
        now = self._run.account.clock.seconds()
        return {
            name: entry
            for name, entry in self._stored.items()
            if entry.expiration is None or now < entry.expiration
        }

    def take(self, step: Step) -> None:
        """Take a step and compare its outcome with the dict."""
        name, args = step.name, step.args
        match name:
            case "page_size" | "tombstones" | "write_limit":
                self._run.configure(name, *args)
            case "fail_next" | "drop_next":
                self._run.plan_fault(name, *args, **step.keywords)
            case "fail_keys":
                self._run.plan_fault(name, *map(self._run.habits.name, args), **step.keywords)
            case "advance":
                self._run.advance(*args)
            case _ if self._run.has(name):
                self._call(name, *args)
            case "put" if not self._has_called:
                self._seed(*args)

    def _seed(self, key: str, value: str | bytes) -> None:
        self._run.seed({key: value})
        self._note(key)

    def _call(self, method: str, *args: Any) -> None:
        if method == "get_many" and not all(map(self._is_plain, args[0])):
            return
        self._has_called = True
        before = self._run.stored.known_keys()
        outcome = self._run.call(method, *args)
        for key, value in _writes(before, method, *args):
            self._write(outcome, key, value)
        self._run.check_untouched(self._present())
        match method:
            case "get":
                check_read(self._run, outcome, args[0])
            case "get_many":
                check_values(self._run, outcome, args[0])
            case "list":
                check_names(self._run, outcome, args[0])

    def _write(self, outcome: Outcome, key: str, value: bytes | None) -> None:
        """Check and note one write; after a failure the key may have its old value too."""
        found, old = self._run.stored.value(key), self._old(key)
        may_be_old = outcome.failed or self._run.is_lenient
        if found != value and not (may_be_old and found == old):
            holds = "nothing" if found is None else shortened(found, 80)
            allowed = (value, old) if may_be_old else (value,)
            self._run.fail(
                f"{outcome.code} {outcome}, but {holds} is stored under {shortened(key, 80)}"
                f"{best_effort_hint(self._run)}",
                assertion=self._run.stored.value_assertion(key, *allowed),
            )
        self._note(key)

    def _note(self, key: str) -> None:
        """Note what is stored for a key now."""
        name, entry = self._run.habits.name(key), self._run.stored.entry(key)
        if entry is None:
            self._stored.pop(name, None)
        else:
            self._stored[name] = entry

    def _old_entry(self, key: str) -> Entry | None:
        return self._present().get(self._run.habits.name(key))

    def _old(self, key: str) -> bytes | None:
        entry = self._old_entry(key)
        return None if entry is None else self._run.habits.meaning(entry.value)

    def _is_plain(self, key: str) -> bool:
        """Whether a bulk get can return the value: text without a byte-order mark (O)."""
        entry = self._old_entry(key)
        return entry is None or (is_text(entry.value) and not entry.value.startswith(_BOM))


def _writes(keys: Sequence[str], method: str, *args: Any) -> Iterator[tuple[str, bytes | None]]:
    """The keys that a call writes, each with its new value; None for a deleted key.

    ``keys`` are the keys that existed before the call.
    """
    match method:
        case "put":
            yield args[0], to_bytes(args[1])
        case "put_many":
            yield from ((key, to_bytes(value)) for key, value in args[0].items())
        case "delete":
            yield args[0], None
        case "delete_many":
            yield from ((key, None) for key in args[0])
        case "delete_prefix":
            yield from ((key, None) for key in keys if key.startswith(args[0]))
