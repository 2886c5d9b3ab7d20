"""Short and empty pages of ``list``, over both faces."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Entry, KVAccount, KVApi, KVNamespace, mock_api
from tests.helpers.faces import sent
from tests.helpers.stopped_clock import NOW, StoppedClock

Pages = list[list[str]]


async def pages_of_the_binding(kv: KVNamespace, **options: Any) -> Pages:
    pages, cursor = [], None
    while True:
        page = await kv.list(cursor=cursor, **options)
        pages.append([key.name for key in page["keys"]])
        if page.list_complete:
            assert "cursor" not in page
            return pages
        cursor = page.cursor


def pages_over_rest(api: KVApi, **options: Any) -> Pages:
    pages, cursor = [], ""
    while True:
        query = urlencode({"cursor": cursor, **options})
        answer = sent(api, "GET", f"/{{ns}}/keys?{query}").json()
        pages.append([key["name"] for key in answer["result"]])
        assert answer["success"]
        assert answer["result_info"]["count"] == len(pages[-1])
        cursor = answer["result_info"]["cursor"]
        if not cursor:
            return pages


async def pages(api: KVApi, **options: Any) -> Pages:
    """The pages of a walk, which are the same through both faces."""
    walked = await pages_of_the_binding(api.namespace, **options)
    assert pages_over_rest(api, **options) == walked
    return walked


async def delete(api: KVApi, keys: str) -> None:
    """Delete each key in another way, by turns."""
    for number, key in enumerate(keys):
        if number % 3 == 0:
            await api.namespace.delete(key)
        elif number % 3 == 1:
            sent(api, "DELETE", f"/{{ns}}/values/{key}")
        else:
            sent(api, "POST", "/{ns}/bulk/delete", [key])


@pytest.mark.fidelity("list-short-pages")
async def test_a_page_is_no_longer_than_the_server_likes(kv_api: KVApi) -> None:
    kv_api.namespace.seed(dict.fromkeys("abcde", "v"))
    kv_api.account.page_size = 2

    assert await pages(kv_api) == [["a", "b"], ["c", "d"], ["e"]]
    assert await pages(kv_api, limit=1000) == [["a", "b"], ["c", "d"], ["e"]]
    assert kv_api.account.page_size == 2


async def test_a_limit_below_the_servers_counts(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_namespace.seed(dict.fromkeys("abc", "v"))
    kv_account.page_size = 3

    assert await pages_of_the_binding(kv_namespace, limit=2) == [["a", "b"], ["c"]]

    kv_account.page_size = None
    assert await pages_of_the_binding(kv_namespace) == [["a", "b", "c"]]


async def test_a_last_page_that_is_full_is_complete(kv_api: KVApi) -> None:
    kv_api.namespace.seed(dict.fromkeys("abcd", "v"))
    kv_api.account.page_size = 2

    assert await pages(kv_api) == [["a", "b"], ["c", "d"]]


@pytest.mark.fidelity("list-deleted-names-fill-pages")
async def test_names_that_were_deleted_still_fill_pages(kv_api: KVApi) -> None:
    account = kv_api.account
    kv_api.namespace.seed(dict.fromkeys("abcdefgh", "v"))
    account.page_size, account.tombstones = 2, True

    await delete(kv_api, "bdef")

    assert await pages(kv_api) == [["a"], ["c"], [], ["g", "h"]]
    assert set(kv_api.namespace.data) == set("acgh")


@pytest.mark.fidelity("list-empty-last-page")
async def test_the_last_page_may_be_empty(kv_api: KVApi) -> None:
    account = kv_api.account
    kv_api.namespace.seed(dict.fromkeys("abcd", "v"))
    account.page_size, account.tombstones = 2, True

    await delete(kv_api, "cd")
    assert await pages(kv_api) == [["a", "b"], []]

    await delete(kv_api, "ab")
    assert await pages(kv_api) == [[], []]


async def test_an_empty_page_has_a_cursor_and_says_there_is_more(kv_api: KVApi) -> None:
    account = kv_api.account
    kv_api.namespace.seed(dict.fromkeys("abc", "v"))
    account.page_size, account.tombstones = 2, True
    await delete(kv_api, "ab")

    page = await kv_api.namespace.list()
    answer = sent(kv_api, "GET", "/{ns}/keys").json()

    assert page == {"keys": [], "list_complete": False, "cursor": "Yg==", "cacheStatus": None}
    assert answer == {
        "success": True,
        "errors": [],
        "messages": [],
        "result": [],
        "result_info": {"count": 0, "cursor": "Yg=="},
    }


async def test_a_prefix_meets_only_names_that_have_it(kv_api: KVApi) -> None:
    account = kv_api.account
    kv_api.namespace.seed(dict.fromkeys(["a:1", "b:1", "b:2", "b:3", "c:1"], "v"))
    account.page_size, account.tombstones = 1, True

    for key in ("a:1", "b:2", "c:1"):
        await kv_api.namespace.delete(key)

    assert await pages(kv_api, prefix="b:") == [["b:1"], [], ["b:3"]]
    assert await pages(kv_api, prefix="a:") == [[]]
    assert await pages(kv_api, prefix="d:") == [[]]


@pytest.mark.fidelity("list-deleted-names-fill-pages")
async def test_names_that_have_expired_still_fill_pages() -> None:
    account = KVAccount(clock=StoppedClock())
    account.page_size = 1
    with mock_api(account) as api:
        api.namespace.seed({"a": Entry("v", expiration=NOW + 60), "b": "v"})
        assert await pages(api) == [["a"], ["b"]]

        account.clock.advance(60)
        assert await pages(api) == [["b"]]

        account.tombstones = True
        assert await pages(api) == [[], ["b"]]


async def test_a_key_written_again_is_listed_again(kv_api: KVApi) -> None:
    account = kv_api.account
    kv_api.namespace.seed(dict.fromkeys("ab", "v"))
    account.page_size, account.tombstones = 1, True
    await delete(kv_api, "a")
    assert await pages(kv_api) == [[], ["b"]]

    await kv_api.namespace.put("a", "again")

    assert await pages(kv_api) == [["a"], ["b"]]


@pytest.mark.fidelity("deviation-tombstones-stay")
async def test_a_key_that_was_never_there_leaves_no_trace(kv_api: KVApi) -> None:
    kv_api.account.page_size, kv_api.account.tombstones = 1, True

    await delete(kv_api, "abc")

    assert await pages(kv_api) == [[]]


@pytest.mark.fidelity("deviation-tombstones-stay")
async def test_deletes_count_while_tombstones_are_on(kv_api: KVApi) -> None:
    account = kv_api.account
    account.page_size = 1
    kv_api.namespace.seed(dict.fromkeys("abc", "v"))

    await delete(kv_api, "a")
    account.tombstones = True
    await delete(kv_api, "b")
    assert await pages(kv_api) == [[], ["c"]]
    assert account.tombstones is True

    account.tombstones = False
    assert await pages(kv_api) == [["c"]]


async def test_tombstones_alone_shorten_full_pages(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    keys = [f"k{number:04}" for number in range(1001)]
    kv_account.tombstones = True
    kv_namespace.seed(dict.fromkeys(keys, "v"))

    await kv_namespace.delete(keys[0])

    assert await pages_of_the_binding(kv_namespace) == [keys[1:1000], keys[1000:]]


@pytest.mark.parametrize("names", [0, -1])
def test_a_page_holds_a_name(names: int) -> None:
    with pytest.raises(ValueError, match=f"^a page holds one name or more, not {names}$"):
        KVAccount().page_size = names


@given(
    names=st.sets(st.text("abc", min_size=1, max_size=3), max_size=12),
    deleted=st.sets(st.text("abc", min_size=1, max_size=3), max_size=12),
    page_size=st.integers(1, 4),
    prefix=st.text("abc", max_size=1),
)
async def test_a_walk_that_goes_on_while_there_is_more_meets_every_name_once(
    names: set[str], deleted: set[str], page_size: int, prefix: str
) -> None:
    account = KVAccount()
    account.page_size, account.tombstones = page_size, True
    account.default_namespace.seed(dict.fromkeys(names, "v"))
    for name in deleted:
        await account.default_namespace.delete(name)

    walked = await pages_of_the_binding(account.default_namespace, prefix=prefix)

    met = sorted(name for name in names if name.startswith(prefix))
    size = range(0, max(len(met), 1), page_size)
    assert walked == [[n for n in met[at : at + page_size] if n not in deleted] for at in size]
