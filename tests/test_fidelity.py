"""docs/fidelity.md has a row for all that the fake does, and each row says what holds it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from pytest_kv import Limits
from pytest_kv._core.rules import Rule
from pytest_kv._rest.errors import CODES, EXAMPLE, MALFORMED, Problem
from pytest_kv._rest.routes import OPERATIONS
from pytest_kv._verify.cases import FACTS, LEFT_OUT
from tests.explorer.exclusions import EXCLUSIONS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "fidelity.md"
CASES = json.loads((ROOT / "tests" / "data" / "binding.json").read_text(encoding="utf-8"))["cases"]
CASE_IDS = [case["id"] for case in CASES]

HELD_BY = re.compile(
    r"(case (?P<cases>`[^`]+`(, `[^`]+`)*)(, |$))?(?P<tests>tests( `(?P<name>[a-z0-9-]+)`)?(, |$))?"
    r"(oracle)?"
)
"""Patterns of recorded cases, tests with the mark `fidelity`, and the oracle: any but not none."""


@dataclass(frozen=True)
class Row:
    """A row of a table, its cells by their column's heading."""

    heading: str
    cells: dict[str, str]

    @property
    def subject(self) -> str:
        return next(iter(self.cells.values())).strip("`")

    @property
    def held_by(self) -> re.Match[str] | None:
        held_by = self.cells["held by"]
        return HELD_BY.fullmatch(held_by) if held_by else None

    @property
    def cases(self) -> list[str]:
        """The patterns of the recorded cases that hold it."""
        return re.findall(r"`([^`]+)`", (self.held_by and self.held_by["cases"]) or "")

    @property
    def id(self) -> str | None:
        """What its tests' marks name: the name beside the word `tests`, or else its subject."""
        if self.held_by is None or not self.held_by["tests"]:
            return None
        return self.held_by["name"] or self.subject


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


def marked_rows(path: Path) -> Iterator[str]:
    """The ids that the marks `fidelity` of a test module name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fidelity":
            yield from map(ast.literal_eval, node.args)


LETTERS = ["D", "O", "R", "X", "I"]
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


def test_every_rule_has_a_row_with_its_status_and_code() -> None:
    def code(rule: Rule) -> str:
        if rule is Rule.CACHE_TTL_TOO_SHORT:
            return "–"
        return str(CODES[rule]) if rule in CODES else f"{MALFORMED} (I)"

    assert [
        (name, row.cells["status"], row.cells["code"])
        for name, row in of("What KV refuses").items()
    ] == [(rule.name, str(rule.status), code(rule)) for rule in Rule]


def test_every_problem_has_a_row_with_its_status_and_code() -> None:
    assert [
        (name, row.cells["status"], row.cells["code"].removesuffix(" (I)"))
        for name, row in of("What the REST API answers before KV's rules").items()
    ] == [
        (problem.name, str(problem.value[0]), str(problem.value[1] or "–")) for problem in Problem
    ]


def test_every_code_has_a_row() -> None:
    codes = {MALFORMED, EXAMPLE, *CODES.values(), *(problem.value[1] for problem in Problem)}
    codes.discard(None)
    told = {
        number for row in ROWS for cell in row.cells.values() for number in re.findall(r"\d+", cell)
    }

    assert codes <= set(map(int, told))


def test_every_operation_has_a_row() -> None:
    assert set(of("The operations of the REST API")) == set(OPERATIONS.values())


def test_every_row_says_what_holds_it() -> None:
    assert [row.subject for row in BEHAVIOURS if row.held_by is None] == []


def test_every_row_that_tests_hold_has_an_id_of_its_own() -> None:
    ids = [row.id for row in BEHAVIOURS if row.id]

    assert [id for id in ids if not re.fullmatch(r"[\w.-]+", id) or ids.count(id) > 1] == []


def test_the_tests_marks_name_the_rows_that_tests_hold_and_no_others() -> None:
    named = {id for path in (ROOT / "tests").rglob("test_*.py") for id in marked_rows(path)}
    held = {row.id for row in BEHAVIOURS if row.id}

    assert {"rows without a test": held - named, "marks without a row": named - held} == {
        "rows without a test": set(),
        "marks without a row": set(),
    }


def test_every_pattern_of_recorded_cases_matches_one() -> None:
    patterns = [pattern for row in BEHAVIOURS for pattern in row.cases]

    assert [
        pattern for pattern in patterns if not any(fnmatchcase(case, pattern) for case in CASE_IDS)
    ] == []


def test_every_recorded_case_is_named_by_a_row() -> None:
    patterns = [pattern for row in BEHAVIOURS for pattern in row.cases]

    assert [
        case for case in CASE_IDS if not any(fnmatchcase(case, pattern) for pattern in patterns)
    ] == []


def test_every_row_names_its_sources_where_the_heading_does_not() -> None:
    assert [
        row.subject
        for row in BEHAVIOURS
        if row.heading not in WITHOUT_SOURCE and not re.match(r"[DORXI]\b", row.cells["source"])
    ] == []
    assert {row.heading for row in BEHAVIOURS if "source" not in row.cells} == WITHOUT_SOURCE


def test_every_exclusion_of_the_local_explorer_has_a_row() -> None:
    rows = of("Known differences of the local explorer").values()

    assert [tuple(row.cells.values()) for row in rows] == [
        (f"`{exclusion.name}`", exclusion.reason, exclusion.source, "oracle")
        for exclusion in EXCLUSIONS
    ]


# The facts of pytest-kv verify


ASKED = {
    "Limits",
    "What KV refuses",
    "What the REST API answers before KV's rules",
    "The operations of the REST API",
    "How the REST API reads a request",
}
"""The tables whose rows a request to the REST API can show."""


def is_inferred(row: Row) -> bool:
    """Whether something of a row is marked as inferred."""
    return row.heading == "Inferred" or any(
        re.search(r"\(I\)|\bI\b", cell) for cell in row.cells.values()
    )


def test_every_fact_of_verify_names_a_row() -> None:
    known = {row.subject for row in BEHAVIOURS} | {row.id for row in BEHAVIOURS}

    assert [fact.id for fact in FACTS if fact.row not in known] == []
    assert [row for row in LEFT_OUT if row not in known] == []


def test_every_row_about_the_rest_api_has_a_fact_or_a_reason_to_have_none() -> None:
    known = {fact.row for fact in FACTS} | set(LEFT_OUT)

    assert [
        row.subject
        for row in BEHAVIOURS
        if row.heading in ASKED and not {row.subject, row.id} & known
    ] == []


def test_no_row_that_verify_leaves_out_has_a_fact() -> None:
    assert set(LEFT_OUT) & {fact.row for fact in FACTS} == set()


def test_a_fact_is_inferred_only_where_its_row_says_so() -> None:
    inferred = {name for row in BEHAVIOURS if is_inferred(row) for name in (row.subject, row.id)}

    assert [fact.id for fact in FACTS if fact.inferred and fact.row not in inferred] == []


def test_every_row_that_verify_asks_for_tells_its_newest_run_and_no_other_does() -> None:
    asked = {fact.row for fact in FACTS}
    tells = [row for row in ROWS if row.cells.get("newest run", "–") != "–"]

    assert [row.subject for row in tells if not {row.subject, row.id} & asked] == []
    assert asked <= {name for row in tells for name in (row.subject, row.id)}
