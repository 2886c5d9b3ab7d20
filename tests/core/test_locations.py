"""A namespace as it is seen from London and from Paris: what is cached, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kv import Entry, KVAccount, KVClock, KVError, KVNamespace, Limits
from tests.core.seen import HOUR, cache_status, names
from tests.helpers.stopped_clock import StoppedClock

# What is cached where it was read.


@pytest.mark.fidelity("location-cache-status")
async def test_a_first_read_misses_and_the_next_one_hits(
    central: KVNamespace, london: KVNamespace
) -> None:
    central.seed({"key": Entry("value", metadata=[1])})

    first = await london.getWithMetadata("key")
    second = await london.getWithMetadata("key")

    assert first == {"value": "value", "metadata": [1], "cacheStatus": "MISS"}
    assert second == {"value": "value", "metadata": [1], "cacheStatus": "HIT"}


@pytest.mark.fidelity("location-caches-missing-keys")
async def test_a_missing_key_is_cached_as_missing(london: KVNamespace, paris: KVNamespace) -> None:
    first = await london.getWithMetadata("key")
    await paris.put("key", "value")
    second = await london.getWithMetadata("key")

    assert first == {"value": None, "metadata": None, "cacheStatus": "MISS"}
    assert second == {"value": None, "metadata": None, "cacheStatus": "HIT"}


@pytest.mark.fidelity("location-value-and-metadata")
async def test_value_and_metadata_are_cached_together(
    london: KVNamespace, paris: KVNamespace
) -> None:
    await paris.put("key", "1", metadata={"version": 1})
    await london.get("key")
    await paris.put("key", "2", metadata={"version": 2})

    seen = await london.getWithMetadata("key")

    assert (seen.value, seen.metadata) == ("1", {"version": 1})


@pytest.mark.fidelity("location-value-and-metadata")
@pytest.mark.parametrize(("type", "value"), [("text", "1"), ("json", 1), ("arrayBuffer", b"1")])
async def test_what_is_cached_can_be_read_as_every_type(
    london: KVNamespace, paris: KVNamespace, type: Any, value: object
) -> None:
    await paris.put("key", "1")
    await london.get("key")
    await paris.delete("key")

    assert await london.get("key", type) == value


@pytest.mark.fidelity("location-bulk-get")
async def test_a_bulk_get_reads_from_the_same_cache_and_fills_it(
    london: KVNamespace, paris: KVNamespace
) -> None:
    await paris.put("a", "old")
    await london.get("a")
    await london.get(["b"], cacheTtl=HOUR)
    await paris.put("a", "new")
    await paris.put("b", "new")

    assert await london.get(["a", "b"]) == {"a": "old", "b": None}
    assert await london.getWithMetadata(["a"]) == {"a": {"value": "old", "metadata": None}}
    assert await paris.get(["a", "b"]) == {"a": "new", "b": "new"}


@pytest.mark.fidelity("location-list-cached", "location-cache-status")
async def test_a_list_is_cached_for_the_default_time(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    assert (await london.list()).cacheStatus == "MISS"
    await paris.put("key", "value")

    clock.advance(59.75)
    cached = await london.list()
    clock.advance(0.25)
    fresh = await london.list()

    assert (cached["keys"], cached.cacheStatus) == ([], "HIT")
    assert (fresh["keys"], fresh.cacheStatus) == ([{"name": "key"}], "MISS")


@pytest.mark.fidelity("location-list-pages-apart")
async def test_each_page_of_a_list_is_cached_by_itself(
    london: KVNamespace, paris: KVNamespace
) -> None:
    for key in ("a1", "a2", "b1"):
        await paris.put(key, "value")
    page = await london.list(limit=1)
    await paris.delete("a1")
    await paris.delete("a2")

    assert await names(london, limit=1) == ["a1"]
    assert await names(london, limit=1, cursor=page.cursor) == ["b1"]
    assert await names(london, limit=2) == ["b1"]
    assert await names(london, prefix="a") == []


async def test_reading_and_listing_do_not_answer_for_each_other(
    london: KVNamespace, paris: KVNamespace
) -> None:
    assert await london.get("key") is None
    await paris.put("key", "value")

    assert await names(london) == ["key"]
    assert await london.get("key") is None


# How long it is cached.


@pytest.mark.fidelity(
    "Limits.default_cache_ttl_seconds", "location-caches-reads", "deviation-no-early-refresh"
)
@pytest.mark.parametrize(
    ("options", "seconds"), [({}, 60), ({"cacheTtl": 30}, 30), ({"cacheTtl": HOUR}, HOUR)]
)
async def test_what_was_read_is_cached_until_its_cache_ttl_is_over(
    london: KVNamespace, paris: KVNamespace, clock: KVClock, options: dict[str, int], seconds: int
) -> None:
    await paris.put("key", "old")
    await london.get("key", **options)
    await paris.put("key", "new")

    clock.advance(seconds - 0.25)
    assert await london.get("key", cacheTtl=HOUR) == "old"
    clock.advance(0.25)
    assert await london.get("key", cacheTtl=HOUR) == "new"


@pytest.mark.fidelity("location-longer-cache-ttl")
async def test_reading_again_does_not_make_it_last(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    assert await london.get("key") is None
    await paris.put("key", "value")

    clock.advance(40)
    assert await london.get("key") is None
    clock.advance(20)
    assert await london.get("key") == "value"


async def test_what_a_bulk_get_read_is_cached_until_its_cache_ttl_is_over(
    central: KVNamespace, london: KVNamespace, clock: KVClock
) -> None:
    central.seed({"key": "old"})
    await london.get(["key"], cacheTtl=HOUR)
    central.seed({"key": "new"})

    clock.advance(HOUR - 1)
    assert await london.get(["key"], cacheTtl=HOUR) == {"key": "old"}
    clock.advance(1)
    assert await london.get(["key"], cacheTtl=HOUR) == {"key": "new"}


@pytest.mark.fidelity("location-shorter-cache-ttl")
async def test_a_lower_cache_ttl_shortens_the_wait(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    """Cloudflare's own example: cached for a day, then read with 300 s or without a number."""
    assert await london.get("key", cacheTtl=86_400) is None
    await paris.put("key", "value")

    clock.advance(299)
    assert await london.get("key", cacheTtl=300) is None
    clock.advance(1)
    assert await london.get("key", cacheTtl=86_400) == "value"


