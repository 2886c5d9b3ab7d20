"""docs/fidelity.md has a row for every limit, rule and error code, and names what holds it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pytest_kv import Limits
from pytest_kv.core.rules import Rule
from pytest_kv.rest.errors import CODES, MALFORMED, Problem

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


ROWS = list(rows())
HELD = [row for row in ROWS if "held by" in row.cells]


def of(heading: str) -> dict[str, Row]:
    return {row.subject: row for row in ROWS if row.heading == heading}


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


@pytest.mark.parametrize("row", HELD, ids=lambda row: row.subject)
def test_a_row_names_what_holds_it(row: Row) -> None:
    held_by = row.cells["held by"]
    named = re.findall(r"`([^`]+)`", held_by)

    assert named or held_by == "oracle"
    for name in named:
        if name.startswith("tests/"):
            path, _, test = name.partition("::")
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")
        else:
            assert [case for case in CASE_IDS if fnmatch(case, name)], f"no case {name}"


def test_a_row_names_its_sources() -> None:
    for row in HELD:
        if row.heading != "Inferred":
            assert re.match(r"[DORI]\b", row.cells["source"]), row.subject


def test_each_inferred_behaviour_is_held_by_a_test() -> None:
    inferred = of("Inferred").values()

    assert inferred
    assert all("held by" in row.cells for row in inferred)
