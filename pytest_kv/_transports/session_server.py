"""One server for a whole test run; for each test it answers from that test's account."""

from __future__ import annotations

__all__ = ("SessionServer", "session_serving")

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_kv._account import KVAccount
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.envelope import failure
from pytest_kv._rest.http import Request, Response
from pytest_kv._transports.server import THIS_MACHINE, KVServer, running

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_NO_TEST = (
    "no test is running: session_kv_server answers from the kv_account of the test that is "
    "running, so call it in a test or in a fixture"
)
_CLOSED = (
    "session_kv_server is closed: it lasts as long as the run of pytest, so stop what calls it "
    "when your session fixture is torn down"
)
_OTHER_IDS = (
    "session_kv_server keeps one account id, namespace id and API token for the whole run, and "
    "the kv_account of this test has others: give them in the ini file, so that every test has "
    "them, or use kv_server in this test"
)
_NOT_AVAILABLE = 503


class SessionServer(KVServer):
    """A server that keeps its address, ids and token, and answers from changing accounts."""

    _name = "session_kv_server"

    def __init__(self, first: KVAccount, host: str, port: int) -> None:
        self._fixed = (first.id, first.default_namespace.id, first.api_token)
        super().__init__(first, host=host, port=port)
        self.leave_test()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.base_url}>"

    @property
    def account(self) -> KVAccount:
        """The account of the test that is running; RuntimeError when there is none."""
        if self._current is None:
            raise RuntimeError(self._problem)
        return self._current

    @account.setter
    def account(self, account: KVAccount) -> None:
        self._current: KVAccount | None = account
        self._problem = ""

    @property
    def account_id(self) -> str:
        """The account's id, the same in every test."""
        return self._fixed[0]

    @property
    def namespace_id(self) -> str:
        """The default namespace's id, the same in every test."""
        return self._fixed[1]

    @property
    def api_token(self) -> str:
        """An API token that the account accepts, the same in every test."""
        return self._fixed[2]

    def enter_test(self, account: KVAccount) -> str:
        """Answer from ``account``; return why that is impossible, or an empty text."""
        account_id, namespace_id, token = self._fixed
        is_alike = (account.id, account.default_namespace.id) == (account_id, namespace_id)
        if is_alike and account._core.accepts(token):
            self.account = account
            self._rest = RestApi(account._core, self._warnings.append)
        else:
            self._leave(_OTHER_IDS)
        return self._problem

    def leave_test(self) -> None:
        """Answer from no account."""
        self._leave(_NO_TEST)

    def stop(self) -> None:
        """Close the port and every connection, and end every thread."""
        super().stop()
        self._leave(_CLOSED)

    def _leave(self, problem: str) -> None:
        self._current, self._problem = None, problem

    def _answer(self, request: Request) -> Response:
        problem = self._problem
        return failure(_NOT_AVAILABLE, 0, problem) if problem else super()._answer(request)


@contextmanager
def session_serving(
    first: KVAccount, host: str | None = None, port: int = 0
) -> Iterator[SessionServer]:
    """Serve during the block, with the ids and the token of ``first``."""
    server = SessionServer(first, host or THIS_MACHINE, port)
    with running(server):
        yield server