@pytest.mark.fidelity("location-shorter-cache-ttl")
async def test_a_read_without_a_cache_ttl_shortens_a_longer_one(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    assert await london.get("key", cacheTtl=86_400) is None
    await paris.put("key", "value")

    clock.advance(60)

    assert await london.get("key") == "value"


@pytest.mark.fidelity("location-longer-cache-ttl")
async def test_a_higher_cache_ttl_does_not_lengthen_the_wait(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    assert await london.get("key", cacheTtl=30) is None
    await paris.put("key", "value")

    assert await london.get("key", cacheTtl=HOUR) is None
    clock.advance(30)
    assert await london.get("key", cacheTtl=HOUR) == "value"


@pytest.mark.fidelity("Limits.default_cache_ttl_seconds")
async def test_the_default_time_is_a_limit_of_the_account() -> None:
    account = KVAccount(clock=StoppedClock(), limits=Limits(default_cache_ttl_seconds=5))
    london, paris = map(account.default_namespace.at, ("LHR", "CDG"))
    assert await london.get("key") is None
    await paris.put("key", "value")

    account.clock.advance(5)

    assert await london.get("key") == "value"
    assert await names(london) == ["key"]


# Writes and deletes.


@pytest.mark.fidelity("location-write-reaches-others-later")
async def test_a_delete_is_seen_at_once_where_it_was_made_and_elsewhere_later(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    await london.put("key", "value")
    assert await london.get("key", cacheTtl=HOUR) == await paris.get("key") == "value"

    await london.delete("key")

    assert await london.get("key", cacheTtl=HOUR) is None
    assert await paris.get("key") == "value"
    clock.advance(60)
    assert await paris.get("key") is None


@pytest.mark.fidelity("location-write-reaches-others-later")
async def test_a_write_is_seen_at_once_where_it_was_made_and_elsewhere_later(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    assert await london.get("key", cacheTtl=HOUR) is await paris.get("key") is None

    await london.put("key", "value")

    assert await london.get("key", cacheTtl=HOUR) == "value"
    assert await paris.get("key") is None
    clock.advance(60)
    assert await paris.get("key") == "value"


@pytest.mark.fidelity("location-own-write-drops-lists")
async def test_own_writes_and_deletes_are_seen_in_own_lists_at_once(
    london: KVNamespace, paris: KVNamespace
) -> None:
    assert await names(london) == await names(paris) == []

    await london.put("a", "value")
    await london.put("b", "value")
    assert await names(london) == ["a", "b"]
    await london.delete("a")

    assert await names(london) == ["b"]
    assert await names(paris) == []


@pytest.mark.fidelity("location-write-fills-no-cache")
async def test_a_write_goes_to_the_central_store_and_fills_no_cache(
    london: KVNamespace, paris: KVNamespace
) -> None:
    """So a location that wrote a key and did not read it since sees what others write next."""
    await london.put("key", "London's")
    await paris.put("key", "Paris's")

    assert await london.get("key") == "Paris's"
    assert await cache_status(paris, "key") == "MISS"


@pytest.mark.fidelity("location-own-write-drops")
async def test_the_cache_ttl_of_a_read_after_an_own_write_is_its_own(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    await london.get("key")
    await london.put("key", "old")
    await london.get("key", cacheTtl=HOUR)
    await paris.put("key", "new")

    clock.advance(HOUR - 1)

    assert await london.get("key", cacheTtl=HOUR) == "old"


@pytest.mark.fidelity("location-own-write-drops")
async def test_a_miss_after_an_own_delete_is_cached_like_any_other(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    await london.put("key", "value")
    await london.delete("key")
    assert await london.get("key") is None
    await paris.put("key", "value")

    assert await london.get("key") is None
    clock.advance(60)
    assert await london.get("key") == "value"


@pytest.mark.fidelity("location-own-write-keeps-others")
async def test_an_own_write_leaves_other_keys_cached(
    london: KVNamespace, paris: KVNamespace
) -> None:
    assert await london.get("key") is None
    await paris.put("key", "value")

    await london.put("other", "value")

    assert await london.get("key") is None


@pytest.mark.fidelity("location-refusals")
async def test_a_refused_write_leaves_the_key_cached(
    london: KVNamespace, paris: KVNamespace
) -> None:
    await paris.put("key", "old")
    await london.get("key")
    await london.list()
    await paris.put("key", "new")
    await paris.put("other", "new")

    with pytest.raises(KVError, match="expiration_ttl of 59"):
        await london.put("key", "value", expirationTtl=59)

    assert await london.get("key") == "old"
    assert await names(london) == ["key"]


@pytest.mark.fidelity("location-refusals")
async def test_a_refused_read_is_not_cached_and_shortens_nothing(
    london: KVNamespace, paris: KVNamespace, clock: KVClock
) -> None:
    with pytest.raises(KVError, match="cache_ttl of 29"):
        await london.get("key", cacheTtl=29)
    assert await cache_status(london, "key") == "MISS"
    await paris.put("key", "value")

    clock.advance(59)
    with pytest.raises(KVError, match="cache_ttl of 29"):
        await london.get("key", cacheTtl=29)

    assert await london.get("key") is None
