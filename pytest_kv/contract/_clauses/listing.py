"""The clause about listing."""

from __future__ import annotations

__all__ = ("list_gives_each_name_once",)

from typing import NamedTuple

from hypothesis import strategies as st

from pytest_kv import Entry, Limits
from pytest_kv import strategies as kvst
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import check_names, check_succeeded
from pytest_kv.contract._clauses.clause import clause
from pytest_kv.contract._record import Named
from pytest_kv.contract._run import CALL_BUDGET, CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import PREFIXES

_FULL_PAGE = Limits().list_names
_EXPIRED_ENTRY = Entry("", expiration=1)


class ListCase(NamedTuple):
    """The names that are stored, and how the server puts them on pages."""

    names: tuple[str, ...]
    expired: tuple[str, ...] = ()
    """Names that have expired and still take up room on pages."""
    page_size: int | None = None
    prefix: str = ""


_FIVE = ("a", "b", "c", "d", "e")

_CASES = (
    ListCase(()),
    ListCase(("a",)),
    ListCase(_FIVE, page_size=2),
    ListCase(_FIVE[:4], page_size=2),
    ListCase(_FIVE, page_size=1),
    ListCase(("c", "d"), expired=("a", "b"), page_size=2),
    ListCase(("a", "d"), expired=("b", "c"), page_size=1),
    ListCase(("a", "b"), expired=("c", "d"), page_size=2),
    ListCase(("e",), expired=("a", "b", "c", "d"), page_size=1),
    ListCase((), expired=_FIVE, page_size=2),
    ListCase(("a", "p1", "p2", "p3", "q"), page_size=1, prefix="p"),
    ListCase(("a", "p3", "q"), expired=("p1", "p2"), page_size=1, prefix="p"),
    ListCase(("a", "b"), prefix="c"),
    ListCase(("caf\u00e9", "cafe\u0301", "\U0001f600", "0", "__proto__"), page_size=2),
)
"""Pages that clients misread, each for its own reason."""


@clause("list")
def list_gives_each_name_once(subject: Subject) -> None:
    """list() gives every name with the prefix once, whether pages are short, empty or full."""
    run_each(subject, _CASES, _list)
    run_each(subject, PREFIXES, _list_prefix)
    run_each(subject, (_FULL_PAGE, _FULL_PAGE + 1, 5 * _FULL_PAGE // 2), _list_full_pages)
    run_drawn(subject, _drawn_cases(), _list)


def _list(run: CaseRun, case: ListCase) -> None:
    entries = dict.fromkeys(case.names, Entry("", metadata=0))
    run.seed(entries | dict.fromkeys(case.expired, _EXPIRED_ENTRY))
    if case.expired:
        run.configure("tombstones", True)
    if case.page_size is not None:
        run.configure("page_size", case.page_size)
    pages = len(case.names + case.expired) // (case.page_size or _FULL_PAGE) + 1
    _list_and_check(run, case.prefix, pages=pages)


def _list_prefix(run: CaseRun, prefix: str) -> None:
    """The prefix is sent unchanged, with the first page and with the next ones."""
    names = [f"{prefix}{end}" for end in ("1", "2", "3")]
    others = ["1", "zzz", f"z{prefix}1", f"{prefix.upper()}1", prefix[:-1], prefix]
    run.seed(dict.fromkeys([*names, *filter(None, others)], "v"))
    run.configure("page_size", 1)
    _list_and_check(run, prefix, pages=len(names + others))


def _list_full_pages(run: CaseRun, count: int) -> None:
    keys = run.assign("keys", kvst.KeyBatch(count))
    run.seed(Named(dict.fromkeys(keys.value, "v"), f"dict.fromkeys({keys.code}, 'v')"))
    _list_and_check(run, "", pages=0)


def _list_and_check(run: CaseRun, prefix: str, *, pages: int) -> None:
    before = run.data()
    outcome = run.call("list", prefix, budget=CALL_BUDGET + 3 * pages)
    run.check_untouched(before)
    check_succeeded(run, outcome)
    check_names(run, outcome, prefix)


@st.composite
def _drawn_cases(draw: st.DrawFn) -> ListCase:
    names = draw(st.lists(kvst.keys(max_bytes=20), max_size=8, unique=True))
    expired = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    prefix = draw(st.just("") | st.sampled_from([name[:1] for name in names] or [""]))
    return ListCase(
        tuple(name for name in names if name not in expired),
        tuple(expired),
        draw(st.none() | st.integers(1, 3)),
        prefix,
    )
