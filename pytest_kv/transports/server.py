"""The REST face over real HTTP, for every client that is not httpx and every other process."""

from __future__ import annotations

__all__ = ("KVServer", "serve", "serving")

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_kv.account import KVAccount
from pytest_kv.rest.api import RestApi
from pytest_kv.rest.routes import BASE_PATH
from pytest_kv.transports.endpoint import Endpoint
from pytest_kv.transports.environment import fake_environment

MISSING = "the server needs werkzeug: pip install 'pytest-kv[server]'"


class KVServer(Endpoint):
    """The REST API of one simulated account, over HTTP on a port of this machine."""

    def __init__(self, account: KVAccount, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(account)
        try:
            from pytest_kv.transports.listener import Listener
        except ImportError:
            raise ImportError(MISSING) from None
        self._listener = Listener(host, port, RestApi(account.core).handle)
        self.host = host
        self.port = self._listener.port

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{BASE_PATH}"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that point the SDKs and Wrangler at the server."""
        return {
            "CLOUDFLARE_API_TOKEN": self.api_token,
            "CLOUDFLARE_ACCOUNT_ID": self.account_id,
            "CLOUDFLARE_BASE_URL": self.base_url,
            "CLOUDFLARE_API_BASE_URL": self.base_url,
            "WRANGLER_SEND_METRICS": "false",
        }

    def stop(self) -> None:
        """Close the port and every connection."""
        self._listener.stop()


@contextmanager
def serving(account: KVAccount) -> Iterator[KVServer]:
    """:func:`serve` of an account that somebody else sees to when the block has run."""
    server = KVServer(account)
    try:
        with fake_environment(
            account_id=server.account_id,
            api_token=server.api_token,
            base_url=server.base_url,
            also=server.env,
        ):
            yield server
    finally:
        server.stop()


@contextmanager
def serve(account: KVAccount | None = None) -> Iterator[KVServer]:
    """The REST API of ``account``, or of a fresh one, over HTTP for as long as the block runs."""
    __tracebackhide__ = True
    with serving(account or KVAccount()) as server:
        yield server
    server.account.assert_all_faults_fired()
