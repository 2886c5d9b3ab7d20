"""A client that is not built on httpx, over real HTTP."""

from __future__ import annotations

__all__ = ("Requests",)

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from pytest_kv import KVServer
from tests.contract.zoo.correct import BULK, GET, Value, chunks, pairs_of, path_of

_TIMEOUT_SECONDS = 30


class Requests:
    """A client on requests."""

    def __init__(self, server: KVServer) -> None:
        account = f"{server.base_url}/accounts/{server.account_id}"
        self.base = f"{account}/storage/kv/namespaces/{server.namespace_id}/"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {server.api_token}"

    def close(self) -> None:
        self.http.close()

    def ask(self, method: str, path: str, **given: Any) -> requests.Response:
        return self.http.request(method, self.base + path, timeout=_TIMEOUT_SECONDS, **given)

    def enveloped(self, method: str, path: str, **given: Any) -> Any:
        answer = self.ask(method, path, **given)
        answer.raise_for_status()
        body = answer.json()
        if not body["success"]:
            raise RuntimeError(body["errors"])
        return body

    def done(self, method: str, path: str, **given: Any) -> None:
        if self.enveloped(method, path, **given)["result"]["unsuccessful_keys"]:
            raise RuntimeError("not all keys were done")

    def get(self, key: str) -> bytes | None:
        answer = self.ask("GET", path_of(key))
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.content

    def put(self, key: str, value: Value) -> None:
        content = value.encode() if isinstance(value, str) else value
        self.enveloped("PUT", path_of(key), data=content)

    def delete(self, key: str) -> None:
        self.enveloped("DELETE", path_of(key))

    def list(self, prefix: str) -> Any:
        cursor = ""
        while True:
            page = self.enveloped("GET", "keys", params={"prefix": prefix, "cursor": cursor})
            yield from (key["name"] for key in page["result"])
            cursor = page["result_info"]["cursor"]
            if not cursor:
                return

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            self.done("POST", "bulk/delete", json=chunk)

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            self.done("PUT", "bulk", json=chunk)

    def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            found |= self.enveloped("POST", "bulk/get", json={"keys": chunk})["result"]["values"]
        return found
