"""Where two JSON values differ."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.differences import differences

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2),
    lambda members: (
        st.lists(members, max_size=3)
        | st.dictionaries(st.text("ab", max_size=2), members, max_size=3)
    ),
)


@given(json_values, json_values)
def test_there_are_differences_exactly_when_the_json_texts_differ(a: object, b: object) -> None:
    same = json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)

    assert (differences(a, b) == "") == same


@pytest.mark.parametrize(
    ("actual", "expected", "told"),
    [
        (1, 2, "$ is 1, expected 2"),
        (True, 1, "$ is true, expected 1"),
        (1.0, 1, ""),
        (None, {}, "$ is null, expected {}"),
        ({"name": "bob"}, {"name": "alice"}, '$.name is "bob", expected "alice"'),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "$.a.b[1] is 2, expected 3"),
        ({}, {"a-b": 1}, '$["a-b"] is missing, expected 1'),
        ({"a": 1}, {}, "$.a is 1, expected nothing there"),
        ([1], [1, {"x": 2}], '$[1] is missing, expected {"x":2}'),
        ([1, 2], [1], "$[1] is 2, expected nothing there"),
        ({"a": "x" * 58}, {"a": 1}, f'$.a is "{"x" * 58}", expected 1'),
        ({"a": "x" * 59}, {"a": 1}, f'$.a is "{"x" * 59}…, expected 1'),
        (
            {"a": 1, "b": 2, "c": 3},
            {"a": 2, "b": 3, "c": 4},
            "$.a is 1, expected 2; $.b is 2, expected 3; $.c is 3, expected 4",
        ),
        (
            [1, 2, 3, 4],
            [0, 0, 0, 0],
            "$[0] is 1, expected 0; $[1] is 2, expected 0; $[2] is 3, expected 0; … and 1 more",
        ),
        (
            [1, 2, 3, 4, 5],
            [0, 0, 0, 0, 0],
            "$[0] is 1, expected 0; $[1] is 2, expected 0; $[2] is 3, expected 0; … and 2 more",
        ),
    ],
)
def test_each_difference_is_named_by_its_path(actual: object, expected: object, told: str) -> None:
    assert differences(actual, expected) == told


def test_values_nested_past_pythons_limit_are_compared() -> None:
    actual: object = 1
    expected: object = 2
    for _ in range(5_000):
        actual, expected = [actual], [expected]

    assert differences(actual, expected) == f"${'[0]' * 5_000} is 1, expected 2"
