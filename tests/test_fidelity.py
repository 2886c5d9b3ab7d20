"""docs/fidelity.md has a row for all that the fake does, and names what holds it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pytest_kv import Limits
from pytest_kv._core.rules import Rule
from pytest_kv._rest.errors import CODES, EXAMPLE, MALFORMED, Problem
from pytest_kv._rest.routes import OPERATIONS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "fidelity.md"
CASES = json.loads((ROOT / "tests" / "data" / "binding.json").read_text(encoding="utf-8"))["cases"]
CASE_IDS = [case["id"] for case in CASES]


@dataclass(frozen=True)
class Row:
    """A row of a table, its cells by their column's heading."""

    heading: str
    cells: dict[str, str]

    @property
    def subject(self) -> str:
        return next(iter(self.cells.values())).strip("`")

    @property
    def holders(self) -> list[str]:
        """The tests, and the patterns of recorded cases, that hold it."""
        return re.findall(r"`([^`]+)`", self.cells["held by"])


def rows() -> Iterator[Row]:
    heading, columns, cells = "", list[str](), list[str]()
    tokens = MarkdownIt("commonmark").enable("table").parse(PAGE.read_text(encoding="utf-8"))
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            heading = content.content
        elif token.type == "thead_open":
            columns = []
        elif token.type == "th_open":
            columns.append(content.content)
        elif token.type == "td_open":
            cells.append(content.content)
            if len(cells) == len(columns):
                yield Row(heading, dict(zip(columns, cells, strict=True)))
                cells = []


LETTERS = ["D", "O", "R", "I"]
WITHOUT_SOURCE = {"Deliberate deviations", "Inferred"}
"""The tables whose very heading says where their rows come from."""

ROWS = list(rows())
BEHAVIOURS = ROWS[len(LETTERS) :]


def of(heading: str) -> dict[str, Row]:
    return {row.subject: row for row in ROWS if row.heading == heading}


def test_the_page_begins_with_the_letters_of_its_sources() -> None:
    assert [row.subject for row in ROWS[: len(LETTERS)]] == LETTERS


def test_every_limit_has_a_row() -> None:
    assert list(of("Limits")) == [f"Limits.{field.name}" for field in fields(Limits)]


def test_every_rule_has_a_row() -> None:
    assert list(of("What KV refuses")) == [rule.name for rule in Rule]


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.name)
def test_a_rule_has_the_status_and_code_of_its_row(rule: Rule) -> None:
    cells = of("What KV refuses")[rule.name].cells
    code = str(CODES[rule]) if rule in CODES else f"{MALFORMED} (I)"

    assert cells["status"] == str(rule.status)
    assert cells["code"] == ("–" if rule is Rule.CACHE_TTL_TOO_SHORT else code)


def test_every_problem_has_a_row() -> None:
    problems = of("What the REST API answers before KV's rules")

    assert list(problems) == [problem.name for problem in Problem]
    for problem in Problem:
        status, code, _ = problem.value
        assert problems[problem.name].cells["status"] == str(status)
        assert problems[problem.name].cells["code"].removesuffix(" (I)") == str(code)


def test_every_code_has_a_row() -> None:
    codes = {MALFORMED, EXAMPLE, *CODES.values(), *(problem.value[1] for problem in Problem)}
    told = {
        number for row in ROWS for cell in row.cells.values() for number in re.findall(r"\d+", cell)
    }

    assert codes <= set(map(int, told))


def test_every_operation_has_a_row() -> None:
    assert set(of("The operations of the REST API")) == set(OPERATIONS.values())


@pytest.mark.parametrize("row", BEHAVIOURS, ids=lambda row: row.subject)
def test_a_row_names_what_holds_it(row: Row) -> None:
    names = row.holders

    assert names
    for name in names:
        if name.startswith("tests/"):
            path, _, test = name.partition("::")
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")
        else:
            assert any(fnmatchcase(case, name) for case in CASE_IDS), f"no case {name}"


def test_every_recorded_case_is_named_by_a_row() -> None:
    names = [name for row in BEHAVIOURS for name in row.holders]

    assert [case for case in CASE_IDS if not any(fnmatchcase(case, name) for name in names)] == []


@pytest.mark.parametrize("row", BEHAVIOURS, ids=lambda row: row.subject)
def test_a_row_names_its_sources(row: Row) -> None:
    if row.heading in WITHOUT_SOURCE:
        assert "source" not in row.cells
    else:
        assert re.match(r"[DORI]\b", row.cells["source"])
