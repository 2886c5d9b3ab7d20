"""The clauses about what a client claims when production fails it."""

from __future__ import annotations

__all__ = (
    "a_read_that_returns_tells_the_truth",
    "a_write_that_returns_was_done",
    "keys_that_kv_left_undone_are_not_forgotten",
)

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from pytest_kv.contract._cases import draw, each
from pytest_kv.contract._clauses.clause import clause
from pytest_kv.contract._clauses.method_calls import READS, WRITES, Rehearsed, rehearse
from pytest_kv.contract._run import Trial
from pytest_kv.contract._subject import Skipped, Subject


class Trouble(NamedTuple):
    """A method of the account that plans a fault, and what it is given besides the operation."""

    plan: str
    args: tuple[int, ...] = ()
    keywords: Mapping[str, Any] = {}


_ERROR = Trouble("fail_next", (500,))
_DROPPED = Trouble("drop_next")
_TIMED_OUT = Trouble("time_out_next")
_REFUSED = Trouble("refuse_next")

_TROUBLES = (
    _ERROR,
    Trouble("fail_next", (502,)),
    Trouble("fail_next", (503,)),
    Trouble("fail_next", (429,), {"retry_after": 0}),
    _DROPPED,
    _TIMED_OUT,
    _REFUSED,
)
_AFTERWARDS = (_ERROR, _DROPPED, _TIMED_OUT)
"""What may befall an answer to a request that was carried out."""


_UNLIKE = (_ERROR, _REFUSED)
"""One of each kind of answer: an error, and a success that is none."""

_FEW = 3


class Strike(NamedTuple):
    """Which request of a scene is struck, by what and how often."""

    rehearsed: Rehearsed
    place: int
    trouble: Trouble
    keywords: Mapping[str, Any]


@clause()
def a_write_that_returns_was_done(subject: Subject) -> None:
    """A write that returns without raising was done, whatever went wrong on the way."""
    _strike_all(subject, rehearse(subject, WRITES))


@clause()
def a_read_that_returns_tells_the_truth(subject: Subject) -> None:
    """A read that returns without raising is right; an error is no missing key and no last page."""
    _strike_all(subject, rehearse(subject, READS))


@clause()
def keys_that_kv_left_undone_are_not_forgotten(subject: Subject) -> None:
    """A bulk call does not return as if done while KV's unsuccessful_keys say otherwise."""
    bulk = [
        rehearsed
        for rehearsed in rehearse(subject, ("put_many", "delete_many"))
        if {"bulk_put", "bulk_delete"} & {*rehearsed.operations}
    ]
    if not bulk:
        raise Skipped("the client makes no bulk call")
    each(subject, [*product(bulk, (1, None))], _leave_undone)


def _leave_undone(stage: Trial, example: tuple[Rehearsed, int | None]) -> None:
    rehearsed, times = example
    keys = rehearsed.scene.keys
    for key in dict.fromkeys((keys[0], keys[len(keys) // 2], keys[-1])):
        stage.plan("fail_keys", key, times=times)
    _play(stage, rehearsed)


def _strike_all(subject: Subject, scenes: list[Rehearsed]) -> None:
    if not scenes:
        raise Skipped("the client has no method that the clause is about")
    strikes = [strike for strike in _strikes(scenes) if _applies(subject, strike)]
    each(subject, strikes, _strike)
    short = [strike for strike in strikes if strike.rehearsed.scene.size <= _FEW]
    draw(subject, st.lists(st.sampled_from(short), min_size=1, max_size=3), _strike_often)


def _strikes(scenes: list[Rehearsed]) -> Iterator[Strike]:
    for rehearsed in scenes:
        # What differs between errors shows in a call for few keys, and in less time.
        troubles = _TROUBLES if rehearsed.scene.size <= _FEW else _UNLIKE
        for place, trouble in product(rehearsed.places(), troubles):
            yield Strike(rehearsed, place, trouble, {})
            if troubles is _TROUBLES:
                yield Strike(rehearsed, place, trouble, {"times": None})
        if rehearsed.scene.size <= _FEW:
            for place, trouble in product(rehearsed.places(), _AFTERWARDS):
                yield Strike(rehearsed, place, trouble, {"done": True})


def _applies(subject: Subject, strike: Strike) -> bool:
    if strike.trouble is _REFUSED:
        # A value has no envelope, so nobody can tell its bytes from an envelope's.
        asked, _ = strike.rehearsed.nth(strike.place)
        return not subject.is_binding and asked != "get"
    # Over real HTTP nothing but waiting lets a client's time run out.
    return not (strike.trouble is _TIMED_OUT and subject.over == "http")


def _strike(stage: Trial, strike: Strike) -> None:
    _plan(stage, strike)
    _play(stage, strike.rehearsed)


def _strike_often(stage: Trial, strikes: list[Strike]) -> None:
    """Several troubles at once, in a call that the first of them is about."""
    for strike in strikes:
        _plan(stage, strike)
    _play(stage, strikes[0].rehearsed)


def _plan(stage: Trial, strike: Strike) -> None:
    operation, before = strike.rehearsed.nth(strike.place)
    after = {"after": before} if before else {}
    given = {**strike.trouble.keywords, **strike.keywords, **after}
    stage.plan(strike.trouble.plan, operation, *strike.trouble.args, **given)


def _play(stage: Trial, rehearsed: Rehearsed) -> None:
    scene = rehearsed.scene
    given = scene.set_up(stage)
    before = stage.data()
    outcome = stage.call(scene.method, *given, calls=rehearsed.budget)
    stage.check_untouched(before, *scene.keys)
    scene.check(stage, outcome)
