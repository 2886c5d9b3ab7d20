"""What all strategies have in common: checked bounds, keyword arguments and a short ``repr``."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import pytest_kv.strategies as kvst
from pytest_kv import Limits
from pytest_kv.strategies._bounds import at_bounds, fitted
from tests.strategies.drawing import LOW, smallest

STRATEGIES = [getattr(kvst, name) for name in kvst.__all__ if name.endswith(("s", "metadata"))]


@pytest.mark.parametrize(
    ("strategy", "bounds", "message"),
    [
        (kvst.keys, {"min_bytes": 0}, "Cannot have min_bytes=0 < 1"),
        (
            kvst.keys,
            {"max_bytes": 513},
            "Cannot have max_bytes=513 > 512, which is KV's limit",
        ),
        (
            kvst.keys,
            {"min_bytes": 3, "max_bytes": 2},
            "Cannot have max_bytes=2 < min_bytes=3",
        ),
        (kvst.keys, {"max_bytes": 2.0}, "Expected max_bytes to be an int, not 2.0"),
        (kvst.keys, {"max_bytes": True}, "Expected max_bytes to be an int, not True"),
        (
            kvst.keys,
            {"max_bytes": 17, "limits": LOW},
            "Cannot have max_bytes=17 > 16, which is KV's limit",
        ),
        (kvst.values, {"min_bytes": -1}, "Cannot have min_bytes=-1 < 0"),
        (
            kvst.values,
            {"max_bytes": 26_214_401},
            "Cannot have max_bytes=26214401 > 26214400, which is KV's limit",
        ),
        (kvst.metadata, {"max_bytes": 0}, "Cannot have max_bytes=0 < 1"),
        (
            kvst.metadata,
            {"max_bytes": 1_025},
            "Cannot have max_bytes=1025 > 1024, which is KV's limit",
        ),
        (kvst.expiration_ttls, {"min_value": 59}, "Cannot have min_value=59 < 60"),
        (
            kvst.expiration_ttls,
            {"max_value": 2**31},
            "Cannot have max_value=2147483648 > 2147483647, which is KV's limit",
        ),
        (
            kvst.expiration_ttls,
            {"min_value": 100, "max_value": 99},
            "Cannot have max_value=99 < min_value=100",
        ),
        (kvst.key_batches, {"min_size": -1}, "Cannot have min_size=-1 < 0"),
        (
            kvst.key_batches,
            {"min_size": 10_001},
            "Cannot have max_size=10000 < min_size=10001",
        ),
        (kvst.key_batches, {"max_size": "9"}, "Expected max_size to be an int, not '9'"),
        (
            kvst.key_batches,
            {"max_size": 1_001, "limits": Limits(key_bytes=3)},
            "max_size=1001 different names do not fit in 3 bytes each",
        ),
        (
            kvst.oversized_key_batches,
            {"max_size": 10_000},
            "Cannot have max_size=10000 < 10001",
        ),
        (kvst.namespaces, {"min_size": 11}, "Cannot have max_size=10 < min_size=11"),
    ],
)
def test_impossible_bounds_raise_immediately(
    strategy: Callable[..., object], bounds: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidArgument) as error:
        strategy(**bounds)

    assert str(error.value) == message


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: str(strategy.__name__))
def test_every_argument_is_a_keyword_with_a_default(
    strategy: Callable[..., object],
) -> None:
    for parameter in inspect.signature(strategy).parameters.values():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not inspect.Parameter.empty


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: str(strategy.__name__))
def test_a_strategy_says_what_it_shrinks_to(strategy: Callable[..., object]) -> None:
    assert "Shrinks to" in " ".join((strategy.__doc__ or "").split())


@pytest.mark.parametrize(
    "shown",
    [
        "keys()",
        "keys(max_bytes=5, min_bytes=2)",
        "invalid_keys()",
        "values(text=True)",
        "metadata(max_bytes=10)",
        "expiration_ttls()",
        "invalid_expiration_ttls()",
        "entries()",
        "key_batches(max_size=3, unique=True)",
        "oversized_key_batches()",
        "namespaces(keys=keys())",
    ],
)
def test_the_repr_of_a_strategy_is_its_call(shown: str) -> None:
    assert repr(eval(shown, vars(kvst).copy())) == shown


def test_the_module_imports_no_http_client() -> None:
    script = "import sys, pytest_kv.strategies; print({'respx', 'httpx'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"


@given(st.text(st.characters(codec="utf-8")), st.integers(0, 30), st.integers(0, 30))
def test_a_fitted_text_keeps_its_beginning_and_the_bounds(text: str, one: int, two: int) -> None:
    low, high = sorted((one, two))

    name = fitted(text, low, high)

    assert low <= len(name.encode()) <= high
    kept = name if name == text else name.rstrip("0")
    assert text.startswith(kept)
    assert len(text.encode()) > high or name.startswith(text)


@pytest.mark.parametrize("threshold", [0, 1, 7, 50, 77, 100])
def test_a_failure_at_a_favoured_number_shrinks_to_the_smallest_that_fails(threshold: int) -> None:
    numbers: Any = at_bounds(0, 100, 50, 100)

    assert smallest(numbers, lambda number: number >= threshold) == threshold


def test_a_failure_of_one_favoured_number_alone_stays_there() -> None:
    assert smallest(at_bounds(0, 10**9, 12_345), lambda number: number == 12_345) == 12_345
