"""What a transport exchanges with the REST face."""

from __future__ import annotations

import pytest

from pytest_kv._core.faults import FaultKind
from pytest_kv._rest.http import NoAnswer, RequestLine


@pytest.mark.parametrize("kind", FaultKind)
def test_a_request_without_an_answer_says_what_went_wrong(kind: FaultKind) -> None:
    no_answer = NoAnswer(kind)

    assert (str(no_answer), no_answer.kind) == (kind.value, kind)


@pytest.mark.parametrize(
    "line", [RequestLine("PUT", "/a b?c=d e"), RequestLine("GET", ""), RequestLine("", "")]
)
def test_a_request_line_has_the_same_parts_when_it_is_read_again(line: RequestLine) -> None:
    assert RequestLine.of(str(line)) == line


def test_a_request_line_is_its_method_and_its_target() -> None:
    assert str(RequestLine("PUT", "/a?b=c")) == "PUT /a?b=c"
    assert RequestLine.of("") == RequestLine("", "")
