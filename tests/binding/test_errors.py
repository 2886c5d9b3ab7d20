"""Refusals in the binding's words."""

from __future__ import annotations

import pytest

from pytest_kv._binding.errors import failed_to_execute, thrown
from pytest_kv._core.faults import CallFault, FaultError, FaultKind
from pytest_kv._core.rules import Refused, Rule

VERBS = [
    ("get", "GET"),
    ("getWithMetadata", "GET"),
    ("bulk_get", "GET_BULK"),
    ("put", "PUT"),
    ("delete", "DELETE"),
    ("list", "GET"),
]
SINGLE = ["get", "getWithMetadata", "put", "delete", "list"]


@pytest.mark.parametrize(("operation", "verb"), VERBS)
def test_a_refusal_names_the_verb_the_status_and_the_reason(operation: str, verb: str) -> None:
    error = thrown(operation, Refused(Rule.KEY_TOO_LONG, length=513, limit=512)).error

    assert (error.name, error.message) == (
        "Error",
        f"KV {verb} failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
    )


@pytest.mark.parametrize("operation", SINGLE)
def test_the_name_of_a_single_key_is_refused_as_a_type_error(operation: str) -> None:
    empty = thrown(operation, Refused(Rule.KEY_EMPTY)).error
    dots = thrown(operation, Refused(Rule.KEY_DOTS, key="..")).error

    assert (empty.name, empty.message) == ("TypeError", "Key name cannot be empty.")
    assert (dots.name, dots.message) == ("TypeError", '".." is not allowed as a key name.')


def test_the_name_of_one_key_of_many_is_refused_by_the_service() -> None:
    empty = thrown("bulk_get", Refused(Rule.KEY_EMPTY)).error
    dots = thrown("bulk_get", Refused(Rule.KEY_DOTS, key=".")).error

    assert str(empty) == "Error: KV GET_BULK failed: 400 Key names must not be empty"
    assert str(dots) == (
        'Error: KV GET_BULK failed: 400 Illegal key name ".". Please use a different name.'
    )


STRUCK = {
    FaultKind.STATUS: "Error: KV GET failed: 503 Service Unavailable",
    FaultKind.DROPPED: "Error: Network connection lost.",
    FaultKind.TIMED_OUT: "Error: KV GET failed: 504 Gateway Timeout",
}


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if not kind.only_rest])
def test_every_kind_of_fault_that_strikes_the_binding_has_words(kind: FaultKind) -> None:
    status = 503 if kind is FaultKind.STATUS else None
    fault = CallFault(operation="get", kind=kind, status=status)

    assert str(thrown("get", FaultError(fault)).error) == STRUCK[kind]


def test_an_argument_of_a_wrong_type_is_named_by_its_number() -> None:
    error = failed_to_execute("put", 2, "string or Object")

    assert str(error) == (
        "TypeError: Failed to execute 'put' on 'KvNamespace': "
        "parameter 2 is not of type 'string or Object'."
    )
