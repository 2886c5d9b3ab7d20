"""JavaScript's numbers, strings and dates; the tables were recorded with Node 22.23.3 (V8 12.4)."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._binding.javascript import (
    in_property_order,
    is_big_int,
    join_surrogates,
    number_to_string,
    string_to_number,
    to_iso_string,
    to_python_number,
    to_utf8,
    utf16_slice,
)
from pytest_kv._core.utf import decode_utf8, utf16_length

NUMBERS_AS_TEXT = (
    (0.0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.0, "-1"),
    (0.1, "0.1"),
    (-2.5, "-2.5"),
    (100.0, "100"),
    (0.0001, "0.0001"),
    (-1e-05, "-0.00001"),
    (1e-06, "0.000001"),
    (1.5e-06, "0.0000015"),
    (1e-07, "1e-7"),
    (-1.5e-07, "-1.5e-7"),
    (1e16, "10000000000000000"),
    (1.2345678901234567e19, "12345678901234567000"),
    (-1e20, "-100000000000000000000"),
    (123456789012345680000.0, "123456789012345680000"),
    (1e21, "1e+21"),
    (-1e21, "-1e+21"),
    (1.5e300, "1.5e+300"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (math.nan, "NaN"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
)

TEXTS_AS_NUMBER = (
    ("", 0.0),
    (" \t\n", 0.0),
    ("\u00a0\ufeff\u2028 42 \u3000\v\f", 42.0),
    ("+42", 42.0),
    ("-42", -42.0),
    ("007", 7.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("-.5", -0.5),
    ("5.e3", 5000.0),
    ("1E-2", 0.01),
    ("1e309", math.inf),
    ("-1e309", -math.inf),
    ("1e-400", 0.0),
    ("1" * 5000, math.inf),
    ("0." + "1" * 5000, 1 / 9),
    ("0x1F", 31.0),
    ("0Xff", 255.0),
    ("0b101", 5.0),
    ("0B1", 1.0),
    ("0O17", 15.0),
    ("0o17", 15.0),
    ("0x20000000000001", 9007199254740992.0),
    ("0x20000000000003", 9007199254740996.0),
    ("0x" + "f" * 300, math.inf),
    ("Infinity", math.inf),
    ("+Infinity", math.inf),
    ("-Infinity", -math.inf),
)

WHITE_SPACE = (
    *(0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B)),
    *(0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF),
)

NOT_NUMBERS = (
    *("\u180e1", "\u00851", "\u001c1", "\u200b1", "\u0000", "\u0661\u0662", "\uff11"),
    *(".", "+", "-", "e5", ".e5", "1e", "1e+", "--1", "+-1", "1 2", "1_000", "1,000", "12n"),
    *("0x", "0B2", "0o8", "-0x10", "+0b1", "0x1_0"),
    *("infinity", "INF", "inf", "NaN", "nan", "null", "true"),
    "1" * 100_000 + "x",
)

MOMENTS_IN_MS = (
    (0, "1970-01-01T00:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (951782400123, "2000-02-29T00:00:00.123Z"),
    (-62135596800000, "0001-01-01T00:00:00.000Z"),
    (253402300799999, "9999-12-31T23:59:59.999Z"),
)

BYTES_AS_TEXT = (
    ("efbbbf61", "\ufeffa"),
    ("f09f9880", "😀"),
    ("61eda08062", "a\ufffd\ufffd\ufffdb"),
    ("eda0bdedb880", "\ufffd" * 6),
    ("c080", "\ufffd" * 2),
    ("e282", "\ufffd"),
    ("e28261", "\ufffda"),
    ("f09f9861", "\ufffda"),
    ("f4908080", "\ufffd" * 4),
    ("e08080", "\ufffd" * 3),
    ("ff80", "\ufffd" * 2),
    ("c3", "\ufffd"),
)

texts = st.text(st.characters())
well_formed_texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(("number", "text"), NUMBERS_AS_TEXT)
def test_a_number_is_written_as_javascript_writes_it(number: float, text: str) -> None:
    assert number_to_string(number) == text


@given(st.floats(allow_nan=False))
def test_a_number_survives_being_written_and_read(number: float) -> None:
    assert string_to_number(number_to_string(number)) == number


@given(st.integers())
def test_an_integer_is_written_in_full(number: int) -> None:
    assert number_to_string(number) == str(number)


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_may_have_more_digits_than_python_writes(sign: str) -> None:
    text = number_to_string(int(f"{sign}1") * (10**9000 + 7))

    assert text == f"{sign}1{'0' * 8999}7"
    assert len(text) > sys.get_int_max_str_digits()


@pytest.mark.parametrize(("text", "number"), TEXTS_AS_NUMBER)
def test_a_text_is_read_as_javascript_reads_it(text: str, number: float) -> None:
    assert string_to_number(text) == number


def test_just_what_javascript_calls_white_space_may_surround_a_number() -> None:
    surrounding = [
        code for code in range(0x110000) if string_to_number(f"{chr(code)}7{chr(code)}") == 7
    ]

    assert surrounding == list(WHITE_SPACE)


def test_a_negative_zero_is_read_as_one() -> None:
    assert math.copysign(1, string_to_number("-0")) == -1


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_any_other_text_is_not_a_number(text: str) -> None:
    assert math.isnan(string_to_number(text))


@given(st.text("0123456789+-.eE", max_size=12))
def test_a_decimal_is_what_python_reads_too(text: str) -> None:
    try:
        expected = float(text)
    except ValueError:
        expected = math.nan if text else 0.0

    assert string_to_number(text) == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


@given(st.integers(min_value=0), st.sampled_from(["0x{:x}", "0X{:X}", "0o{:o}", "0b{:b}"]))
def test_every_radix_counts_the_same(number: int, spelling: str) -> None:
    assert string_to_number(spelling.format(number)) == string_to_number(str(number))


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1])
def test_a_safe_integer_is_an_int_in_python(number: int) -> None:
    assert type(to_python_number(float(number))) is int
    assert to_python_number(float(number)) == number


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1])
def test_the_last_safe_integer_travels_as_a_big_int(number: int) -> None:
    assert is_big_int(number)
    assert not is_big_int(number - 1 if number > 0 else number + 1)


@pytest.mark.parametrize("number", [2**53, -(2**53)])
def test_an_integer_that_is_not_safe_is_a_float_or_a_big_int(number: int) -> None:
    assert type(to_python_number(float(number))) is float
    assert is_big_int(number)


def test_a_negative_zero_is_the_int_zero_in_python() -> None:
    assert number_to_string(to_python_number(-0.0)) == "0"


def test_array_indexes_come_first_and_in_order() -> None:
    names = ["b", "10", "9", "01", "4294967294", "4294967295", "-1", "0", "a", "\u0661"]

    ordered = list(in_property_order(dict.fromkeys(names)))

    assert ordered == ["0", "9", "10", "4294967294", "b", "01", "4294967295", "-1", "a", "\u0661"]


@given(st.dictionaries(st.text("0123456789a", max_size=3), st.integers()))
def test_ordering_changes_no_member(members: dict[str, int]) -> None:
    assert in_property_order(members) == members


@pytest.mark.parametrize(("ms", "text"), MOMENTS_IN_MS)
def test_a_datetime_is_written_as_a_date(ms: int, text: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)

    assert to_iso_string(moment) == text


def test_a_time_zone_can_leave_the_years_of_python() -> None:
    east, west = timezone(timedelta(hours=1)), timezone(timedelta(hours=-1))

    assert to_iso_string(datetime(1, 1, 1, tzinfo=east)) == "0000-12-31T23:00:00.000Z"
    assert to_iso_string(datetime(9999, 12, 31, 23, tzinfo=west)) == "+010000-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(1900, "1970-01-01T00:00:00.001Z"), (-1900, "1969-12-31T23:59:59.999Z")],
)
def test_a_fraction_of_a_millisecond_is_cut(microseconds: int, text: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)

    assert to_iso_string(moment) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_has_the_format_python_calls_iso(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)

    assert to_iso_string(whole) == f"{whole:%Y}".zfill(4) + whole.isoformat()[4:19] + ".000Z"


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2030, 1, 1)))
def test_a_naive_datetime_is_local_time(moment: datetime) -> None:
    assert to_iso_string(moment) == to_iso_string(moment.astimezone(UTC))


@given(well_formed_texts)
def test_a_well_formed_text_survives_utf8(text: str) -> None:
    assert decode_utf8(to_utf8(text)) == text
    assert to_utf8(text) == text.encode()


def test_a_lone_surrogate_is_stored_as_three_bytes() -> None:
    assert to_utf8("a\ud800b") == bytes.fromhex("61 eda080 62")


def test_two_surrogates_side_by_side_are_one_character() -> None:
    assert to_utf8("\ud83d\ude00\ude00") == "😀".encode() + bytes.fromhex("ed b8 80")


@given(texts)
def test_joining_surrogates_changes_no_code_unit(text: str) -> None:
    joined = join_surrogates(text)

    assert to_utf8(joined) == to_utf8(text)
    assert utf16_length(joined) == utf16_length(text)


@pytest.mark.parametrize(("data", "text"), BYTES_AS_TEXT)
def test_bytes_are_read_as_a_text_decoder_reads_them(data: str, text: str) -> None:
    assert decode_utf8(bytes.fromhex(data)) == text


def test_a_length_counts_code_units() -> None:
    assert [utf16_length(text) for text in ("", "aé", "😀", "\ud83d")] == [0, 2, 2, 1]


@given(texts, st.integers(0, 20))
def test_a_text_is_the_sum_of_its_slices(text: str, cut: int) -> None:
    halves = utf16_slice(text, 0, cut) + utf16_slice(text, cut, utf16_length(text))

    assert join_surrogates(halves) == join_surrogates(text)


def test_a_slice_can_cut_a_character_in_two() -> None:
    assert utf16_slice("a😀b", 2, 4) == "\ude00b"


def test_a_slice_keeps_a_lone_surrogate() -> None:
    assert utf16_slice("a\ud800b", 1, 3) == "\ud800b"
