"""The sessions of a Worker, tested with ``kv_namespace`` as ``env.SESSIONS``."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sessions import MONTH_SECONDS, delete_stale, is_logged_in, log_in, log_out

from pytest_kv import Entry, KVClock, KVNamespace

DAY_SECONDS = 24 * 60 * 60


@pytest.fixture
def env(kv_namespace: KVNamespace) -> SimpleNamespace:
    return SimpleNamespace(SESSIONS=kv_namespace)


async def test_logging_out_deletes_the_session_and_no_other(
    env: SimpleNamespace, kv_namespace: KVNamespace
) -> None:
    kv_namespace.seed({"session:alice:1": "alice", "session:alice:12": "alice"})

    await log_out(env, "1", "alice")

    kv_namespace.assert_only_deleted("session:alice:1")


async def test_logging_out_twice_is_no_error(
    env: SimpleNamespace, kv_namespace: KVNamespace
) -> None:
    await log_out(env, "1", "alice")
    await log_out(env, "1", "alice")

    assert kv_namespace.deletes == ["session:alice:1", "session:alice:1"]


async def test_a_session_ends_after_a_month(env: SimpleNamespace, kv_clock: KVClock) -> None:
    await log_in(env, "1", "alice", now=kv_clock.time())

    kv_clock.advance(MONTH_SECONDS - DAY_SECONDS)
    assert await is_logged_in(env, "1", "alice")

    kv_clock.advance(DAY_SECONDS)
    assert not await is_logged_in(env, "1", "alice")


async def test_stale_sessions_are_deleted_on_every_page(
    env: SimpleNamespace, kv_namespace: KVNamespace
) -> None:
    stale = [f"session:alice:{number}" for number in range(2_500)]
    kv_namespace.seed({name: Entry("alice", metadata={"seen": 99}) for name in stale})
    kv_namespace.seed({"session:bob:1": Entry("bob", metadata={"seen": 100}), "settings": "dark"})

    assert await delete_stale(env, before=100) == 2_500

    kv_namespace.assert_deleted(*stale)
    kv_namespace.assert_not_deleted("session:bob:1", "settings")
    assert [call.operation for call in kv_namespace.calls].count("list") == 3
