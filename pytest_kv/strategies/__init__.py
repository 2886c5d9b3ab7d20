"""Hypothesis strategies for code that talks to Workers KV: ``import pytest_kv.strategies as kvst``.

They draw what KV accepts, what KV refuses and, above all, what breaks clients. They keep to the
limits of production, or to other :class:`pytest_kv.Limits`. See docs/strategies.md.
"""

from __future__ import annotations

__all__ = (
    "KeyBatch",
    "entries",
    "expiration_ttls",
    "invalid_expiration_ttls",
    "invalid_keys",
    "key_batches",
    "keys",
    "metadata",
    "namespaces",
    "oversized_key_batches",
    "seeded_namespace",
    "values",
)

from pytest_kv.strategies._batches import KeyBatch, key_batches, oversized_key_batches
from pytest_kv.strategies._entries import (
    entries,
    expiration_ttls,
    invalid_expiration_ttls,
    metadata,
    values,
)
from pytest_kv.strategies._keys import invalid_keys, keys
from pytest_kv.strategies._namespaces import namespaces, seeded_namespace
