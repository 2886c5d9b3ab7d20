"""A mask removes from two answers only the difference that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.explorer.answers import Answer, Exchange
from tests.explorer.calls import Call
from tests.explorer.masks import (
    Mask,
    cut_fraction_in_message,
    drop,
    drop_all,
    drop_code,
    drop_operation,
    first_of,
    forget_expirations,
    numbers_as_doubles,
    only_ids_and_titles,
    value_as_text,
    where,
    without_null_metadata,
    without_proto,
)

CALL = Call("GET", ("{ns}", "keys"))


def listed(*names: object) -> Answer:
    return Answer(200, "application/json", None, {"success": True, "result": list(names)})


def refused(code: int, message: str, status: int = 400) -> Answer:
    errors = [{"code": code, "message": message}]
    return Answer(status, "application/json", None, {"success": False, "errors": errors})


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
        (first_of(drop("body"), drop_all), listed("a"), listed("b"), True),
        (first_of(drop("body"), drop_all), listed("a"), refused(1, "m"), False),
        (first_of(drop("expiration"), drop_all), listed("a"), listed("b"), True),
        (first_of(drop("expiration"), drop_code), listed("a"), listed("b"), False),
        (where(lambda _: False, mask=drop_all), listed("a"), listed("b"), False),
        (where(lambda _: True, mask=drop_all), listed("a"), listed("b"), True),
    ],
)
def test_a_mask_removes_only_the_difference_that_it_names(
    mask: Mask, explorer: Answer, fake: Answer, *, are_same: bool
) -> None:
    exchange = Exchange(CALL, explorer, fake)

    assert not exchange.is_same
    assert mask(exchange).is_same is are_same


@pytest.mark.parametrize(
    "mask", [drop_all, drop("body", "result"), drop_code, drop_operation, numbers_as_doubles]
)
def test_a_mask_returns_the_same_object_if_there_is_nothing_to_remove(mask: Mask) -> None:
    for answer in (listed(1), refused(1, "m")):
        exchange = Exchange(CALL, answer, answer)

        assert mask(exchange) is exchange


def test_only_a_name_of_a_single_write_loses_its_expiration() -> None:
    alone = Call("PUT", ("{ns}", "values", "a b"), (("expiration_ttl", 60),), {"text": "v"})
    left = listed({"name": "a b"}, {"name": "c"})
    right = listed({"name": "a b", "expiration": 9}, {"name": "c", "expiration": 9})

    masked = forget_expirations(Exchange(CALL, left, right, (alone,)))

    assert masked.fake == listed({"name": "a b"}, {"name": "c", "expiration": 9})
    assert forget_expirations(Exchange(CALL, left, right)).fake == right
    assert forget_expirations(Exchange(CALL, right, right, (alone,))).fake == right


def test_a_namespace_keeps_its_id_and_title() -> None:
    namespace = {"id": "1", "title": "A"}
    left, right = listed(namespace), listed({**namespace, "mode": "classic"})
    left.body["result_info"], right.body["result_info"] = {"count": 1}, {"count": 1, "page": 1}

    assert only_ids_and_titles(Exchange(CALL, left, right)).is_same
    right.body["result"][0]["title"] = "B"
    assert not only_ids_and_titles(Exchange(CALL, left, right)).is_same


@pytest.mark.parametrize(
    ("mask", "explorer", "fake"),
    [
        (
            without_null_metadata,
            listed({"name": "a", "metadata": None}, {"name": "b", "metadata": 0}),
            listed({"name": "a"}, {"name": "b", "metadata": 0}),
        ),
        (
            without_proto,
            replace(listed(), body={"result": {"values": {"a": "v"}}}),
            replace(listed(), body={"result": {"values": {"a": "v", "__proto__": None}}}),
        ),
        (
            value_as_text,
            Answer(200, None, None, b"a\xef\xbf\xbd"),
            Answer(200, None, None, b"a\xff"),
        ),
        (cut_fraction_in_message, refused(1, "Bad x of 9.5."), refused(1, "Bad x of 9.")),
    ],
)
def test_a_mask_removes_from_one_side_what_the_other_does_not_have(
    mask: Mask, explorer: Answer, fake: Answer
) -> None:
    assert mask(Exchange(CALL, explorer, fake)).is_same
    assert not mask(Exchange(CALL, fake, explorer)).is_same
