"""The REST face through respx, beside a bare respx router with one static route."""

from __future__ import annotations

__all__ = ("bulk_delete", "delete", "mounting", "sdk_delete")

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import httpx
import respx
from cloudflare import Cloudflare

from pytest_kv import KVAccount, mock_api
from tests.benchmarks.figures import Figure
from tests.benchmarks.measure import Comparison, Work, compare

ACCOUNT_ID = "0" * 32
NAMESPACE_ID = "1" * 32
NAMESPACE_URL = (
    "https://api.cloudflare.com/client/v4"
    f"/accounts/{ACCOUNT_ID}/storage/kv/namespaces/{NAMESPACE_ID}"
)
VALUE_URL = f"{NAMESPACE_URL}/values/session:1"
BULK_URL = f"{NAMESPACE_URL}/bulk/delete"
CREDENTIALS = {"Authorization": "Bearer token"}

ONE_NAME = ["session:1"]
MANY_NAMES = [f"session:{number}" for number in range(10_000)]
REQUESTS = 50
ROUNDS = 61


def delete() -> Iterator[Figure]:
    """``DELETE …/values/{key}`` with an ``httpx.Client``."""
    with httpx.Client(headers=CREDENTIALS) as client:
        measured = _single_deletes(lambda: client.delete(VALUE_URL))
    yield Figure(
        what="DELETE of a key, httpx: its time with a static route",
        rounds=measured.ratios,
        form="{:.2f}×",
        at_most=1.25,
    )
    yield Figure(
        what="DELETE of a key, httpx",
        rounds=[seconds / REQUESTS * 1e6 for seconds in measured.ours],
        form="{:.0f} µs",
    )


def sdk_delete() -> Iterator[Figure]:
    """The same with the official SDK, which has more to do for itself."""
    with Cloudflare(api_token="token") as client:
        values = client.kv.namespaces.values
        measured = _single_deletes(
            lambda: values.delete(ONE_NAME[0], account_id=ACCOUNT_ID, namespace_id=NAMESPACE_ID)
        )
    yield Figure(
        what="DELETE of a key, SDK: its time with a static route",
        rounds=measured.ratios,
        form="{:.2f}×",
    )


def bulk_delete() -> Iterator[Figure]:
    """A bulk delete of 10,000 keys that are there, with an ``httpx.Client``."""
    with httpx.Client(headers=CREDENTIALS) as client:
        measured = _bulk_deletes(lambda: client.post(BULK_URL, json=MANY_NAMES))
        encoded = json.dumps(MANY_NAMES).encode()
        measured_encoded = _bulk_deletes(lambda: client.post(BULK_URL, content=encoded))
    yield Figure(
        what=f"bulk delete of {len(MANY_NAMES):,} keys, httpx: its time with a static route",
        rounds=measured.ratios,
        form="{:.2f}×",
        at_most=3,
    )
    yield Figure(
        what=f"bulk delete of {len(MANY_NAMES):,} keys, httpx",
        rounds=[seconds * 1e3 for seconds in measured.ours],
        form="{:.2f} ms",
    )
    yield Figure(
        what="the same ratio when the client need not encode the names",
        rounds=measured_encoded.ratios,
        form="{:.2f}×",
    )


def mounting() -> Iterator[Figure]:
    """``mock_api()`` around nothing, beside a bare ``respx.mock`` with one route."""
    measured = compare(_mounted, _bare)
    yield Figure(
        what="mock_api(), entered and left: its time with a bare respx.mock",
        rounds=measured.ratios,
        form="{:.2f}×",
        at_most=1.5,
    )
    yield Figure(
        what="mock_api(), entered and left",
        rounds=[seconds / REQUESTS * 1e3 for seconds in measured.ours],
        form="{:.2f} ms",
    )


def _single_deletes(request: Work) -> Comparison:
    def requests() -> None:
        for _ in range(REQUESTS):
            request()

    return compare(
        partial(_kv, ONE_NAME, requests),
        partial(_static, "DELETE", VALUE_URL, {}, requests),
        rounds=ROUNDS,
    )


def _bulk_deletes(request: Work) -> Comparison:
    answer = {"successful_key_count": len(MANY_NAMES), "unsuccessful_keys": []}
    return compare(
        partial(_kv, MANY_NAMES, request),
        partial(_static, "POST", BULK_URL, answer, request),
        rounds=ROUNDS,
    )


@contextmanager
def _kv(seeded: list[str], work: Work) -> Iterator[Work]:
    with mock_api(KVAccount(id=ACCOUNT_ID, namespace_id=NAMESPACE_ID)) as api:
        api.namespace.seed(dict.fromkeys(seeded, "value"))
        yield work
        api.namespace.assert_only_deleted(*seeded)


@contextmanager
def _static(method: str, url: str, result: object, work: Work) -> Iterator[Work]:
    with respx.mock() as router:
        envelope = {"success": True, "errors": [], "messages": [], "result": result}
        router.request(method, url).respond(json=envelope)
        yield work


@contextmanager
def _mounted() -> Iterator[Work]:
    def mount_and_unmount() -> None:
        for _ in range(REQUESTS):
            with mock_api():
                pass

    yield mount_and_unmount


@contextmanager
def _bare() -> Iterator[Work]:
    def mount_and_unmount() -> None:
        for _ in range(REQUESTS):
            with respx.mock(assert_all_called=False) as router:
                router.delete(VALUE_URL).respond(204)

    yield mount_and_unmount
