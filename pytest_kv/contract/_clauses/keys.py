"""Clauses about calls with one key: they reach that key, and no other key or endpoint."""

from __future__ import annotations

__all__ = (
    "a_deleted_key_is_gone_at_once",
    "deleting_a_missing_key_succeeds",
    "deleting_removes_that_key_and_no_other",
    "every_key_round_trips",
    "no_key_reaches_another_endpoint",
)

from hypothesis import strategies as st

from pytest_kv import strategies as kvst
from pytest_kv._internal import shortened
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import (
    check_names,
    check_read,
    check_said_done,
    check_succeeded,
    check_values,
)
from pytest_kv.contract._clauses.clause import accepted, clause, drawn_keys, require_any
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._record import code_of
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import ILLEGAL, OPERATIONS, STRAYING, TRICKY

_KEYS = ("k", *TRICKY)


@clause("delete")
def deleting_a_missing_key_succeeds(subject: Subject) -> None:
    """delete() of a key that does not exist does not raise."""
    run_each(subject, accepted(subject, _KEYS), _delete_missing)
    run_drawn(subject, drawn_keys(subject), _delete_missing, share=10)


def _delete_missing(run: CaseRun, key: str) -> None:
    run.seed_lookalikes(key)
    before = run.stored.entries()
    outcome = run.call("delete", key)
    run.check_untouched(before)
    if outcome.raised:
        claim = f"{outcome.code} of a missing key {outcome}; KV has no error for that"
        run.fail(claim, assertion=outcome.code, outcome=outcome)


@clause("delete")
def deleting_removes_that_key_and_no_other(subject: Subject) -> None:
    """delete() removes the key it is given, and nothing else."""
    run_each(subject, accepted(subject, _KEYS), _delete_present)
    run_drawn(subject, drawn_keys(subject), _delete_present, share=10)


def _delete_present(run: CaseRun, key: str) -> None:
    run.seed({key: "value"})
    run.seed_lookalikes(key)
    before = run.stored.entries()
    outcome = run.call("delete", key)
    run.check_untouched(before, key)
    _check_deleted(run, outcome, key)


def _check_deleted(run: CaseRun, outcome: Outcome, key: str) -> None:
    check_succeeded(run, outcome)
    if run.stored.entry(key) is not None:
        run.fail(
            f"{outcome.code} returned, but {shortened(key, 80)} is still there",
            assertion=run.stored.value_assertion(key, None),
        )
    check_said_done(run, outcome)


@clause("get")
def a_deleted_key_is_gone_at_once(subject: Subject) -> None:
    """After a client has deleted a key, the key is missing for that client."""
    methods = ("delete", "delete_many")
    require_any(subject, *methods)
    for method in methods:
        run_each(subject, accepted(subject, ("k", "a/b", "42")), _GoneAfter(method))


class _GoneAfter:
    """A check that deletes a key with one method, and then expects that the key is missing."""

    def __init__(self, method: str) -> None:
        self._method = method
        self.__qualname__ = f"gone after {method}"

    def __call__(self, run: CaseRun, key: str) -> None:
        if not run.has(self._method):
            return
        # Without put the test stores the key, and a cache may still say that it is missing.
        if run.has("put"):
            _check_get_missing(run, key)
        self._write(run, key, "one")
        check_succeeded(run, got := run.call("get", key))
        check_read(run, got, key)
        check_succeeded(run, run.call(self._method, key if self._method == "delete" else [key]))
        _check_get_missing(run, key)
        if run.has("get_many"):
            check_values(run, run.call("get_many", [key]), [key])
        if run.has("list"):
            check_names(run, run.call("list", ""), "")
        self._write(run, key, "two")
        check_succeeded(run, got := run.call("get", key))
        check_read(run, got, key)

    def _write(self, run: CaseRun, key: str, value: str) -> None:
        if run.has("put"):
            check_succeeded(run, run.call("put", key, value))
        elif value == "one":
            run.seed({key: value})


