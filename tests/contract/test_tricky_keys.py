"""The names that the fixed cases try."""

from __future__ import annotations

import pytest
from hypothesis import given

from pytest_kv import KVAccount, KVError
from pytest_kv import strategies as kvst
from pytest_kv.contract._tricky_keys import ILLEGAL, TREACHEROUS, lookalikes


@given(kvst.keys())
def test_lookalikes_are_other_names_that_kv_takes(key: str) -> None:
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
def test_a_name_is_mistaken_for(key: str, other: str) -> None:
    assert other in lookalikes(key)


def test_the_treacherous_names_are_taken_by_kv() -> None:
    KVAccount().default_namespace.seed(dict.fromkeys(TREACHEROUS, "v"))


@pytest.mark.parametrize("name", ILLEGAL, ids=ascii)
async def test_the_illegal_names_are_refused_by_kv(name: str) -> None:
    with pytest.raises(KVError):
        await KVAccount().default_namespace.put(name, "v")
