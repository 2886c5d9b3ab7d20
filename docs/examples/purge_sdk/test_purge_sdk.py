"""The purge script, tested with ``kv_api`` in place of api.cloudflare.com."""

from __future__ import annotations

import pytest
from cloudflare import Cloudflare, PermissionDeniedError
from purge_sdk import PurgeError, purge

from pytest_kv import KVApi


def test_25_000_keys_are_deleted_in_three_requests(kv_api: KVApi) -> None:
    kv_api.namespace.seed({f"page:{number}": "cached" for number in range(25_000)})

    assert purge(Cloudflare(), kv_api.account_id, kv_api.namespace_id, "page:") == 25_000

    assert not kv_api.namespace.data
    assert kv_api.routes["bulk_delete"].call_count == 3  # 10,000 + 10,000 + 5,000


def test_only_keys_with_the_prefix_are_deleted(kv_api: KVApi) -> None:
    kv_api.namespace.seed({"page:1": "cached", "page:2": "cached", "pages": "2"})

    purge(Cloudflare(), kv_api.account_id, kv_api.namespace_id, "page:")

    kv_api.namespace.assert_only_deleted("page:1", "page:2")


def test_nothing_to_delete_takes_no_request(kv_api: KVApi) -> None:
    assert purge(Cloudflare(), kv_api.account_id, kv_api.namespace_id, "page:") == 0

    assert not kv_api.routes["bulk_delete"].called


@pytest.mark.kv(api_token="right")
def test_a_token_without_access_deletes_nothing(kv_api: KVApi) -> None:
    kv_api.namespace.seed({"page:1": "cached"})
    client = Cloudflare(api_token="wrong")

    with pytest.raises(PermissionDeniedError):
        purge(client, kv_api.account_id, kv_api.namespace_id, "page:")

    kv_api.namespace.assert_no_deletes()


def test_success_false_is_a_purge_error(kv_api: KVApi) -> None:
    kv_api.namespace.seed({"page:1": "cached"})
    kv_api.routes["bulk_delete"].respond(json={"success": False, "errors": [], "result": None})

    with pytest.raises(PurgeError, match="deleted none of 1 key"):
        purge(Cloudflare(), kv_api.account_id, kv_api.namespace_id, "page:")


def test_keys_left_undone_are_a_purge_error(kv_api: KVApi) -> None:
    kv_api.namespace.seed({"page:1": "cached", "page:2": "cached"})
    partly = {"successful_key_count": 1, "unsuccessful_keys": ["page:2"]}
    kv_api.routes["bulk_delete"].respond(json={"success": True, "errors": [], "result": partly})

    with pytest.raises(PurgeError, match="did not delete 1 key"):
        purge(Cloudflare(), kv_api.account_id, kv_api.namespace_id, "page:")
