"""Helpers: what a strategy draws in a run, what it shrinks to, and how an example is printed."""

from __future__ import annotations

__all__ = ("LOW", "drawn", "printed", "smallest")

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

from pytest_kv import Limits

Drawn = TypeVar("Drawn")

LOW = Limits(
    key_bytes=16,
    value_bytes=20,
    metadata_bytes=30,
    expiration_seconds=5,
    bulk_items=10,
    list_names=8,
    bulk_get_keys=3,
)
"""Limits that examples meet soon."""


def drawn(
    strategy: st.SearchStrategy[Drawn], *, examples: int = 100, from_seed: int = 0
) -> list[Drawn]:
    """All examples of one run; every health check is on but the one that measures time."""
    seen: list[Drawn] = []

    @seed(from_seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(strategy)
    def run(example: Drawn) -> None:
        seen.append(example)

    run()
    return seen


def smallest(strategy: st.SearchStrategy[Drawn], fails: Callable[[Drawn], bool]) -> Drawn:
    """The example to which a failure shrinks."""
    thorough = settings(max_examples=1_000, database=None, deadline=None, derandomize=False)
    return find(strategy, fails, settings=thorough)


def printed(strategy: st.SearchStrategy[Drawn], fails: Callable[[Drawn], bool]) -> str:
    """The call that Hypothesis prints for the smallest example that fails."""

    @settings(
        max_examples=1_000,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        derandomize=False,
    )
    @given(example=strategy)
    def client(example: Drawn) -> None:
        assert not fails(example)

    with pytest.raises(AssertionError) as failure:
        client()
    _, call = failure.value.__notes__[0].split(": ", 1)
    return "".join(line.strip() for line in call.splitlines())
