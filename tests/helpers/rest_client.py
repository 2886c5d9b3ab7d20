"""A request builder for the REST face, and the answers it is compared with."""

from __future__ import annotations

__all__ = (
    "ACCOUNT_ID",
    "NAMESPACE_ID",
    "NO_KEY",
    "Answer",
    "Case",
    "Client",
    "expect",
    "form",
    "raw",
    "refusal",
    "snapshot",
    "success",
)

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, NoReturn

import pytest

from pytest_kv import Call, KVAccount, KVNamespace
from pytest_kv._core.limits import Limits
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request, Response
from tests.helpers.stopped_clock import StoppedClock

ACCOUNT_ID = "0123456789abcdef" * 2
NAMESPACE_ID = "fedcba9876543210" * 2
"""The ids a client's own account has, so that a table can name them."""

Snapshot = dict[str, tuple[str, dict[str, tuple[bytes, str | None, int | None]]]]
"""Titles and contents by namespace id."""


class Answer(NamedTuple):
    """A whole response; JSON is kept as text with its names sorted, so 0 is not False."""

    status: int
    headers: dict[str, str]
    body: str | bytes

    @property
    def json(self) -> Any:
        """The envelope, for what a test cannot know beforehand."""
        return json.loads(self.body)

    @property
    def told(self) -> str:
        """The text of a refusal in the journal."""
        (error,) = self.json["errors"]
        return f"{self.status} {error['code']}: {error['message']}"

    def noted(self, call: Call, asked: str) -> Call:
        """The call in the journal that got this refusal."""
        (error,) = self.json["errors"]
        return call._replace(error=self.told, status=self.status, code=error["code"], request=asked)


def success(result: object, result_info: Mapping[str, object] | None = None) -> Answer:
    """The whole answer to a request that succeeded."""
    envelope = {"success": True, "errors": [], "messages": [], "result": result}
    return _enveloped(200, envelope | ({} if result_info is None else {"result_info": result_info}))


def refusal(status: int, code: int, message: str) -> Answer:
    """The whole answer to a request that was refused."""
    errors = [{"code": code, "message": message}]
    return _enveloped(status, {"success": False, "errors": errors, "messages": [], "result": None})


def raw(value: bytes, **headers: str) -> Answer:
    """The whole answer to a value that was read."""
    return Answer(200, {"content-type": "application/octet-stream", **headers}, value)


NO_KEY = Answer(404, {"content-type": "text/plain; charset=UTF-8"}, b"404 Not Found")
"""The whole answer to a request whose path has an empty key."""


def form(*parts: tuple[str, bytes], boundary: str = "frontier") -> tuple[dict[str, str], bytes]:
    """The headers and the body of multipart/form-data; a part is its disposition and content."""
    sections = (
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n"
        % (boundary.encode(), disposition.encode(), content)
        for disposition, content in parts
    )
    body = b"".join(sections) + b"--%b--\r\n" % boundary.encode()
    return {"content-type": f"multipart/form-data; boundary={boundary}"}, body


def snapshot(account: KVAccount) -> Snapshot:
    """Everything an account holds now, comparable with what it holds later."""
    return {
        id: (namespace.title, {name: _parts(namespace, name) for name in namespace.data})
        for id, namespace in account.namespaces.items()
    }


class Client:
    """Sends requests to the REST face of one account."""

    def __init__(self, account: KVAccount | None = None, *, limits: Limits | None = None) -> None:
        self.account = account or KVAccount(
            id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, clock=StoppedClock(), limits=limits
        )
        self.namespace = self.account.default_namespace
        self.headers = {"authorization": f"Bearer {self.account.api_token}"}
        self._api = RestApi(self.account._core)

    @property
    def data(self) -> dict[str, tuple[bytes, object, int | None]]:
        """Value, metadata and expiration of each key in the default namespace."""
        entries = self.namespace.data.items()
        return {key: (entry.value, entry.metadata, entry.expiration) for key, entry in entries}

    def path(self, below: str) -> str:
        """A target below the account's namespaces; ``{ns}`` stands for the default one's id."""
        prefix = f"/client/v4/accounts/{self.account.id}/storage/kv/namespaces"
        return prefix + below.replace("{ns}", self.namespace.id)

    def asked(self, method: str, below: str) -> str:
        """How the journal notes a request that KV refused."""
        return f"{method} {self.path(below)}"

    def send(
        self,
        method: str,
        below: str,
        *,
        json: object = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a request with the account's own token."""
        content = body if json is None else _compact(json).encode()
        return self.request(method, self.path(below), {**self.headers, **(headers or {})}, content)

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """The answer to any request; a refusal must have changed nothing in any namespace."""
        before = snapshot(self.account)
        answer = _answer(self._api.handle(Request(method, target, headers, body)))
        if answer.status != 200:
            assert snapshot(self.account) == before, "a refusal changed what is stored"
        return answer

    def send_form(self, below: str, *parts: tuple[str, bytes]) -> Answer:
        """The answer to a write of a form."""
        headers, body = form(*parts)
        return self.send("PUT", below, headers=headers, body=body)


class Case(NamedTuple):
    """One row of a table: a request and the whole answer to it."""

    id: str
    method: str
    below: str
    answer: Answer
    json: object = None
    body: bytes = b""
    headers: Mapping[str, str] | None = None

    def sent_by(self, client: Client) -> Answer:
        """The answer that ``client`` gets."""
        return client.send(
            self.method, self.below, json=self.json, body=self.body, headers=self.headers
        )


def expect(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Parametrize a test over ``cases``, each under its id."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases])


def _parts(namespace: KVNamespace, name: str) -> tuple[bytes, str | None, int | None]:
    entry = namespace.data[name]
    return entry.value, entry.metadata_json, entry.expiration


def _answer(response: Response) -> Answer:
    headers = dict(response.headers)
    if headers["content-type"] != "application/json":
        return Answer(response.status, headers, response.body)
    envelope = json.loads(response.body.decode("utf-8"), parse_constant=_refuse)
    return Answer(response.status, headers, _text(envelope))


def _enveloped(status: int, envelope: object) -> Answer:
    return Answer(status, {"content-type": "application/json"}, _text(envelope))


def _text(envelope: object) -> str:
    return json.dumps(envelope, sort_keys=True, indent=1)


def _compact(body: object) -> str:
    return json.dumps(body, separators=(",", ":"))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
