"""The two sides that are compared: Miniflare's local explorer, and the fake's own server."""

from __future__ import annotations

__all__ = ("MINIFLARE_VERSION", "Explorer", "Fake", "Side", "explorer", "fake")

import http.client
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pytest_kv import KVAccount, KVClock, KVUsageWarning, Limits, serve
from tests.explorer.answers import Answer
from tests.explorer.calls import NAMESPACE, OTHER_NAMESPACE, HttpRequest
from tests.helpers.miniflare import Miniflare
from tests.helpers.node import Installation

MINIFLARE_VERSION = "5.20261117.0-beta"

_SERVER = Path(__file__).with_name("serve.mjs")
_EXPLORER_PATH = "/cdn-cgi/local/explorer/api"
_NAMESPACES_PATH = "/storage/kv/namespaces"
_TIMEOUT_SECONDS = 300
_FIRST_TITLE, _OTHER_TITLE = "ZONES", "ALPHA"
"""The titles, which are the bindings' names; their order is not that of the ids."""


class Side:
    """A server that answers requests below a path of its own."""

    def __init__(self, netloc: str, path: str, headers: Mapping[str, str]) -> None:
        self._netloc = netloc
        self._path = path + _NAMESPACES_PATH
        self._headers = headers
        self._connection = self._new_connection()

    def _new_connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._netloc, timeout=_TIMEOUT_SECONDS)

    def ask(self, request: HttpRequest) -> Answer:
        """The answer to a request."""
        method, target, headers, body = request
        self._connection.request(
            method, self._path + target, body, {**self._headers, **headers}, encode_chunked=False
        )
        response = self._connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer.of(response.status, names, response.read())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def set_clock(self, now: int) -> None:
        """Stop the clock at this second, if the side's clock can be set."""

    def begin(self) -> None:
        """Empty the namespaces, on a new connection: a server closes one that was idle."""
        self.close()
        self._connection = self._new_connection()


class Explorer(Side):
    """Miniflare's local explorer."""

    def __init__(self, miniflare: Miniflare) -> None:
        self.versions = miniflare.versions
        super().__init__(miniflare.netloc, _EXPLORER_PATH, {})

    def begin(self) -> None:
        """Delete every key of both namespaces."""
        super().begin()
        for namespace in (NAMESPACE, OTHER_NAMESPACE):
            while not self._is_emptied_of_one_page(namespace):
                pass

    def _is_emptied_of_one_page(self, namespace: str) -> bool:
        page = self.ask(HttpRequest("GET", f"/{namespace}/keys", {}, None))
        if page.result:
            names = json.dumps([entry["name"] for entry in page.result]).encode()
            headers = {"content-type": "application/json"}
            self.ask(HttpRequest("POST", f"/{namespace}/bulk/delete", headers, names))
        return not page.body["result_info"]["cursor"]


class _SetClock(KVClock):
    """A clock that stays at the second to which it was set."""

    __slots__ = ("second",)

    def __init__(self) -> None:
        super().__init__()
        self.second = 0

    def time(self) -> float:
        return self.second + 0.5


class Fake(Side):
    """The fake's own server."""

    def __init__(self, account: KVAccount, clock: _SetClock, base_url: str) -> None:
        self._account, self._clock = account, clock
        parts = urlsplit(base_url)
        path = f"{parts.path}/accounts/{account.id}"
        super().__init__(parts.netloc, path, {"authorization": f"Bearer {account.api_token}"})

    def ask(self, request: HttpRequest) -> Answer:
        """The answer to a request; a dropped connection counts as an answer that differs."""
        try:
            return super().ask(request)
        except (OSError, http.client.HTTPException) as error:
            self.close()  # the next request opens it again
            return Answer.dropped(error)

    def set_clock(self, now: int) -> None:
        """Stop the clock at this second."""
        self._clock.second = now

    def begin(self) -> None:
        """Make the account as it began."""
        super().begin()
        self._account.reset()
        self._account.create_namespace(_OTHER_TITLE, id=OTHER_NAMESPACE)


@contextmanager
def explorer(installation: Installation) -> Iterator[Explorer]:
    """A running local explorer."""
    bindings = json.dumps({_FIRST_TITLE: NAMESPACE, _OTHER_TITLE: OTHER_NAMESPACE})
    with (
        Miniflare(installation, _SERVER, bindings) as miniflare,
        closing(Explorer(miniflare)) as side,
    ):
        yield side


@contextmanager
def fake(limits: Limits | None = None) -> Iterator[Fake]:
    """A running fake, with these limits or KV's."""
    clock = _SetClock()
    account = KVAccount(namespace_id=NAMESPACE, title=_FIRST_TITLE, clock=clock, limits=limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KVUsageWarning)
        with serve(account) as server, closing(Fake(account, clock, server.base_url)) as side:
            yield side
