"""mutmut's command line, but a mutant first meets the tests in the file of its own module.

They kill most mutants, and to collect one file takes a fraction of the time that all files take.
"""

from __future__ import annotations

__all__ = ()

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

_RUNNER = import_module("mutmut.runners.harness").PytestRunner
_run_tests: Callable[..., int] = _RUNNER.run_tests


def run_tests(runner: Any, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """pytest's exit code for the tests in the module's file or, when they pass, for the others."""
    if mutant_name is None:
        return _run_tests(runner, mutant_name=mutant_name, tests=tests)
    file = _test_file(mutant_name)
    parts: tuple[list[str], list[str]] = ([], [])
    for test in tests:
        parts[not test.startswith(f"{file}::")].append(test)
    code = 0
    for part in parts:
        if part and not code:
            code = _run_tests(runner, mutant_name=mutant_name, tests=part)
    return code


def _test_file(mutant: str) -> str:
    """``tests/core/test_rules.py`` for a mutant of ``pytest_kv._core.rules``."""
    *folders, module, _ = mutant.removeprefix("pytest_kv._").split(".")
    return "/".join(["tests", *folders, f"test_{module}.py"])


if __name__ == "__main__":
    # mutmut's wrappers triple the depth of every call, and some tests go near Python's own limit.
    sys.setrecursionlimit(5_000)
    _RUNNER.run_tests = run_tests
    import_module("mutmut.__main__").cli()
