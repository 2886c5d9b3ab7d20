"""Batches of keys: every run has the sizes that matter, and a failure shrinks to the smallest."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Limits
from pytest_kv._core.rules import Rules
from pytest_kv.strategies import KeyBatch, key_batches, oversized_key_batches
from tests.helpers.rest_client import Client
from tests.strategies.drawing import LOW, drawn, printed, smallest

RULES = Rules(Limits())
RUNS = 3

WITHIN_ONE_REQUEST = {0, 1, 100, 101, 999, 1_000, 9_999, 10_000}
PAST_ONE_REQUEST = {10_001, 20_000, 25_000}


@cache
def runs(of: str) -> list[list[list[str]]]:
    """Runs of 100 examples, which is Hypothesis' default."""
    strategy = {
        "up to 10,000": key_batches(),
        "up to 25,000": key_batches(max_size=25_000),
        "oversized": oversized_key_batches(),
    }[of]
    return [drawn(strategy, from_seed=number) for number in range(RUNS)]


def has_duplicates(keys: list[str]) -> bool:
    return len(set(keys)) < len(keys)


@pytest.mark.parametrize(
    ("of", "counts"),
    [
        ("up to 10,000", WITHIN_ONE_REQUEST),
        ("up to 25,000", WITHIN_ONE_REQUEST | PAST_ONE_REQUEST),
        ("oversized", PAST_ONE_REQUEST),
    ],
)
def test_a_run_reaches_the_sizes_at_which_clients_break(of: str, counts: set[int]) -> None:
    for batches in runs(of):
        assert counts <= {len(keys) for keys in batches}


@pytest.mark.parametrize("of", ["up to 10,000", "up to 25,000", "oversized"])
def test_a_run_has_batches_with_and_without_duplicates(of: str) -> None:
    for batches in runs(of):
        repeating = [has_duplicates(keys) for keys in batches if len(keys) > 1]

        assert len(repeating) / 8 < sum(repeating) < len(repeating) / 2


def test_some_batches_have_one_duplicate_and_some_have_many() -> None:
    surplus = {len(keys) - len(set(keys)) for keys in runs("up to 10,000")[0]}

    assert 1 in surplus
    assert max(surplus) > 1_000


def test_batches_have_tricky_names_and_names_that_look_alike() -> None:
    # In 300 examples one of them is missed once in a while, in 600 hardly ever.
    drawn_in_runs = (*runs("up to 10,000"), *runs("up to 25,000"))
    batches = [set(keys) for batch in drawn_in_runs for keys in batch]

    for alike in ({"/"}, {"x/../.."}, {"é", "e\u0301"}, {"a b", "a+b"}, {"a", "A"}):
        assert any(alike <= keys for keys in batches)


@given(key_batches())
def test_kv_accepts_every_batch_in_one_request(keys: list[str]) -> None:
    RULES.check_keys(keys)
    RULES.check_bulk(len(keys))


def test_a_batch_can_be_sent_as_a_bulk_delete() -> None:
    client = Client()
    keys = KeyBatch(10_000, first=["x/../..", "é"])

    client.send("POST", "/{ns}/bulk/delete", json=keys)

    assert client.namespace.deletes == keys


@given(oversized_key_batches())
def test_an_oversized_batch_is_too_large_for_one_request(keys: list[str]) -> None:
    RULES.check_keys(keys)
    assert len(keys) > Limits().bulk_items


@given(st.data(), st.integers(0, 300), st.integers(0, 300), st.booleans())
def test_a_batch_keeps_its_bounds(data: st.DataObject, one: int, two: int, unique: bool) -> None:
    low, high = sorted((one, two))

    keys = data.draw(key_batches(min_size=low, max_size=high, unique=unique))

    assert low <= len(keys) <= high
    assert not (unique and has_duplicates(keys))


@pytest.mark.parametrize("strategy", [key_batches, oversized_key_batches])
def test_unique_batches_have_no_duplicates(
    strategy: Callable[..., st.SearchStrategy[list[str]]],
) -> None:
    assert not any(map(has_duplicates, drawn(strategy(unique=True))))


def test_batches_follow_lower_limits() -> None:
    batches = drawn(key_batches(max_size=25, limits=LOW), examples=200)

    assert {0, 1, 3, 4, 7, 8, 9, 10, 11, 20, 25} <= {len(keys) for keys in batches}
    for keys in batches:
        Rules(LOW).check_keys(keys)


@pytest.mark.parametrize(
    ("bulk_items", "counts"), [(10, {11, 20, 25}), (1, {2}), (0, {1})], ids=str
)
def test_oversized_batches_follow_a_lower_limit(bulk_items: int, counts: set[int]) -> None:
    limits = Limits(bulk_items=bulk_items)
    reached = {len(keys) for keys in drawn(oversized_key_batches(limits=limits))}

    assert counts <= reached
    assert (min(reached), max(reached)) == (min(counts), max(counts))


def test_the_names_of_a_large_batch_fit_a_low_limit() -> None:
    limits = Limits(key_bytes=3)
    batches = drawn(key_batches(max_size=1_000, limits=limits))

    assert 1_000 in {len(set(keys)) for keys in batches}
    for keys in batches:
        Rules(limits).check_keys(keys)


@pytest.mark.parametrize("count", [2, 3, 101, 1_001, 10_001, 15_001, 20_000, 24_999])
def test_a_failure_from_a_size_on_shrinks_to_that_size(count: int) -> None:
    keys = smallest(key_batches(max_size=25_000), lambda keys: len(keys) >= count)

    assert keys == [f"k{number}" for number in range(count)]


