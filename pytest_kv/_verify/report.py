"""What a run tells: a table for people, JSON for programs."""

from __future__ import annotations

__all__ = ("Report", "version")

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

from pytest_kv._verify.facts import Fact
from pytest_kv._verify.run import Outcome, Verdict

_NAME = "pytest-kv"


def version() -> str:
    """The version of pytest-kv, where it is installed."""
    try:
        return installed_version(_NAME)
    except PackageNotFoundError:
        return "unknown"


@dataclass
class Report:
    """What came of the facts so far."""

    facts: Sequence[Fact]
    endpoint: str
    begun: datetime
    outcomes: list[Outcome] = field(default_factory=list)
    request_count: int = 0

    def give_up(self, reason: str) -> None:
        """Note that the facts which have no outcome yet were not tried."""
        for fact in self.facts[len(self.outcomes) :]:
            self.outcomes.append(Outcome(fact, Verdict.NOT_TRIED, reason=reason))

    def count(self, verdict: Verdict) -> int:
        """How many facts have this verdict."""
        return sum(outcome.verdict is verdict for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0 if all facts held, 1 if one differs, 2 if some could not be tried."""
        if self.count(Verdict.DIFFERS):
            return 1
        return 2 if self.count(Verdict.NOT_TRIED) else 0

    @property
    def text(self) -> str:
        """The table, and below it each difference in full."""
        return "\n".join([*self._table(), *self._details(), self._summary()])

    @property
    def json(self) -> dict[str, object]:
        """The same, for JSON."""
        return {
            "pytest-kv": version(),
            "endpoint": self.endpoint,
            "date": self.begun.isoformat(timespec="seconds"),
            "requests": self.request_count,
            "counts": {verdict.value: self.count(verdict) for verdict in Verdict},
            "facts": [_as_json(outcome) for outcome in self.outcomes],
        }

    def _table(self) -> Iterator[str]:
        id_width = max((len(outcome.fact.id) for outcome in self.outcomes), default=0)
        row_width = max((len(_row(outcome.fact)) for outcome in self.outcomes), default=0)
        for outcome in self.outcomes:
            fact = outcome.fact
            yield (
                f"{outcome.verdict.value:9}  {fact.id:{id_width}}  {_row(fact):{row_width}}  "
                f"{fact.claim}"
            )
        yield ""

    def _details(self) -> Iterator[str]:
        for outcome in self.outcomes:
            if outcome.difference is not None:
                yield f"{outcome.fact.id} differs: {outcome.fact.claim}"
                yield f"  request   {outcome.difference.request}"
                yield f"  expected  {outcome.difference.expected}"
                yield f"  came      {outcome.difference.came}"
                yield ""
            if outcome.reason is not None:
                yield f"{outcome.fact.id} was not tried: {outcome.reason}"
                yield ""

    def _summary(self) -> str:
        counts = ", ".join(f"{self.count(verdict)} {verdict.value}" for verdict in Verdict)
        return (
            f"{len(self.outcomes)} facts: {counts}\n"
            f"{self.endpoint}, {self.begun.isoformat(timespec='seconds')}, "
            f"pytest-kv {version()}, {self.request_count} requests"
        )


def _row(fact: Fact) -> str:
    return f"{fact.row} (I)" if fact.inferred else fact.row


def _as_json(outcome: Outcome) -> dict[str, object]:
    fact, difference = outcome.fact, outcome.difference
    told: dict[str, object] = {
        "id": fact.id,
        "row": fact.row,
        "claim": fact.claim,
        "inferred": fact.inferred,
        "verdict": outcome.verdict.value,
    }
    if difference is not None:
        told |= {
            "request": difference.request,
            "expected": difference.expected,
            "came": difference.came,
        }
    if outcome.reason is not None:
        told["reason"] = outcome.reason
    return told
