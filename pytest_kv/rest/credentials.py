"""Whether a request may speak for an account."""

from __future__ import annotations

__all__ = ("check_credentials",)

from collections.abc import Mapping

from pytest_kv.core.account import Account
from pytest_kv.rest.errors import RestError


def check_credentials(account: Account, account_id: str, headers: Mapping[str, str]) -> None:
    """Raise RestError without credentials, or with some that this account does not accept (R)."""
    secret = _bearer(headers.get("authorization", "")) or _key(headers)
    if secret is None:
        # R for the code; the words are those of the API's older errors (I).
        raise RestError(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    if account_id != account.id or not account.accepts(secret):
        raise RestError(403, 10000, "Authentication error")


def _bearer(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _key(headers: Mapping[str, str]) -> str | None:
    return headers.get("x-auth-key") or None if headers.get("x-auth-email") else None