@pytest.mark.parametrize("count", [10_001, 15_001, 20_001])
def test_a_failure_from_an_oversized_size_on_shrinks_to_that_size(count: int) -> None:
    assert smallest(oversized_key_batches(), lambda keys: len(keys) >= count) == KeyBatch(count)


@pytest.mark.parametrize(
    ("fails", "keys"),
    [
        (lambda keys: True, []),
        (has_duplicates, ["k0", "k0"]),
        (lambda keys: has_duplicates(keys) and len(keys) > 1_000, KeyBatch(1_001, duplicates=1)),
        (lambda keys: keys and len(keys) % 10_000 == 0, KeyBatch(10_000)),
        (lambda keys: "e\u0301" in keys and "é" in keys, ["é", "e\u0301"]),
    ],
    ids=["any", "a duplicate", "a duplicate of many", "a full last request", "NFC and NFD"],
)
def test_a_failing_batch_shrinks_to_the_simplest(
    fails: Callable[[list[str]], bool], keys: list[str]
) -> None:
    assert smallest(key_batches(max_size=25_000), fails) == keys


def test_shrinking_takes_few_examples() -> None:
    drawn_sizes: list[int] = []

    def fails(keys: list[str]) -> bool:
        drawn_sizes.append(len(keys))
        return len(keys) >= 15_001

    smallest(key_batches(max_size=25_000), fails)

    assert len(drawn_sizes) < 150


@pytest.mark.parametrize(
    ("fails", "call"),
    [
        (
            lambda keys: len(keys) > 10_000,
            "client(example=KeyBatch(10_001, prefix='k'),)",
        ),
        (
            lambda keys: len(keys) > 10_000 and has_duplicates(keys),
            "client(example=KeyBatch(10_001, prefix='k', duplicates=1),)",
        ),
        (has_duplicates, "client(example=['k0', 'k0'],)"),
    ],
    ids=["too many", "too many, a duplicate", "a duplicate"],
)
def test_a_failing_batch_is_printed_as_one_line_to_paste(
    fails: Callable[[list[str]], bool], call: str
) -> None:
    assert printed(key_batches(max_size=25_000), fails) == call


BATCHES = [
    ([], KeyBatch(0)),
    (["k0", "k1", "k2"], KeyBatch(3)),
    (["user:0", "user:1"], KeyBatch(2, prefix="user:")),
    (["/", "é", "k0"], KeyBatch(3, first=["/", "é"])),
    (["k1", "k0", "k2"], KeyBatch(3, first=["k1"])),
    (["0", "7", "1"], KeyBatch(3, prefix="", first=["0", "7"])),
    (["k0", "k1", "k0"], KeyBatch(3, duplicates=1)),
    (["k0", "k0", "k0", "k0"], KeyBatch(4, duplicates=3)),
    (["/", "k0", "/", "k0", "/"], KeyBatch(5, first=["/"], duplicates=3)),
]


@pytest.mark.parametrize(("keys", "batch"), BATCHES, ids=repr)
def test_a_batch_equals_the_list(keys: list[str], batch: KeyBatch) -> None:
    assert batch == keys
    assert repr(batch) == repr(keys)


@pytest.mark.parametrize(
    "shown",
    [
        "KeyBatch(6, prefix='k')",
        "KeyBatch(10_001, prefix='k')",
        "KeyBatch(10_001, prefix='a/b?', duplicates=2_500)",
        "KeyBatch(25_000, prefix='', first=['x/../..', '/'], duplicates=1)",
    ],
)
def test_the_repr_of_a_long_batch_is_the_call_that_makes_it(shown: str) -> None:
    assert repr(eval(shown)) == shown


@given(key_batches(max_size=25_000))
def test_evaluating_the_repr_of_a_batch_gives_the_same_batch(keys: list[str]) -> None:
    assert eval(repr(keys)) == keys
    assert "\n" not in repr(keys)


def test_a_batch_becomes_a_json_array() -> None:
    assert isinstance(KeyBatch(3), list)
    assert json.dumps(KeyBatch(3)) == '["k0", "k1", "k2"]'


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda batch: pickle.loads(pickle.dumps(batch))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_of_a_batch_is_the_same_batch(copied: Callable[[KeyBatch], KeyBatch]) -> None:
    batch = KeyBatch(10_001, first=["/"], duplicates=2)

    assert copied(batch) == batch
    assert repr(copied(batch)) == repr(batch)


def test_the_repr_of_a_changed_batch_says_so() -> None:
    batch = KeyBatch(10_001)
    batch.pop()

    assert repr(batch) == "<list of 10,000 names that was KeyBatch(10_001, prefix='k')>"


@pytest.mark.parametrize(
    ("count", "duplicates", "first", "message"),
    [
        (-1, 0, [], "size=-1 and duplicates=0 must be 0 or more"),
        (0, 1, [], "size=0 is too small for duplicates=1 and 0 names in first"),
        (2, 2, [], "size=2 is too small for duplicates=2 and 0 names in first"),
        (2, -1, [], "size=2 and duplicates=-1 must be 0 or more"),
        (2, 1, ["a", "b"], "size=2 is too small for duplicates=1 and 2 names in first"),
        (2, 0, ["a", "a"], "first=['a', 'a'] has a name twice; use duplicates=… instead"),
    ],
)
def test_arguments_that_make_no_batch_raise(
    count: int, duplicates: int, first: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=r"^") as error:
        KeyBatch(count, first=first, duplicates=duplicates)

    assert str(error.value) == message
