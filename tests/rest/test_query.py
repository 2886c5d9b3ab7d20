"""The query of a request."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._rest.query import Query, to_integer, to_seconds

WHOLE_NUMBERS = (
    ("0", 0),
    ("60", 60),
    ("+60", 60),
    ("-1", -1),
    ("007", 7),
    ("9" * 18, 10**18 - 1),
)

NO_WHOLE_NUMBERS = (
    *("", " ", "60 ", " 60", "6 0", "60.0", "6e1", "0x3c", "1_000", "1,000", "--1", "+", "-"),
    *("\u0661\u0662", "\uff11", "²", "ten", "NaN", "Infinity", "null", "true", "9" * 5000),
)

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(("text", "number"), WHOLE_NUMBERS)
def test_a_whole_number_is_decimal_digits(text: str, number: int) -> None:
    assert to_integer(text) == number


@pytest.mark.parametrize("text", NO_WHOLE_NUMBERS)
def test_any_other_text_is_no_whole_number(text: str) -> None:
    assert to_integer(text) is None


@pytest.mark.fidelity("rest-unreadable-times")
@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_a_whole_number_fits_64_bits(number: int) -> None:
    past = number + (1 if number > 0 else -1)

    assert to_integer(str(number)) == number
    assert to_integer(str(past)) is None


@pytest.mark.fidelity("rest-times-with-a-fraction", "rest-unreadable-times")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *WHOLE_NUMBERS,
        *((text, None) for text in NO_WHOLE_NUMBERS if text != "60.0"),
        ("60.0", 60),
        ("60.999", 60),
        ("-0.5", 0),
        *((text, None) for text in ("60.", ".5", "60.5.1", "60.²", "60.\u0661", "60.-1", "6e1.5")),
    ],
)
def test_seconds_are_a_number_whose_fraction_is_cut(text: str, seconds: int | None) -> None:
    assert to_seconds(text) == seconds


@given(texts, st.sampled_from([quote, quote_plus]))
def test_a_parameter_comes_out_as_it_was(text: str, quoted: Callable[..., str]) -> None:
    query = Query(f"/path?a=b&text={quoted(text, safe='')}&c=d")

    assert query.text("text") == query.given("text") == text


@pytest.mark.parametrize("target", ["/path", "/path?", "/path?other=1", "/a=b/path&text=c"])
def test_a_parameter_that_is_not_there_is_none_or_a_default(target: str) -> None:
    query = Query(target)

    assert query.given("text") is None
    assert query.text("text") == ""
    assert query.text("text", "default") == "default"


@pytest.mark.parametrize("target", ["/path?text=", "/path?text", "/path?a=b&text=&c=d"])
def test_an_empty_parameter_is_there(target: str) -> None:
    assert Query(target).given("text") == ""


@pytest.mark.fidelity("rest-repeated-parameter")
def test_of_a_repeated_parameter_the_first_counts() -> None:
    assert Query("/path?limit=10&limit=20&limit=x").text("limit") == "10"


@pytest.mark.fidelity("rest-query-decoding")
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("a+b", "a b"),
        ("a%2Bb", "a+b"),
        ("a%20b", "a b"),
        ("a?b", "a?b"),
        ("a=b", "a=b"),
        ("a;b", "a;b"),
        ("a%26b", "a&b"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%252F", "%2F"),
        ("%E2%82%AC", "€"),
        ("€", "€"),
        ("a%FFb", "a\ufffdb"),
    ],
)
def test_a_parameter_is_decoded_as_a_form_is(query: str, text: str) -> None:
    assert Query(f"/path?text={query}").text("text") == text