def _check_get_missing(run: CaseRun, key: str) -> None:
    """Raise Broken unless ``get`` treats a missing key as the subject says."""
    outcome = run.call("get", key)
    check_read(run, outcome, key)
    if outcome.error is not None and not run.subject.is_missing(outcome.error):
        kind = type(outcome.error).__name__
        run.fail(
            f"{outcome.code} of a missing key {outcome}; if that is how the client says so, "
            f"set missing = {kind}",
            assertion=outcome.code,
            outcome=outcome,
        )


@clause()
def no_key_reaches_another_endpoint(subject: Subject) -> None:
    """No key, legal or not, turns a request for a key into a request for something else."""
    left_out = subject.keys_left_out
    keys = [key for key in (*STRAYING, *ILLEGAL, *TRICKY) if key not in left_out]
    methods = ("delete", "get", "put")
    require_any(subject, *methods)
    run_each(subject, [(method, key) for method in methods for key in keys], _reach_the_key)
    if not left_out:
        drawn = st.tuples(st.sampled_from(methods), kvst.keys() | kvst.invalid_keys())
        run_drawn(subject, drawn, _reach_the_key, share=10)


def _reach_the_key(run: CaseRun, case: tuple[str, str]) -> None:
    method, key = case
    if not run.has(method):
        return
    value = ("value",) if method == "put" else ()
    usual = {*OPERATIONS[method], "unknown"}
    run.seed({"bystander": "stays"})
    run.call(method, "k", *value)
    usual |= {call.operation for call in run.account.calls}
    seen, before = len(run.account.calls), run.stored.entries()
    is_legal = key not in ILLEGAL and run.is_legal(key)
    if not is_legal:
        run.allow_exception()
    outcome = run.call(method, key, *value)
    run.check_untouched(before, key)
    for call in run.calls_since(seen):
        if call.operation not in usual:
            operations = f"{{call.operation for call in {run.calls_code}}}"
            run.fail(
                f"{outcome.code} reached another endpoint than for 'k': {call}",
                assertion=f"assert not {operations} - {{{', '.join(map(repr, sorted(usual)))}}}",
            )
    # KV answers an illegal key with an error, after which a best-effort client may lose a write.
    if is_legal or not run.subject.best_effort:
        _check_not_ignored(run, outcome, method, key)


def _check_not_ignored(run: CaseRun, outcome: Outcome, method: str, key: str) -> None:
    """Raise Broken when the client ignored the key although it did not say that it failed."""
    if outcome.failed or run.stored.entry(key) is not None:
        return
    if method == "put":
        run.fail(
            f"{outcome.code} returned, but nothing is stored: KV last saw {run.last_call}",
            assertion=f"assert {code_of(run.habits.name_or_none(key) or key)} in {run.stored.code}",
        )
    if method == "get":
        check_read(run, outcome, key)


@clause()
def every_key_round_trips(subject: Subject) -> None:
    """Any key can be written, read, listed and deleted under exactly its own name."""
    require_any(subject, "put", "get", "list", "delete")
    run_each(subject, accepted(subject, _KEYS), _round_trip)
    run_drawn(subject, drawn_keys(subject), _round_trip)


def _round_trip(run: CaseRun, key: str) -> None:
    run.seed_lookalikes(key)
    before = run.stored.entries()
    _put(run, key, "first")
    run.check_untouched(before, key)
    _read_back(run, key)
    if run.has("put"):
        _put(run, key, "second")
        _read_back(run, key)
    if run.has("delete"):
        outcome = run.call("delete", key)
        run.check_untouched(before, key)
        _check_deleted(run, outcome, key)


def _put(run: CaseRun, key: str, value: str) -> None:
    if not run.has("put"):
        run.seed({key: value})
        return
    outcome = run.call("put", key, value)
    check_succeeded(run, outcome)
    stored = run.stored.value(key)
    if stored != value.encode():
        found = "nothing" if stored is None else shortened(stored, 80)
        run.fail(
            f"{outcome.code} returned, but {found} is stored under {shortened(key, 80)}",
            assertion=run.stored.value_assertion(key, value.encode()),
        )
    check_said_done(run, outcome)


def _read_back(run: CaseRun, key: str) -> None:
    if run.has("get"):
        check_succeeded(run, outcome := run.call("get", key))
        check_read(run, outcome, key)
    if run.has("list"):
        check_succeeded(run, outcome := run.call("list", ""))
        check_names(run, outcome, "")
