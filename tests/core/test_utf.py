"""Text in bytes of UTF-8 and in units of UTF-16."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.utf import decode_utf8, utf16_length
from tests.helpers.texts import any_text


@given(any_text)
def test_text_in_utf8_reads_as_itself(text: str) -> None:
    assert decode_utf8(text.encode()) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"\xff\xfeA", "\ufffd\ufffdA"),
        (b"\xe2\x82", "\ufffd"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"\xc0\x80", "\ufffd\ufffd"),
        (b"a\xf0\x9f\x98b", "a\ufffdb"),
        (b"\xef\xbb\xbfa", "\ufeffa"),
    ],
)
def test_each_ill_formed_part_reads_as_a_replacement_character(data: bytes, text: str) -> None:
    assert decode_utf8(data) == text


@given(st.text())
def test_a_character_past_the_basic_plane_counts_twice(text: str) -> None:
    assert utf16_length(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)
