"""Cursors: what was given out comes back, and anything else is read as workerd reads it."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.cursor import decode_cursor, encode_cursor
from tests.helpers.texts import any_text


@given(any_text)
def test_a_cursor_gives_back_its_name(name: str) -> None:
    assert decode_cursor(encode_cursor(name)) == name


@given(any_text)
def test_a_cursor_is_the_name_in_base64(name: str) -> None:
    assert b64decode(encode_cursor(name), validate=True).decode() == name


@pytest.mark.fidelity("list-unknown-cursor")
@pytest.mark.parametrize(
    ("cursor", "name"),
    [
        ("YQ==", "a"),
        ("YQ", "a"),
        (" Y\nQ ", "a"),
        ("Y!Q", "a"),
        ("YéQ", "a"),
        ("YQ==YWI=", "a"),
        ("YQ=WI", "a"),
        ("YWJjZ", "abc"),
        ("Y", ""),
        ("=YQ", ""),
        ("", ""),
        ("4oKs", "€"),
        ("4oI=", "\ufffd"),
        ("-_8", "\ufffd\ufffd"),
        ("+/8", "\ufffd\ufffd"),
    ],
)
def test_base64_is_read_leniently(cursor: str, name: str) -> None:
    assert decode_cursor(cursor) == name


@pytest.mark.parametrize(
    ("cursor", "name"),
    [
        pytest.param("\u0159Q", "a", id="low-byte-is-a-digit"),
        pytest.param("YQ\u013dYg", "a", id="low-byte-is-the-sign-of-the-end"),
        pytest.param("YQ😀Yg", "a", id="low-byte-of-a-surrogate-is-the-sign-of-the-end"),
        pytest.param("Y\ud83dQ", "a", id="lone-surrogate-is-left-out"),
    ],
)
def test_characters_past_latin_1_count_by_their_low_byte(cursor: str, name: str) -> None:
    assert decode_cursor(cursor) == name


@given(st.text(st.characters()))
def test_any_text_is_a_cursor_to_some_name(cursor: str) -> None:
    decode_cursor(cursor).encode("utf-8")
