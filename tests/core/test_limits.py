"""The limits, against the page that documents them and what workerd did."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict

import pytest

from pytest_kv._core.limits import Limits

PRODUCTION = {
    "key_bytes": 512,
    "value_bytes": 26_214_400,
    "metadata_bytes": 1_024,
    "expiration_seconds": 60,
    "cache_ttl_seconds": 30,
    "default_cache_ttl_seconds": 60,
    "list_names": 1_000,
    "rest_list_names": 10,
    "bulk_items": 10_000,
    "bulk_get_keys": 100,
    "bulk_get_units": 26_214_400,
    "request_bytes": 100_000_000,
    "write_interval_seconds": 1,
    "requests": 1_200,
    "requests_window_seconds": 300,
    "namespaces": 1_000,
    "title_characters": 512,
    "namespaces_per_page": 1_000,
}


def test_the_defaults_are_those_of_production() -> None:
    assert asdict(Limits()) == PRODUCTION


def test_a_limit_is_lowered_by_its_name_and_the_others_stay() -> None:
    assert asdict(Limits(value_bytes=100)) == PRODUCTION | {"value_bytes": 100}


def test_limits_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'key_bytes'"):
        Limits().key_bytes = 1  # type: ignore[misc]  # what mypy refuses is what is tested
