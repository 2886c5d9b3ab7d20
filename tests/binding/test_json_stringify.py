"""`JSON.stringify`; the table was recorded with Node 22.23.3 (V8 12.4.254.21)."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from enum import IntEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_kv._binding.javascript import join_surrogates
from pytest_kv._binding.json_parse import parse_json
from pytest_kv._binding.json_stringify import BigIntError, stringify
from tests.helpers.json_strategies import json_values, scalars, trees


class Level(IntEnum):
    HIGH = 3


class Opaque:
    pass


VALUES_AS_JSON: tuple[tuple[object, str], ...] = (
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (Level.HIGH, "3"),
    (2**53 - 2, "9007199254740990"),
    ([math.nan, math.inf, -math.inf, -0.0, 1.0, 1e21], "[null,null,null,0,1,1e+21]"),
    (
        'a"\\/b\b\t\n\f\r\v\0\x1f\x7f\u2028é😀<',
        '"a\\"\\\\/b\\b\\t\\n\\f\\r\\u000b\\u0000\\u001f\x7f\u2028é😀<"',
    ),
    ("\ud800", r'"\ud800"'),
    ("\udc00\ud83d", r'"\udc00\ud83d"'),
    ("a\udfffb\ud83d\ude00", r'"a\udfffb😀"'),
    ([], "[]"),
    ({}, "{}"),
    ([[], {}], "[[],{}]"),
    ({"b": 1, "10": [2], "9": {"a": None}, "01": 4}, '{"9":{"a":null},"10":[2],"b":1,"01":4}'),
    ({'a"b': 1}, r'{"a\"b":1}'),
    ({2: 1, None: 2, True: 3, 1.5: 4}, '{"2":1,"undefined":2,"true":3,"1.5":4}'),
    (datetime.fromtimestamp(1e9, UTC), '"2001-09-09T01:46:40.000Z"'),
    (b"\x01\x02\xff", '{"0":1,"1":2,"2":255}'),
    (memoryview(b"\x01"), '{"0":1}'),
    ({1, 2}, "{}"),
    (Opaque(), "{}"),
    ([len, 1], "[null,1]"),
    ({"a": len, "b": 1}, '{"b":1}'),
)


@pytest.mark.parametrize(("value", "text"), VALUES_AS_JSON)
def test_a_value_is_written_as_javascript_writes_it(value: object, text: str) -> None:
    assert stringify(value) == text


def test_a_function_alone_is_undefined() -> None:
    assert stringify(len) is None


@pytest.mark.parametrize("value", [2**53 - 1, -(2**53) + 1, 2**53, [{"a": 10**5000}]])
def test_a_big_integer_cannot_be_written(value: object) -> None:
    with pytest.raises(BigIntError) as raised:
        stringify(value)

    assert raised.value.message == "Do not know how to serialize a BigInt"
    assert str(raised.value) == raised.value.message


@given(json_values)
@example(6.927105313572918e16)
def test_what_is_written_reads_as_the_same_value(value: object) -> None:
    text = stringify(value)

    assert text is not None
    assert parse_json(text) == value
    assert stringify(parse_json(text)) == text


@given(trees(scalars | st.integers(-(2**53) + 2, 2**53 - 2)))
def test_python_writes_the_same_but_for_floats_and_order(value: object) -> None:
    expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = stringify(value)

    assert text is not None
    assert sorted(text) == sorted(expected)


@pytest.mark.fidelity("lone-surrogates")
@given(st.text(st.characters()))
def test_any_text_is_written_well_formed(value: str) -> None:
    text = stringify(value)

    assert text is not None
    assert text.encode().decode() == text
    assert json.loads(text) == join_surrogates(value)


def test_metadata_can_be_as_deep_as_its_limit_lets_it() -> None:
    assert stringify(parse_json("[" * 512 + "]" * 512)) == "[" * 512 + "]" * 512


@pytest.mark.fidelity("deviation-json-depth")
def test_a_value_that_contains_itself_is_a_recursion_error() -> None:
    endless: list[object] = []
    endless.append(endless)

    with pytest.raises(RecursionError):
        stringify(endless)
