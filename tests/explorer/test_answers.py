"""Two answers are compared by what matters of them, without what is excluded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.explorer.answers import Answer, Exchange, equal
from tests.explorer.calls import Call
from tests.explorer.masks import (
    Mask,
    drop,
    drop_all,
    drop_code,
    drop_operation,
    numbers_as_doubles,
    where,
)

CALL = Call("GET", ("{ns}", "keys"))


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
def test_equality_tells_true_from_one_and_not_one_from_a_float(
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
def test_both_sides_hold_other_keys_when_one_writes_what_the_other_refuses(
    method: str, path: tuple[str, ...], left: Answer, right: Answer, *, differ: bool
) -> None:
    assert Exchange(Call(method, path), left, right).leaves_a_difference is differ


# Masks


SAME_WORDS = refused(10000, "No."), refused(10012, "bulk put: 'No.'")


@pytest.mark.parametrize(
    ("mask", "explorer", "fake", "are_same"),
    [
        (drop_all, listed("a"), refused(1, "m"), True),
        (drop("body"), listed("a"), listed("b"), True),
        (drop("result"), listed("a"), listed("b"), True),
        (drop("content_type"), listed("a"), listed("b"), False),
        (drop("content_type", "result"), listed("a"), replace(listed(), content_type="x"), True),
        (drop("expiration"), listed(), replace(listed(), expiration="9"), True),
        (drop("status", "errors"), refused(1, "m"), refused(2, "n", 414), True),
        (drop("errors"), refused(1, "m"), refused(2, "n", 414), False),
        (drop_code, refused(1, "m"), refused(2, "m"), True),
        (drop_code, refused(1, "m"), refused(2, "n"), False),
        (drop_code, listed(), refused(2, "n"), False),
        (drop_operation, *SAME_WORDS, False),
        (drop_operation, refused(1, "No."), refused(1, "put: 'No.'"), True),
        (drop_operation, refused(1, "No."), refused(1, "put: 'Yes.'"), False),
        (drop_operation, refused(1, "No."), listed(), False),
        (numbers_as_doubles, listed(2.0**53), listed(2**53 + 1), True),
        (numbers_as_doubles, listed({"a": [2.0**53]}), listed({"a": [2**53 + 1]}), True),
        (numbers_as_doubles, listed(1), listed(True), False),
        (where(lambda _: False, mask=drop_all), listed("a"), listed("b"), False),
        (where(lambda _: True, mask=drop_all), listed("a"), listed("b"), True),
    ],
)
def test_a_mask_leaves_out_no_more_than_it_says(
    mask: Mask, explorer: Answer, fake: Answer, *, are_same: bool
) -> None:
    exchange = Exchange(CALL, explorer, fake)

    assert not exchange.is_same
    assert mask(exchange).is_same is are_same


@pytest.mark.parametrize(
    "mask", [drop_all, drop("body", "result"), drop_code, drop_operation, numbers_as_doubles]
)
def test_a_mask_gives_the_very_exchange_where_it_has_nothing_to_leave_out(mask: Mask) -> None:
    for answer in (listed(1), refused(1, "m")):
        exchange = Exchange(CALL, answer, answer)

        assert mask(exchange) is exchange
