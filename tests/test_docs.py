"""Every Python block of README.md and docs/ runs, as a file of its own in an empty folder."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.helpers.documentation import ASYNC_TESTS_RUN, ROOT, Block, blocks_of, files_of, suite_of

DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = (ROOT / "README.md", *DOCS)
BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def module_of(block: Block) -> str:
    """The name of the block's file. A line of the file has the same number in the page."""
    page = block.page.relative_to(ROOT).with_suffix("")
    return f"test_{'_'.join(page.parts)}_line_{block.line}"


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What went wrong in each test of all blocks, by module: one run of pytest is far faster."""
    folder = tmp_path_factory.mktemp("blocks")
    for block in BLOCKS:
        (folder / f"{module_of(block)}.py").write_text(suite_of(block), encoding="utf-8")
    # The files of README are run by themselves: tests/test_first_minute.py.
    for name, content in chain.from_iterable(files_of(page).items() for page in DOCS):
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "pytest.ini").write_text(ASYNC_TESTS_RUN, encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-n", "auto", "-W", "error", "--junitxml=run.xml"]
    subprocess.run(command, cwd=folder, check=False)

    found: dict[str, list[str]] = defaultdict(list)
    for case in ElementTree.parse(folder / "run.xml").iter("testcase"):
        # A module that cannot be imported is a test case without a class.
        module = (case.get("classname") or case.attrib["name"]).partition(".")[0]
        found[module].append("".join(part.text or "" for part in case if part.tag != "skipped"))
    return found


@pytest.mark.parametrize(
    "block", BLOCKS, ids=lambda block: f"{block.page.relative_to(ROOT)}:{block.line}"
)
def test_the_block_runs(block: Block, problems: dict[str, list[str]]) -> None:
    """Passes when its tests do; a block without tests needs only to be importable."""
    of_each_test = problems.get(module_of(block), [])

    if any(of_each_test):
        pytest.fail("\n\n".join(filter(None, of_each_test)), pytrace=False)
    assert bool(of_each_test) == block.has_tests


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_a_block_with_a_name_is_a_file_beside_the_suite_and_no_suite(page: Path) -> None:
    assert not [name for name in files_of(page) if name.endswith(".py")]
