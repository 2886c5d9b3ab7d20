"""A simulated Cloudflare account, as a test holds it."""

from __future__ import annotations

__all__ = ("KVAccount",)

from collections.abc import Mapping

from pytest_kv._binding.namespace import KVNamespace
from pytest_kv._core.account import Account
from pytest_kv._core.clock import KVClock
from pytest_kv._core.journal import Call
from pytest_kv._core.limits import Limits
from pytest_kv._core.namespace import Namespace
from pytest_kv._core.rules import Refused
from pytest_kv._core.text import key_list, plural, shortened
from pytest_kv._core.views import LiveView
from pytest_kv.production import Production

DEFAULT_TITLE = "KV"
"""The title of an account's first namespace, unless it is given one: what Workers call env.KV."""


class KVAccount(Production):
    """One simulated account with one namespace to begin with; two accounts share nothing.

    ``id`` and ``namespace_id`` are 32 hex digits and drawn from ``seed`` when not given. Any
    credentials do until ``api_token`` is given; then others get KV's own 403. ``limits`` lowers
    (or raises) what KV allows, ``clock`` lets several accounts share one time.

    Raises ValueError for an id of another form.
    """

    def __init__(
        self,
        *,
        id: str | None = None,
        namespace_id: str | None = None,
        title: str | None = None,
        api_token: str | None = None,
        clock: KVClock | None = None,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(Account(id=id, api_token=api_token, clock=clock, seed=seed, limits=limits))
        self._handles: dict[str, KVNamespace] = {}
        self.default_namespace = self.create_namespace(
            DEFAULT_TITLE if title is None else title, id=namespace_id
        )
        """The namespace the fixtures ``kv_namespace`` and ``kv_api.namespace`` stand for."""

    def __repr__(self) -> str:
        return f"<KVAccount {self.id} with {plural(len(self.namespaces), 'namespace')}>"

    @property
    def core(self) -> Account:
        """The state both faces share: what a transport is built on, of no use to a test."""
        return self._core

    @property
    def id(self) -> str:
        """The account's id, 32 hex digits."""
        return self._core.id

    @property
    def api_token(self) -> str:
        """The API token for a client under test; it is made up and opens nothing."""
        return self._core.api_token

    @property
    def clock(self) -> KVClock:
        """The account's clock."""
        return self._core.clock

    @property
    def calls(self) -> list[Call]:
        """Every operation on this account so far, over either face, in order."""
        return list(self._core.journal)

    @property
    def namespaces(self) -> Mapping[str, KVNamespace]:
        """The namespaces by id, read-only and live; those made over REST are there too."""
        return _Namespaces(self)

    def create_namespace(self, title: str, *, id: str | None = None) -> KVNamespace:
        """A new, empty namespace; ValueError for a title or an id that cannot be given."""
        with self._core.lock:
            try:
                namespace = self._core.create_namespace(title, id=id)
            except Refused as refused:
                told = f"KV would not create a namespace {shortened(title, 80)}: {refused.text}"
                raise ValueError(told) from None
            return self._handle(namespace)

    def remove_namespace(self, id: str) -> None:
        """Remove a namespace and all its keys; KeyError when there is none with this id."""
        with self._core.lock:
            if id not in self._core.namespaces:
                raise self._unknown(id)
            self._core.remove_namespace(id)

    def namespace(self, id_or_title: str) -> KVNamespace:
        """The namespace with this id or title; KeyError, naming the others, when there is none."""
        with self._core.lock:
            for namespace in self._core.namespaces.values():
                if id_or_title in (namespace.id, namespace.title):
                    return self._handle(namespace)
            raise self._unknown(id_or_title)

    def _unknown(self, id_or_title: str) -> KeyError:
        known = [f"{n.title} ({n.id})" for n in self._core.namespaces.values()]
        return KeyError(
            f"no namespace {id_or_title!r}; the account has {key_list(known) or 'none'}"
        )

    def _handle(self, namespace: Namespace) -> KVNamespace:
        handle = self._handles.get(namespace.id)
        if handle is None or not handle.is_of(namespace):
            handle = self._handles[namespace.id] = KVNamespace(self._core, namespace)
        return handle


class _Namespaces(LiveView[str, KVNamespace]):
    def __init__(self, account: KVAccount) -> None:
        self._account = account

    def __getitem__(self, id: str) -> KVNamespace:
        with self._account.core.lock:
            return self._account._handle(self._account.core.namespaces[id])

    def snapshot(self) -> dict[str, KVNamespace]:
        core = self._account.core
        with core.lock:
            return {id: self._account._handle(found) for id, found in core.namespaces.items()}

    def __repr__(self) -> str:
        return repr(self.snapshot())
