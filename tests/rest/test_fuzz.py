"""Whatever comes in, KV's envelope or a value goes out, and a refusal changes nothing."""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from pytest_kv import Call, KVAccount
from pytest_kv.rest.api import RestApi
from pytest_kv.rest.messages import Request, Response
from tests.core.stopped_clock import NOW, StoppedClock
from tests.rest.client import ACCOUNT_ID, NAMESPACE_ID, Snapshot, snapshot
from tests.rest.fuzzer import Fuzzer

REQUESTS = int(os.environ.get("PYTEST_KV_FUZZ_REQUESTS", "20000"))
"""How many requests are made at random; set it higher for a run by hand."""

PER_ACCOUNT = 200

REFUSALS = {
    *((404, 7000), (404, 7003), (405, 10405), (400, 9106), (403, 10000), (404, 10009)),
    *((400, 10011), (400, 10012), (413, 10012), (414, 10012), (404, 10013), (400, 10014)),
    *((400, 10019), (400, 10029), (400, 10034), (400, 10047)),
}
READS = ("list_namespaces", "get_namespace", "list", "get", "get_metadata", "bulk_get")

# A delete that looks collapsed is warned of, as it should be.
pytestmark = pytest.mark.filterwarnings("ignore::pytest_kv.KVUsageWarning")


class Fuzzed:
    """An account that requests are made on, each answer checked."""

    def __init__(self) -> None:
        self._account = KVAccount(
            id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, api_token="token", clock=StoppedClock()
        )
        self._account.create_namespace("one", id="1" * 32).seed({"k": "[1]", "a/b": "text"})
        self._api = RestApi(self._account.core)
        self._state = snapshot(self._account)

    def send(self, request: Request) -> None:
        """Make a request and check everything that holds for any."""
        before, noted = self._state, len(self._account.core.journal)
        response = self._api.handle(request)
        self._state = snapshot(self._account)
        (call,) = list(self._account.core.journal)[noted:]
        if call.operation in READS or response.status != 200:
            assert self._state == before
        if call.operation == "get" and response.status == 200:
            _check_value(response, before, call)
        else:
            _check_envelope(response, call)
        _check_new_entries(before, self._state)
        if len(self._state) > 5:
            self.__init__()

    def read_all(self) -> None:
        """Read whatever was stored; all of it can be."""
        for id, (_, entries) in self._state.items():
            root = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces/{id}"
            headers = {"authorization": "Bearer token"}
            for key in entries:
                for below in ("values", "metadata"):
                    self._api.handle(Request("GET", f"{root}/{below}/{quote(key, '')}", headers, b""))


def _check_value(response: Response, before: Snapshot, call: Call) -> None:
    (key,), (_, entries) = call.keys, before[str(call.namespace_id)]
    value, _, expiration = entries[key]
    expires = {} if expiration is None else {"expiration": str(expiration)}
    assert response.body == value
    assert response.headers == {"content-type": "application/octet-stream", **expires}


def _check_envelope(response: Response, call: Call) -> None:
    envelope: dict[str, Any] = json.loads(response.body.decode("ascii"), parse_constant=_refuse)
    names = {"success", "errors", "messages", "result"}
    assert response.headers == {"content-type": "application/json"}
    assert envelope["messages"] == []
    if response.status == 200:
        assert set(envelope) - {"result_info"} == names
        assert (envelope["success"], envelope["errors"], call.error) == (True, [], None)
        return
    (error,) = envelope["errors"]
    told = f"{response.status} {error['code']}: {error['message']}"
    assert set(envelope) == names
    assert (envelope["success"], envelope["result"]) == (False, None)
    assert (response.status, error["code"]) in REFUSALS
    assert (call.error or "").startswith(told)


def _check_new_entries(before: Snapshot, after: Snapshot) -> None:
    ...


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
