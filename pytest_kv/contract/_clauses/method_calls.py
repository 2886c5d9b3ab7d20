"""Calls of a client that something may go wrong in, and what each claims by returning."""

from __future__ import annotations

__all__ = ("READS", "WRITES", "Rehearsed", "Scene", "rehearse")

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_kv import Entry, Limits
from pytest_kv._internal import plural, shortened
from pytest_kv.contract._claims import check_names, check_read, check_values
from pytest_kv.contract._clauses.bulk import calls_for, is_single
from pytest_kv.contract._record import Named
from pytest_kv.contract._run import Outcome, Trial, trial
from pytest_kv.contract._subject import Subject
from pytest_kv.strategies import KeyBatch

WRITES = ("put", "delete", "put_many", "delete_many")
READS = ("get", "get_many", "list")

_LIMITS = Limits()
_THREE_REQUESTS = {
    "put_many": 2 * _LIMITS.bulk_items + 1,
    "delete_many": 2 * _LIMITS.bulk_items + 1,
    "get_many": 2 * _LIMITS.bulk_get_keys + 1,
}
"""How many keys make three requests, as many as possible in each."""

_NAMES = 5
_PAGE_SIZE = 2


@dataclass(frozen=True)
class Scene:
    """A call of one method, for so many keys."""

    method: str
    size: int = 1

    def set_up(self, stage: Trial) -> tuple[object, ...]:
        """Store what the call is about, old values and bystanders; what the call is given."""
        stage.seed({"bystander": Entry("stays", metadata={"kept": True})})
        keys = stage.let("keys", KeyBatch(_NAMES if self.method == "list" else self.size))
        if self.method == "list":
            stage.set("page_size", _PAGE_SIZE)
        stage.seed(Named(dict.fromkeys(keys.value, "old"), f"dict.fromkeys({keys.code}, 'old')"))
        match self.method:
            case "list":
                return ("k",)
            case "put":
                return ("k0", "new")
            case "get" | "delete":
                return ("k0",)
            case "put_many":
                pairs = dict.fromkeys(keys.value, "new")
                return (Named(pairs, f"dict.fromkeys({keys.code}, 'new')"),)
        return (Named(list(keys.value), keys.code),)

    @property
    def keys(self) -> Sequence[str]:
        """The keys that the call may change."""
        return KeyBatch(self.size) if self.method in WRITES else ()

    def check(self, stage: Trial, outcome: Outcome) -> None:
        """What the client claims by returning is true; by raising it claims nothing."""
        __tracebackhide__ = True
        match self.method:
            case "list":
                check_names(stage, outcome, "k")
            case "get":
                check_read(stage, outcome, "k0")
            case "get_many":
                check_values(stage, outcome, KeyBatch(self.size))
            case _:
                self._check_written(stage, outcome)

    def _check_written(self, stage: Trial, outcome: Outcome) -> None:
        __tracebackhide__ = True
        data, is_put = stage.data(), self.method in {"put", "put_many"}
        expected = Entry("new") if is_put else None
        if outcome.raised:
            self._check_halfway(stage, outcome, expected)
            return
        undone = [key for key in self.keys if data.get(key) != expected]
        if undone:
            what = "not written" if is_put else "still there"
            which = shortened(undone[0], 80)
            some = which if self.size == 1 else f"{plural(len(undone), 'key')}, {which} first,"
            stage.fail(
                f"{outcome.code} returned, but {some} {'is' if len(undone) == 1 else 'are'} {what}",
                see=stage.holds(undone[0], expected),
            )

    def _check_halfway(self, stage: Trial, outcome: Outcome, expected: Entry | None) -> None:
        """A write that raised has done to each key what it was to do, or nothing."""
        __tracebackhide__ = True
        data, allowed = stage.data(), (expected, Entry("old"))
        for key in self.keys:
            if data.get(key) not in allowed:
                stage.fail(f"{outcome.code} {outcome}, and left {data.get(key)!r} under {key!r}")


@dataclass(frozen=True)
class Rehearsed:
    """A scene and the operations that the client asks for in it where nothing goes wrong."""

    scene: Scene
    operations: tuple[str, ...]

    @property
    def budget(self) -> int:
        """How many calls the client is given when something does."""
        return calls_for(max(self.scene.size, len(self.operations)))

    def places(self) -> list[int]:
        """The numbers of the first request, one in the middle and the last, from 0."""
        number = len(self.operations)
        return sorted({0, number // 2, number - 1}) if number else []

    def nth(self, place: int) -> tuple[str, int]:
        """The operation of a request, and how many of it come before."""
        operation = self.operations[place]
        return operation, self.operations[:place].count(operation)


def rehearse(subject: Subject, methods: Sequence[str]) -> list[Rehearsed]:
    """A scene for each of the methods that the client has, and one of three requests for many."""
    return [_rehearsed(subject, scene) for method in methods for scene in _scenes(subject, method)]


def _scenes(subject: Subject, method: str) -> list[Scene]:
    with trial(subject) as stage:
        if not stage.has(method):
            return []
    if method not in _THREE_REQUESTS:
        return [Scene(method)]
    many = 3 if is_single(subject, method) else _THREE_REQUESTS[method]
    return [Scene(method, 3), Scene(method, many)][: 1 if many == 3 else 2]


def _rehearsed(subject: Subject, scene: Scene) -> Rehearsed:
    with trial(subject) as stage:
        given = scene.set_up(stage)
        stage.call(scene.method, *given, calls=calls_for(scene.size))
        return Rehearsed(scene, tuple(call.operation for call in stage.account.calls))
