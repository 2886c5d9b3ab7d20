"""How the binding words a refusal: as an error thrown in JavaScript."""

from __future__ import annotations

__all__ = ("failed_to_execute", "thrown")

from pytest_kv.core.rules import Refused, Rule
from pytest_kv.errors import KVError

_VERBS = {
    "get": "GET",
    "getWithMetadata": "GET",
    "bulk_get": "GET_BULK",
    "put": "PUT",
    "delete": "DELETE",
    "list": "GET",
}
"""What KV calls each operation in its messages (O)."""


def thrown(operation: str, refused: Refused) -> KVError:
    """``refused`` in the binding's words (O)."""
    if operation != "bulk_get":
        # workerd checks the name of a single key itself, before it asks KV.
        if refused.rule is Rule.KEY_EMPTY:
            return KVError("TypeError", "Key name cannot be empty.")
        if refused.rule is Rule.KEY_DOTS:
            return KVError("TypeError", f'"{refused.fields["key"]}" is not allowed as a key name.')
    return KVError("Error", f"KV {_VERBS[operation]} failed: {refused.status} {refused.text}")


def failed_to_execute(method: str, parameter: int, expected: str) -> KVError:
    """The error for an argument that is missing or of a type the method cannot take (O)."""
    return KVError(
        "TypeError",
        f"Failed to execute '{method}' on 'KvNamespace': "
        f"parameter {parameter} is not of type '{expected}'.",
    )
