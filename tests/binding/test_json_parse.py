"""`JSON.parse`; the tables were recorded with Node 22.23.3 (V8 12.4.254.21)."""

from __future__ import annotations

import json
import math
from typing import NoReturn

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_kv._binding.json_parse import JSONSyntaxError, parse_json
from pytest_kv._binding.json_stringify import stringify
from tests.helpers.json_strategies import json_texts

TOO_DEEP = 10_000
"""Deeper than Python's own parser goes: 994 levels with 3.11, 1,497 with 3.12, 9,998 with 3.13."""

NUMBERS = (
    ("0", 0),
    ("-0", 0),
    ("1.0", 1),
    ("1e2", 100),
    ("0.1e1", 1),
    ("-1.5", -1.5),
    ("1E-2", 0.01),
    ("123456789012345", 123456789012345),
    ("1234567890123456", 1234567890123456),
    ("9007199254740991", 9007199254740991),
    ("9007199254740992", 9007199254740992.0),
    ("-9007199254740991.0", -9007199254740991),
    ("12345678901234567890", 12345678901234567000.0),
    ("5e-324", 5e-324),
    ("1e400", math.inf),
    ("-1e400", -math.inf),
    pytest.param("1" * 5000, math.inf, id="5000 digits"),
)

STRINGS = (
    (r'"\u00e9\/\b\f\n\r\t\"\\"', 'é/\b\f\n\r\t"\\'),
    (r'"\ud83d\ude00"', "😀"),
    (r'"\uD83D"', "\ud83d"),
    (r'"\ude00\ud83d"', "\ude00\ud83d"),
    ('"\x7f\u2028😀"', "\x7f\u2028😀"),
)

OBJECTS = (
    ('{"a":1,"b":2,"a":3}', [("a", 3), ("b", 2)]),
    ('{"__proto__":1,"a":2,"__proto__":3}', [("__proto__", 3), ("a", 2)]),
    ('{"b":1,"10":2,"9":3,"01":4}', [("9", 3), ("10", 2), ("b", 1), ("01", 4)]),
    ('{"4294967295":1,"4294967294":2}', [("4294967294", 2), ("4294967295", 1)]),
    (r'{"b":1,"\u0031":2,"1\u0030":3}', [("1", 2), ("10", 3), ("b", 1)]),
    (r'{"b":1,"1\u0030":2}', [("10", 2), ("b", 1)]),
    ('{"b":1,"1" \n:2}', [("1", 2), ("b", 1)]),
)

FAULTS_AT: dict[str, tuple[tuple[str, int], ...]] = {
    "Unexpected number in": (("t1", 1), ("01", 1), ("-01", 2)),
    "Unexpected string in": (('t"', 1),),
    "Unexpected non-whitespace character after": (
        *(("trueX", 4), ("1 2", 2), ("[] []", 3), ('"a"b', 3), ('"😀" 😀', 5), ("0x10", 1)),
        ("1_0", 1),
    ),
    "No number after minus sign in": (("-", 1), ("[-]", 2), ("-Infinity", 1)),
    "Unterminated fractional number in": (("1.", 2), ("1.e5", 2)),
    "Exponent part is missing a number in": (("1e", 2), ("1e+", 3), ("1ex", 2)),
    "Unterminated string in": (('"abc', 4), (r'"\"\\\/\b\f\n\r\t\u00aF', 23)),
    "Bad control character in string literal in": (('"a\nb"', 2), ('"\x00"', 1)),
    "Bad escaped character in": ((r'"\x"', 2), (r'"\A"', 2), ('"\\\x00"', 2), ('"\\ÿ"', 2)),
    "Bad Unicode escape in": (('"\\u', 3), (r'"\n\u12', 7), (r'"\u12Ag"', 6), (r'"\u00"', 5)),
    "Expected ',' or ']' after array element in": (
        ("[{} 1]", 4),
        ("[1", 2),
        ("[1,2}", 4),
        ('["😀" 1]', 6),
    ),
    "Expected property name or '}' in": (("{", 1), ("{1:2}", 1)),
    "Expected ':' after property name in": (('{"a"', 4), ('{"a" 1}', 5)),
    "Expected ',' or '}' after property value in": (('{"a":1', 6), ('{"a":1 "b"}', 7)),
    "Expected double-quoted property name in": (('{"a":1,', 7), ('{"a":1,}', 7)),
}

UNEXPECTED_ENDS = ("", " \t\r\n", "tru", "[", "[1,", '{"a":', '"\\')

UNEXPECTED_TOKENS = (
    ("nope", "o", '"nope"'),
    (" undefined", "u", '" undefined"'),
    ("trux", "x", '"trux"'),
    ("fal\nse", "\n", '"fal\nse"'),
    ("[nul,1]", ",", '"[nul,1]"'),
    ("+1", "+", '"+1"'),
    (".5", ".", '".5"'),
    ("'a'", "'", "\"'a'\""),
    ("\ufeff1", "\ufeff", '"\ufeff1"'),
    ("\xa0", "\xa0", '"\xa0"'),
    ("[1,]", "]", '"[1,]"'),
    ('{"a"::1}', ":", '"{"a"::1}"'),
    ('"\\Ā"', "Ā", '""\\Ā""'),
    ("[😀,1]", "\ud83d", '"[😀,1]"'),
    ("x" * 20, "x", '"xxxxxxxxxxxxxxxxxxxx"'),
    ("x" * 21, "x", '"xxxxxxxxxx"...'),
    ("[1,2,3,45,x,6,7,8,9]", "x", '"[1,2,3,45,x,6,7,8,9]"'),
    ("[1,2,3,4,x,6,7,8,9,0]", "x", '"[1,2,3,4,x,6,7,8,9,"...'),
    ("[1,2,3,45,x,6,7,8,90]", "x", '..."[1,2,3,45,x,6,7,8,90"...'),
    ("[1,2,3,456,x,6,7,8,9]", "x", '..."1,2,3,456,x,6,7,8,9]"'),
    ("[1,2,3,456,x,6,7,8,90]", "x", '..."1,2,3,456,x,6,7,8,90"...'),
    ("[1,2,3,4,5,6,7,8,9,10,x]", "x", '...",7,8,9,10,x]"'),
    ('["12345678","😀",x😀😀😀😀😀]', "x", '..."678","😀",x😀😀😀😀\ud83d"...'),
)

