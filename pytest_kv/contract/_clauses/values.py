"""Clauses about what is stored: values, metadata and expiration."""

from __future__ import annotations

__all__ = ("expired_keys_are_gone", "values_and_metadata_survive_exactly")

from collections.abc import Iterator

from pytest_kv import Entry, Limits
from pytest_kv.contract._cases import draw, each
from pytest_kv.contract._claims import (
    check_done,
    check_names,
    check_read,
    check_values,
    is_text,
    to_bytes,
)
from pytest_kv.contract._clauses.clause import clause, drawn_values, takes_bytes
from pytest_kv.contract._run import Trial
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
"""Values that clients lose or change, one reason each."""

METADATA: tuple[object, ...] = ({"a": 1}, 0, False, "", [], {}, "caf\u00e9", [None], 1.5)
"""Metadata that clients lose or change, one reason each."""

_SOON = Limits().expiration_seconds


@clause()
def values_and_metadata_survive_exactly(subject: Subject) -> None:
    """A value comes back byte for byte, and its metadata and expiration stay what they were."""
    has_bytes = takes_bytes(subject)
    values = [value for value in VALUES if has_bytes or isinstance(value, str)]
    each(subject, values, _keep_value)
    each(subject, METADATA, _keep_metadata)
    draw(subject, drawn_values(subject), _keep_value, share=10)


def _keep_value(stage: Trial, value: str | bytes) -> None:
    stored = to_bytes(value)
    assert stored is not None
    others = {
        "kept": stage.expiring(value, 3600, metadata=0),
        "one": Entry("old", metadata={"old": True}),
        "two": Entry("old", metadata={"old": True}),
    }
    stage.seed(others)
    for key, method, args in _writes(stage, value):
        before = stage.data()
        outcome = stage.call(method, *args)
        hint = _ON_BYTES if isinstance(value, bytes) and outcome.raised else ""
        if outcome.raised:
            stage.fail(f"{outcome.code} {outcome}, and nothing was wrong{hint}")
        stage.check_untouched(before, key)
        if stage.data().get(key) != Entry(stored):
            stage.fail(
                f"{outcome.code} returned, but what is stored is {stage.data().get(key)!r}",
                see=stage.stored(key, stored),
            )
        _read(key, stage)
    _read("kept", stage)


_ON_BYTES = " (set binary = False for a client of text only)"


def _writes(stage: Trial, value: str | bytes) -> Iterator[tuple[str, str, tuple[object, ...]]]:
    """A key, the method that writes the value under it, and what the method is given."""
    if stage.has("put"):
        yield "one", "put", ("one", value)
    if stage.has("put_many"):
        yield "two", "put_many", ({"two": value},)


def _read(key: str, stage: Trial) -> None:
    if stage.has("get"):
        check_done(stage, outcome := stage.call("get", key))
        check_read(stage, outcome, key)
    entry = stage.data()[key]
    if stage.has("get_many") and is_text(entry.value) and not entry.text.startswith("\ufeff"):
        # A bulk get gives text, without a byte-order mark (O).
        check_done(stage, outcome := stage.call("get_many", [key]))
        check_values(stage, outcome, [key])
    if stage.has("list"):
        check_done(stage, outcome := stage.call("list", ""))
        check_names(stage, outcome, "")


def _keep_metadata(stage: Trial, metadata: object) -> None:
    """Metadata is the client's to write if its ``put`` takes it, and nobody's to lose."""
    stage.seed({"k": Entry("", metadata=metadata), "old": Entry("v", metadata={"old": True})})
    before = stage.data()
    _read("k", stage)
    if stage.has("put"):
        check_done(stage, stage.call("put", "other", "value"))
    check_done(stage, stage.call("delete", "old"))
    stage.check_untouched(before, "other", "old")
    if stage.has("put") and stage.takes("put", "metadata"):
        outcome = stage.call("put", "k", "v", metadata=metadata)
        check_done(stage, outcome)
        entry, expected = stage.data().get("k"), Entry("v", metadata=metadata)
        if entry is None or entry.metadata_json != expected.metadata_json:
            stage.fail(
                f"{outcome.code} returned, but what is stored is {entry!r}",
                see=stage.holds("k", expected),
            )


@clause()
def expired_keys_are_gone(subject: Subject) -> None:
    """A key whose time is up is missing, whatever the client remembers."""
    each(subject, (_SOON, 3600), _expire)


def _expire(stage: Trial, seconds: int) -> None:
    stage.seed({"short": stage.expiring("v", seconds), "long": Entry("v")})
    if stage.has("put") and stage.takes("put", "expiration_ttl"):
        outcome = stage.call("put", "own", "v", expiration_ttl=seconds)
        check_done(stage, outcome)
        entry, ends = stage.data().get("own"), stage.account.clock.seconds() + seconds
        if entry is None or entry.expiration is None or abs(entry.expiration - ends) > 1:
            stage.fail(f"{outcome.code} returned, but what is stored is {entry!r}")
    names = ["short", "long", "own"]
    for _ in range(2):
        if stage.has("get"):
            for name in names:
                check_read(stage, stage.call("get", name), name)
        if stage.has("get_many"):
            check_values(stage, stage.call("get_many", names), names)
        if stage.has("list"):
            check_names(stage, stage.call("list", ""), "")
        stage.advance(seconds + 1)
    check_done(stage, stage.call("delete", "short"))
