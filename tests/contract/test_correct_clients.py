"""Every correct client of the zoo keeps every clause; ``tox -e zoo`` runs this in a few minutes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_kv.contract import CLAUSES, Clause, Skipped, Subject
from tests.contract.zoo.correct import (
    AsyncHttpx,
    AsyncSdk,
    Binding,
    Httpx,
    KeyErrors,
    OneByOne,
    Patient,
    Remembering,
    Sdk,
    TextOnly,
)
from tests.contract.zoo.habits import CORRECT_HABITS
from tests.contract.zoo.over_http import Requests

REST = [Httpx, AsyncHttpx, Sdk, AsyncSdk, TextOnly, OneByOne, Patient, Remembering]
WITH_DRAWN_CASES = {"prefix", "hash", "prefix and json", "best effort", "bools", "gzip"}
"""The REST clients with habits for which Hypothesis draws cases; the others take less time."""
CORRECT = {
    **{client.__name__: Subject(make_client=client) for client in REST},
    "KeyErrors": Subject(make_client=KeyErrors, missing=KeyError),
    "Requests": Subject(make_client=Requests, over="http"),
    "Binding": Subject(make_client=Binding, over="binding"),
    "Requests at the real address": Subject(make_client=Requests, over="intercept"),
    **{
        name: replace(subject, quick=not subject.is_binding and name not in WITH_DRAWN_CASES)
        for name, subject in CORRECT_HABITS.items()
    },
}


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.name)
@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_client_keeps_every_clause(name: str, clause: Clause) -> None:
    try:
        clause.check(CORRECT[name])
    except Skipped as reason:
        pytest.skip(str(reason))
