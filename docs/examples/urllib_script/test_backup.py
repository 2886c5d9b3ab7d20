"""The backup, tested with ``kv_server`` in place of api.cloudflare.com."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError

import pytest
from backup import BackupError, load, save

from pytest_kv import Entry, KVServer


def test_a_backup_is_loaded_into_another_namespace(kv_server: KVServer, tmp_path: Path) -> None:
    other = kv_server.account.create_namespace("RESTORED")
    kv_server.namespace.seed({f"page:{number}": str(number) for number in range(2_500)})
    about = Entry("", metadata={"by": "alice"}, expiration=4_000_000_000)
    kv_server.namespace.seed({"about": about})

    assert save(kv_server.namespace_id, tmp_path / "kv.json") == 2_501
    assert load(other.id, tmp_path / "kv.json") == 2_501

    assert other.data == kv_server.namespace.data


def test_after_a_503_there_is_no_half_backup(kv_server: KVServer, tmp_path: Path) -> None:
    kv_server.namespace.seed({"a": "1"})
    kv_server.account.fail_next("bulk_get", 503)

    with pytest.raises(HTTPError, match="503") as error:
        save(kv_server.namespace_id, tmp_path / "kv.json")
    error.value.close()

    assert not (tmp_path / "kv.json").exists()


def test_pairs_left_undone_are_a_backup_error(kv_server: KVServer, tmp_path: Path) -> None:
    kv_server.namespace.seed({"a": "1", "b": "2"})
    save(kv_server.namespace_id, tmp_path / "kv.json")
    kv_server.account.fail_keys("b")

    with pytest.raises(BackupError, match="did not write 1 of 2 pairs"):
        load(kv_server.namespace_id, tmp_path / "kv.json")


def test_success_false_is_a_backup_error(kv_server: KVServer, tmp_path: Path) -> None:
    kv_server.account.refuse_next("list")

    with pytest.raises(BackupError, match="KV answered with errors"):
        save(kv_server.namespace_id, tmp_path / "kv.json")
