"""What a transport exchanges with the REST face."""

from __future__ import annotations

import pytest

from pytest_kv._core.faults import FaultKind
from pytest_kv._rest.http import NoAnswer


@pytest.mark.parametrize("kind", FaultKind)
def test_a_request_without_an_answer_says_what_went_wrong(kind: FaultKind) -> None:
    no_answer = NoAnswer(kind)

    assert (str(no_answer), no_answer.kind) == (kind.value, kind)
