"""The Worker's entry file, called as the runtime calls it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from session_entry import DAY_SECONDS, Default

from pytest_kv import KVClock
from pytest_kv.workers import KVWorkers

URL = "https://sessions.example"

pytestmark = pytest.mark.kv(title="SESSIONS")


async def test_logging_in_opens_a_session_for_a_day(
    kv_worker: KVWorkers, kv_env: SimpleNamespace, kv_clock: KVClock
) -> None:
    worker = kv_worker(Default)

    opened = await worker.fetch(URL, method="POST", json={"user": "alice"})
    session_id = (await opened.json())["id"]

    assert opened.status == 201
    kv_env.SESSIONS.assert_put(f"session:{session_id}", expiration_ttl=DAY_SECONDS)
    shown = await worker.fetch(f"{URL}/{session_id}")
    assert await shown.json() == {"user": "alice"}

    kv_clock.advance(DAY_SECONDS)
    assert (await worker.fetch(f"{URL}/{session_id}")).status == 404


async def test_the_last_session_is_noted_after_the_response(
    kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    opened = await kv_worker(Default).fetch(URL, method="POST", json={"user": "alice"})

    kv_env.SESSIONS.assert_put("last:alice", (await opened.json())["id"])


async def test_logging_out_deletes_the_session_and_no_other(
    kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    kv_env.SESSIONS.seed({"session:1": '{"user": "alice"}', "session:12": '{"user": "bob"}'})

    answer = await kv_worker(Default).fetch(f"{URL}/1", method="DELETE")

    assert answer.status == 204
    kv_env.SESSIONS.assert_only_deleted("session:1")
