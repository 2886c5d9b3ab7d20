"""What is wrong with the account or the namespace that a request names."""

from __future__ import annotations

__all__ = ("account_difference", "namespace_difference")

from urllib.parse import unquote

from pytest_kv.core.account import Account
from pytest_kv.core.text import key_list, shortened

_SHOWN = 60


def account_difference(given: str, account: Account) -> str | None:
    """Why ``given``, as a path has it, is not the account's id; None when it is."""
    if given == account.id:
        return None
    if not given:
        return f"the account's id is empty; it is {account.id}"
    namespace = account.namespaces.get(given)
    if namespace is not None:
        owner = f"the id of the namespace {namespace.title!r}"
        return f"{given!r} is {owner}, not the account's, which is {account.id}"
    if _plain(given) == account.id:
        return f"{given!r} is another spelling of the account's id, {account.id}"
    return f"{shortened(given, _SHOWN)} is not the account's id, which is {account.id}"


def namespace_difference(given: str, account: Account) -> str | None:
    """Why ``given``, as a path has it, is not a namespace's id; None when it is one."""
    if given in account.namespaces:
        return None
    for id, namespace in account.namespaces.items():
        if unquote(given) == namespace.title:
            return f"{namespace.title!r} is the namespace's title, not its id, which is {id}"
        if _plain(given) == id:
            return f"{given!r} is another spelling of the namespace's id, {id}"
    known = [f"{namespace.title} ({id})" for id, namespace in account.namespaces.items()]
    return f"{_unknown(given, account)}; the account has {key_list(known) or 'none'}"


def _unknown(given: str, account: Account) -> str:
    if not given:
        return "the namespace's id is empty"
    if given == account.id:
        return f"{given!r} is the account's id, not a namespace's"
    if _was_removed(given, account):
        return f"the namespace {given!r} was removed by a call"
    return f"{shortened(given, _SHOWN)} is not the id of a namespace"


def _plain(id: str) -> str:
    return id.lower().replace("-", "")


def _was_removed(id: str, account: Account) -> bool:
    return any(
        call.operation == "remove_namespace" and call.namespace_id == id and call.is_done
        for call in account.journal
    )
