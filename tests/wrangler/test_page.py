"""The examples of docs/wrangler.md, with the Wrangler that tests/test_docs.py goes without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_docs import ROOT, Block, blocks_of, run
from tests.wrangler.cli import Wrangler

PAGE = ROOT / "docs" / "wrangler.md"


@pytest.mark.parametrize("block", [*blocks_of(PAGE)], ids=lambda block: str(block.line))
def test_the_block_passes(
    block: Block, pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrangler = Wrangler(tmp_path, {}, "")
    for name, value in wrangler.env.items():
        monkeypatch.setenv(name, value)

    run(block, pytester).assert_outcomes(passed=1)

    assert not wrangler.names_asked_for
