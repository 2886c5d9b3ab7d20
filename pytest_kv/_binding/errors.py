"""How the binding words an error: as one that JavaScript throws."""

from __future__ import annotations

__all__ = ("Thrown", "failed_to_execute", "thrown")

from http import HTTPStatus
from typing import NamedTuple

from pytest_kv._core.faults import CallFault, FaultError, FaultKind
from pytest_kv._core.journal import Call
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._errors import KVError
from pytest_kv._status import reason_phrase

_VERBS = {
    "get": "GET",
    "getWithMetadata": "GET",
    "bulk_get": "GET_BULK",
    "put": "PUT",
    "delete": "DELETE",
    "list": "GET",
}
"""What KV calls each operation in its messages (O)."""

# (I) A binding has no timeout of its own; the gateway in front of KV has one.
_STATUSES = {FaultKind.TIMED_OUT: HTTPStatus.GATEWAY_TIMEOUT.value}
"""The status of each kind of fault that has none of its own."""


class Thrown(NamedTuple):
    """An error as the caller gets it, and the parts of it that the journal keeps."""

    error: KVError
    status: int | None = None
    """The HTTP status in its message, or None when there is none."""
    fault: CallFault | None = None
    """The planned fault that it comes from."""

    def noted(self, call: Call) -> Call:
        """The call that fails with this error, for the journal."""
        return call._replace(
            error=str(self.error),
            status=self.status,
            planned=self.fault is not None,
            answer_lost=self.fault is not None and self.fault.done,
        )


def thrown(operation: str, error: Refused | KVError | FaultError) -> Thrown:
    """An error in the binding's words (O; of planned faults R)."""
    if isinstance(error, KVError):
        return Thrown(error)
    if isinstance(error, FaultError):
        return _struck(operation, error.fault)
    if operation != "bulk_get":
        # workerd checks the name of a single key itself, before it asks KV.
        if error.rule is Rule.KEY_EMPTY:
            return Thrown(KVError("TypeError", "Key name cannot be empty."))
        if error.rule is Rule.KEY_DOTS:
            told = f'"{error.fields["key"]}" is not allowed as a key name.'
            return Thrown(KVError("TypeError", told))
    return Thrown(_failed(operation, error.status, error.text), error.status)


def _struck(operation: str, fault: CallFault) -> Thrown:
    if fault.kind is FaultKind.DROPPED:
        return Thrown(KVError("Error", "Network connection lost."), fault=fault)
    status = _STATUSES[fault.kind] if fault.status is None else fault.status
    words = fault.message or reason_phrase(status)
    return Thrown(_failed(operation, status, words), status, fault)


def _failed(operation: str, status: int, words: str) -> KVError:
    return KVError("Error", f"KV {_VERBS[operation]} failed: {status} {words}")


def failed_to_execute(method: str, parameter: int, expected: str) -> KVError:
    """The error for an argument that is missing or of a type that the method does not take (O)."""
    return KVError(
        "TypeError",
        f"Failed to execute '{method}' on 'KvNamespace': "
        f"parameter {parameter} is not of type '{expected}'.",
    )
