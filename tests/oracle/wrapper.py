"""How Python's values reach JavaScript and come back: Cloudflare's wrapper, in Pyodide, on Node.

The cases of `tests/data/wrapper.json` say what was given; what came of it is recorded beside it and
held against the fake by the ordinary run (`tests/binding/test_wrapper.py`). The wrapper itself is
the package workers-runtime-sdk, and the Pyodide is that of the newest workerd.
"""

from __future__ import annotations

__all__ = ("PYODIDE_VERSION", "WRAPPER_DATA", "WrapperCase", "WrapperData", "record_wrapper")

import importlib.metadata
import json
import subprocess
from pathlib import Path
from typing import Any, TypedDict

from tests.helpers.node import install

# The one inside workerd 1.20261117.1. npm has 314.0.7, which answers every case alike.
PYODIDE_VERSION = "314.0.6"
WRAPPER_DATA = Path(__file__).parents[1] / "data" / "wrapper.json"

_SDK = "workers-runtime-sdk"
_SCRIPT = Path(__file__).with_suffix(".mjs")
_KINDS = ("sent", "received", "called")


class WrapperCase(TypedDict, total=False):
    """What was given, and what came of it: a result, or the exception Python raised."""

    given: str
    ok: object
    raises: str


class WrapperData(TypedDict):
    """The whole file."""

    about: str
    recorded_from: dict[str, str]
    prelude: list[str]
    sent: list[WrapperCase]
    received: list[WrapperCase]
    called: list[WrapperCase]


def record_wrapper(*, write: bool) -> int:
    """Shows each case that the wrapper answers otherwise than recorded; 1 when there are any."""
    data: WrapperData = json.loads(WRAPPER_DATA.read_text("utf-8"))
    answers = _answers(data)
    origin = {
        "pyodide": PYODIDE_VERSION,
        "python": answers["python"],
        _SDK: importlib.metadata.version(_SDK),
    }
    print(", ".join(f"{name} {version}" for name, version in origin.items()))
    changed = 0
    for kind in _KINDS:
        cases: list[WrapperCase] = data[kind]  # type: ignore[literal-required]  # one of the three
        for case, outcome in zip(cases, answers[kind], strict=True):
            before = {name: part for name, part in case.items() if name != "given"}
            if json.dumps(before) != json.dumps(outcome):
                changed += 1
                print(f"\n{kind} {case['given']}\n  recorded: {json.dumps(before)}")
                print(f"  now:      {json.dumps(outcome)}")
        data[kind] = [  # type: ignore[literal-required]  # one of the three
            {"given": case["given"], **outcome}
            for case, outcome in zip(cases, answers[kind], strict=True)
        ]
    count = sum(len(answers[kind]) for kind in _KINDS)
    print(f"{count} cases, {changed} changed since {data['recorded_from']}")
    if write:
        data["recorded_from"] = origin
        _write(data)
    return 1 if changed else 0


def _answers(data: WrapperData) -> dict[str, Any]:
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
    answers: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answers


def _write(data: WrapperData) -> None:
    """Writes the data with one case a line."""
    parts = []
    for name, part in data.items():
        if name in _KINDS and isinstance(part, list):
            cases = ",\n".join(f"  {json.dumps(case)}" for case in part)
            parts.append(f' "{name}": [\n{cases}\n ]')
        else:
            parts.append(f' "{name}": {json.dumps(part)}')
    WRAPPER_DATA.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
