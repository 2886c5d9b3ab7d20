"""The clean-up, called as a Cron Trigger calls it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from cleanup_entry import WEEK_MS, Default

from pytest_kv import Entry, KVAccount
from pytest_kv.workers import KVWorkers

NOW = 1_800_000_000_000

pytestmark = pytest.mark.kv(title="DRAFTS")


async def test_old_drafts_are_deleted_on_every_page(
    kv_worker: KVWorkers, kv_env: SimpleNamespace, kv_account: KVAccount
) -> None:
    old = {f"draft:{n}": Entry("old", metadata={"saved": NOW - WEEK_MS - 1}) for n in range(1_500)}
    new = {"draft:new": Entry("new", metadata={"saved": NOW - WEEK_MS}), "settings": "dark"}
    kv_env.DRAFTS.seed(old | new)
    kv_account.tombstones = True

    await kv_worker(Default).scheduled("0 3 * * *", scheduled_time=NOW)

    kv_env.DRAFTS.assert_only_deleted(*old)
