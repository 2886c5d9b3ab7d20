"""JSON as the REST API reads and writes it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from pytest_kv._core.strict_json import compact_json, read_json
from tests.helpers.json_strategies import json_texts, json_values


@given(json_values)
def test_what_was_written_reads_as_the_same(value: object) -> None:
    assert read_json(compact_json(value)) == value


@given(json_texts)
def test_json_is_read_as_python_reads_it(text: str) -> None:
    assert read_json(text) == json.loads(text)


def test_json_is_written_without_spaces_and_without_escapes() -> None:
    assert compact_json({"é": [1, "€", None], "b": 1.5}) == '{"é":[1,"€",null],"b":1.5}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_numbers_json_does_not_have_are_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"^Out of range float values are not JSON compliant"):
        compact_json(value)


def test_objects_json_does_not_have_are_not_written() -> None:
    with pytest.raises(TypeError, match=r"^Object of type set is not JSON serializable"):
        compact_json({1})


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_only_python_knows_are_refused(constant: str) -> None:
    with pytest.raises(ValueError, match=rf"^{constant} is not JSON$"):
        read_json(f"[{constant}]")


@pytest.mark.parametrize("digits", ["1e400", "-1e400", "1.5e999"])
def test_a_number_past_a_double_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match=rf"^{digits} is past a double$"):
        read_json(digits)


@pytest.mark.parametrize("text", [r'"\ud800"', r'{"\udc00": 1}', r'["a\ud83d"]'])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        read_json(text)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read_json(r'"\ud83d\ude00"') == "😀"


def lists(levels: int) -> str:
    return "[" * levels + "]" * levels


def objects(levels: int) -> str:
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


@pytest.mark.parametrize(
    "text",
    [lists(512), objects(512), f"[[],{'[' * 511}1{']' * 512}", f"[{'[],' * 1000}1]"],
    ids=["lists", "objects", "a number inside", "many side by side"],
)
def test_nesting_of_512_levels_is_read_and_can_be_written_again(text: str) -> None:
    assert compact_json(read_json(text)) == text


@pytest.mark.parametrize(
    "text",
    [lists(513), objects(513), f'[1,{{"a":{lists(511)}}}]', lists(100_000)],
    ids=["lists", "objects", "both", "past what Python reads"],
)
def test_deeper_nesting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^nested too deeply$"):
        read_json(text)


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "[1,]", "01", "tru", '"\x01"', "1 2"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json(text)
