"""Which account stands behind ``session_kv_server``: the ``kv_account`` of the running test."""

from __future__ import annotations

__all__ = ("BEHIND", "Behind")

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount
    from pytest_kv._transports.session_server import SessionServer

_ACCOUNT, _SERVER = "kv_account", "session_kv_server"

_CIRCLE = (
    "kv_account stands behind session_kv_server, so it cannot be made from the server: let "
    "kv_account return a KVAccount(…), or do not override it"
)


class Behind:
    """The session server of a run, if it is open, and the test that is running."""

    def __init__(self) -> None:
        self._server: SessionServer | None = None
        self._item: pytest.Item | None = None
        self._lasting: KVAccount | None = None
        """The account of a ``kv_account`` that lasts longer than a test."""

    def enter_test(self, item: pytest.Item) -> SessionServer | None:
        """Give the test a ``kv_account`` if the server is open; return the server."""
        self._item = item
        names: list[str] | None = getattr(item, "fixturenames", None)
        if self._server is not None and names is not None:
            # First, so that fixtures that call the server find the account behind it.
            names[:] = [_ACCOUNT, *(name for name in names if name != _ACCOUNT)]
            if self._lasting is not None:
                self._put(self._lasting)
        return self._server

    def leave_test(self) -> None:
        """Let no account stand behind the server until the next test begins."""
        self._item = None
        if self._server is not None:
            self._server.leave_test()

    @contextmanager
    def opened(self, server: SessionServer) -> Iterator[pytest.Item]:
        """During the block the accounts of the tests stand behind ``server``.

        It gives the test that is running now.
        """
        item: Any = self._item
        if _needs_server(item._fixtureinfo.name2fixturedefs, _ACCOUNT):
            raise pytest.fail.Exception(_CIRCLE, pytrace=False)
        self._server = server
        try:
            self._put(item._request.getfixturevalue(_ACCOUNT))
            yield item
        finally:
            self._server = None

    def stand(self, fixturedef: pytest.FixtureDef[object]) -> None:
        """Put what a fixture named ``kv_account`` has made behind the server."""
        from pytest_kv._account import KVAccount

        assert fixturedef.cached_result is not None, "it was set up"
        account = fixturedef.cached_result[0]
        if not isinstance(account, KVAccount):
            return
        if fixturedef.scope != "function":
            self._lasting = account
            fixturedef.addfinalizer(self._forget)
        if self._server is not None:
            self._put(account)

    def _put(self, account: KVAccount) -> None:
        assert self._server is not None, "its callers have looked"
        problem = self._server.enter_test(account)
        if problem and _SERVER in getattr(self._item, "fixturenames", ()):
            raise pytest.fail.Exception(problem, pytrace=False)

    def _forget(self) -> None:
        self._lasting = None


def _needs_server(known: Mapping[str, Sequence[pytest.FixtureDef[object]]], name: str) -> bool:
    """Whether a fixture has the session server among its arguments, or those of its arguments."""
    arguments = {argument for fixture in known.get(name, ()) for argument in fixture.argnames}
    return _SERVER in arguments or any(_needs_server(known, n) for n in arguments - {name})


BEHIND = pytest.StashKey[Behind]()
