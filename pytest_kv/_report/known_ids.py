"""The ids that a request could have named, and what is wrong with any other id."""

from __future__ import annotations

__all__ = ("KnownIds", "account_difference", "namespace_difference")

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from pytest_kv._core.text import key_list, shortened

_SHOWN = 60


class KnownIds(NamedTuple):
    """The ids that were known when a request was made."""

    account_id: str
    titles: Mapping[str, str]
    """The titles of the namespaces by their ids; empty for a namespace that was removed since."""
    removed: frozenset[str] = frozenset()
    """The ids of namespaces that an earlier call removed."""


def account_difference(given: str, known: KnownIds) -> str | None:
    """What is wrong with ``given`` as the account's id; None when it is the account's id."""
    own = known.account_id
    if given == own:
        return None
    if not given:
        return f"the account's id is empty; it is {own}"
    if given in known.titles:
        whose = f"the namespace {known.titles[given]!r}" if known.titles[given] else "a namespace"
        return f"{given!r} is the id of {whose}, not the account's, which is {own}"
    if _normalised(given) == own:
        return f"{given!r} is another spelling of the account's id, {own}"
    return f"{shortened(given, _SHOWN)} is not the account's id, which is {own}"


def namespace_difference(given: str, known: KnownIds) -> str | None:
    """What is wrong with ``given`` as a namespace's id; None when it is the id of a namespace."""
    if given in known.titles:
        return None
    for id, title in known.titles.items():
        if title and unquote(given) == title:
            return f"{title!r} is the namespace's title, not its id, which is {id}"
        if _normalised(given) == id:
            return f"{given!r} is another spelling of the namespace's id, {id}"
    namespaces = [f"{title} ({id})" if title else id for id, title in known.titles.items()]
    return f"{_unknown(given, known)}; the account has {key_list(namespaces) or 'none'}"


def _unknown(given: str, known: KnownIds) -> str:
    if not given:
        return "the namespace's id is empty"
    if given == known.account_id:
        return f"{given!r} is the account's id, not a namespace's"
    if given in known.removed:
        return f"the namespace {given!r} was removed by an earlier call"
    return f"{shortened(given, _SHOWN)} is not the id of a namespace"


def _normalised(id: str) -> str:
    return id.lower().replace("-", "")
