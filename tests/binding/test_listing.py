"""`list`: its options, its pages and its cursors."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Entry, KVAccount, KVError, KVNamespace, Limits
from pytest_kv._core.cursor import encode_cursor
from tests.helpers.stopped_clock import NOW, StoppedClock
from tests.helpers.texts import close_names, texts_of_bytes
from tests.helpers.worker import Binding, run


async def thrown(call: Awaitable[object]) -> str:
    with pytest.raises(KVError) as caught:
        await call
    return str(caught.value)


async def names(call: Awaitable[dict[str, list[dict[str, str]]]]) -> list[str]:
    return [key["name"] for key in (await call)["keys"]]


@pytest.fixture
def five(namespace: KVNamespace) -> KVNamespace:
    namespace.seed(dict.fromkeys("cbade", "v"))
    return namespace


async def test_an_empty_namespace_is_one_complete_page(kv: Binding) -> None:
    page = await kv.list()

    assert page == {"keys": [], "list_complete": True, "cacheStatus": None}
    assert list(page) == ["keys", "list_complete", "cacheStatus"]


async def test_a_page_that_is_not_complete_has_a_cursor(five: KVNamespace) -> None:
    page = await five.list(limit=2)

    assert list(page) == ["keys", "list_complete", "cursor", "cacheStatus"]
    assert page["keys"] == [{"name": "a"}, {"name": "b"}]
    assert page.list_complete is False
    assert isinstance(page.cursor, str)
    assert page.cacheStatus is None


async def test_a_name_comes_with_its_expiration_and_metadata(
    kv: Binding, namespace: KVNamespace, clock: StoppedClock
) -> None:
    namespace.seed({"a": Entry("v", metadata={"m": {"n": 0}}, expiration=NOW + 5), "b": "v"})
    await kv.put("c", "v", metadata=float("nan"))

    first, *others = (await kv.list())["keys"]

    assert first == {"name": "a", "expiration": NOW + 5, "metadata": {"m": {"n": 0}}}
    assert (first.expiration, first.metadata.m.n) == (NOW + 5, 0)
    assert others == [{"name": "b"}, {"name": "c", "metadata": None}]
    clock.advance(5)
    assert await names(kv.list()) == ["b", "c"]


@given(st.sets(close_names, max_size=20), st.just("") | close_names, st.integers(1, 7))
def test_pages_together_hold_every_name_once_in_the_order_of_its_bytes(
    written: set[str], prefix: str, limit: int
) -> None:
    namespace = KVAccount().default_namespace
    namespace.seed(dict.fromkeys(written, "v"))
    page = run(namespace.list(prefix=prefix, limit=limit))
    listed = [key.name for key in page["keys"]]
    while not page.list_complete:
        page = run(namespace.list({"prefix": prefix, "limit": limit, "cursor": page.cursor}))
        assert len(page["keys"]) == limit or page.list_complete
        listed += [key.name for key in page["keys"]]

    assert listed == sorted(
        (name for name in written if name.startswith(prefix)), key=lambda name: name.encode()
    )


async def test_a_page_is_of_1_000_names_unless_less_is_asked_for(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({f"k{number:04}": "v" for number in range(1001)})

    page = await kv.list()

    assert len(page["keys"]) == 1000
    assert not page.list_complete
    assert await names(kv.list(cursor=page.cursor)) == ["k1000"]


@pytest.mark.parametrize("limit", [0, -1, None, "abc", float("nan"), False, {}])
async def test_a_limit_that_is_no_positive_number_is_the_default(
    five: KVNamespace, limit: Any
) -> None:
    assert len((await five.list(limit=limit))["keys"]) == 5


@pytest.mark.parametrize("limit", [2, "2", 2.9, [2], "0x2"])
async def test_a_limit_is_read_as_javascript_reads_it(five: KVNamespace, limit: Any) -> None:
    assert await names(five.list(limit=limit)) == ["a", "b"]


async def test_a_limit_past_1_000_is_refused(kv: Binding) -> None:
    assert await thrown(kv.list(limit=1001)) == (
        "Error: KV GET failed: 400 "
        "Invalid key_count_limit of 1001. Please specify an integer less than 1000."
    )
    assert await thrown(kv.list(limit=2**31)) == (
        "TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive)."
    )


async def test_a_lower_limit_of_the_account_is_the_default_and_the_most() -> None:
    namespace = KVAccount(limits=Limits(list_names=2)).default_namespace
    namespace.seed(dict.fromkeys("abc", "v"))

    assert await names(namespace.list()) == ["a", "b"]
    assert await thrown(namespace.list(limit=3)) == (
        "Error: KV GET failed: 400 "
        "Invalid key_count_limit of 3. Please specify an integer less than 2."
    )


@pytest.mark.parametrize("options", ["x", 5, True, 1.5, b"x"])
async def test_options_that_are_no_object_are_a_type_error(kv: Binding, options: object) -> None:
    if isinstance(options, bytes):
        assert await kv.list(options)
        return
    assert await thrown(kv.list(options)) == (
        "TypeError: Failed to execute 'list' on 'KvNamespace': "
        "parameter 1 is not of type 'ListOptions'."
    )


@pytest.mark.fidelity("list-order-and-prefix")
@pytest.mark.parametrize("prefix", ["", None])
async def test_no_prefix_is_every_name(five: KVNamespace, prefix: str | None) -> None:
    assert len((await five.list(prefix=prefix))["keys"]) == 5


@pytest.mark.fidelity("deviation-prefix-nul")
@pytest.mark.parametrize("prefix", ["a\0", "a\0b", "%", "_", "*", "\ufeff", "\n"])
async def test_a_prefix_may_hold_any_character(
    kv: Binding, namespace: KVNamespace, prefix: str
) -> None:
    namespace.seed({prefix: "v", f"{prefix}\0": "v", "a": "v", f"x{prefix}": "v"})

    assert await names(kv.list(prefix=prefix)) == [prefix, f"{prefix}\0"]


async def test_a_prefix_that_is_no_text_is_its_text(kv: Binding, namespace: KVNamespace) -> None:
    namespace.seed({"12": "v", "1,2": "v"})

    assert await names(kv.list(prefix=12)) == ["12"]
    assert await names(kv.list(prefix=[1, 2])) == ["1,2"]


@pytest.mark.fidelity("lone-surrogates")
async def test_a_lone_surrogate_in_a_prefix_is_replaced(
    kv: Binding, namespace: KVNamespace
) -> None:
    namespace.seed({"\ufffd\ufffd\ufffda": "v", "b": "v"})

    assert await names(kv.list(prefix="\ud800")) == ["\ufffd\ufffd\ufffda"]


@given(texts_of_bytes(513))
def test_a_prefix_past_512_bytes_is_refused(prefix: str) -> None:
    with pytest.raises(KVError) as caught:
        run(KVAccount().default_namespace.list(prefix=prefix))

    assert str(caught.value) == (
        "Error: KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512."
    )


@pytest.mark.parametrize("cursor", ["", None])
async def test_no_cursor_is_the_first_page(five: KVNamespace, cursor: str | None) -> None:
    assert await names(five.list(limit=1, cursor=cursor)) == ["a"]


async def test_a_cursor_marks_a_name_that_may_be_gone(kv: Binding, five: KVNamespace) -> None:
    page = await five.list(limit=2)
    await kv.delete("b")
    await kv.delete("c")
    await kv.put("bb", "v")
    await kv.put("aa", "v")

    assert await names(kv.list(cursor=page.cursor)) == ["bb", "d", "e"]


@pytest.mark.fidelity("list-unknown-cursor")
@pytest.mark.parametrize(
    ("cursor", "first"),
    [(encode_cursor("c"), "d"), ("!", "a"), (5, "a"), (encode_cursor("!"), "a")],
)
async def test_any_text_is_a_cursor(five: KVNamespace, cursor: Any, first: str) -> None:
    assert await names(five.list(limit=1, cursor=cursor)) == [first]
