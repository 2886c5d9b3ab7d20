"""JavaScript's values in Python: Pyodide's ``js`` and ``pyodide.ffi``, on Node.

The cases of ``tests/data/pyodide.json`` are expressions; what came of each is recorded beside it
and held against the simulated modules by the ordinary run (``tests/workers/test_ffi.py``).
"""

from __future__ import annotations

__all__ = ("FFI_DATA", "FfiCase", "FfiData", "record_ffi")

import importlib.metadata
import json
import subprocess
from pathlib import Path
from typing import TypedDict

from tests.helpers.node import install
from tests.oracle.wrapper import PYODIDE_VERSION

FFI_DATA = Path(__file__).parents[1] / "data" / "pyodide.json"

_SDK = "workers-runtime-sdk"
_SCRIPT = Path(__file__).with_suffix(".mjs")


class FfiCase(TypedDict, total=False):
    """An expression, and what came of it: a value's text, or the exception Python raised."""

    given: str
    ok: str
    raises: str


class FfiData(TypedDict):
    """The whole file."""

    about: str
    recorded_from: dict[str, str]
    prelude: list[str]
    cases: list[FfiCase]


def record_ffi(*, write: bool) -> int:
    """Shows each case that Pyodide answers otherwise than recorded; 1 when there are any."""
    data: FfiData = json.loads(FFI_DATA.read_text("utf-8"))
    answers: list[FfiCase] = _answers(data)
    changed = [
        (before, now) for before, now in zip(data["cases"], answers, strict=True) if before != now
    ]
    for before, now in changed:
        print(f"\n{now['given']}\n  recorded: {json.dumps(before)}\n  now:      {json.dumps(now)}")
    print(f"{len(answers)} cases, {len(changed)} changed since {data['recorded_from']}")
    if write:
        versions = {"pyodide": PYODIDE_VERSION, _SDK: importlib.metadata.version(_SDK)}
        data |= {"recorded_from": versions, "cases": answers}
        cases = ",\n".join(f"  {json.dumps(case)}" for case in data.pop("cases"))  # type: ignore[misc]  # written case by case
        head = ",\n".join(f' "{name}": {json.dumps(part)}' for name, part in data.items())
        FFI_DATA.write_text(f'{{\n{head},\n "cases": [\n{cases}\n ]\n}}\n', "utf-8")
    return 1 if changed else 0


def _answers(data: FfiData) -> list[FfiCase]:
    installation = install("pyodide", PYODIDE_VERSION)
    wrapper = importlib.metadata.distribution(_SDK).locate_file("workers")
    command = [installation.command("node"), str(_SCRIPT), str(installation.folder), str(wrapper)]
    ran = subprocess.run(
        command,
        input=json.dumps(data),
        env=installation.environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    answers: list[FfiCase] = json.loads(ran.stdout.splitlines()[-1])
    return answers
