"""Namespaces with entries: each example has a new one, which is printed as code to paste."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Entry, KVError, KVNamespace, Limits
from pytest_kv.strategies import namespaces, seeded_namespace
from tests.helpers.worker import run
from tests.strategies.drawing import LOW, drawn, printed, smallest


def test_examples_share_nothing() -> None:
    seen: list[KVNamespace] = []

    def is_used(namespace: KVNamespace) -> bool:
        seen.append(namespace)
        assert namespace.calls == []
        assert "leaked" not in namespace.data
        run(namespace.put("leaked", "v"))
        namespace.at("LHR")
        return False

    assert not any(map(is_used, drawn(namespaces())))
    assert len(set(map(id, seen))) == 100


def test_a_run_has_empty_and_populated_namespaces() -> None:
    sizes = {len(namespace.data) for namespace in drawn(namespaces(), examples=300)}

    assert {0, 1, 2} <= sizes
    assert 5 < max(sizes) <= 10


@given(st.data(), st.integers(0, 6), st.integers(0, 6))
def test_a_namespace_keeps_its_bounds(data: st.DataObject, one: int, two: int) -> None:
    low, high = sorted((one, two))

    assert low <= len(data.draw(namespaces(min_size=low, max_size=high)).data) <= high


@given(namespaces(keys=st.sampled_from("abc"), entries=st.just(Entry("v")), min_size=2))
def test_keys_and_entries_may_come_from_other_strategies(namespace: KVNamespace) -> None:
    assert set(namespace.data) <= set("abc")
    assert set(namespace.data.values()) == {Entry("v")}


@given(namespaces(limits=LOW, min_size=1))
def test_a_namespace_has_the_limits_it_is_given(namespace: KVNamespace) -> None:
    with pytest.raises(KVError, match="exceeds limit of 20"):
        run(namespace.put("k", "0" * 21))


def test_a_failing_namespace_shrinks_to_an_empty_one() -> None:
    assert dict(smallest(namespaces(), lambda namespace: True).data) == {}


def test_a_failing_namespace_is_printed_as_a_call_to_paste() -> None:
    call = printed(namespaces(), lambda namespace: len(namespace.data) > 0)

    assert call.startswith("client(example=seeded_namespace({'0': Entry(b''")


def test_a_failing_namespace_is_printed_with_its_limits() -> None:
    limits = Limits(key_bytes=9)
    call = printed(namespaces(limits=limits), lambda namespace: True)

    assert call.startswith("client(example=seeded_namespace({},limits=Limits(key_bytes=9,")


def test_a_seeded_namespace_holds_what_it_is_given() -> None:
    namespace = seeded_namespace({"a": "1", "b": Entry(b"2", metadata=0)})

    assert dict(namespace.data) == {"a": Entry("1"), "b": Entry(b"2", metadata=0)}
    assert namespace.calls == []


def test_a_seed_that_kv_would_not_store_raises() -> None:
    with pytest.raises(ValueError, match="KV would not store this seed"):
        seeded_namespace({"k" * 17: "v"}, limits=LOW)
