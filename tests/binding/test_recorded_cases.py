"""What workerd answered to short scripts is what the fake answers."""

from __future__ import annotations

import pytest

from tests.binding.recorded import RecordedCase, as_recorded, read_cases, with_options_as_keywords
from tests.oracle.fake import run_on_fake

NOW = 1_700_000_000

CASES = read_cases()

WITHOUT_A_PYTHON_SPELLING = {
    "metadata/undefined": (
        "no Python value becomes undefined; the option is left out instead, which KV, reading a "
        "property that is not there, cannot tell apart"
    ),
}

WITH_OPTIONS = [
    case
    for case in CASES
    if with_options_as_keywords(case.sequence) != case.sequence and not case.has_undefined_argument
]


def by_id(case: RecordedCase) -> str:
    return case.id


@pytest.mark.parametrize("case", CASES, ids=by_id)
def test_every_call_returns_or_throws_what_was_recorded(case: RecordedCase) -> None:
    assert as_recorded(run_on_fake(case.sequence, NOW)) == case.outcomes(NOW)


@pytest.mark.fidelity("binding-keywords")
@pytest.mark.parametrize("case", WITH_OPTIONS, ids=by_id)
def test_options_as_keywords_do_what_options_as_a_dict_do(case: RecordedCase) -> None:
    sequence = with_options_as_keywords(case.sequence)

    assert as_recorded(run_on_fake(sequence, NOW)) == case.outcomes(NOW)


def test_only_the_cases_listed_have_no_python_spelling() -> None:
    without = {case.id for case in CASES if case.has_undefined_argument}

    assert without == set(WITHOUT_A_PYTHON_SPELLING)
