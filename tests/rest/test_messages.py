"""What a transport exchanges with the REST face."""

from __future__ import annotations

import pytest

from pytest_kv._core.faults import Outage
from pytest_kv._rest.http import NoAnswer


@pytest.mark.parametrize("outage", Outage)
def test_a_request_without_an_answer_says_what_went_wrong(outage: Outage) -> None:
    no_answer = NoAnswer(outage)

    assert (str(no_answer), no_answer.outage) == (outage.value, outage)
