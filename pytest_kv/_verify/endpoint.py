"""The endpoint that is asked: one way out for every request, with its limits and its pauses."""

from __future__ import annotations

__all__ = ("Came", "Endpoint", "Patience", "Request", "Unreachable")

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

import httpx

from pytest_kv._verify.own import Own

MOST_REQUESTS = 950
"""A run sends fewer than 1,000 requests, with those that remove its namespaces."""
_FOR_REMOVALS = 40
_TRIES = 5
_LONGEST_WAIT = 330.0
"""Cloudflare shuts a client out for five minutes."""
_SERVER_ERRORS = range(500, 600)


class Unreachable(Exception):
    """There is no answer; the text says why, in one sentence."""


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
    def told(self) -> str:
        """The status with the code and the words of its first error."""
        errors = self.envelope.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            return f"{self.status} {errors[0].get('code')}: {errors[0].get('message')}"
        return f"{self.status}"


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
        self._creation_without_answer = False
        # A proxy cannot reach a server of this machine.
        trust_env = Patience.of(url.host) != Patience(0.0, ())
        self._client = httpx.Client(timeout=120, trust_env=trust_env)

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
        """The value of the header of a request with the account's token."""
        return self._token

    def redacted(self, text: str) -> str:
        """A text without the token and without the account's id."""
        return text.replace(self._token, "[token]").replace(self.account_id, "[account]")

    @property
    def has_requests_left(self) -> bool:
        """Whether the run may send another request."""
        return self.request_count < MOST_REQUESTS

    def send(self, request: Request, written: Iterable[str] = ()) -> Came:
        """The answer to a request; ``written`` are the keys that it writes, with their namespace.

        After a 429 it waits, and a server error is tried again. Raises :class:`Unreachable` without
        an answer, and OtherNamespace for what is not the run's own.
        """
        self.own.check(request.method, request.target)
        keys = list(written)
        came = self._tried(request, keys)
        for attempt in range(1, _TRIES):
            if came.status == 429:
                self.sleep(_retry_after(came, attempt))
            elif came.status in _SERVER_ERRORS and attempt < 3:
                self.sleep(float(attempt))
            else:
                break
            came = self._tried(request, keys)
        return came

    def _tried(self, request: Request, keys: list[str]) -> Came:
        last = max((self._writes.get(key, 0.0) for key in keys), default=0.0)
        wait = last + self.patience.write_interval - self.clock()
        if last and wait > 0:
            self.sleep(wait)
        self._note_creation(request)
        came = self._sent(request)
        self._writes |= dict.fromkeys(keys, self.clock())
        self._note_namespace(request, came)
        return self._without_others(request, came)

    def _sent(self, request: Request) -> Came:
        if self.request_count >= MOST_REQUESTS + _FOR_REMOVALS:
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
            words = self.redacted(str(error) or type(error).__name__)
            raise Unreachable(f"{self._origin.host} gives no answer: {words}") from None
        return Came(answer.status_code, answer.headers, answer.content)

    @property
    def _timeout(self) -> dict[str, object]:
        return {"timeout": self._client.timeout.as_dict()}

    def _note_creation(self, request: Request) -> None:
        if self._creates(request):
            self._creation_without_answer = True

    def _note_namespace(self, request: Request, came: Came) -> None:
        """Note what was created or removed, whatever the fact has expected."""
        if self._creates(request):
            result = came.envelope.get("result")
            if isinstance(result, dict) and isinstance(result.get("id"), str):
                self.own.ids.append(result["id"])
            self._creation_without_answer = False
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
        is_own = [one for one in result if isinstance(one, dict) and one.get("id") in self.own.ids]
        return came._replace(body=json.dumps(envelope | {"result": is_own}).encode())

    def authorized(self, method: str, below: str, body: object = None) -> Request:
        """A request about the account's namespaces, with the account's token."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        return Request(method, f"{self.own.collection}{below}", headers, content)

    def remove_namespaces(self) -> None:
        """Remove what the run has created; raises :class:`Unreachable` when something stays."""
        if self._creation_without_answer:
            self._find_lost()
        left = []
        for id in self.own.left:
            came = self.send(self.authorized("DELETE", f"/{id}"))
            if came.status not in {200, 404}:
                left.append(f"{id} ({came.told})")
        if left:
            raise Unreachable(
                f"remove these namespaces yourself, {self.own.title} and the like: "
                f"{self.redacted(', '.join(left))}"
            )

    def _find_lost(self) -> None:
        """Find a namespace whose creation had no answer, by its title."""
        asked = self.authorized("GET", "?per_page=1000")
        self.own.check(asked.method, asked.target)
        for one in _objects(self._sent(asked).envelope.get("result")):
            title, id = str(one.get("title")), str(one.get("id"))
            if title.startswith(self.own.title) and id not in self.own.ids:
                self.own.ids.append(id)


def _objects(result: object) -> list[dict[str, object]]:
    return [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []


def _retry_after(came: Came, attempt: int) -> float:
    """How long to wait after a 429, in seconds."""
    given = came.headers.get("retry-after", "")
    wait = float(given) if given.isdecimal() else 2.0**attempt
    return min(max(wait, 0.1), _LONGEST_WAIT)
