"""The binding's speed, and ``delete`` beside fakeredis."""

from __future__ import annotations

__all__ = ("delete", "throughput")

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from fakeredis import FakeAsyncRedis, FakeServer

from pytest_kv import KVAccount, KVNamespace
from tests.benchmarks.figures import Figure
from tests.benchmarks.measure import Side, Work, alone, compare

NAMES = [f"session:{number}" for number in range(5_000)]
OTHER_NAMES = [f"user:{number}" for number in range(5_000)]


def delete() -> Iterator[Figure]:
    """``delete`` of keys that are there, and of keys that are not, against fakeredis."""
    for state, seeded in (("there", NAMES), ("missing", OTHER_NAMES)):
        measured = compare(partial(_kv_delete, seeded), partial(_redis_delete, seeded))
        yield Figure(
            what=f"binding delete, keys {state}: times as fast as fakeredis",
            rounds=measured.speedups,
            form="{:.1f}×",
            at_least=30,
        )


def throughput() -> Iterator[Figure]:
    """How many times a second a test can call the binding."""
    sides: dict[str, Side] = {
        "put": _kv_put,
        "get": _kv_get,
        "delete": partial(_kv_delete, NAMES),
    }
    for method, side in sides.items():
        yield Figure(
            what=f"binding {method} a second",
            rounds=[len(NAMES) / seconds for seconds in alone(side)],
            form="{:,.0f}",
        )


@contextmanager
def _kv_delete(seeded: Sequence[str]) -> Iterator[Work]:
    namespace = _namespace(seeded)
    with asyncio.Runner() as runner:
        yield lambda: runner.run(_with_each_name(namespace.delete))
    namespace.assert_only_deleted(*NAMES)


@contextmanager
def _kv_get() -> Iterator[Work]:
    namespace = _namespace(NAMES)
    with asyncio.Runner() as runner:
        yield lambda: runner.run(_with_each_name(namespace.get))


@contextmanager
def _kv_put() -> Iterator[Work]:
    namespace = _namespace(())
    with asyncio.Runner() as runner:
        yield lambda: runner.run(_with_each_name(lambda name: namespace.put(name, "value")))


@contextmanager
def _redis_delete(seeded: Sequence[str]) -> Iterator[Work]:
    redis = FakeAsyncRedis(server=FakeServer())
    with asyncio.Runner() as runner:
        runner.run(_seed_redis(redis, seeded))
        yield lambda: runner.run(_with_each_name(redis.delete))
        runner.run(redis.aclose())


async def _seed_redis(redis: FakeAsyncRedis, seeded: Sequence[str]) -> None:
    await redis.mset(dict.fromkeys(seeded, "value"))


def _namespace(seeded: Sequence[str]) -> KVNamespace:
    namespace = KVAccount().default_namespace
    namespace.seed(dict.fromkeys(seeded, "value"))
    return namespace


async def _with_each_name(call: Callable[[str], Awaitable[object]]) -> None:
    for name in NAMES:
        await call(name)
