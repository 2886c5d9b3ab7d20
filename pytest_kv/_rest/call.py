"""One request on its way through a handler."""

from __future__ import annotations

__all__ = ("RestCall",)

from functools import cached_property

from pytest_kv._core.account import Account
from pytest_kv._core.entry import Entry
from pytest_kv._core.namespace import Namespace
from pytest_kv._core.rules import Rules
from pytest_kv._rest.http import Request
from pytest_kv._rest.query import Query
from pytest_kv._rest.routes import Route

_RECORDED_AS = {"bulk_delete_older": "bulk_delete"}


class RestCall:
    """What a handler needs: the request, its route and its account. It notes what it did here."""

    def __init__(self, account: Account, request: Request, route: Route) -> None:
        self.account = account
        self.request = request
        self.route = route
        self.keys: tuple[str, ...] = () if route.key is None else (route.key,)
        """The keys for the journal; a bulk handler sets them from the body."""
        self.is_read = False
        """Whether the keys and TTLs have been noted."""
        self.unsuccessful_keys: tuple[str, ...] = ()
        """The keys that a bulk call left undone."""
        self.written: tuple[Entry, ...] = ()
        """The entries that the handler has stored."""
        self.expiration_ttls: tuple[int | None, ...] = ()
        """The TTL given for each of the keys; empty when none was given."""
        self.keys_read: tuple[str, ...] = ()
        """The keys that the handler has read."""
        self.is_counted = False
        """Whether the limits of requests have counted or refused it."""
        self.warning: str | None = None
        """The text of a KVUsageWarning, or None."""
        self.has_timed_out = False
        """Whether the client waits no longer for the answer."""

    @property
    def operation(self) -> str:
        """The operation's name in the journal and in KV's messages."""
        return _RECORDED_AS.get(self.route.operation, self.route.operation)

    @property
    def rules(self) -> Rules:
        """The account's rules."""
        return self.account.rules

    @property
    def key(self) -> str:
        """The key of the path."""
        return self.keys[0]

    @property
    def namespace_id(self) -> str:
        """The namespace's id as the path has it."""
        return self.route.namespace_id or ""

    @property
    def namespace(self) -> Namespace:
        """The namespace of the path; Refused when the account has none with this id."""
        return self.account.namespace(self.namespace_id)

    def take_time(self, seconds: float) -> None:
        """Let the account's time pass, no longer than the client waits."""
        patience = self.request.patience_seconds
        self.has_timed_out = patience is not None and patience < seconds
        self.account.clock.advance(seconds if patience is None else min(seconds, patience))

    @cached_property
    def query(self) -> Query:
        """The parameters of the query."""
        return Query(self.request.target)
