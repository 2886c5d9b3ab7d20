"""Clauses about one key at a time: what is deleted, what stays, and where a key ends up."""

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
from pytest_kv._internal import is_legal_key, shortened
from pytest_kv.contract._cases import draw, each
from pytest_kv.contract._claims import check_done, check_names, check_read, check_values
from pytest_kv.contract._clauses.clause import clause, drawn_keys, legal
from pytest_kv.contract._run import Outcome, Trial
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import ILLEGAL, TREACHEROUS, lookalikes

_KEYS = ("k", *TREACHEROUS)


@clause("delete")
def deleting_a_missing_key_succeeds(subject: Subject) -> None:
    """delete() of a key that is not there does not raise."""
    each(subject, legal(subject, _KEYS), _delete_missing)
    draw(subject, drawn_keys(subject), _delete_missing, share=10)


def _delete_missing(stage: Trial, key: str) -> None:
    stage.seed(dict.fromkeys(lookalikes(key), "other"))
    before = stage.data()
    outcome = stage.call("delete", key)
    stage.check_untouched(before)
    if outcome.raised:
        claim = f"{outcome.code} of a missing key {outcome}; KV has no error for that"
        stage.fail(claim, see=outcome.code, outcome=outcome)


@clause("delete")
def deleting_removes_that_key_and_no_other(subject: Subject) -> None:
    """delete() removes the key it is given, and nothing else."""
    each(subject, legal(subject, _KEYS), _delete_present)
    draw(subject, drawn_keys(subject), _delete_present, share=10)


def _delete_present(stage: Trial, key: str) -> None:
    stage.seed({key: "value"} | dict.fromkeys(lookalikes(key), "other"))
    before = stage.data()
    outcome = stage.call("delete", key)
    stage.check_untouched(before, key)
    _check_deleted(stage, outcome, key)


def _check_deleted(stage: Trial, outcome: Outcome, key: str) -> None:
    check_done(stage, outcome)
    if key in stage.data():
        stage.fail(
            f"{outcome.code} returned, but {shortened(key, 80)} is still there",
            see=stage.stored(key, None),
        )


@clause("get", "delete")
def a_deleted_key_is_gone_at_once(subject: Subject) -> None:
    """A key that a client deleted is missing for that client from then on."""
    for method in ("delete", "delete_many"):
        each(subject, legal(subject, ("k", "a/b", "42")), _GoneAfter(method))


class _GoneAfter:
    """A check whose deletes are made by one method."""

    def __init__(self, method: str) -> None:
        self._method = method
        self.__qualname__ = f"gone after {method}"

    def __call__(self, stage: Trial, key: str) -> None:
        if not stage.has(self._method):
            return
        _check_get_missing(stage, key)
        self._write(stage, key, "one")
        check_done(stage, got := stage.call("get", key))
        check_read(stage, got, key)
        check_done(stage, stage.call(self._method, key if self._method == "delete" else [key]))
        _check_get_missing(stage, key)
        if stage.has("get_many"):
            check_values(stage, stage.call("get_many", [key]), [key])
        if stage.has("list"):
            check_names(stage, stage.call("list", ""), "")
        self._write(stage, key, "two")
        check_done(stage, got := stage.call("get", key))
        check_read(stage, got, key)

    def _write(self, stage: Trial, key: str, value: str) -> None:
        if stage.has("put"):
            check_done(stage, stage.call("put", key, value))
        elif value == "one":
            stage.seed({key: value})


def _check_get_missing(stage: Trial, key: str) -> None:
    """What ``get`` makes of a missing key is what the contract was told."""
    outcome = stage.call("get", key)
    check_read(stage, outcome, key)
    if outcome.error is not None and not stage.subject.is_missing(outcome.error):
        kind = type(outcome.error).__name__
        stage.fail(
            f"{outcome.code} of a missing key {outcome}; if that is how the client says so, "
            f"set missing = {kind}"
        )


