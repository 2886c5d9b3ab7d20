"""Python values as the text, the numbers and the bytes that JavaScript makes of them."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import KVError
from pytest_kv._binding.conversions import to_bytes, to_int32, to_number, to_string
from pytest_kv._binding.results import KVStream

INT32 = st.integers(-(2**31), 2**31 - 1)


class Plain(StrEnum):
    A = "a"


class Mixed(str, Enum):  # noqa: UP042  # many Workers still spell it so
    A = "a"
    E = "é"


class Count(IntEnum):
    FIVE = 5


class Stranger:
    def __str__(self) -> str:
        return "a stranger"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("text", "text"),
        ("\ud83d\ude00", "😀"),
        ("a\ud800", "a\ud800"),
        (Plain.A, "a"),
        (Mixed.A, "a"),
        (Mixed.E, "é"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (Count.FIVE, "5"),
        (2**53, "9007199254740992"),
        (1.0, "1"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        ([], ""),
        ([None], ""),
        (["a", None, [1, [True, None]], 2.0], "a,,1,true,,2"),
        ({}, "[object Object]"),
        ([{"a": 1}], "[object Object]"),
        (set(), "[object Set]"),
        (frozenset({1}), "frozenset({1})"),
        (array("H", [1, 300]), "1,300"),
        (ValueError("x"), "Error: x"),
        (ValueError(), "Error"),
        (b"", ""),
        (b"\x01\xff", "1,255"),
        (memoryview(b"\x01\xff"), "1,255"),
        (Stranger(), "a stranger"),
    ],
)
def test_text_is_that_of_javascript(value: object, text: str) -> None:
    assert to_string(value) == text
    assert type(to_string(value)) is str


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "Thu Jan 01 1970 00:00:00"),
        (datetime(2026, 7, 9, 23, 5, 7, 999_999, UTC), "Thu Jul 09 2026 23:05:07"),
        (datetime(1, 1, 1, tzinfo=UTC), "Mon Jan 01 0001 00:00:00"),
        (
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "Wed Dec 31 2025 23:30:00",
        ),
    ],
)
def test_the_text_of_a_datetime_is_that_of_a_date_in_a_worker(moment: datetime, text: str) -> None:
    assert to_string(moment) == f"{text} GMT+0000 (Coordinated Universal Time)"


@pytest.fixture
def far_from_utc() -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change its time zone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "XXX-05:45")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
def test_the_text_of_a_datetime_is_in_utc_wherever_the_test_runs() -> None:
    text = to_string(datetime(1970, 1, 1, tzinfo=UTC))

    assert text == "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (None, 0.0),
        (True, 1.0),
        (False, 0.0),
        (60, 60.0),
        (60.9, 60.9),
        (2**53 - 2, 9007199254740990.0),
        ("60", 60.0),
        (" 0x3c\n", 60.0),
        ("", 0.0),
        ([], 0.0),
        ([90], 90.0),
        ([["90"]], 90.0),
        (b"<", 60.0),
        (datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC), 1500.0),
    ],
)
def test_a_number_is_that_of_javascript(value: object, number: float) -> None:
    assert to_number(value) == number


@pytest.mark.parametrize(
    "value",
    ["abc", "60abc", "٩٠", [60, 61], {}, {"a": 1}, set(), {60}, math.nan, Mixed.A, Stranger()],
)
def test_what_is_no_number_is_nan_and_as_an_option_0(value: object) -> None:
    assert math.isnan(to_number(value))
    assert to_int32(value) == 0


@pytest.mark.parametrize("value", [math.inf, -math.inf, "Infinity", "1e999"])
def test_infinity_is_0_as_an_option(value: object) -> None:
    assert to_int32(value) == 0


@given(INT32, st.sampled_from([int, float, str, lambda number: [number]]))
def test_an_option_is_read_from_any_spelling_of_its_number(
    number: int, spell: Callable[[int], object]
) -> None:
    assert to_int32(spell(number)) == number


@given(st.floats(-(2**31) - 1, 2**31, exclude_min=True, exclude_max=True))
def test_an_option_is_truncated(number: float) -> None:
    assert to_int32(number) == math.trunc(number)


@given(st.floats(min_value=2**31, allow_infinity=False))
def test_an_option_past_32_bits_is_out_of_range(number: float) -> None:
    for past in (number, -number - 1):
        with pytest.raises(KVError) as caught:
            to_int32(past)
        assert str(caught.value) == (
            "TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive)."
        )


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**400])
def test_a_big_integer_is_no_option(value: int) -> None:
    with pytest.raises(KVError) as caught:
        to_int32(value)

    assert str(caught.value) == "TypeError: Cannot convert a BigInt value to a number"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("é", b"\xc3\xa9"),
        ("\ud83d\ude00", "😀".encode()),
        ("\ud800", b"\xed\xa0\x80"),
        (Mixed.A, b"a"),
        (b"\x00\xff", b"\x00\xff"),
        (memoryview(b"abcd")[::2], b"ac"),
        (array("H", [1]), array("H", [1]).tobytes()),
        (None, b"null"),
        (True, b"true"),
        (5, b"5"),
        (1.0, b"1"),
        (math.nan, b"NaN"),
    ],
)
def test_a_value_is_stored_as_bytes(value: object, stored: bytes) -> None:
    assert to_bytes(value) == stored


def test_what_is_left_of_a_stream_is_stored() -> None:
    stream = KVStream(b"value")

    assert to_bytes(stream) == b"value"
    assert to_bytes(stream) == b""


@pytest.mark.parametrize(
    "value", [[], [1], {}, set(), datetime(1970, 1, 1, tzinfo=UTC), Stranger()]
)
def test_no_other_object_is_stored(value: object) -> None:
    assert to_bytes(value) is None


@pytest.mark.parametrize("number", [-(2**31), 2**31 - 1])
def test_an_option_is_truncated_before_its_range_is_checked(number: int) -> None:
    assert to_int32(number) == number
    assert to_int32(number + math.copysign(0.5, number)) == number
