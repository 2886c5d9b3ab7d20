"""The clauses about listing, and about deleting what would be listed."""

from __future__ import annotations

__all__ = ("delete_prefix_deletes_what_is_under_it", "list_gives_each_name_once")

from typing import NamedTuple

from hypothesis import strategies as st

from pytest_kv import Entry, Limits
from pytest_kv import strategies as kvst
from pytest_kv._internal import shortened
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import check_names, check_succeeded
from pytest_kv.contract._clauses.bulk import call_budget
from pytest_kv.contract._clauses.clause import accepts_all, clause
from pytest_kv.contract._record import Pairs
from pytest_kv.contract._run import CALL_BUDGET, CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import PREFIXES

_FULL_PAGE = Limits().list_names
_MORE_THAN_BULK = Limits().bulk_items + 1
_EXPIRED_ENTRY = Entry("v", expiration=1)
_EXPIRED_NAMES = ("p1", "p2", "p3", "p4")


class ListCase(NamedTuple):
    """The names that are stored, and how the server puts them on pages."""

    names: tuple[str, ...]
    expired: tuple[str, ...] = ()
    """Names that have expired and still take up room on pages."""
    page_size: int | None = None
    prefix: str = ""

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names, with the expired ones."""
        return self.names + self.expired


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

_NEAR_PREFIXES = (("user:1", "user:10"), ("a/", "a"), ("a", "A"), ("a%2F", "a/"), ("x", ""))
"""Two prefixes that a client may mix up when it uses one after the other."""


@clause("list")
def list_gives_each_name_once(subject: Subject) -> None:
    """list() gives every name with the prefix once, whether pages are short, empty or full."""
    accepts = accepts_all(subject)
    run_each(subject, (case for case in _CASES if accepts(case.all_names)), _list)
    run_each(subject, PREFIXES, _list_prefix)
    run_each(subject, _NEAR_PREFIXES, _list_near_prefixes)
    run_each(subject, (_FULL_PAGE, _FULL_PAGE + 1, 5 * _FULL_PAGE // 2), _list_full_pages)
    run_drawn(subject, _drawn_cases().filter(lambda case: accepts(case.all_names)), _list)


def _list(run: CaseRun, case: ListCase) -> None:
    entries = dict.fromkeys(case.names, Entry("v", metadata=0))
    run.seed(entries | dict.fromkeys(case.expired, _EXPIRED_ENTRY))
    if case.expired:
        run.configure("tombstones", True)
    if case.page_size is not None:
        run.configure("page_size", case.page_size)
    pages = len(case.names + case.expired) // (case.page_size or _FULL_PAGE) + 1
    _list_and_check(run, case.prefix, pages=pages)


def _list_prefix(run: CaseRun, prefix: str) -> None:
    """The prefix is sent unchanged, with the first page and with the next ones."""
    _seed_near(run, prefix)
    run.configure("page_size", 1)
    _list_and_check(run, prefix, pages=len(run.stored.entries()))


def _names_near(run: CaseRun, prefix: str) -> list[str]:
    """Keys with the prefix, and keys that only look as if they had it."""
    names = [f"{prefix}{end}" for end in ("1", "2", "3")]
    others = ["1", "zzz", f"z{prefix}1", f"{prefix.upper()}1", prefix[:-1], prefix]
    keys = dict.fromkeys([*names, *filter(None, others)])
    by_name = {
        run.habits.name_or_none(key): key
        for key in keys
        if run.is_legal(key) and not run.subject.refuses(key)
    }
    return list(by_name.values())


def _seed_near(run: CaseRun, prefix: str) -> None:
    run.seed(dict.fromkeys(_names_near(run, prefix), "v"))
    run.seed_strange(f"{prefix}1")


def _list_near_prefixes(run: CaseRun, prefixes: tuple[str, str]) -> None:
    """A list of one prefix says nothing about another one."""
    names = [name for prefix in prefixes for name in _names_near(run, prefix)]
    run.seed(dict.fromkeys(names, "v"))
    for prefix in (*prefixes, prefixes[0]):
        _list_and_check(run, prefix, pages=0)


def _list_full_pages(run: CaseRun, count: int) -> None:
    keys = run.assign("keys", kvst.KeyBatch(count))
    run.seed(Pairs.of(dict.fromkeys(keys.value, "v"), "'v'", f"for key in {keys.code}"))
    _list_and_check(run, "", pages=0)


def _list_and_check(run: CaseRun, prefix: str, *, pages: int) -> None:
    before = run.stored.entries()
    outcome = run.call("list", prefix, budget=CALL_BUDGET + 3 * pages)
    run.check_untouched(before)
    check_succeeded(run, outcome)
    check_names(run, outcome, prefix)


@clause("delete_prefix")
def delete_prefix_deletes_what_is_under_it(subject: Subject) -> None:
    """delete_prefix() deletes every key with the prefix, page by page, and nothing beside it."""
    prefixes = [prefix for prefix in PREFIXES if prefix]
    run_each(subject, prefixes, _delete_prefix)
    run_each(subject, _NEAR_PREFIXES, _delete_near_prefixes)
    counts = (_FULL_PAGE + 1,) if subject.quick else (_FULL_PAGE, _FULL_PAGE + 1, _MORE_THAN_BULK)
    run_each(subject, counts, _delete_full_pages)
    run_each(subject, (2,), _delete_behind_empty_pages)


def _delete_prefix(run: CaseRun, prefix: str) -> None:
    _seed_near(run, prefix)
    run.configure("page_size", 1)
    _delete_and_check(run, prefix)


def _delete_near_prefixes(run: CaseRun, prefixes: tuple[str, str]) -> None:
    names = [name for prefix in prefixes for name in _names_near(run, prefix)]
    run.seed(dict.fromkeys(names, "v"))
    for prefix in prefixes:
        if prefix:
            _delete_and_check(run, prefix)


def _delete_full_pages(run: CaseRun, count: int) -> None:
    keys = run.assign("keys", kvst.KeyBatch(count))
    run.seed(Pairs.of(dict.fromkeys(keys.value, "v"), "'v'", f"for key in {keys.code}"))
    run.seed({"stays": "v"})
    _delete_and_check(run, "k")


def _delete_behind_empty_pages(run: CaseRun, page_size: int) -> None:
    """Expired keys leave pages empty, and keys follow on the pages behind them."""
    run.seed(dict.fromkeys(("p5", "p6", "q"), "v") | dict.fromkeys(_EXPIRED_NAMES, _EXPIRED_ENTRY))
    run.configure("tombstones", True)
    run.configure("page_size", page_size)
    _delete_and_check(run, "p")


def _delete_and_check(run: CaseRun, prefix: str) -> None:
    own = [key for key in run.stored.known_keys() if key.startswith(prefix)]
    before = run.stored.entries()
    outcome = run.call("delete_prefix", prefix, budget=call_budget(len(before)))
    run.check_untouched(before, *own)
    check_succeeded(run, outcome)
    left = [key for key, value in run.stored.values(own).items() if value is not None]
    if left:
        is_one = len(left) == 1
        some = shortened(left[0], 80) if is_one else f"{len(left):,} of {len(own):,} keys"
        run.fail(
            f"{outcome.code} returned, but {some} {'is' if is_one else 'are'} still there",
            assertion=run.stored.value_assertion(left[0], None),
        )


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
