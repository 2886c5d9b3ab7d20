"""What ``kv_api``, ``kv_server`` and ``kv_intercept`` have in common."""

from __future__ import annotations

__all__ = ("Endpoint",)

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NoReturn

from pytest_kv._account import KVAccount
from pytest_kv._binding.namespace import KVNamespace


class Endpoint(ABC):
    """The REST API of one simulated account, and what a client needs to call it."""

    def __init__(self, account: KVAccount) -> None:
        self.account = account
        """The account behind the API."""

    if TYPE_CHECKING:
        pass  # A type checker reports these names by itself.
    else:

        def __setattr__(self, name: str, value: object) -> None:
            if _is_of_account(name) and not hasattr(type(self), name):
                raise AttributeError(self._unknown(name))
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(self._unknown(name))

    def _unknown(self, name: str) -> str:
        hint = f"; its account has it: .account.{name}" if _is_of_account(name) else ""
        return f"{type(self).__name__!r} object has no attribute {name!r}{hint}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.account!r} at {self.base_url}>"

    @property
    @abstractmethod
    def base_url(self) -> str:
        """The API's base URL, without a slash at its end."""

    @property
    def account_id(self) -> str:
        """The account's id, 32 hex digits."""
        return self.account.id

    @property
    def api_token(self) -> str:
        """An API token that the account accepts; it is made up and opens nothing."""
        return self.account.api_token

    @property
    def namespace(self) -> KVNamespace:
        """The account's default namespace."""
        return self.account.default_namespace

    @property
    def namespace_id(self) -> str:
        """The default namespace's id, 32 hex digits."""
        return self.namespace.id


def _is_of_account(name: str) -> bool:
    """Whether this is a public attribute of an account."""
    return not name.startswith("_") and hasattr(KVAccount, name)
