"""Clauses about what is stored: values, metadata and expiration."""

from __future__ import annotations

__all__ = ("expired_keys_are_gone", "values_and_metadata_survive_exactly")

from collections.abc import Iterator

from pytest_kv import Entry, Limits
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import (
    TEXT_ONLY_HINT,
    check_names,
    check_read,
    check_said_done,
    check_succeeded,
    check_values,
    is_text,
)
from pytest_kv.contract._clauses.clause import clause, drawn_values, require_any, takes_bytes
from pytest_kv.contract._habits import Habits, to_bytes
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject

VALUES: tuple[str | bytes, ...] = (
    "v",
    "",
    b"",
    "0",
    "false",
    "null",
    "[]",
    '""',
    " v ",
    "\n",
    "a\r\nb",
    "\x00",
    "\ufeffv",
    "caf\u00e9",
    "\U0001f600",
    '{"value": "v", "metadata": {}}',
    "a=b&c=d",
    "v%2Fv",
    "--v\r\n",
    b"v",
    b"\xff\xfe\x00",
    bytes(range(256)),
    "v" * 70_000,
)
"""Values that clients lose or change, each for its own reason."""

METADATA: tuple[object, ...] = ({"a": 1}, 0, False, "", [], {}, "caf\u00e9", [None], 1.5)
"""Metadata that clients lose or change, each for its own reason."""

_SOON = Limits().expiration_seconds


@clause()
def values_and_metadata_survive_exactly(subject: Subject) -> None:
    """A value comes back byte for byte, and other keys keep their metadata and expiration."""
    require_any(subject, "get", "put", "delete", "list", "put_many", "get_many")
    keep = _KeepValue(subject)
    has_bytes = takes_bytes(subject)
    values = [value for value in VALUES if has_bytes or isinstance(value, str)]
    takes = Habits(subject).takes
    run_each(subject, filter(takes, values), keep)
    run_each(subject, METADATA, _keep_metadata)
    run_drawn(subject, drawn_values(subject).filter(takes), keep, share=10)


class _KeepValue:
    """A check that writes a value with each method that takes it, and reads it back."""

    def __init__(self, subject: Subject) -> None:
        self._takes_bytes = {method: takes_bytes(subject, method) for method in ("put", "put_many")}
        self.__qualname__ = "keep value"

    def __call__(self, run: CaseRun, value: str | bytes) -> None:
        stored = to_bytes(value)
        others = {
            "kept": run.expiring(value, 3600, metadata=0),
            "one": Entry("old", metadata={"old": True}),
            "two": Entry("old", metadata={"old": True}),
        }
        run.seed(others)
        for key, method, args in self._writes(run, value):
            before = run.stored.entries()
            outcome = run.call(method, *args)
            if outcome.raised:
                hint = TEXT_ONLY_HINT if isinstance(value, bytes) else ""
                run.fail(
                    f"{outcome.code} {outcome}, and nothing was wrong{hint}",
                    assertion=outcome.code,
                    outcome=outcome,
                )
            run.check_untouched(before, key)
            if run.stored.value(key) != stored:
                said = ", which is not as stored_value says" if run.habits.has_contents else ""
                found = run.stored.entry(key)
                run.fail(
                    f"{outcome.code} returned, but what is stored is {found!r}{said}",
                    assertion=run.stored.value_assertion(key, stored),
                )
            check_said_done(run, outcome)
            _read(run, key)
        _read(run, "kept")

    def _writes(
        self, run: CaseRun, value: str | bytes
    ) -> Iterator[tuple[str, str, tuple[object, ...]]]:
        """For each method that can write the value: a key, the method and its arguments."""
        is_text = isinstance(value, str)
        if run.has("put") and (is_text or self._takes_bytes["put"]):
            yield "one", "put", ("one", value)
        if run.has("put_many") and (is_text or self._takes_bytes["put_many"]):
            yield "two", "put_many", ({"two": value},)


def _read(run: CaseRun, key: str) -> None:
    if run.has("get"):
        check_succeeded(run, outcome := run.call("get", key))
        check_read(run, outcome, key)
    entry = run.stored.entry(key)
    assert entry is not None, "it was stored before"
    if run.has("get_many") and is_text(entry.value) and not entry.text.startswith("\ufeff"):
        # A bulk get returns text, and drops a byte-order mark (O).
        check_succeeded(run, outcome := run.call("get_many", [key]))
        check_values(run, outcome, [key])
    if run.has("list"):
        check_succeeded(run, outcome := run.call("list", ""))
        check_names(run, outcome, "")


