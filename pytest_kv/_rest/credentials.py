"""The check of a request's credentials."""

from __future__ import annotations

__all__ = ("check_credentials",)

from collections.abc import Mapping

from pytest_kv._core.account import Account
from pytest_kv._rest.errors import Problem, RestError


def check_credentials(account: Account, account_id: str, headers: Mapping[str, str]) -> None:
    """Raise RestError for missing credentials and for those the account does not accept (R)."""
    secret = _bearer(headers.get("authorization", "")) or _key(headers)
    if secret is None:
        raise RestError.of(Problem.NO_CREDENTIALS)
    if account_id != account.id or not account.accepts(secret):
        raise RestError.of(Problem.BAD_CREDENTIALS)


def _bearer(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _key(headers: Mapping[str, str]) -> str | None:
    return headers.get("x-auth-key") or None if headers.get("x-auth-email") else None