SPECIAL_SOURCES = ("undefined", "NaN", "Infinity", "[object Object]")


def refusal(text: str) -> str:
    with pytest.raises(JSONSyntaxError) as raised:
        parse_json(text)
    return raised.value.message


def buried(text: str, depth: int) -> str:
    return "[" * depth + text + "]" * depth


def dug_up(value: object, depth: int) -> object:
    for _ in range(depth):
        assert isinstance(value, list)
        (value,) = value
    return value


def read_both_ways(text: str) -> tuple[object, object]:
    """The value as Python's parser reads it, and as it is read where that one gives up."""
    return parse_json(text), dug_up(parse_json(buried(text, TOO_DEEP)), TOO_DEEP)


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_a_number_is_an_int_where_it_is_a_safe_integer(text: str, number: float) -> None:
    shallow, deep = read_both_ways(text)

    assert (type(shallow), shallow) == (type(number), number)
    assert (type(deep), deep) == (type(number), number)


@pytest.mark.parametrize(("text", "value"), STRINGS)
def test_a_string_keeps_its_code_units(text: str, value: str) -> None:
    assert read_both_ways(text) == (value, value)


@pytest.mark.parametrize(("text", "members"), OBJECTS)
def test_an_object_has_the_property_order_of_javascript(
    text: str, members: list[tuple[str, int]]
) -> None:
    shallow, deep = read_both_ways(text)

    assert isinstance(shallow, dict)
    assert list(shallow.items()) == members
    assert isinstance(deep, dict)
    assert list(deep.items()) == members


@pytest.mark.fidelity("deviation-json-names")
def test_a_name_that_is_an_escape_is_not_taken_for_an_earlier_one() -> None:
    assert parse_json(r'{"a":1,"\\":2}') == {"a": 1, "\\": 2}
    assert parse_json(r'{"a":1,"\n":2}') == {"a": 1, "\n": 2}


@given(json_texts)
def test_what_python_reads_is_read_alike(text: str) -> None:
    assert parse_json(text) == json.loads(text)


@settings(max_examples=25)
@given(json_texts)
def test_depth_beyond_the_recursion_limit_changes_no_value(text: str) -> None:
    shallow, deep = read_both_ways(text)

    assert deep == json.loads(text)
    assert stringify(deep) == stringify(shallow)


def test_no_depth_is_too_deep() -> None:
    assert dug_up(parse_json(buried("", 20_000)), 19_999) == []
    assert refusal('{"a":' * 20_000) == "Unexpected end of JSON input"


@pytest.mark.fidelity("binding-json")
@pytest.mark.parametrize(
    ("fault", "text", "position"),
    [(fault, text, position) for fault, cases in FAULTS_AT.items() for text, position in cases],
)
def test_a_refusal_names_the_position(fault: str, text: str, position: int) -> None:
    where = f"position {position} (line 1 column {position + 1})"

    assert refusal(text) == f"{fault} JSON at {where}"


def test_a_refusal_counts_lines_as_javascript_ends_them() -> None:
    expected = "Expected ',' or ']' after array element in JSON at position 13 (line 4 column 3)"

    assert refusal("[1,\r\n2,\r3,\n4 5]") == expected


@pytest.mark.parametrize("text", UNEXPECTED_ENDS)
def test_a_text_can_end_too_soon(text: str) -> None:
    assert refusal(text) == "Unexpected end of JSON input"


@pytest.mark.parametrize(("text", "token", "context"), UNEXPECTED_TOKENS)
def test_a_refusal_shows_what_surrounds_a_token(text: str, token: str, context: str) -> None:
    assert refusal(text) == f"Unexpected token '{token}', {context} is not valid JSON"


@pytest.mark.parametrize("text", SPECIAL_SOURCES)
def test_a_value_that_was_never_json_is_named_whole(text: str) -> None:
    assert refusal(text) == f'"{text}" is not valid JSON'


def test_an_error_reads_as_its_message() -> None:
    assert str(JSONSyntaxError("words")) == "words"


@given(st.text('{}[]:,"\\/-+.eE0123456789truefalsn \n', max_size=12))
def test_what_python_refuses_is_refused(text: str) -> None:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        expected = json.loads(text, parse_constant=refuse)
    except ValueError:
        assert refusal(text)
    else:
        assert parse_json(text) == expected


@given(json_texts, st.data())
def test_a_text_cut_short_is_refused(text: str, data: st.DataObject) -> None:
    assume(text[0] in '{["tfn')
    kept = data.draw(st.integers(0, len(text) - 1))

    assert refusal(text[:kept])
