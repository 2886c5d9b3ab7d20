"""The live view of a namespace."""

from __future__ import annotations

from threading import RLock

import pytest

from pytest_kv._core.data import LiveData
from pytest_kv._core.entry import Entry
from pytest_kv._core.fault_plan import FaultPlan
from pytest_kv._core.limits import Limits
from pytest_kv._core.namespace import Namespace, Write
from pytest_kv._core.rules import Rules
from pytest_kv._core.switches import Switches
from tests.helpers.stopped_clock import NOW, StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def namespace(clock: StoppedClock) -> Namespace:
    return Namespace(
        "0" * 32,
        "KV",
        rules=Rules(Limits()),
        clock=clock,
        faults=FaultPlan(RLock()),
        switches=Switches(),
    )


@pytest.fixture
def data(namespace: Namespace) -> LiveData:
    return LiveData(namespace, RLock())


def test_data_follows_every_write_and_delete(namespace: Namespace, data: LiveData) -> None:
    assert not data
    namespace.put(Write("b", b"1"))
    namespace.put(Write("a", b"2"))
    assert data == {"b": Entry("1"), "a": Entry("2")}
    assert list(data) == ["b", "a"]
    namespace.delete("b")
    assert data == {"a": Entry("2")}


def test_data_leaves_out_what_has_expired(
    namespace: Namespace, data: LiveData, clock: StoppedClock
) -> None:
    namespace.put(Write("gone", b"v", expiration_ttl=60))
    namespace.put(Write("later", b"v", expiration_ttl=61))
    assert len(data) == 2

    clock.advance(60)

    assert (len(data), list(data), "gone" in data) == (1, ["later"], False)
    assert data["later"] == Entry("v", expiration=NOW + 61)


def test_a_missing_key_is_a_key_error(data: LiveData) -> None:
    with pytest.raises(KeyError) as caught:
        data["missing"]

    assert caught.value.args == ("missing",)
    assert data.get("missing") is None
    assert "missing" not in data


def test_data_cannot_be_written_to(namespace: Namespace, data: LiveData) -> None:
    namespace.put(Write("a", b"v"))

    with pytest.raises(TypeError, match="does not support item assignment"):
        data["a"] = Entry("w")  # type: ignore[index]  # what mypy refuses is what is tested
    with pytest.raises(TypeError, match="does not support item deletion"):
        del data["a"]  # type: ignore[attr-defined]  # what mypy refuses is what is tested


def test_a_repr_shows_up_to_ten_entries(namespace: Namespace, data: LiveData) -> None:
    assert repr(data) == "{}"
    for number in range(10):
        namespace.put(Write(f"k{number}", b"v"))
    ten = ", ".join(f"'k{number}': Entry(b'v')" for number in range(10))
    assert repr(data) == f"{{{ten}}}"


def test_a_repr_counts_the_entries_it_leaves_out(namespace: Namespace, data: LiveData) -> None:
    namespace.seed({f"{number:080}x": Entry("v") for number in range(1234)})

    shown = ", ".join(
        f"'{'0' * 60}'…'{number:019}x' (81 characters): Entry(b'v')" for number in range(10)
    )
    assert repr(data) == f"{{{shown}, … and 1,224 more}}"


def test_a_repr_counts_a_single_entry_it_leaves_out(namespace: Namespace, data: LiveData) -> None:
    namespace.seed({f"k{number}": Entry("v") for number in range(11)})

    assert repr(data).endswith("'k9': Entry(b'v'), … and 1 more}")
