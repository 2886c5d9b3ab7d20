"""The words of HTTP for a status."""

from __future__ import annotations

import pytest

from pytest_kv._status import reason_phrase


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "Not Found"), (429, "Too Many Requests"), (502, "Bad Gateway"), (520, "Unknown Error")],
)
def test_a_status_has_the_words_of_http(status: int, words: str) -> None:
    assert reason_phrase(status) == words
