"""The Python blocks of README.md and docs/, each to be run as a suite of its own."""

from __future__ import annotations

__all__ = ("ASYNC_TESTS_RUN", "ROOT", "Block", "blocks_of", "files_of", "run", "suite_of")

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]

ASYNC_TESTS_RUN = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
kv_workers = true
"""


@dataclass(frozen=True)
class Block:
    """A Python block, the page it stands on, and the line of its first statement."""

    page: Path
    line: int
    code: str

    @property
    def has_tests(self) -> bool:
        names = (getattr(node, "name", "") for node in ast.parse(self.code).body)
        return any(name.startswith(("test_", "Test")) for name in names)


def blocks_of(page: Path) -> Iterator[Block]:
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        # A block with a name is a file: files_of has it.
        if token.type == "fence" and token.info == "python" and token.map:
            yield Block(page, token.map[0] + 2, token.content)


def files_of(page: Path) -> dict[str, str]:
    """What the blocks of a page are the content of: the name beside the language of each."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    fences = [(token.info.split(), token.content) for token in tokens if token.type == "fence"]
    return {info[1]: content for info, content in fences if len(info) == 2}


def suite_of(block: Block) -> str:
    """The block below the code its page shows first, each line where the page has it."""
    lines: list[str] = []
    for part in blocks_of(block.page):
        if part == block or (part.line < block.line and not part.has_tests):
            lines += [""] * (part.line - 1 - len(lines)) + part.code.splitlines()
    return "\n".join(lines)


def run(block: Block, pytester: pytest.Pytester) -> pytest.RunResult:
    """The block as a suite of its own, run where nothing else is."""
    suite = pytester.path / f"test_{block.page.stem}.py"
    suite.write_text(suite_of(block), encoding="utf-8")
    pytester.makeini(ASYNC_TESTS_RUN)
    # Hypothesis' own profile "ci" does not measure time, so that a busy machine fails no block.
    return pytester.runpytest_subprocess("-W", "error", "--hypothesis-profile=ci", suite.name)
