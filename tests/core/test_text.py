"""Values and keys as a person reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.text import key_list, nearest, nearest_first, plural, shortened


@pytest.mark.parametrize("value", ["", "key", "'", "12345678", b"", b"\xff", b"12345678"])
def test_a_short_value_is_shown_whole(value: str | bytes) -> None:
    assert shortened(value, 8) == repr(value)


def test_a_long_text_shows_its_start_its_end_and_its_length() -> None:
    assert shortened("a" * 900 + "b" * 324, 8) == "'aaaaaa'…'bb' (1,224 characters)"


def test_long_bytes_show_their_start_their_end_and_their_length() -> None:
    assert shortened(b"123456789", 8) == "b'123456'…b'89' (9 bytes)"


@given(st.text(max_size=200) | st.binary(max_size=200), st.integers(4, 80))
def test_no_more_than_the_length_asked_for_is_shown(value: str | bytes, length: int) -> None:
    longest_escape = len(r"\U0010ffff")
    around = len("b''…b'' (200 characters)")

    assert len(shortened(value, length)) <= longest_escape * length + around


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([], ""),
        (["a"], "'a'"),
        (["a", "b", "c"], "'a', 'b', 'c'"),
        (["a", "b", "c", "d"], "'a' … 'd' (4 keys)"),
        (["k"] * 10_001, "'k' … 'k' (10,001 keys)"),
    ],
)
def test_keys_stand_in_one_line_of_bounded_length(keys: list[str], text: str) -> None:
    assert key_list(keys, most=3) == text


def test_a_long_key_is_cut_in_a_list_of_keys() -> None:
    cut = f"'{'k' * 60}'…'{'k' * 20}' (512 characters)"

    assert key_list(["k" * 512, "a", "k" * 512]) == f"{cut}, 'a', {cut}"
    assert key_list(["k" * 512] * 9) == f"{', '.join([cut] * 6)} … {cut} (9 keys)"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 keys"), (1, "1 key"), (2, "2 keys"), (10_001, "10,001 keys")]
)
def test_a_noun_agrees_with_its_count(count: int, text: str) -> None:
    assert plural(count, "key") == text


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("get_with_metadata", ["getWithMetadata", "put", "list", "get"]),
        ("gett", ["get", "put", "list", "getWithMetadata"]),
        ("puts", ["put", "list", "getWithMetadata", "get"]),
        ("xyz", ["put", "list", "getWithMetadata", "get"]),
        (5, ["put", "list", "getWithMetadata", "get"]),
    ],
)
def test_names_that_are_spelled_alike_come_first(name: object, names: list[str]) -> None:
    assert nearest_first(name, ["put", "list", "getWithMetadata", "get"]) == names


def test_of_no_names_none_is_the_nearest() -> None:
    assert nearest_first("a", []) == []


def test_underscores_make_no_name_less_alike() -> None:
    assert nearest("__g__", ["g", "__g"]) == ["g", "__g"]
