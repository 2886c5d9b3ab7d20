"""A suite as a type checker sees it."""

from __future__ import annotations

__all__ = ("CHECKERS", "Checker", "mypy", "pyright")

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from textwrap import dedent

Checker = Callable[[Path, str], list[str]]
"""Returns the lines of a suite that a type checker finds wrong; the suite goes into the folder."""


def mypy(folder: Path, code: str) -> list[str]:
    """The lines that `mypy --strict` finds wrong."""
    suite = _written(folder, code)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(suite)]
    found = run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.stderr == ""
    errors = [line for line in found.stdout.splitlines() if ": error: " in line]
    assert all(line.startswith("suite.py:") for line in errors), found.stdout
    return _lines(suite, [int(line.split(":")[1]) for line in errors])


def pyright(folder: Path, code: str) -> list[str]:
    """The lines that pyright finds wrong."""
    suite = _written(folder, code)
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    found = run([*command, str(suite)], cwd=folder, capture_output=True, text=True, check=False)
    diagnostics = json.loads(found.stdout)["generalDiagnostics"]
    starts = [one["range"]["start"]["line"] + 1 for one in diagnostics]
    return _lines(suite, starts)


CHECKERS: dict[str, Checker] = {"mypy": mypy, "pyright": pyright}


def _written(folder: Path, code: str) -> Path:
    suite = folder / "suite.py"
    suite.write_text(dedent(code), encoding="utf-8")
    return suite


def _lines(suite: Path, numbers: list[int]) -> list[str]:
    lines = suite.read_text(encoding="utf-8").splitlines()
    return [lines[number - 1].strip() for number in sorted(set(numbers))]
