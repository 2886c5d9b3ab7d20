"""Gives ``session_kv_server`` the account that it answers from: the running test's own."""

from __future__ import annotations

__all__ = ("SERVER_ACCOUNT", "ServerAccount")

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pytest_kv._overrides import checked_account

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount
    from pytest_kv._transports.session_server import SessionServer

_ACCOUNT, _SERVER = "kv_account", "session_kv_server"

_CIRCLE = (
    "session_kv_server answers from kv_account, so kv_account cannot use session_kv_server: let "
    "kv_account return a KVAccount(…), or do not override it"
)


class ServerAccount:
    """The session server of a run, if it is open, and the test that is running."""

    def __init__(self) -> None:
        self._server: SessionServer | None = None
        self._item: pytest.Item | None = None
        self._lasting: KVAccount | None = None
        """The account of a ``kv_account`` whose scope is wider than a test."""

    def enter_test(self, item: pytest.Item) -> SessionServer | None:
        """Give the test a ``kv_account`` if the server is open; return the server."""
        self._item = item
        names: list[str] | None = getattr(item, "fixturenames", None)
        if self._server is not None and names is not None:
            # First, because other fixtures of the test may call the server.
            names[:] = [_ACCOUNT, *(name for name in names if name != _ACCOUNT)]
            if self._lasting is not None:
                self._answer(self._lasting)
        return self._server

    def leave_test(self) -> None:
        """Let the server answer from no account until the next test begins."""
        self._item = None
        if self._server is not None:
            self._server.leave_test()

    @contextmanager
    def opened(self, server: SessionServer) -> Iterator[pytest.Item]:
        """During the block ``server`` answers from the account of each test.

        Gives the test that is running now.
        """
        item: Any = self._item
        if _needs_server(item._fixtureinfo.name2fixturedefs, _ACCOUNT):
            raise pytest.fail.Exception(_CIRCLE, pytrace=False)
        self._server = server
        try:
            self._answer(checked_account(item._request.getfixturevalue(_ACCOUNT)))
            yield item
        finally:
            self._server = None

    def answer_from(self, fixturedef: pytest.FixtureDef[object]) -> None:
        """Let the server answer from the account that a fixture ``kv_account`` has made."""
        from pytest_kv._account import KVAccount

        assert fixturedef.cached_result is not None, "it was set up"
        account = fixturedef.cached_result[0]
        if not isinstance(account, KVAccount):
            return
        if fixturedef.scope != "function":
            self._lasting = account
            fixturedef.addfinalizer(self._forget)
        if self._server is not None:
            self._answer(account)

    def _answer(self, account: KVAccount) -> None:
        assert self._server is not None, "the callers have checked that the server is open"
        problem = self._server.enter_test(account)
        if problem and _SERVER in getattr(self._item, "fixturenames", ()):
            raise pytest.fail.Exception(problem, pytrace=False)

    def _forget(self) -> None:
        self._lasting = None


def _needs_server(known: Mapping[str, Sequence[pytest.FixtureDef[object]]], name: str) -> bool:
    """Whether a fixture uses the session server, by itself or through other fixtures."""
    arguments = {argument for fixture in known.get(name, ()) for argument in fixture.argnames}
    return _SERVER in arguments or any(_needs_server(known, n) for n in arguments - {name})


SERVER_ACCOUNT = pytest.StashKey[ServerAccount]()
