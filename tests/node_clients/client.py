"""Two clients from npm, in one Node process with no network but loopback."""

from __future__ import annotations

__all__ = ("Node", "Sdk", "Storage", "Thrown", "as_buffer", "as_file")

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from pytest_kv import KVServer
from tests.helpers.node import LOOPBACK_ONLY
from tests.node_clients.packages import CLIENTS

_SCRIPT = Path(__file__).with_name("calls.mjs")


class Thrown(Exception):
    """What the client threw: its class, message and status, and the codes of the API's errors."""

    def __init__(self, name: str, message: str, status: int | None, codes: list[int]) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.status, self.codes = name, status, codes


def as_file(content: bytes) -> dict[str, str]:
    """The content as a File of JavaScript."""
    return {"$file": base64.b64encode(content).decode("ascii")}


def as_buffer(content: bytes) -> dict[str, str]:
    """The content as a Buffer of Node."""
    return {"$bytes": base64.b64encode(content).decode("ascii")}


class Node:
    """A Node process in which both clients are loaded; a context manager."""

    def __init__(self, names_asked_for: Path) -> None:
        loopback = {**LOOPBACK_ONLY, "NAMES_ASKED_FOR": str(names_asked_for)}
        self._process = subprocess.Popen(
            [CLIENTS.command("node"), str(_SCRIPT), str(CLIENTS.folder)],
            env=CLIENTS.environment | loopback,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def call(self, **call: object) -> Any:
        """What a method of a client returned, a Response and a Buffer as bytes; raises Thrown."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(call), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Thrown(**answer["error"])
        ok = answer["ok"]
        is_bytes = isinstance(ok, dict) and "$bytes" in ok
        return base64.b64decode(ok["$bytes"]) if is_bytes else ok


class Sdk:
    """The npm package cloudflare: ``new Cloudflare(options).kv.namespaces``."""

    def __init__(self, node: Node, server: KVServer) -> None:
        self._node, self._server = node, server
        self.env: Mapping[str, str] = server.env
        self.options: dict[str, object] = {}

    def __call__(self, method: str, *key: str, **parameters: object) -> Any:
        """A method with the ids of the server: ``sdk("values.update", "a", value="1")``."""
        ids = {"account_id": self._server.account_id}
        if method.startswith(("values.", "metadata.")):
            ids["namespace_id"] = self._server.namespace_id
        elif method not in ("list", "create"):
            key = (self._server.namespace_id,)
        return self._node.call(
            client="cloudflare",
            env=self.env,
            options=self.options,
            method=method,
            given=[*key, ids | parameters],
        )


class Storage:
    """unstorage with its driver cloudflare-kv-http: ``createStorage({ driver })``."""

    def __init__(self, node: Node, server: KVServer) -> None:
        self._node = node
        self.options: dict[str, object] = {
            "accountId": server.account_id,
            "namespaceId": server.namespace_id,
            "apiToken": server.api_token,
            "apiURL": server.origin,
        }

    def __call__(self, method: str, *given: object) -> Any:
        """A method of the storage: ``storage("setItem", "a", "1", {"ttl": 90})``."""
        return self._node.call(
            client="unstorage", env={}, options=self.options, method=method, given=given
        )
