"""The app behind its Worker."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from notes_entry import Default

from pytest_kv.workers import KVWorkers

URL = "https://notes.example/notes"

pytestmark = pytest.mark.kv(title="NOTES")


async def test_a_note_is_kept(kv_worker: KVWorkers, kv_env: SimpleNamespace) -> None:
    worker = kv_worker(Default)

    written = await worker.fetch(f"{URL}/a", method="PUT", json={"text": "buy milk"})

    assert written.status == 204
    kv_env.NOTES.assert_put("note:a", "buy milk")
    assert await (await worker.fetch(f"{URL}/a")).json() == {"name": "a", "text": "buy milk"}


async def test_a_note_is_dropped_and_no_other(
    kv_worker: KVWorkers, kv_env: SimpleNamespace
) -> None:
    kv_env.NOTES.seed({"note:a": "1", "note:ab": "2"})

    await kv_worker(Default).fetch(f"{URL}/a", method="DELETE")

    kv_env.NOTES.assert_only_deleted("note:a")


async def test_a_note_that_is_not_there_is_a_404(kv_worker: KVWorkers) -> None:
    answer = await kv_worker(Default).fetch(f"{URL}/a")

    assert (answer.status, await answer.json()) == (404, {"detail": "no such note"})
