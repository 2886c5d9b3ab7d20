"""The facts of the REST face, each with its row of docs/fidelity.md, and the rows without one."""

from __future__ import annotations

__all__ = ("FACTS", "LEFT_OUT")

from pytest_kv._verify.cases import bulk, keys, listing, namespaces, requests, values
from pytest_kv._verify.cases.left_out import LEFT_OUT

FACTS = (
    *requests.FACTS,
    *namespaces.FACTS,
    *keys.FACTS,
    *values.FACTS,
    *listing.FACTS,
    *bulk.FACTS,
)
"""All facts, in the order in which they are run."""
