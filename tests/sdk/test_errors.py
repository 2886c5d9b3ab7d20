"""What the SDK raises for what KV refuses, and what it tries again by itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)

from pytest_kv._transports.endpoint import Endpoint
from tests.helpers.late_answers import until_request_is_read
from tests.sdk.caller import Sdk, over_both

MISSING_NAMESPACE = "0" * 32
TOO_SOON = "Invalid expiration_ttl of 59. Expiration TTL must be at least 60."


def refused(sdk: Sdk, error: type[APIStatusError], method: str, **given: Any) -> list[object]:
    """The codes and messages of the ``error`` that a call must raise."""
    with pytest.raises(error) as refusal:
        sdk.wait(sdk.bound(method)(**{**sdk.ids, **given}))
    return [(told.code, told.message) for told in refusal.value.errors]


def test_a_missing_key_is_a_not_found_error(sdk: Sdk) -> None:
    for method in ("values.get", "metadata.get"):
        assert refused(sdk, NotFoundError, method, key_name="missing") == [
            (10009, "get: 'key not found'")
        ]


@pytest.mark.parametrize(
    ("method", "given", "verb"),
    [
        ("get", {}, "get namespace"),
        ("keys.list", {}, "list keys"),
        ("values.get", {"key_name": "a"}, "get"),
        ("values.delete", {"key_name": "a"}, "remove key"),
        ("bulk_get", {"keys": ["a"]}, "bulk get keys"),
        ("bulk_delete", {"body": ["a"]}, "bulk delete"),
        ("bulk_update", {"body": []}, "bulk put"),
    ],
)
def test_a_missing_namespace_is_a_not_found_error(
    method: str, given: dict[str, object], verb: str, sdk: Sdk
) -> None:
    told = refused(sdk, NotFoundError, method, **given, namespace_id=MISSING_NAMESPACE)

    assert told == [(10013, f"{verb}: 'namespace not found'")]


@over_both
def test_what_kv_refuses_is_a_bad_request_error(sdk: Sdk, face: Endpoint) -> None:
    pair = {"key": "a", "value": "1", "expiration_ttl": 59}
    one_too_many = [f"page:{number}" for number in range(10_001)]

    assert refused(sdk, BadRequestError, "bulk_update", body=[pair]) == [
        (10034, f"bulk put: '{TOO_SOON}'")
    ]
    assert refused(sdk, BadRequestError, "bulk_delete", body=one_too_many) == [
        (
            10012,
            "bulk delete: 'received 10001 key/value pairs, but max allowed per request is: 10000'",
        )
    ]
    assert refused(sdk, BadRequestError, "bulk_get", keys=[]) == [
        (10029, "bulk get keys: 'You must request a minimum of 1 key'")
    ]
    assert not face.namespace.data


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (408, APIStatusError),
        (409, ConflictError),
        (422, UnprocessableEntityError),
        (429, RateLimitError),
        (500, InternalServerError),
        (503, InternalServerError),
    ],
)
def test_each_status_is_an_error_of_its_own(
    status: int, error: type[APIStatusError], sdk: Sdk, face: Endpoint
) -> None:
    face.account.fail_next("delete", status, code=1, message="planned")

    assert refused(sdk, error, "values.delete", key_name="a") == [(1, "planned")]

    assert [call.error for call in face.account.calls] == [f"{status} 1: planned"]


@over_both
def test_one_request_too_many_is_a_rate_limit_error(sdk: Sdk, face: Endpoint) -> None:
    face.account.request_limit = 1
    sdk.call("keys.list")

    told = refused(sdk, RateLimitError, "keys.list")

    assert told == [(971, "Please wait and consider throttling your request speed")]


@over_both
def test_a_lost_connection_is_a_connection_error(sdk: Sdk, face: Endpoint) -> None:
    face.account.drop_next("delete")

    with pytest.raises(APIConnectionError, match=r"^Connection error\.$"):
        sdk.call("values.delete", key_name="a")


@over_both
def test_no_answer_in_time_is_a_timeout_error(sdk: Sdk, face: Endpoint) -> None:
    face.account.time_out_next("delete")

    # It cannot be too short on a slow machine: no answer ever comes.
    timeout = httpx.Timeout(60, read=0.1)
    told = pytest.raises(APITimeoutError, match=r"^Request timed out\.$")
    with until_request_is_read(face), told:
        sdk.call("values.delete", key_name="a", timeout=timeout)


# Retries


@pytest.fixture
def patient(sdk: Sdk) -> Sdk:
    """The client with the retries it has unless told otherwise."""
    sdk.client.max_retries = 2
    return sdk


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_these_are_tried_again_twice_and_the_third_time_works(
    status: int, patient: Sdk, face: Endpoint, naps: list[float]
) -> None:
    face.account.fail_next("bulk_delete", status, times=2)

    done = patient.call("bulk_delete", body=["a"])

    assert done == {"successful_key_count": 1, "unsuccessful_keys": []}
    assert [call.error is None for call in face.account.calls] == [False, False, True]
    # Half a second and a second, less up to a quarter; a Retry-After of 0 shortens nothing.
    first, second = naps
    assert 0.37 <= first <= 0.5
    assert 0.75 <= second <= 1


def test_a_third_failure_surfaces(patient: Sdk, face: Endpoint, naps: list[float]) -> None:
    face.account.fail_next("delete", 503, times=3)

    with pytest.raises(InternalServerError):
        patient.call("values.delete", key_name="a")

    assert len(naps) == 2


def test_what_would_fail_again_is_not_tried_again(
    patient: Sdk, face: Endpoint, naps: list[float]
) -> None:
    with pytest.raises(NotFoundError):
        patient.call("values.get", key_name="missing")

    assert naps == []
    assert len(face.account.calls) == 1


def test_it_waits_as_long_as_retry_after_says(
    patient: Sdk, face: Endpoint, naps: list[float]
) -> None:
    face.account.fail_next("delete", 429, retry_after=7)

    patient.call("values.delete", key_name="a")

    assert naps == [7]


@over_both
def test_a_lost_connection_is_tried_again(patient: Sdk, face: Endpoint, naps: list[float]) -> None:
    face.namespace.seed({"a": "1"})
    face.account.drop_next("delete", done=True)

    assert patient.call("values.delete", key_name="a") == {}

    assert len(naps) == 1
    assert face.namespace.deletes == ["a", "a"]
