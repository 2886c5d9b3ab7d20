"""Checks what fixtures of a test suite give that override those of pytest-kv."""

from __future__ import annotations

__all__ = ("check_result", "checked_account")

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount

_KINDS = {"kv_account": "KVAccount", "kv_namespace": "KVNamespace", "kv_server": "KVServer"}


def check_result(fixturedef: pytest.FixtureDef[Any]) -> None:
    """Fail a fixture that overrides one of ours and forgets to return what it has made."""
    assert fixturedef.cached_result is not None, "it was set up"
    if fixturedef.argname in _KINDS and fixturedef.cached_result[0] is None:
        _fail(fixturedef.argname, None)


def checked_account(given: object) -> KVAccount:
    """What the fixture ``kv_account`` gives; fails the fixture that uses it for another object.

    A suite may have a fixture ``kv_account`` of another kind, as long as none of ours uses it.
    """
    from pytest_kv._account import KVAccount

    if not isinstance(given, KVAccount):
        _fail("kv_account", given)
    return given


def _fail(name: str, given: object) -> NoReturn:
    raise pytest.fail.Exception(
        f"the fixture {name!r} gives {given!r:.80}: let it return or yield a {_KINDS[name]}, or "
        "give it another name",
        pytrace=False,
    )
