"""The account of a test, as its options say."""

from __future__ import annotations

__all__ = ("new_account",)

from collections.abc import Mapping
from dataclasses import fields

from pytest_kv._account import KVAccount
from pytest_kv._core.limits import Limits
from pytest_kv._core.text import nearest_first
from pytest_kv._options import Options

_LIMITS = tuple(field.name for field in fields(Limits))


def new_account(options: Options) -> KVAccount:
    """A new account; ValueError for an option that makes no sense."""
    account = KVAccount(
        id=options.account_id,
        namespace_id=options.namespace_id,
        title=options.title,
        api_token=options.api_token,
        seed=options.seed,
        limits=_limits(options.limits),
    )
    for binding in options.bindings:
        account.create_namespace(binding)
    return account


def _limits(given: Mapping[str, int]) -> Limits:
    for name in given:
        if name not in _LIMITS:
            known = ", ".join(nearest_first(name, _LIMITS))
            raise ValueError(f"limits: there is no {name!r}; there are {known}")
    return Limits(**given)
