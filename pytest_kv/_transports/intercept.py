"""The REST face at Cloudflare's own address, for every client of this process."""

from __future__ import annotations

__all__ = ("KVIntercept", "intercept", "intercepting")

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Lock

from pytest_kv._account import KVAccount
from pytest_kv._rest.http import Request, Response
from pytest_kv._rest.routes import BASE_URL, HOST
from pytest_kv._transports.api_host import answered_by
from pytest_kv._transports.block import Block, check_account
from pytest_kv._transports.certificates import certificate, rejections
from pytest_kv._transports.environment import fake_environment, without_proxy
from pytest_kv._transports.host_claims import STAND_IN
from pytest_kv._transports.listener import Listener
from pytest_kv._transports.server import THIS_MACHINE, Served

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_PINNED = (
    f"kv_intercept: a client read the certificate of {HOST} and then sent nothing. A client that "
    "is pinned to another certificate (a fingerprint) cannot accept the one of pytest-kv: leave "
    "the pin out in this test, or use kv_server."
)


class KVIntercept(Served):
    """The REST API of one simulated account at ``https://api.cloudflare.com``.

    :func:`intercept` and the fixture ``kv_intercept`` make one.
    """

    def __init__(self, account: KVAccount, host: str, port: int) -> None:
        super().__init__(account)
        self.host = host
        """The address at which the server behind it listens."""
        self.port = port
        """The server's port; blocks that are open at the same time share it."""
        self._no_proxy = without_proxy(HOST)
        self._rejections = rejections()

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        return BASE_URL

    @property
    def env(self) -> dict[str, str]:
        """The environment variables with the account's credentials.

        If the environment names a proxy, they also tell every client not to use it for the API.
        """
        return {
            "CLOUDFLARE_API_TOKEN": self.api_token,
            "CLOUDFLARE_ACCOUNT_ID": self.account_id,
            **self._no_proxy,
        }

    def explain(self, error: BaseException) -> None:
        """Add a note to an error of the test if a client has rejected our certificate."""
        if rejections() > self._rejections:
            error.add_note(_PINNED)


class _Blocks:
    """The open blocks and the one server that answers for all of them.

    The innermost block answers each request: a client may keep its connection from one block to
    the next.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: list[KVIntercept] = []
        self._listener: Listener | None = None

    @contextmanager
    def opened(self, account: KVAccount) -> Iterator[KVIntercept]:
        """Answer for ``account`` during the block."""
        block = self._enter(account)
        try:
            yield block
        finally:
            self._leave(block)

    def _enter(self, account: KVAccount) -> KVIntercept:
        with self._lock:
            if self._listener is None:
                self._listener = self._listen()
            block = KVIntercept(account, self._listener.host, self._listener.port)
            self._open.append(block)
            return block

    def _leave(self, block: KVIntercept) -> None:
        with self._lock:
            if self._listener is not None and len(self._open) == 1:
                self._listener.stop()
                self._listener = None
            self._open = [other for other in self._open if other is not block]

    def _listen(self) -> Listener:
        tls = certificate().server_context
        listen = partial(Listener, answer=self._answer, keep=self._keep, tls=tls)
        try:
            return listen(STAND_IN, 0)
        except OSError:  # not every system has another address of this machine than 127.0.0.1
            return listen(THIS_MACHINE, 0)

    def _answer(self, request: Request) -> Response:
        return self._open[-1]._answer(request)

    def _keep(self, error: BaseException) -> None:
        self._open[-1]._errors.append(error)


_BLOCKS = _Blocks()


@contextmanager
def intercepting(account: KVAccount) -> Iterator[KVIntercept]:
    """:func:`intercept` without the checks at the end of the block."""
    with ExitStack() as stack:
        block = stack.enter_context(_BLOCKS.opened(account))
        stack.enter_context(
            fake_environment(
                account_id=block.account_id,
                api_token=block.api_token,
                base_url=block.base_url,
                also=block.env | without_proxy(HOST, always=True),
            )
        )
        trusting = certificate().client_context()
        stack.enter_context(answered_by(block.host, block.port, trusting))
        try:
            yield block
        except Exception as error:
            block.explain(error)
            raise


def intercept(account: KVAccount | None = None) -> Block[KVIntercept]:
    """Answer for ``https://api.cloudflare.com`` from ``account``, or from a new one.

    During the block every client of this process that goes to Cloudflare's API, at its real
    address, gets its answers from the account: over real TLS, on a port of this machine, with a
    certificate that is trusted for this host alone. During the block the environment variables for
    the API's token and account are the fake's. An inner block answers before an outer one.

    At the end of a block that did not raise, it gives the warnings and raises the errors of the
    server's threads, and raises AssertionError when a planned fault did not strike.

    As a decorator of a test function or class it is a block for each test, with a new account
    unless one is given. A function gets it as its argument ``kv_intercept``, if it has this
    argument, and a ``unittest.TestCase`` as ``self.kv_intercept``. Raises TypeError for what it
    cannot decorate.

    Opening the block raises ImportError when the extra ``intercept`` is not installed.
    """
    check_account("intercept", account)
    return Block("intercept", "kv_intercept", lambda: _checked(account or KVAccount()))


@contextmanager
def _checked(account: KVAccount) -> Iterator[KVIntercept]:
    with intercepting(account) as block:
        yield block
    block.check()
    account.assert_all_faults_fired()
