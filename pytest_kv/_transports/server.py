"""The REST face over HTTP, for clients other than httpx and for other processes."""

from __future__ import annotations

__all__ = (
    "THIS_MACHINE",
    "KVServer",
    "Served",
    "running",
    "serve",
    "serving",
    "why_it_cannot_listen",
)

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_kv._account import KVAccount
from pytest_kv._core.arguments import check_type
from pytest_kv._errors import warn_of_usage
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request, Response
from pytest_kv._rest.routes import BASE_PATH, HOST
from pytest_kv._transports.api_host import unreachable
from pytest_kv._transports.block import Block, check_account
from pytest_kv._transports.control import Control
from pytest_kv._transports.endpoint import Endpoint
from pytest_kv._transports.environment import fake_environment, without_proxy
from pytest_kv._transports.listener import Listener
from pytest_kv._transports.other_paths import OtherPaths
from pytest_kv._transports.running_servers import own_server

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

THIS_MACHINE = "127.0.0.1"


class Served(Endpoint):
    """What ``kv_server`` and ``kv_intercept`` have in common: threads that answer over sockets."""

    def __init__(self, account: KVAccount, warn: Callable[[str], object] | None = None) -> None:
        super().__init__(account)
        self._warnings: list[str] = []
        self._errors: list[BaseException] = []
        self._rest = RestApi(account._core, warn or self._warnings.append)
        self._others = OtherPaths()

    def answer(self, method: str, path: str, answer: object) -> None:
        """Answer a path of the API that is not KV's, such as ``/user/tokens/verify``.

        ``path`` is what follows :attr:`base_url`, without a query. ``answer`` is the body: bytes,
        a text, or anything else as JSON; a tuple ``(status, body)`` has another status than 200. A
        callable gets each request, with its ``method``, ``target``, ``headers`` (by lower-case
        names) and ``body``, and returns such an answer. These requests are no calls of the account.

        Raises TypeError or ValueError, and changes nothing, for a path of KV's own, for what is no
        method or no such path, and for an answer that cannot be sent.
        """
        self._others.add(method, path, answer)

    def check(self, warn: Callable[[str], object] = warn_of_usage) -> None:
        """Report the warnings and errors of the server's threads in the calling thread.

        Raises the first error since the last call, such as one of an ``after_next_read`` action;
        otherwise calls ``warn`` with each warning.
        """
        if self._errors:
            raise self._errors.pop(0)
        while self._warnings:
            warn(self._warnings.pop(0))

    def explain(self, error: BaseException) -> None:
        """Add a note to an error of the test, if the server knows its cause."""

    def _answer(self, request: Request) -> Response:
        return self._others.response(request) or self._rest.handle(request)


class KVServer(Served):
    """The REST API of one simulated account, over HTTP on a port of this machine.

    ``port`` 0 means any free port. The server's threads call ``warn`` with the text of each
    ``KVUsageWarning`` and ``log`` with a line for each request. Without ``warn`` the texts are kept
    for :meth:`check`. ``control`` answers requests about the account itself.

    Raises OSError when it cannot listen on the port.
    """

    _name = "kv_server"

    def __init__(
        self,
        account: KVAccount,
        *,
        host: str = THIS_MACHINE,
        port: int = 0,
        warn: Callable[[str], object] | None = None,
        log: Callable[[str], object] = lambda line: None,
        control: Control | None = None,
    ) -> None:
        super().__init__(account, warn)
        self._control = control
        self._listener = Listener(host, port, self._answer, log, self._errors.append)
        self.host = host
        """The name or address it listens at."""
        self.port: int = self._listener.port
        """The port's number."""
        self._no_proxy = without_proxy(host)

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        return f"{self.origin}{BASE_PATH}"

    @property
    def origin(self) -> str:
        """The scheme, the host and the port of its URLs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that point the SDKs and Wrangler at the server.

        They also tell Wrangler to send no telemetry. If the environment names a proxy, they tell
        every client not to use it for the server.
        """
        return {
            "CLOUDFLARE_API_TOKEN": self.api_token,
            "CLOUDFLARE_ACCOUNT_ID": self.account_id,
            "CLOUDFLARE_BASE_URL": self.base_url,
            "CLOUDFLARE_API_BASE_URL": self.base_url,
            "CLOUDFLARE_API_URL": self.base_url,
            "WRANGLER_SEND_METRICS": "false",
            # When Wrangler prints its banner, it asks npm for a newer version (O: 4.164.0).
            "WRANGLER_HIDE_BANNER": "true",
            **self._no_proxy,
        }

    def _words(self) -> str:
        return (
            f"{self._name} does not answer at {HOST}, only at {self.base_url}: use this address "
            f"({self._name}.base_url), or use kv_intercept for an address that is written into the "
            "code"
        )

    def _answer(self, request: Request) -> Response:
        controlled = None if self._control is None else self._control.response(request)
        return controlled or super()._answer(request)

    def stop(self) -> None:
        """Close the port and every connection, and end every thread."""
        self._listener.stop()


def why_it_cannot_listen(error: Exception, host: str | None, port: int) -> str:
    """Which option of the server is wrong, and what to write instead."""
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return f"port={port} is in use: write another port, or leave port out for any free one"
    if number == errno.EACCES:
        return (
            f"port={port} is reserved by the system: write a port from 1024 on, or leave port out "
            "for any free one"
        )
    return (
        f"host={host!r} is no address of this machine ({error}): write one such as '127.0.0.1' or "
        "'::1', or leave host out"
    )


@contextmanager
def running(server: KVServer) -> Iterator[None]:
    """Let the process use ``server`` during the block, and stop it at the end."""
    try:
        environment = fake_environment(
            account_id=server.account_id,
            api_token=server.api_token,
            base_url=server.base_url,
            # A proxy would send requests to the real host, and none may reach it.
            also=server.env | without_proxy(server.host, HOST, always=True),
        )
        with own_server(server.host, server.port), environment, unreachable(server._words):
            yield
    finally:
        server.stop()


@contextmanager
def serving(account: KVAccount, host: str | None = None, port: int = 0) -> Iterator[KVServer]:
    """:func:`serve` without the checks at the end of the block."""
    server = KVServer(account, host=host or THIS_MACHINE, port=port)
    with running(server):
        yield server


def serve(
    account: KVAccount | None = None, *, host: str = THIS_MACHINE, port: int = 0
) -> Block[KVServer]:
    """Serve the REST API of ``account``, or of a new one, over HTTP during the block.

    Without arguments it listens on a free port of 127.0.0.1. Any client can use it, in this process
    and in others. During the block the environment variables for the API's token, account and base
    URL are the server's.

    At the end of a block that did not raise, it gives the warnings and raises the errors of the
    server's threads, and raises AssertionError when a planned fault did not strike. Opening the
    block raises OSError when it cannot listen on the port.

    As a decorator of a test function or class it is a block for each test, with a new account
    unless one is given. A function gets it as its argument ``kv_server``, if it has this argument,
    and a ``unittest.TestCase`` as ``self.kv_server``. Raises TypeError for what it cannot decorate.

    Raises TypeError or ValueError for a host or port that is none.
    """
    check_account("serve", account)
    check_type("host", host, str, "a text")
    check_type("port", port, int, "a whole number")
    if port not in range(1 << 16):
        raise ValueError(f"port must be a number from 0 to 65535, not {port}")
    return Block("serve", "kv_server", lambda: _checked(account or KVAccount(), host, port))


@contextmanager
def _checked(account: KVAccount, host: str, port: int) -> Iterator[KVServer]:
    with serving(account, host, port) as server:
        yield server
    server.check()
    account.assert_all_faults_fired()
