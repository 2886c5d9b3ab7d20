"""What the benchmarks found, as lines of a table."""

from __future__ import annotations

__all__ = ("Figure", "table")

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

_HEADINGS = ("what", "median", "middle half", "aim", "met")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure, measured in several rounds, and the aim it has, if any."""

    what: str
    rounds: Sequence[float]
    form: str
    """How to print a value, like ``{:.2f}×``."""
    at_least: float | None = None
    at_most: float | None = None

    def cells(self) -> tuple[str, ...]:
        """The figure as a line of the table."""
        return (
            self.what,
            self.form.format(median(self.rounds)),
            self._middle_half(),
            self._aim(),
            self._met(),
        )

    def _middle_half(self) -> str:
        if len(self.rounds) == 1:
            return ""
        low, _, high = quantiles(self.rounds, n=4)
        return f"{self.form.format(low)} to {self.form.format(high)}"

    def _aim(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.form.format(self.at_least)}"
        if self.at_most is not None:
            return f"≤ {self.form.format(self.at_most)}"
        return "none"

    def _met(self) -> str:
        value = median(self.rounds)
        if self.at_least is not None:
            return "yes" if value >= self.at_least else "NO"
        if self.at_most is not None:
            return "yes" if value <= self.at_most else "NO"
        return ""


def table(figures: Iterable[Figure]) -> str:
    """The figures, one a line, in columns."""
    lines = [_HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
