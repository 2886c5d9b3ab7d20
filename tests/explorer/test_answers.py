"""Two answers are compared by status, headers and body."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.explorer.answers import Answer, Exchange, equal
from tests.explorer.calls import Call


def listed(*names: object) -> Answer:
    return Answer(200, "application/json", None, {"success": True, "result": list(names)})


def refused(code: int, message: str, status: int = 400) -> Answer:
    errors = [{"code": code, "message": message}]
    return Answer(status, "application/json", None, {"success": False, "errors": errors})


def test_an_answer_has_the_value_of_its_json_or_its_bytes() -> None:
    json = {"content-type": "application/json"}

    assert Answer.of(200, json, b'{"a":1}').body == {"a": 1}
    assert Answer.of(200, {"expiration": "9"}, b'{"a":1}') == Answer(200, None, "9", b'{"a":1}')
    assert Answer.of(405, json, b"").body == b""


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        (1, 1.0, True),
        (1, True, False),
        ([0], [False], False),
        ({"a": None}, {}, False),
        ("a", b"a", False),
        (listed("a"), listed("a"), True),
        (listed("a"), replace(listed("a"), expiration="9"), False),
        (listed("a"), replace(listed("a"), status=201), False),
        (listed("a"), replace(listed("a"), content_type=None), False),
    ],
)
def test_true_is_not_equal_to_one_but_one_is_equal_to_a_float(
    left: object, right: object, *, same: bool
) -> None:
    assert equal(left, right) is same


@pytest.mark.parametrize(
    ("method", "path", "left", "right", "differ"),
    [
        ("PUT", ("{ns}", "values", "k"), listed(), refused(1, "m"), True),
        ("PUT", ("{ns}", "values", "k"), refused(1, "m"), refused(2, "n", 500), False),
        ("GET", ("{ns}", "values", "k"), listed(), refused(1, "m"), False),
        ("POST", ("{ns}", "bulk", "get"), listed(), refused(1, "m"), False),
        ("POST", ("{ns}", "bulk", "delete"), refused(1, "m"), listed(), True),
    ],
)
def test_keys_may_differ_when_one_side_writes_and_the_other_refuses(
    method: str, path: tuple[str, ...], left: Answer, right: Answer, *, differ: bool
) -> None:
    assert Exchange(Call(method, path), left, right).leaves_a_difference is differ
