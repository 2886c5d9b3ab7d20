"""Whatever comes in, KV's envelope or a value goes out, and a refusal changes nothing."""

from __future__ import annotations

import json
import os
import re
from random import Random
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from pytest_kv import Call, KVAccount
from pytest_kv._core.text import shortened
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request, Response
from tests.helpers.rest_client import ACCOUNT_ID, NAMESPACE_ID, Snapshot, snapshot
from tests.helpers.rest_fuzzer import IDS, STORED, Fuzzer
from tests.helpers.stopped_clock import NOW, StoppedClock

REQUESTS = int(os.environ.get("PYTEST_KV_FUZZ_REQUESTS", "20000"))
"""How many requests are made at random; set the variable higher for a run by hand."""
PER_EXAMPLE = 100

KINDS = ("values", "metadata")
WITHOUT_KEY = re.compile(r"/(values|metadata)/+($|\?)")
"""A target whose key is empty."""
NAMES = {"success", "errors", "messages", "result"}
REFUSALS = {
    *((404, 7000), (404, 7003), (405, 10405), (400, 9106), (403, 10000), (404, 10009)),
    *((400, 10007), (400, 10008), (400, 10011), (400, 10012), (404, 10013), (400, 10014)),
    *((400, 10019), (400, 10028), (400, 10029), (414, 10030), (400, 10034), (400, 10042)),
    *((400, 10043), (400, 10044), (400, 10047), (413, 10012)),
}
READS = {"list_namespaces", "get_namespace", "list", "get", "get_metadata", "bulk_get"}

# A removal that looks collapsed is warned of, as it should be.
pytestmark = pytest.mark.filterwarnings("ignore::pytest_kv.KVUsageWarning")


class Fuzzed:
    """An account that takes any request and checks whatever holds for all of them."""

    def __init__(self) -> None:
        self._account = KVAccount(
            id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, api_token="token", clock=StoppedClock()
        )
        self._account.create_namespace("one", id=IDS[1])
        for namespace in self._account.namespaces.values():
            namespace.seed(STORED)
        self._api = RestApi(self._account._core)
        self._state = snapshot(self._account)

    def send(self, request: Request) -> Response:
        """Make a request, check its answer, its effect and its line in the journal."""
        before, noted = self._state, len(self._account.calls)
        response = self._api.handle(request)
        self._state = snapshot(self._account)
        (call,) = self._account.calls[noted:]
        if call.operation in READS or response.status != 200:
            assert self._state == before
        if call.operation == "get" and response.status == 200:
            check_value(response, before, call)
        elif WITHOUT_KEY.search(request.target):
            check_text(response, call)
        else:
            check_envelope(response, call)
        check_new_entries(before, self._state)
        return response

    @property
    def is_gone(self) -> bool:
        """Whether the default namespace was removed."""
        return NAMESPACE_ID not in self._state

    def read_everything(self) -> None:
        """Read whatever is stored now; all of it can be read."""
        headers = {"authorization": "Bearer token"}
        for id, (_, entries) in self._state.items():
            root = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces/{id}"
            targets = [f"{root}/{kind}/{quote(key, '')}" for key in entries for kind in KINDS]
            for target in (*targets, f"{root}/keys", root):
                assert self.send(Request("GET", target, headers, b"")).status == 200


def check_value(response: Response, before: Snapshot, call: Call) -> None:
    """A value is what was stored, with its expiration."""
    (key,), (_, entries) = call.keys, before[str(call.namespace_id)]
    value, _, expiration = entries[key]
    expires = {} if expiration is None else {"expiration": str(expiration)}
    assert response.body == value
    assert dict(response.headers) == {"content-type": "application/octet-stream", **expires}


def check_text(response: Response, call: Call) -> None:
    """A request without a key does not reach KV, unless something before the key is wrong."""
    if response.headers["content-type"] == "application/json":
        check_envelope(response, call)
        return
    assert response == (404, {"content-type": "text/plain; charset=UTF-8"}, b"404 Not Found")
    assert (call.operation, call.status, call.code) == ("unknown", 404, None)


def check_envelope(response: Response, call: Call) -> None:
    """An envelope is JSON of KV's shape, and the journal has its error."""
    envelope: dict[str, Any] = json.loads(response.body.decode("ascii"), parse_constant=refuse)
    assert dict(response.headers) == {"content-type": "application/json"}
    assert envelope["messages"] == []
    if response.status == 200:
        assert set(envelope) - {"result_info"} == NAMES
        assert (envelope["success"], envelope["errors"], call.error) == (True, [], None)
    else:
        (error,) = envelope["errors"]
        assert set(envelope) == NAMES
        assert (envelope["success"], envelope["result"]) == (False, None)
        assert (response.status, error["code"]) in REFUSALS
        told = f"{response.status} {error['code']}: {error['message']}"
        assert (call.error or "").startswith(told)


def check_new_entries(before: Snapshot, after: Snapshot) -> None:
    """What was just stored is within KV's limits."""
    for id, (_, entries) in after.items():
        _, known = before.get(id, ("", {}))
        for key, entry in entries.items():
            if known.get(key) != entry:
                _, metadata_json, expiration = entry
                assert key not in {"", ".", ".."}
                assert len(key.encode("utf-8")) <= 512
                assert len((metadata_json or "").encode("utf-8")) <= 1024
                assert expiration is None or NOW + 60 <= expiration < 2**63


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def describe(request: Request) -> str:
    """The request, to paste into a test; long parts are cut."""
    target, body = shortened(request.target, 300), shortened(request.body, 300)
    return f"{request.method!r} {target} {request.headers!r} {body}"


def make_requests(random: Random, count: int) -> None:
    """Make requests on fresh accounts: a new one whenever the default namespace is gone."""
    fuzzer, fuzzed = Fuzzer(random), Fuzzed()
    for _ in range(count):
        request = fuzzer.request()
        try:
            fuzzed.send(request)
        except Exception:
            note(describe(request))
            raise
        if fuzzed.is_gone:
            fuzzed = Fuzzed()
    fuzzed.read_everything()


@settings(max_examples=-(-REQUESTS // PER_EXAMPLE))
@given(st.randoms(use_true_random=True))
def test_many_requests_are_answered(random: Random) -> None:
    make_requests(random, PER_EXAMPLE)


@given(st.randoms(use_true_random=False))
def test_a_request_that_is_not_answered_shrinks(random: Random) -> None:
    make_requests(random, 1)
