"""The script, tested with ``kv_intercept``, which answers at the address written into it."""

from __future__ import annotations

import pytest
import requests
from clean_up import clean_up

from pytest_kv import Entry, KVIntercept

DAY = 24 * 3600
NOW = 1_000 * DAY


@pytest.fixture(autouse=True)
def _active_token(kv_intercept: KVIntercept) -> None:
    """The answer of a part of Cloudflare's API that is not KV's."""
    active = {"success": True, "result": {"status": "active"}}
    kv_intercept.answer("GET", "/user/tokens/verify", active)


def draft(days: int) -> Entry:
    """A draft that was touched so many days ago."""
    return Entry("text", metadata={"touched": NOW - days * DAY})


def test_old_drafts_are_deleted_from_every_page_and_nothing_else(kv_intercept: KVIntercept) -> None:
    old = [f"draft:old-{number}" for number in range(1_500)]
    kv_intercept.namespace.seed(dict.fromkeys(old, draft(days=31)))
    kv_intercept.namespace.seed({"draft:new": draft(days=29), "page:1": "published"})

    assert clean_up(kv_intercept.namespace_id, NOW) == 1_500

    kv_intercept.namespace.assert_only_deleted(*old)


def test_nothing_is_deleted_when_the_connection_is_lost(kv_intercept: KVIntercept) -> None:
    kv_intercept.namespace.seed({"draft:old": draft(days=31)})
    kv_intercept.account.drop_next("list")

    with pytest.raises(requests.ConnectionError):
        clean_up(kv_intercept.namespace_id, NOW)

    kv_intercept.namespace.assert_no_deletes()


def test_an_inactive_token_ends_the_script(kv_intercept: KVIntercept) -> None:
    disabled = {"success": True, "result": {"status": "disabled"}}
    kv_intercept.answer("GET", "/user/tokens/verify", disabled)

    with pytest.raises(SystemExit, match="not active"):
        clean_up(kv_intercept.namespace_id, NOW)

    assert kv_intercept.account.calls == []
