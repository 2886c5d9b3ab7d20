"""Which accounts a test uses, and who planned which fault.

Accounts and fault plans report themselves here; pytest's plugin says when a test begins and ends.
This module imports nothing of the package, so that a suite which uses no account loads no more.
"""

from __future__ import annotations

__all__ = ("Planner", "Use", "note_account", "note_plan", "planning", "unwatch")

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from pytest_kv._core.account import Account
    from pytest_kv._core.fault_plan import FaultPlan
    from pytest_kv._core.journal import Journal

_KEPT = 20
"""How many of the last accounts that a test made are kept for its report."""


class Planner:
    """Who plans faults: a test, an example of it, or a fixture of a wider scope."""

    def __init__(self) -> None:
        self._plans: dict[FaultPlan, None] = {}
        self._forgotten: list[str] = []

    @property
    def has_planned(self) -> bool:
        """Whether this planner has planned a fault."""
        return bool(self._plans)

    def note(self, plan: FaultPlan) -> None:
        """Remember a plan with faults of this planner, also when nobody else holds the account."""
        self._plans[plan] = None

    def note_forgotten(self, missed: list[str]) -> None:
        """Remember faults of this planner that did not strike, if another planner forgot them."""
        if _NOW.planner is not self:
            self._forgotten += missed

    def missed(self) -> str:
        """A line with the faults that did not strike; it names each once, and is empty for none."""
        left = (text for plan in [*self._plans] for text in plan.missed_of(self))
        missed = dict.fromkeys([*self._forgotten, *left])
        self._forgotten.clear()
        return f"not every planned fault struck: {'; '.join(missed)}" if missed else ""

    def end(self) -> None:
        """Forget its faults, so that none strikes a call that comes later."""
        for plan in self._plans:
            plan.forget(self)
        self._plans.clear()


class Use:
    """What one test uses, from its creation until :meth:`end`; uses may be nested."""

    def __init__(self) -> None:
        self.planner = Planner()
        self._outer = (_NOW.use, _NOW.planner)
        self.restart()
        _NOW.use, _NOW.planner = self, self.planner

    def restart(self) -> None:
        """Forget which calls were made so far: another example of the test begins."""
        with _LOCK:
            self._made: deque[Account] = deque(maxlen=_KEPT)
            self._marks: dict[Journal, int] = {
                account.journal: len(account.journal) for account in _ACCOUNTS
            }

    def end(self) -> None:
        """Forget the faults that the test planned; later calls and faults are not the test's."""
        self.planner.end()
        _NOW.use, _NOW.planner = self._outer

    def accounts(self) -> list[tuple[Account, int]]:
        """The accounts with new calls, oldest first, each with the number of its earlier calls."""
        with _LOCK:
            known = {*_ACCOUNTS, *self._made}
        before = [(account, self._marks.get(account.journal, 0)) for account in known]
        used = [(account, calls) for account, calls in before if len(account.journal) > calls]
        return sorted(used, key=lambda found: found[0].number)

    def note(self, account: Account) -> None:
        """Keep an account that the test made, also when nobody else holds it."""
        self._made.append(account)

    def leave_out(self, account: Account) -> None:
        """Do not keep an account."""
        with suppress(ValueError):  # it was not kept
            self._made.remove(account)


class _Now:
    use: Use | None = None
    """The test that is running."""

    planner: Planner | None = None
    """Who plans a fault now; None when nobody will check whether it strikes."""


_NOW = _Now()
_LOCK = Lock()
_ACCOUNTS: WeakSet[Account] = WeakSet()
_NUMBERS = count()


def note_account(account: Account) -> int:
    """Watch a new account; the number says in which order accounts were made."""
    with _LOCK:
        _ACCOUNTS.add(account)
        if _NOW.use is not None:
            _NOW.use.note(account)
    return next(_NUMBERS)


def unwatch(account: Account) -> None:
    """Leave an account out of every report, and do not check its faults."""
    account.faults.is_watched = False
    with _LOCK:
        _ACCOUNTS.discard(account)
        if _NOW.use is not None:
            _NOW.use.leave_out(account)


def note_plan(plan: FaultPlan) -> Planner | None:
    """The planner of a fault that is planned now; it remembers ``plan``."""
    if _NOW.planner is not None:
        _NOW.planner.note(plan)
    return _NOW.planner


@contextmanager
def planning(planner: Planner) -> Iterator[None]:
    """Let ``planner`` be the one who plans the faults of the block."""
    outer, _NOW.planner = _NOW.planner, planner
    try:
        yield
    finally:
        _NOW.planner = outer
