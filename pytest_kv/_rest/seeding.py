"""Pairs in the format of a bulk write, stored without a request."""

from __future__ import annotations

__all__ = ("seed_pairs",)

from pytest_kv._core.namespace import Namespace
from pytest_kv._core.rules import Refused
from pytest_kv._rest.bodies import json_text
from pytest_kv._rest.errors import worded
from pytest_kv._rest.handlers.bulk import PAIRS, to_write


def seed_pairs(namespace: Namespace, body: bytes) -> int:
    """Store the pairs of a JSON text, any number of them, or none; return how many.

    Raises RestError, with KV's own words, for what a bulk write would refuse. No call is recorded.
    """
    try:
        writes = [to_write(item) for item in json_text(body, list, PAIRS)]
        namespace.put_all(writes)
    except Refused as refused:
        raise worded("bulk_put", refused) from None
    return len(writes)
