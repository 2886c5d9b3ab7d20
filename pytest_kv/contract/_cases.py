"""Fixed examples first, then those that Hypothesis draws."""

from __future__ import annotations

__all__ = ("draw", "each")

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy

from pytest_kv.contract._run import Broken, Trial, trial
from pytest_kv.contract._subject import Subject

_T = TypeVar("_T")

_TRIES = 120
"""How many examples Hypothesis may try on the way to a shorter one."""


def each(subject: Subject, examples: Iterable[_T], check: Callable[[Trial, _T], None]) -> None:
    """Check every example, each in an empty namespace.

    Making a client of REST takes longer than all the rest, so one client is given all of them in
    turn. What it breaks so is tried again with a client of its own, which alone counts: a client
    may remember what was taken from under it, and what is shown is short.
    """
    __tracebackhide__ = True
    left = list(examples)
    while left:
        suspect = 0 if subject.is_binding else _first_broken(subject, left, check)
        for example in left[suspect : suspect + 1]:
            with trial(subject) as stage:
                check(stage, example)
        del left[: suspect + 1]


def _first_broken(
    subject: Subject, examples: Sequence[_T], check: Callable[[Trial, _T], None]
) -> int:
    """The number of the first example that one client breaks, or how many there are."""
    with trial(subject) as stage:
        for number, example in enumerate(examples):
            stage.start_over()
            try:
                check(stage, example)
            except Broken:
                return number
    return len(examples)


def draw(
    subject: Subject,
    strategy: SearchStrategy[_T],
    check: Callable[[Trial, _T], None],
    *,
    share: int = 5,
) -> None:
    """Check what Hypothesis draws, each on a stage of its own, under the profile in force.

    One in ``share`` of the profile's examples is drawn: a clause has several parts, and making a
    client with its TLS context takes 20 ms and more.
    """
    __tracebackhide__ = True

    failed: set[str] = set()
    tries = iter(range(_TRIES))

    def example(drawn: _T) -> None:
        if failed and next(tries, None) is None and repr(drawn) not in failed:
            return  # short enough: Hypothesis would go on for minutes
        try:
            with trial(subject) as stage:
                check(stage, drawn)
        except Broken:
            failed.add(repr(drawn))
            raise

    # Hypothesis keeps what failed under the function's name.
    example.__name__ = re.sub(r"\W", "_", check.__qualname__)
    _fewer(share)(given(strategy)(example))()


def _fewer(share: int) -> settings:
    """The settings of the profile in force, with one in ``share`` of its examples."""
    profile = settings.default
    assert profile is not None, "Hypothesis always has a profile"
    return settings(
        profile,
        max_examples=-(-profile.max_examples // share),
        deadline=None,
        report_multiple_bugs=False,
        phases=[phase for phase in profile.phases if phase is not Phase.explain],
    )
