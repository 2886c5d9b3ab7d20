"""Lists of many pages, as the SDK walks them."""

from __future__ import annotations

import pytest

from pytest_kv._transports.endpoint import Endpoint
from tests.sdk.caller import Sdk, over_both

NAMES = [f"page:{number:02}" for number in range(25)]


@pytest.fixture(autouse=True)
def _seed(face: Endpoint) -> None:
    face.namespace.seed(dict.fromkeys([*NAMES, "other"], ""))


@over_both
def test_a_for_loop_walks_all_pages_and_asks_for_the_same_prefix_on_each(sdk: Sdk) -> None:
    keys = sdk.every(sdk.kv.keys.list(**sdk.ids, prefix="page:", limit=10))

    assert [key.name for key in keys] == NAMES
    assert [request.url.params["prefix"] for request in sdk.sent] == ["page:"] * 3
    assert ["cursor" in request.url.params for request in sdk.sent] == [False, True, True]


def test_pages_are_turned_one_by_one(sdk: Sdk) -> None:
    page = sdk.wait(sdk.kv.keys.list(**sdk.ids, prefix="page:", limit=10))
    names, counts = [], []

    while page is not None:
        names += [key.name for key in page.result]
        counts.append(page.result_info.count)
        page = sdk.wait(page.get_next_page()) if page.has_next_page() else None

    assert names == NAMES
    assert counts == [10, 10, 5]


def test_the_last_page_has_no_next_one(sdk: Sdk) -> None:
    page = sdk.wait(sdk.kv.keys.list(**sdk.ids))

    assert page.result_info.cursor == ""
    assert page.next_page_info() is None
    assert not page.has_next_page()


def test_a_cursor_leads_on_from_where_it_was_given(sdk: Sdk, face: Endpoint) -> None:
    first = sdk.wait(sdk.kv.keys.list(**sdk.ids, prefix="page:", limit=10))
    face.namespace.seed({"page:00a": "", "page:99": ""})

    rest = sdk.every(sdk.kv.keys.list(**sdk.ids, prefix="page:", cursor=first.result_info.cursor))

    assert [key.name for key in rest] == [*NAMES[10:], "page:99"]


def test_pages_are_as_short_as_the_server_likes(sdk: Sdk, face: Endpoint) -> None:
    face.account.page_size = 2

    keys = sdk.every(sdk.kv.keys.list(**sdk.ids, prefix="page:"))

    assert [key.name for key in keys] == NAMES
    assert len(sdk.sent) == 13


@pytest.mark.kv(bindings=["B", "C", "D"])
def test_namespaces_are_walked_until_an_empty_page(sdk: Sdk) -> None:
    """The SDK knows no last page here and asks for one more than there are."""
    namespaces = sdk.every(sdk.kv.list(account_id=sdk.ids["account_id"], per_page=2))

    assert [namespace.title for namespace in namespaces] == ["KV", "B", "C", "D"]
    assert [request.url.params.get("page") for request in sdk.sent] == [None, "2", "3"]
