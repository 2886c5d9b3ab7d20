"""The account and the namespaces that a request could name, and what is wrong with other ids."""

from __future__ import annotations

__all__ = ("Places", "account_difference", "namespace_difference")

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from pytest_kv._core.text import key_list, shortened

_SHOWN = 60


class Places(NamedTuple):
    """What was there for a request to name."""

    account_id: str
    titles: Mapping[str, str]
    """The titles of the namespaces by their ids; of one that is gone by now an empty one."""
    removed: frozenset[str] = frozenset()
    """The ids of namespaces that an earlier call had removed."""


def account_difference(given: str, places: Places) -> str | None:
    """Why ``given``, as a path has it, is not the account's id; None when it is."""
    own = places.account_id
    if given == own:
        return None
    if not given:
        return f"the account's id is empty; it is {own}"
    if given in places.titles:
        whose = f"the namespace {places.titles[given]!r}" if places.titles[given] else "a namespace"
        return f"{given!r} is the id of {whose}, not the account's, which is {own}"
    if _plain(given) == own:
        return f"{given!r} is another spelling of the account's id, {own}"
    return f"{shortened(given, _SHOWN)} is not the account's id, which is {own}"


def namespace_difference(given: str, places: Places) -> str | None:
    """Why ``given``, as a path has it, is not a namespace's id; None when it is one."""
    if given in places.titles:
        return None
    for id, title in places.titles.items():
        if title and unquote(given) == title:
            return f"{title!r} is the namespace's title, not its id, which is {id}"
        if _plain(given) == id:
            return f"{given!r} is another spelling of the namespace's id, {id}"
    known = [f"{title} ({id})" if title else id for id, title in places.titles.items()]
    return f"{_unknown(given, places)}; the account has {key_list(known) or 'none'}"


def _unknown(given: str, places: Places) -> str:
    if not given:
        return "the namespace's id is empty"
    if given == places.account_id:
        return f"{given!r} is the account's id, not a namespace's"
    if given in places.removed:
        return f"the namespace {given!r} was removed by an earlier call"
    return f"{shortened(given, _SHOWN)} is not the id of a namespace"


def _plain(id: str) -> str:
    return id.lower().replace("-", "")
