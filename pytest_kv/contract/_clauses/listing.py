"""The clause about listing."""

from __future__ import annotations

__all__ = ("list_gives_each_name_once",)

from typing import NamedTuple

from hypothesis import strategies as st

from pytest_kv import Entry, Limits
from pytest_kv import strategies as kvst
from pytest_kv.contract._cases import draw, each
from pytest_kv.contract._claims import check_done, check_names
from pytest_kv.contract._clauses.clause import clause
from pytest_kv.contract._record import Named
from pytest_kv.contract._run import CALLS_GIVEN, Trial
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import PREFIXES

_PAGE = Limits().list_names
_LONG_GONE = Entry("", expiration=1)


class Shelf(NamedTuple):
    """Names to be listed, and how the server puts them on pages."""

    names: tuple[str, ...]
    expired: tuple[str, ...] = ()
    """Names that still fill pages."""
    page_size: int | None = None
    prefix: str = ""


_FIVE = ("a", "b", "c", "d", "e")

_SHELVES = (
    Shelf(()),
    Shelf(("a",)),
    Shelf(_FIVE, page_size=2),
    Shelf(_FIVE[:4], page_size=2),
    Shelf(_FIVE, page_size=1),
    Shelf(("c", "d"), expired=("a", "b"), page_size=2),
    Shelf(("a", "d"), expired=("b", "c"), page_size=1),
    Shelf(("a", "b"), expired=("c", "d"), page_size=2),
    Shelf(("e",), expired=("a", "b", "c", "d"), page_size=1),
    Shelf((), expired=_FIVE, page_size=2),
    Shelf(("a", "p1", "p2", "p3", "q"), page_size=1, prefix="p"),
    Shelf(("a", "p3", "q"), expired=("p1", "p2"), page_size=1, prefix="p"),
    Shelf(("a", "b"), prefix="c"),
    Shelf(("caf\u00e9", "cafe\u0301", "\U0001f600", "0", "__proto__"), page_size=2),
)
"""Pages that clients misread, one reason each."""


@clause("list")
def list_gives_each_name_once(subject: Subject) -> None:
    """list() gives every name with the prefix once, over short pages, empty ones and the last."""
    each(subject, _SHELVES, _list)
    each(subject, PREFIXES, _list_prefix)
    each(subject, (_PAGE, _PAGE + 1, 5 * _PAGE // 2), _list_full_pages)
    draw(subject, _shelves(), _list)


def _list(stage: Trial, shelf: Shelf) -> None:
    entries = dict.fromkeys(shelf.names, Entry("", metadata=0))
    stage.seed(entries | dict.fromkeys(shelf.expired, _LONG_GONE))
    if shelf.expired:
        stage.set("tombstones", True)
    if shelf.page_size is not None:
        stage.set("page_size", shelf.page_size)
    pages = len(shelf.names + shelf.expired) // (shelf.page_size or _PAGE) + 1
    _check(stage, shelf.prefix, calls=CALLS_GIVEN + 3 * pages)


def _list_prefix(stage: Trial, prefix: str) -> None:
    """A prefix means itself, on the second page as on the first."""
    names = [f"{prefix}{end}" for end in ("1", "2", "3")]
    others = ["1", "zzz", f"z{prefix}1", f"{prefix.upper()}1", prefix[:-1], prefix]
    stage.seed(dict.fromkeys([*names, *filter(None, others)], "v"))
    stage.set("page_size", 1)
    _check(stage, prefix, calls=CALLS_GIVEN + 3 * len(names + others))


def _list_full_pages(stage: Trial, count: int) -> None:
    keys = stage.let("keys", kvst.KeyBatch(count))
    stage.seed(Named(dict.fromkeys(keys.value, "v"), f"dict.fromkeys({keys.code}, 'v')"))
    _check(stage, "", calls=CALLS_GIVEN)


def _check(stage: Trial, prefix: str, *, calls: int) -> None:
    before = stage.data()
    outcome = stage.call("list", prefix, calls=calls)
    stage.check_untouched(before)
    check_done(stage, outcome)
    check_names(stage, outcome, prefix)


@st.composite
def _shelves(draw: st.DrawFn) -> Shelf:
    names = draw(st.lists(kvst.keys(max_bytes=20), max_size=8, unique=True))
    expired = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    prefix = draw(st.just("") | st.sampled_from([name[:1] for name in names] or [""]))
    return Shelf(
        tuple(name for name in names if name not in expired),
        tuple(expired),
        draw(st.none() | st.integers(1, 3)),
        prefix,
    )
