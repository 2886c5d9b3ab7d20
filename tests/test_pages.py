"""The pages for contributors name only files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
PAGES = ("docs/architecture.md", "docs/contributing.md")

_A_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+/?|[\w.-]+\.(py|md|toml|ini|yaml)")


def inline_code(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "code_inline":
            yield token.content
        yield from inline_code(token.children or [])


def paths_in(page: str) -> set[str]:
    """The files and folders that a page names in inline code."""
    text = (ROOT / page).read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return {code for code in inline_code(tokens) if _A_PATH.fullmatch(code)}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    paths = paths_in(page)

    assert len(paths) > 5
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_a_page_with_a_wrong_path_would_be_seen() -> None:
    assert _A_PATH.fullmatch("pytest_kv/_core/no_such_module.py")
    assert _A_PATH.fullmatch("tests/faults/")
    assert not _A_PATH.fullmatch("kv_namespace.assert_deleted")
