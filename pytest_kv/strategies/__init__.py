"""Hypothesis strategies for code that talks to Workers KV: ``import pytest_kv.strategies as kvst``.

They draw what KV takes, what it refuses, and most of all what breaks clients, within the limits
of production or of a test's own :class:`pytest_kv.Limits`. See docs/strategies.md.
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
