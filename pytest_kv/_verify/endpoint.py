"""The endpoint that is asked: one way out for every request, with its limits and its pauses."""

from __future__ import annotations

__all__ = ("Came", "Endpoint", "Patience", "Request", "Unreachable", "redacted")

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

import httpx

from pytest_kv._verify.own import Own

MOST_REQUESTS = 950
"""A run sends fewer than 1,000 requests, with those that remove its namespaces."""
_MOST_WITH_REMOVALS = 999
_MOST_TRIES = 5
_MOST_TRIES_AFTER_ERRORS = 3
_QUOTA_IS_USED_UP = 10048
_LONGEST_WAIT = 330.0
"""Cloudflare shuts a client out for five minutes."""
_SERVER_ERRORS = range(500, 600)


class Unreachable(Exception):
    """There is no answer; the text says why, in one sentence."""


class NotSent(Unreachable):
    """There is not even a connection, so nothing can have been done."""


class Request(NamedTuple):
    """A request as it is sent."""

    method: str
    target: str
    """The raw path with its query."""
    headers: Mapping[str, str]
    body: bytes


class Came(NamedTuple):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """Its JSON; ValueError when it is none."""
        return json.loads(self.body)

    @property
    def envelope(self) -> dict[str, object]:
        """Its JSON object; an empty one when it has none."""
        try:
            read = self.json
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def code(self) -> object:
        """The code of its first error; None when it has none."""
        return self._first_error.get("code")

    @property
    def told(self) -> str:
        """The status with the code and the words of its first error."""
        error = self._first_error
        return (
            f"{self.status} {error.get('code')}: {error.get('message')}"
            if error
            else (f"{self.status}")
        )

    @property
    def _first_error(self) -> dict[str, object]:
        return next(iter(_objects(self.envelope.get("errors"))), {})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run waits, in seconds."""

    write_interval: float
    """Between two writes to one key."""
    until_seen: tuple[float, ...]
    """Before each time a read is repeated that does not show a write yet."""

    @classmethod
    def of(cls, host: str) -> Patience:
        """That for a host: a fake on this machine refuses no quick write and is never late."""
        if host in {"127.0.0.1", "::1", "localhost"}:
            return cls(0.0, ())
        return cls(1.1, (1.0, 2.0, 4.0, 8.0, 16.0, 31.0))


class Endpoint:
    """The API at a base URL, for one account and one token."""

    def __init__(
        self,
        base_url: str,
        account_id: str,
        token: str,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        patience: Patience | None = None,
    ) -> None:
        url = httpx.URL(base_url.rstrip("/"))
        self.base_url: str = str(url)
        self.base_path: str = url.raw_path.decode().rstrip("/")
        self.account_id: str = account_id
        self.own: Own = Own(self.base_path, account_id)
        self.clock = clock
        self.sleep = sleep
        self.patience: Patience = patience or Patience.of(url.host)
        self.request_count: int = 0
        self._origin = url.copy_with(raw_path=b"/")
        self._token = token
        self._writes: dict[str, float] = {}
        self._may_have_lost = False
        self._is_removing = False
        # A proxy cannot reach a server of this machine.
        trust_env = Patience.of(url.host) != Patience(0.0, ())
        self._client = httpx.Client(timeout=60, trust_env=trust_env)

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def token(self) -> str:
        """The account's token, which is for headers only."""
        return self._token

    def redacted(self, text: str) -> str:
        """A text without the token and without the account's id."""
        return redacted(text, self._token, self.account_id)

    def send(self, request: Request, written: Iterable[str] = ()) -> Came:
        """The answer to a request; ``written`` are the keys that it writes, with their namespace.

        It waits after a 429, and tries again after a server error or without an answer. Raises
        :class:`Unreachable` if that does not help, and OtherNamespace for what is not the run's
        own.
        """
        self.own.check(request.method, request.target)
        keys = list(written)
        attempt = 0
        while True:
            attempt += 1
            try:
                came = self._tried(request, keys)
            except Unreachable:
                # A creation may have been carried out, and a second one would be refused.
                if attempt == _MOST_TRIES_AFTER_ERRORS or self._creates(request):
                    raise
                self.sleep(float(attempt))
                continue
            wait = _wait(came, attempt)
            if wait is None:
                return came
            self.sleep(wait)

    def _tried(self, request: Request, keys: list[str]) -> Came:
        last = max((self._writes.get(key, 0.0) for key in keys), default=0.0)
        wait = last + self.patience.write_interval - self.clock()
        if last and wait > 0:
            self.sleep(wait)
        self._writes |= dict.fromkeys(keys, self.clock())
        had_lost = self._may_have_lost
        self._may_have_lost |= self._creates(request)
        try:
            came = self._sent(request)
        except NotSent:
            self._may_have_lost = had_lost
            raise
        # A long body may have arrived only now.
        self._writes |= dict.fromkeys(keys, self.clock())
        self._note_namespace(request, came)
        if came.status not in _SERVER_ERRORS:
            self._may_have_lost = had_lost
        return self._without_others(request, came)

    def _sent(self, request: Request) -> Came:
        if self.request_count >= (_MOST_WITH_REMOVALS if self._is_removing else MOST_REQUESTS):
            raise Unreachable(f"the run has sent all of its {self.request_count} requests")
        self.request_count += 1
        asked = self._client.build_request(
            request.method,
            self._origin.copy_with(raw_path=request.target.encode("ascii")),
            headers=dict(request.headers),
            content=request.body,
            # httpx removes dot segments from a URL; this is sent as it is.
            extensions={"target": request.target.encode("ascii"), **self._timeout},
        )
        try:
            answer = self._client.send(asked, auth=None)
        except httpx.TransportError as error:
            is_connected = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            words = self.redacted(str(error) or type(error).__name__)
            kind = Unreachable if is_connected else NotSent
            raise kind(f"{self._origin.host} gives no answer: {words}") from None
        return Came(answer.status_code, answer.headers, answer.content)

    @property
    def _timeout(self) -> dict[str, object]:
        return {"timeout": self._client.timeout.as_dict()}

    def _note_namespace(self, request: Request, came: Came) -> None:
        """Note what was created or removed, whatever the fact has expected."""
        if self._creates(request):
            result = came.envelope.get("result")
            if isinstance(result, dict) and isinstance(result.get("id"), str):
                self.own.ids.append(result["id"])
        elif request.method == "DELETE" and came.status == 200:
            below = request.target.removeprefix(f"{self.own.collection}/").rstrip("/")
            if below in self.own.ids:
                self.own.removed.add(below)

    def _creates(self, request: Request) -> bool:
        return request.method == "POST" and request.target.rstrip("/") == self.own.collection

    def _without_others(self, request: Request, came: Came) -> Came:
        """The answer; a list of namespaces has only the run's own ones."""
        envelope = came.envelope
        result = envelope.get("result")
        path = request.target.partition("?")[0]
        if path != self.own.collection or not isinstance(result, list):
            return came
        own = [one for one in _objects(result) if one.get("id") in self.own.ids]
        return came._replace(body=json.dumps(envelope | {"result": own}).encode())

    def authorized(self, method: str, below: str, body: object = None) -> Request:
        """A request about the account's namespaces, with the account's token."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        return Request(method, f"{self.own.collection}{below}", headers, content)

    def remove_namespaces(self) -> None:
        """Remove what the run has created; raises :class:`Unreachable` when something stays."""
        self._is_removing = True
        left = []
        try:
            if self._may_have_lost:
                self._find_lost()
        except Unreachable as error:
            left.append(f"one that may have the title {self.own.title} ({error})")
        for id in self.own.left:
            try:
                came = self.send(self.authorized("DELETE", f"/{id}"))
            except Unreachable as error:
                left.append(f"{id} ({error})")
            else:
                if came.status not in {200, 404}:
                    left.append(f"{id} ({self.redacted(came.told)})")
        if left:
            raise Unreachable(f"remove this namespace of the run yourself: {', '.join(left)}")

    def _find_lost(self) -> None:
        """Find a namespace whose creation had no answer, by its title."""
        asked = self.authorized("GET", "?per_page=1000")
        self.own.check(asked.method, asked.target)
        for one in _objects(self._sent(asked).envelope.get("result")):
            title, id = str(one.get("title")), str(one.get("id"))
            if title.startswith(self.own.title) and id not in self.own.ids:
                self.own.ids.append(id)


def redacted(text: str, token: str, account_id: str) -> str:
    """A text without the token and without the account's id, which anyone may read then."""
    return text.replace(token, "[token]").replace(account_id, "[account]")


def _objects(result: object) -> list[dict[str, object]]:
    return [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []


def _wait(came: Came, attempt: int) -> float | None:
    """How long to wait before a request is sent again, in seconds; None when it is not."""
    if came.status == 429:
        if attempt == _MOST_TRIES or came.code == _QUOTA_IS_USED_UP:
            raise Unreachable(f"the account is refused for now: {came.told}")
        given = came.headers.get("retry-after", "")
        return min(float(given) if given.isdecimal() else 2.0**attempt, _LONGEST_WAIT)
    if came.status in _SERVER_ERRORS and attempt < _MOST_TRIES_AFTER_ERRORS:
        return float(attempt)
    return None
