"""Remembers which causes were reported, so that each is reported once."""

from __future__ import annotations

__all__ = ("KnownCauses",)

from pytest_kv.contract._clauses.clause import Clause
from pytest_kv.contract._clauses.mixed_calls import calls_in_any_order_keep_their_promises
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import NotMade
from pytest_kv.contract._subject import Skipped, Subject


class KnownCauses:
    """The causes of failures that were reported, each with the clause that reported it.

    The first clause that fails for a cause reports it, whichever clause that is, in every process.
    """

    def __init__(self) -> None:
        self._reported: dict[str, str] = {}
        self._broken: dict[str, str] = {}
        """For each method of the client that broke a clause by itself: the clause."""

    def check(self, clause: Clause, subject: Subject) -> None:
        """Check a clause; raises Skipped when it fails only for a cause that was reported."""
        __tracebackhide__ = True
        try:
            clause.check(subject)
        except NotMade as not_made:
            self._report(clause, str(not_made))
            raise
        except Broken as broken:
            if broken.cause is not None:
                self._report(clause, broken.cause)
            self._report_method(clause, broken.method)
            raise

    def _report_method(self, clause: Clause, method: str) -> None:
        """Note that a method broke a clause; raises Skipped when the clause only mixes calls."""
        first = self._broken.setdefault(method, clause.name)
        if clause is calls_in_any_order_keep_their_promises and first != clause.name:
            raise Skipped(
                f"it fails in a call of {method}(), for which {first} is broken"
            ) from None

    def _report(self, clause: Clause, cause: str) -> None:
        """Note who reports a cause; raises Skipped when another clause has done so."""
        first = self._reported.setdefault(cause, clause.name)
        if first != clause.name:
            raise Skipped(f"it fails for the reason that {first} shows: {cause}") from None
