"""How the cases of a clause are run: the fixed ones one by one, then those Hypothesis draws."""

from __future__ import annotations

__all__ = ("run_drawn", "run_each")

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject

_T = TypeVar("_T")

_SUPPRESSED = (HealthCheck.too_slow, HealthCheck.filter_too_much)
"""Hypothesis's checks that fail on a busy machine, or when the hook refuses excludes many keys."""

_SHRINKING_RUNS = 120
"""The most runs that Hypothesis may use to make a failing case smaller."""


def run_each(subject: Subject, cases: Iterable[_T], check: Callable[[CaseRun, _T], None]) -> None:
    """Run every case, each in an empty namespace.

    A REST client is made once for all cases, because making one takes longer than the rest. A
    failing case is run again with a fresh client; only that run counts. So a client does not fail
    for remembering the namespace of an earlier case, and the printed test is short.
    """
    __tracebackhide__ = True
    left = list(cases)
    while left:
        suspect = 0 if subject.is_binding else _first_broken(subject, left, check)
        for case in left[suspect : suspect + 1]:
            with case_run(subject) as run:
                check(run, case)
        del left[: suspect + 1]


def _first_broken(
    subject: Subject, cases: Sequence[_T], check: Callable[[CaseRun, _T], None]
) -> int:
    """The index of the first case that fails with a shared client; ``len(cases)`` if none does."""
    with case_run(subject) as run:
        for index, case in enumerate(cases):
            run.reset()
            try:
                check(run, case)
            except Broken:
                return index
    return len(cases)


def run_drawn(
    subject: Subject,
    strategy: SearchStrategy[_T],
    check: Callable[[CaseRun, _T], None],
    *,
    share: int = 5,
) -> None:
    """Run cases that Hypothesis draws, each with a fresh client.

    Their number is one in ``share`` of the profile's ``max_examples``, because a clause has several
    parts; a subject with ``quick`` has no drawn cases.
    """
    __tracebackhide__ = True
    if subject.quick:
        return

    failed: set[str] = set()
    runs_left = iter(range(_SHRINKING_RUNS))

    def case(drawn: _T) -> None:
        if failed and next(runs_left, None) is None and repr(drawn) not in failed:
            return  # Let the case pass; otherwise Hypothesis would go on shrinking for minutes.
        try:
            with case_run(subject) as run:
                check(run, drawn)
        except Broken:
            failed.add(repr(drawn))
            raise

    # Hypothesis stores failing examples under the name of the function.
    case.__name__ = re.sub(r"\W", "_", check.__qualname__)
    _fewer(share)(given(strategy)(case))()


def _fewer(share: int) -> settings:
    """The settings of the current profile, with one in ``share`` of its examples.

    The checks of time are off: a correct client must pass on a machine that is busy. The check of
    filters is off too, since the hook ``refuses`` may exclude many keys.
    """
    profile = settings.default
    assert profile is not None, "Hypothesis always has a profile"
    return settings(
        profile,
        max_examples=-(-profile.max_examples // share),
        deadline=None,
        suppress_health_check={*profile.suppress_health_check, *_SUPPRESSED},
        report_multiple_bugs=False,
        phases=[phase for phase in profile.phases if phase is not Phase.explain],
    )
