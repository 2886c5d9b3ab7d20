"""The keys of the fixed cases."""

from __future__ import annotations

import pytest
from hypothesis import given

from pytest_kv import KVAccount, KVError
from pytest_kv import strategies as kvst
from pytest_kv.contract._tricky_keys import ILLEGAL, TRICKY, lookalikes


@given(kvst.keys())
def test_lookalikes_are_other_keys_that_kv_accepts(key: str) -> None:
    others = lookalikes(key)
    KVAccount().default_namespace.seed(dict.fromkeys(others, "v"))

    assert key not in others
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a/b"),
        ("a?b", "a"),
        ("a#b", "a"),
        ("a b", "a+b"),
        ("a+b", "a b"),
        ("/a", "a"),
        ("a/", "a"),
        ("A", "a"),
        ("caf\u00e9", "cafe\u0301"),
        ("k", "kx"),
    ],
)
def test_careless_clients_take_a_key_for_another(key: str, other: str) -> None:
    assert other in lookalikes(key)


def test_kv_accepts_the_tricky_keys() -> None:
    KVAccount().default_namespace.seed(dict.fromkeys(TRICKY, "v"))


@pytest.mark.parametrize("name", ILLEGAL, ids=ascii)
async def test_kv_refuses_the_illegal_keys(name: str) -> None:
    with pytest.raises(KVError):
        await KVAccount().default_namespace.put(name, "v")
