"""Every Python block of README.md and docs/ runs, as a suite of its own in an empty folder."""

from __future__ import annotations

import pytest

from tests.helpers.documentation import ROOT, Block, blocks_of, run

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=f"{page.relative_to(ROOT)}:{block.line}")
        for page in PAGES
        for block in blocks_of(page)
    ],
)
def test_the_block_runs(block: Block, pytester: pytest.Pytester) -> None:
    """Passes when its tests do; a block without tests needs only to be importable."""
    result = run(block, pytester)

    ran = pytest.ExitCode.OK if block.has_tests else pytest.ExitCode.NO_TESTS_COLLECTED
    assert result.ret == ran
