"""A page of ``list`` in the middle of a million keys, beside one in the middle of a thousand."""

from __future__ import annotations

__all__ = ("list_page",)

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random

from pytest_kv import KVAccount, KVNamespace
from tests.benchmarks.figures import Figure
from tests.benchmarks.measure import Work, compare

FEW, MANY = 1_000, 1_000_000
NAMES_A_PAGE = 100
PAGES = 50
ROUNDS = 31


def list_page() -> Iterator[Figure]:
    """The page in the middle, again and again, and then pages all over the namespace."""
    few, many = _seeded(FEW), _seeded(MANY)
    yield Figure(
        what=f"list, the first page of {MANY:,} keys, once: sorts them",
        rounds=[_first_list(many)],
        form="{:.2f} s",
    )
    yield Figure(
        what=f"list, a page in the middle of {MANY:,} keys: its time in {FEW:,}",
        rounds=_ratios((many, [MANY // 2] * PAGES), (few, [FEW // 2] * PAGES)),
        form="{:.2f}×",
        at_most=1.5,
    )
    # What these cost more is the processor's waiting for memory that nobody looked at lately.
    yield Figure(
        what=f"list, each time another page of {MANY:,} keys: its time in {FEW:,}",
        rounds=_ratios((many, _anywhere(MANY)), (few, _anywhere(FEW))),
        form="{:.2f}×",
    )


def _seeded(size: int) -> KVNamespace:
    """A namespace with keys written in no order."""
    numbers = list(range(size))
    Random(size).shuffle(numbers)
    namespace = KVAccount().default_namespace
    namespace.seed({_name(number): "value" for number in numbers})
    return namespace


def _name(number: int) -> str:
    return f"key:{number:07}"


def _anywhere(size: int) -> list[int]:
    random = Random(size)
    return [random.randrange(NAMES_A_PAGE, size - NAMES_A_PAGE) for _ in range(PAGES)]


def _first_list(namespace: KVNamespace) -> float:
    start = time.process_time()
    asyncio.run(namespace.list())
    return time.process_time() - start


def _ratios(many: tuple[KVNamespace, list[int]], few: tuple[KVNamespace, list[int]]) -> list[float]:
    return compare(partial(_pages, *many), partial(_pages, *few), rounds=ROUNDS).ratios


@contextmanager
def _pages(namespace: KVNamespace, numbers: Sequence[int]) -> Iterator[Work]:
    with asyncio.Runner() as runner:
        cursors = [runner.run(_cursor_near(namespace, number)) for number in numbers]
        yield lambda: runner.run(_list_after_each(namespace, cursors))


async def _cursor_near(namespace: KVNamespace, number: int) -> str:
    page = await namespace.list(prefix=_name(number)[:-2], limit=1)
    cursor: str = page["cursor"]
    return cursor


async def _list_after_each(namespace: KVNamespace, cursors: Sequence[str]) -> None:
    for cursor in cursors:
        page = await namespace.list(limit=NAMES_A_PAGE, cursor=cursor)
        assert len(page["keys"]) == NAMES_A_PAGE
