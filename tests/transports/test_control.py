"""Requests about the account itself, as a suite in another language sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_kv import KVAccount, KVError
from pytest_kv._rest.http import Request
from pytest_kv._transports.control import Control

PATHS = (
    "POST /_pytest_kv/reset, POST /_pytest_kv/seed, GET /_pytest_kv/calls, "
    "POST /_pytest_kv/faults, GET /_pytest_kv/faults"
)


def ask(account: KVAccount, method: str, path: str, body: object = "") -> tuple[int, Any]:
    """The status and the JSON of the answer."""
    text = body if isinstance(body, str) else json.dumps(body)
    request = Request(method, f"/_pytest_kv{path}", {}, text.encode())
    response = Control(account).response(request)
    assert response is not None
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("target", ["/", "/client/v4/accounts", "/_pytest_kvs/reset"])
def test_every_other_path_is_left_to_kv(target: str) -> None:
    assert Control(KVAccount()).response(Request("GET", target, {}, b"")) is None


async def test_a_reset_makes_the_account_as_it_began(kv_account: KVAccount) -> None:
    namespace = kv_account.default_namespace
    await namespace.put("a", "1")

    assert ask(kv_account, "POST", "/reset") == (200, {})

    assert (kv_account.calls, dict(namespace.data)) == ([], {})


async def test_seeded_pairs_are_there_without_a_call(kv_account: KVAccount) -> None:
    other = kv_account.create_namespace("OTHER")
    pairs = [
        {"key": "text", "value": "hello", "metadata": {"page": 1}, "expiration_ttl": 3600},
        {"key": "bytes", "value": "AP8=", "base64": True},
    ]

    assert ask(kv_account, "POST", "/seed", pairs) == (200, {"keys": 2})
    assert ask(kv_account, "POST", "/seed?namespace=OTHER", pairs[1:]) == (200, {"keys": 1})

    assert kv_account.default_namespace.data["text"].metadata == {"page": 1}
    assert other.data["bytes"].value == b"\x00\xff"
    assert kv_account.calls == []


async def test_the_calls_are_told_with_what_they_wrote(kv_account: KVAccount) -> None:
    namespace, other = kv_account.default_namespace, kv_account.create_namespace("OTHER")
    kv_account.fail_next("get", 503)
    await namespace.put("a", "1", metadata=[2], expirationTtl=60)
    await other.put("b", b"\xff")
    with pytest.raises(KVError):
        await namespace.get("a")

    status, told = ask(kv_account, "GET", "/calls")
    put, put_bytes, get = told["calls"]

    assert status == 200
    expiration = put["entries"]["a"].pop("expiration")
    assert isinstance(expiration, int)
    assert put == {
        "operation": "put",
        "keys": ["a"],
        "via": "binding",
        "error": None,
        "namespace_id": namespace.id,
        "unsuccessful_keys": [],
        "answer_lost": False,
        "location": None,
        "request": None,
        "status": None,
        "code": None,
        "planned": False,
        "entries": {"a": {"value": "1", "metadata": [2]}},
        "expiration_ttl": 60,
    }
    assert put_bytes["entries"] == {
        "b": {"value": "/w==", "base64": True, "metadata": None, "expiration": None}
    }
    assert (get["planned"], get["status"]) == (True, 503)
    assert ask(kv_account, "GET", f"/calls?namespace={other.id}")[1]["calls"] == [put_bytes]


FAULTS: list[dict[str, Any]] = [
    {"method": "fail_next", "operation": "get", "status": 503, "times": None, "key": "a"},
    {"method": "drop_next", "operation": "put", "done": True},
    {"method": "time_out_next", "operation": "list", "after": 1},
    {"method": "refuse_next", "operation": "delete", "code": 1, "message": "no"},
    {"method": "delay_next", "operation": "get", "seconds": 1.5, "times": 2},
    {"method": "fail_keys", "keys": ["a", "b"], "times": 2},
]


def test_faults_are_planned_and_those_that_did_not_strike_are_told() -> None:
    account = KVAccount()
    assert ask(account, "GET", "/faults") == (200, {"missed": None})

    for fault in FAULTS:
        assert ask(account, "POST", "/faults", fault) == (200, {})

    missed = (
        "not every planned fault struck: "
        "a status 503 for get of 'a' (get of 'a' was never called); "
        "a dropped connection for put once it is done (put was never called); "
        "a timeout for list after 1 call (list was never called); "
        "a 200 with success false for delete (delete was never called over REST); "
        "a delay of 1.5 s for get, 2 times (get was never called); "
        "'a', 'b' in unsuccessful_keys, 2 times (no such bulk call came)"
    )
    assert ask(account, "GET", "/faults") == (200, {"missed": missed})


def fault(**members: object) -> str:
    return json.dumps(members)


WRONG = {
    "path": ("GET", "/delete", "", 404, f"there is no '/_pytest_kv/delete', only {PATHS}"),
    "no path": ("GET", "", "", 404, f"there is no '/_pytest_kv', only {PATHS}"),
    "method": ("GET", "/reset", "", 405, "/_pytest_kv/reset takes POST, not GET"),
    "methods": ("PUT", "/faults", "", 405, "/_pytest_kv/faults takes POST or GET, not PUT"),
    "query": ("POST", "/reset?a=1", "", 400, "/_pytest_kv/reset takes no parameter, not a"),
    "parameter": ("GET", "/calls?b", "", 400, "/_pytest_kv/calls takes only namespace, not b"),
    "not JSON": ("POST", "/faults", "[{", 400, "the body is not JSON in UTF-8"),
    "no object": (
        "POST",
        "/faults",
        "[]",
        400,
        'a fault is an object, such as {"method": "fail_next", "operation": "get"}',
    ),
    "no method": (
        "POST",
        "/faults",
        fault(operation="get"),
        400,
        (
            "the method of a fault is one of fail_next, refuse_next, drop_next, time_out_next, "
            "delay_next, fail_keys, not null"
        ),
    ),
    "no operation": (
        "POST",
        "/faults",
        fault(method="drop_next"),
        400,
        "drop_next needs operation",
    ),
    "no seconds": (
        "POST",
        "/faults",
        fault(method="delay_next"),
        400,
        "delay_next needs operation and seconds",
    ),
    "unknown member": (
        "POST",
        "/faults",
        fault(method="refuse_next", operation="get", status=500),
        400,
        "refuse_next takes operation, times, after, key, code, message, not status",
    ),
    "a bool": (
        "POST",
        "/faults",
        fault(method="fail_next", operation="get", status=True),
        400,
        "status is a whole number, not true",
    ),
    "wrong times": (
        "POST",
        "/faults",
        fault(method="fail_next", operation="get", times="1"),
        400,
        'times is a whole number or null, not "1"',
    ),
    "no such operation": (
        "POST",
        "/faults",
        fault(method="refuse_next", operation="list", times=0),
        400,
        "a fault strikes once or more, not 0 times",
    ),
    "no keys": (
        "POST",
        "/faults",
        fault(method="fail_keys"),
        400,
        "fail_keys needs keys, an array of texts",
    ),
    "wrong keys": (
        "POST",
        "/faults",
        fault(method="fail_keys", keys=[1]),
        400,
        "fail_keys needs keys, an array of texts",
    ),
    "member of fail_keys": (
        "POST",
        "/faults",
        fault(method="fail_keys", keys=["a"], status=500),
        400,
        "fail_keys takes keys, times, not status",
    ),
    "times of fail_keys": (
        "POST",
        "/faults",
        fault(method="fail_keys", keys=["a"], times=0),
        400,
        "a fault strikes once or more, not 0 times",
    ),
    "seed is no JSON": (
        "POST",
        "/seed",
        "{",
        400,
        "could not parse the request body: it is not JSON in UTF-8",
    ),
    "seed is no array": (
        "POST",
        "/seed",
        "{}",
        400,
        "could not parse the request body: it is not an array of key/value pairs",
    ),
    "a pair is wrong": (
        "POST",
        "/seed",
        '[{"key": "a", "value": "1"}, {"key": "..", "value": "2"}]',
        400,
        "bulk put: 'Illegal key name \"..\". Please use a different name.'",
    ),
}


@pytest.mark.parametrize(("method", "path", "body", "status", "told"), WRONG.values(), ids=WRONG)
def test_bad_input_is_told_and_changes_nothing(
    method: str, path: str, body: str, status: int, told: str, kv_account: KVAccount
) -> None:
    assert ask(kv_account, method, path, body) == (status, {"error": told})

    assert (kv_account.calls, dict(kv_account.default_namespace.data)) == ([], {})
    kv_account.assert_all_faults_fired()


def test_a_namespace_that_is_not_there_is_told(kv_account: KVAccount) -> None:
    namespace = kv_account.default_namespace

    assert ask(kv_account, "POST", "/seed?namespace=OTHER", "[]") == (
        404,
        {"error": f"no namespace 'OTHER'; the account has 'KV ({namespace.id})'"},
    )
