"""`wrangler kv bulk`: put, get and delete, in the batches Wrangler makes."""

from __future__ import annotations

import base64

import pytest

from pytest_kv import KVServer
from tests.wrangler.cli import Wrangler

NAMES = [f"page:{number}" for number in range(2500)]


def batches(server: KVServer) -> list[tuple[str, int]]:
    return [(call.operation, len(call.keys)) for call in server.namespace.calls]


def test_put_sends_2_500_pairs_1_000_at_a_time(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    pairs = [{"key": name, "value": f"value of {name}"} for name in NAMES]

    done = wrangler.kv("bulk", "put", wrangler.file("pairs.json", pairs))

    assert done.code == 0
    assert done.output.endswith("Uploaded 100% (2,500 out of 2,500)\nSuccess!\n")
    assert batches(kv_server) == [("bulk_put", 1000), ("bulk_put", 1000), ("bulk_put", 500)]
    assert requests == [f"PUT /{kv_server.namespace_id}/bulk"] * 3
    stored = {name: entry.text for name, entry in kv_server.namespace.data.items()}
    assert stored == {name: f"value of {name}" for name in NAMES}
    assert not wrangler.names_asked_for


def test_put_with_every_member_of_a_pair(wrangler: Wrangler, kv_server: KVServer) -> None:
    expiration = int(kv_server.account.clock.time()) + 3600
    image = bytes(range(256))
    pair = {
        "key": "image",
        "value": base64.b64encode(image).decode("ascii"),
        "base64": True,
        "metadata": {"type": "png"},
        "expiration": expiration,
    }

    assert wrangler.kv("bulk", "put", wrangler.file("pairs.json", [pair])).code == 0

    entry = kv_server.namespace.data["image"]
    assert (entry.value, entry.metadata, entry.expiration) == (image, {"type": "png"}, expiration)


def test_get_prints_values_and_null_for_a_missing_key(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    kv_server.namespace.seed({"user:1": "alice", "user:2": "zoë"})
    names = ["user:1", {"name": "user:2"}, "user:3"]

    done = wrangler.kv("bulk", "get", wrangler.file("names.json", names))

    assert done.code == 0
    assert done.json == {"user:1": "alice", "user:2": "zoë", "user:3": None}
    assert requests == [f"POST /{kv_server.namespace_id}/bulk/get"]
    assert batches(kv_server) == [("bulk_get", 3)]


def test_get_of_101_keys_is_one_request_that_kv_refuses(
    wrangler: Wrangler, kv_server: KVServer
) -> None:
    done = wrangler.kv("bulk", "get", wrangler.file("names.json", NAMES[:101]))

    assert done.code == 1
    assert "bulk get keys: 'You can request a maximum of 100 keys'" in done.errors
    assert batches(kv_server) == [("bulk_get", 101)]


@pytest.mark.fidelity("bulk_delete_older")
def test_delete_sends_2_500_keys_1_000_at_a_time_the_older_way(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    kv_server.namespace.seed(dict.fromkeys([*NAMES, "user:1"], "value"))

    done = wrangler.kv("bulk", "delete", wrangler.file("names.json", NAMES), "--force")

    assert done.code == 0
    assert done.output.endswith("Deleted 100% (2,500 out of 2,500)\nSuccess!\n")
    three = [("bulk_delete", 1000), ("bulk_delete", 1000), ("bulk_delete", 500)]
    assert batches(kv_server) == three
    assert requests == [f"DELETE /{kv_server.namespace_id}/bulk"] * 3
    kv_server.namespace.assert_only_deleted(*NAMES)
    assert list(kv_server.namespace.data) == ["user:1"]
    assert not wrangler.names_asked_for


def test_delete_goes_ahead_where_nobody_can_be_asked(
    wrangler: Wrangler, kv_server: KVServer
) -> None:
    done = wrangler.kv("bulk", "delete", wrangler.file("names.json", [{"name": "never there"}]))

    assert done.code == 0
    assert "Using fallback value in non-interactive context: yes" in done.output
    assert kv_server.namespace.deletes == ["never there"]


@pytest.mark.parametrize("command", ["put", "delete"])
def test_keys_that_were_not_done_are_passed_over_in_silence(
    wrangler: Wrangler, kv_server: KVServer, command: str
) -> None:
    kv_server.namespace.seed({"page:1": "old", "page:2": "old"})
    kv_server.account.fail_keys("page:2")
    names = ["page:1", "page:2"]
    content = [{"key": name, "value": "new"} for name in names] if command == "put" else names

    done = wrangler.kv("bulk", command, wrangler.file("content.json", content))

    assert done.code == 0
    assert done.output.endswith("Success!\n")
    texts = {name: entry.text for name, entry in kv_server.namespace.data.items()}
    done_to_the_first = {"page:1": "new"} if command == "put" else {}
    assert texts == done_to_the_first | {"page:2": "old"}


def test_a_failure_on_the_way_leaves_the_rest_undone(
    wrangler: Wrangler, kv_server: KVServer, requests: list[str]
) -> None:
    kv_server.namespace.seed(dict.fromkeys(NAMES, "value"))
    kv_server.account.fail_next("bulk_delete", 503, after=1)

    done = wrangler.kv("bulk", "delete", wrangler.file("names.json", NAMES), "--force")

    assert done.code == 1
    assert len(requests) == 2
    assert set(kv_server.namespace.data) == set(NAMES[1000:])