@clause("delete")
def no_key_reaches_another_endpoint(subject: Subject) -> None:
    """Whatever a key looks like, legal or not, a request for it stays a request for a key."""
    keys = (*_STRAYING, *ILLEGAL, *TREACHEROUS)
    methods = ("delete", "get", "put")
    each(subject, [(method, key) for method in methods for key in keys], _stay_on_course)
    drawn = st.tuples(st.sampled_from(methods), kvst.keys() | kvst.invalid_keys())
    draw(subject, drawn, _stay_on_course, share=10)


_STRAYING = (
    "..",
    ".",
    "x/../..",
    "../..",
    "../bulk",
    "../keys",
    "../metadata/k",
    "../bulk/delete",
    "../../../..",
    "./..",
    "..?x",
    "..#x",
    "?",
    "#",
    "/",
    "//",
    "//example.com/k",
    "https://example.com/k",
    "?limit=10",
    "%2e%2e",
    "..%2f..",
    "..\\..",
    "..;",
)

_ASKED = {
    "delete": ("delete",),
    "get": ("get", "getWithMetadata"),
    "put": ("put",),
}
"""What a method of an adapter asks KV for, as far as its name goes."""


def _stay_on_course(stage: Trial, example: tuple[str, str]) -> None:
    method, key = example
    if not stage.has(method):
        return
    value = ("value",) if method == "put" else ()
    usual = {*_ASKED[method], "unknown"}
    stage.seed({"bystander": "stays"})
    stage.call(method, "k", *value)
    usual |= {call.operation for call in stage.account.calls}
    seen, before = len(stage.account.calls), stage.data()
    if not is_legal_key(key):
        stage.let_raise()
    outcome = stage.call(method, key, *value)
    stage.check_untouched(before, key)
    for call in stage.calls_since(seen):
        if call.operation not in usual:
            stage.fail(f"{outcome.code} reached another endpoint than for 'k': {call}")
    _check_illegal(stage, outcome, method, key)


def _check_illegal(stage: Trial, outcome: Outcome, method: str, key: str) -> None:
    if outcome.raised or key in stage.data():
        return
    if method == "put":
        stage.fail(
            f"{outcome.code} returned, but nothing is stored: KV last saw {stage.last_call}",
            see=f"with pytest.raises(Exception):\n    {outcome.code}",
            outcome=outcome,
        )
    if method == "get":
        check_read(stage, outcome, key)


@clause("delete")
def every_key_round_trips(subject: Subject) -> None:
    """What is put under a key, any key, is got, listed and deleted under exactly that key."""
    each(subject, legal(subject, _KEYS), _round_trip)
    draw(subject, drawn_keys(subject), _round_trip)


def _round_trip(stage: Trial, key: str) -> None:
    stage.seed(dict.fromkeys(lookalikes(key), "other"))
    before = stage.data()
    _put(stage, key, "first")
    stage.check_untouched(before, key)
    _read_back(stage, key)
    if stage.has("put"):
        _put(stage, key, "second")
        _read_back(stage, key)
    outcome = stage.call("delete", key)
    stage.check_untouched(before, key)
    _check_deleted(stage, outcome, key)


def _put(stage: Trial, key: str, value: str) -> None:
    if not stage.has("put"):
        stage.seed({key: value})
        return
    outcome = stage.call("put", key, value)
    check_done(stage, outcome)
    entry = stage.data().get(key)
    if entry is None or entry.text != value:
        found = "nothing" if entry is None else shortened(entry.value, 80)
        stage.fail(
            f"{outcome.code} returned, but {found} is stored under {shortened(key, 80)}",
            see=stage.stored(key, value.encode()),
        )


def _read_back(stage: Trial, key: str) -> None:
    if stage.has("get"):
        check_done(stage, outcome := stage.call("get", key))
        check_read(stage, outcome, key)
    if stage.has("list"):
        check_done(stage, outcome := stage.call("list", ""))
        check_names(stage, outcome, "")
