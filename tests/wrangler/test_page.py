"""The examples of docs/wrangler.md, with the Wrangler that tests/test_docs.py goes without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.helpers.documentation import ROOT, Block, blocks_of, run
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


def test_the_script_runs(tmp_path: Path) -> None:
    wrangler = Wrangler(tmp_path, {}, "")
    tokens = MarkdownIt().parse(PAGE.read_text(encoding="utf-8"))
    [script] = [token.content for token in tokens if token.type == "fence" and token.info == "sh"]
    node, _, others = wrangler.env["PATH"].partition(os.pathsep)
    path = os.pathsep.join([node, str(Path(sys.executable).parent), others])
    python = {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        env=wrangler.env | python,
        capture_output=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr.decode("utf-8")
    assert done.stdout.endswith(b"\nhello")
    assert not wrangler.names_asked_for