def _keep_metadata(run: CaseRun, metadata: object) -> None:
    """No call may lose metadata; a ``put`` that takes metadata must store it."""
    run.seed({"k": Entry("v", metadata=metadata), "old": Entry("v", metadata={"old": True})})
    before = run.stored.entries()
    _read(run, "k")
    if run.has("put"):
        check_succeeded(run, run.call("put", "other", "value"))
    if run.has("delete"):
        check_succeeded(run, run.call("delete", "old"))
    run.check_untouched(before, "other", "old")
    if run.has("put") and run.takes("put", "metadata"):
        outcome = run.call("put", "k", "v", metadata=metadata)
        check_succeeded(run, outcome)
        entry, expected = run.stored.entry("k"), Entry("v", metadata=metadata)
        if entry is None or not _holds(entry.metadata, expected.metadata):
            run.fail(
                f"{outcome.code} returned, but {_lost(entry, 'metadata')}",
                assertion=f"assert {run.stored.entry_code('k')}.metadata == {metadata!r}",
            )


def _holds(found: object, asked: object) -> bool:
    """Whether metadata holds what was asked for; a client may add members to an object."""
    if isinstance(found, dict) and isinstance(asked, dict):
        return all(name in found and found[name] == value for name, value in asked.items())
    return type(found) is type(asked) and found == asked


def _lost(entry: Entry | None, part: str) -> str:
    """What happened to the metadata or expiration that the test gave to a put."""
    if entry is None:
        return "nothing is stored"
    what = "is lost" if getattr(entry, part) is None else "differs"
    return f"the {part} {what}: what is stored is {entry!r}"


@clause()
def expired_keys_are_gone(subject: Subject) -> None:
    """An expired key is missing, even if the client has read it before."""
    require_any(subject, "get", "get_many", "list", "put", "put_many")
    run_each(subject, (_SOON, 3600), _expire)
    run_each(subject, (_SOON - 1, 1), _expire_too_soon)


def _expire(run: CaseRun, seconds: int) -> None:
    run.seed({"short": run.expiring("v", seconds), "long": Entry("v")})
    names = ["short", "long"]
    for keys, method, args in _expiring_writes(run):
        outcome = run.call(method, *args, expiration_ttl=seconds)
        check_succeeded(run, outcome)
        for key in keys:
            _check_expiration(run, outcome, key, seconds)
        names += keys
    names = [*dict.fromkeys((*names, "own"))]
    for _ in range(2):
        if run.has("get"):
            for name in names:
                check_read(run, run.call("get", name), name)
        if run.has("get_many"):
            check_values(run, run.call("get_many", names), names)
        if run.has("list"):
            check_names(run, run.call("list", ""), "")
        run.advance(seconds + 1)


def _expiring_writes(run: CaseRun) -> Iterator[tuple[list[str], str, tuple[object, ...]]]:
    """For each method with ``expiration_ttl``: the keys, the method and its other arguments."""
    if run.has("put") and run.takes("put", "expiration_ttl"):
        yield ["own"], "put", ("own", "v")
    if run.has("put_many") and run.takes("put_many", "expiration_ttl"):
        keys = ["many", "more"][: run.subject.at_most(2)]
        yield keys, "put_many", (dict.fromkeys(keys, "v"),)


def _check_expiration(run: CaseRun, outcome: Outcome, key: str, seconds: int) -> None:
    entry, ends = run.stored.entry(key), run.account.clock.seconds() + seconds
    if entry is None or entry.expiration is None or abs(entry.expiration - ends) > 1:
        run.fail(
            f"{outcome.code} returned, but {_lost(entry, 'expiration')}",
            assertion=f"expected = {run.clock_code}.seconds() + {seconds}\n"
            f"assert abs({run.stored.entry_code(key)}.expiration - expected) <= 1",
        )


def _expire_too_soon(run: CaseRun, seconds: int) -> None:
    """KV refuses a TTL below 60: the client raises, or uses the shortest TTL that KV takes."""
    for keys, method, args in _expiring_writes(run):
        run.allow_exception()
        outcome = run.call(method, *args, expiration_ttl=seconds)
        if not outcome.failed:
            for key in keys:
                _check_expires_soon(run, outcome, key)


def _check_expires_soon(run: CaseRun, outcome: Outcome, key: str) -> None:
    entry, ends = run.stored.entry(key), run.account.clock.seconds() + _SOON
    if entry is None and run.subject.best_effort:
        return  # KV refuses such a TTL; after an error, a write may be lost.
    if entry is None or entry.expiration is None or entry.expiration > ends + 1:
        run.fail(
            f"{outcome.code} returned, but {_lost(entry, 'expiration')}",
            assertion=f"latest = {run.clock_code}.seconds() + {_SOON}\n"
            f"assert {run.stored.entry_code(key)}.expiration <= latest + 1",
        )
