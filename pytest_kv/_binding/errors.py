"""How the binding words a refusal: as an error thrown in JavaScript."""

from __future__ import annotations

__all__ = ("failed_to_execute", "thrown")

from http import HTTPStatus

from pytest_kv._core.faults import Fault, Outage, Struck, reason_phrase
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._errors import KVError

_VERBS = {
    "get": "GET",
    "getWithMetadata": "GET",
    "bulk_get": "GET_BULK",
    "put": "PUT",
    "delete": "DELETE",
    "list": "GET",
}
"""What KV calls each operation in its messages (O)."""


def thrown(operation: str, refused: Refused | Struck) -> KVError:
    """A refusal, or a planned fault, in the binding's words (O; of faults R)."""
    if isinstance(refused, Struck):
        return _struck(operation, refused.fault)
    if operation != "bulk_get":
        # workerd checks the name of a single key itself, before it asks KV.
        if refused.rule is Rule.KEY_EMPTY:
            return KVError("TypeError", "Key name cannot be empty.")
        if refused.rule is Rule.KEY_DOTS:
            return KVError("TypeError", f'"{refused.fields["key"]}" is not allowed as a key name.')
    return KVError("Error", f"KV {_VERBS[operation]} failed: {refused.status} {refused.text}")


def _struck(operation: str, fault: Fault) -> KVError:
    if fault.what is Outage.DROPPED:
        return KVError("Error", "Network connection lost.")
    # (I) A binding has no timeout of its own; the gateway before KV does.
    status = HTTPStatus.GATEWAY_TIMEOUT if isinstance(fault.what, Outage) else fault.what
    told = f"{status:d} {fault.message or reason_phrase(status)}"
    return KVError("Error", f"KV {_VERBS[operation]} failed: {told}")


def failed_to_execute(method: str, parameter: int, expected: str) -> KVError:
    """The error for an argument that is missing or of a type the method cannot take (O)."""
    return KVError(
        "TypeError",
        f"Failed to execute '{method}' on 'KvNamespace': "
        f"parameter {parameter} is not of type '{expected}'.",
    )
