"""Print the mutants the tests kill: ``python -m tests.mutation [pattern ...]``, all by default.

A pattern is a glob over mutants' names, such as ``pytest_kv._core.rules*``. The tool, mutmut, works
in a temporary copy of the tree and takes its settings from pyproject.toml. The exit code is 0
whatever survives.
"""

from __future__ import annotations

__all__ = ()

import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).parents[2]
_COPIED = ("pytest_kv", "tests", "pyproject.toml")
_KILLED = ("killed", "timeout")
_MUTMUT = Path(__file__).with_name("_mutmut.py")


def main() -> None:
    """Run mutmut, then print a table of the modules and the change each survivor makes."""
    parser = ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("patterns", nargs="*", metavar="pattern", help="mutants to try")
    parser.add_argument("--max-children", default="2", help="mutants tried at once")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="pytest-kv-mutation-") as name:
        copy = Path(name)
        _copy_tree(copy)
        # With a pattern mutmut first runs the tests by the names it calls them by later: one that
        # pytest does not find then ends the run, where it would seem to kill every mutant.
        patterns = options.patterns or ["*"]
        run = [*_mutmut("run"), "--max-children", options.max_children, *patterns]
        subprocess.run(run, cwd=copy, check=True)
        statuses = dict(_statuses(copy, options.patterns))
        print(table(statuses))
        for mutant in survivors(statuses):
            print(_output(copy, "show", mutant))


def table(statuses: Mapping[str, str]) -> str:
    """A line a module and one for all: mutants, killed, survived and the percentage killed."""
    modules: dict[str, Counter[bool]] = {}
    for mutant, status in statuses.items():
        counts = modules.setdefault(_module(mutant), Counter())
        counts[status in _KILLED] += 1
    total = sum(modules.values(), Counter())
    lines = [_line(name, counts) for name, counts in [*sorted(modules.items()), ("all", total)]]
    return "\n".join(
        ["| module | mutants | killed | survived | % |", "| --- | --: | --: | --: | --: |", *lines]
    )


def survivors(statuses: Mapping[str, str]) -> list[str]:
    """The mutants that no test noticed, those no test reaches among them."""
    return sorted(mutant for mutant, status in statuses.items() if status not in _KILLED)


def _line(name: str, counts: Counter[bool]) -> str:
    percent = 100 * counts[True] / max(counts.total(), 1)
    return f"| {name} | {counts.total()} | {counts[True]} | {counts[False]} | {percent:.1f} |"


def _module(mutant: str) -> str:
    return mutant.rpartition(".")[0].removeprefix("pytest_kv.")


def _copy_tree(target: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in _COPIED:
        source = _ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copy(source, target / name)


def _statuses(copy: Path, patterns: Iterable[str]) -> Iterator[tuple[str, str]]:
    wanted = tuple(patterns) or ("*",)
    for line in _output(copy, "results", "--all", "true").splitlines():
        mutant, _, status = line.strip().partition(": ")
        if any(fnmatchcase(mutant, pattern) for pattern in wanted):
            yield mutant, status


def _mutmut(command: str) -> list[str]:
    return [sys.executable, str(_MUTMUT), command]


def _output(copy: Path, command: str, *arguments: str) -> str:
    answer = subprocess.run(
        [*_mutmut(command), *arguments], cwd=copy, check=True, capture_output=True, text=True
    )
    return answer.stdout


if __name__ == "__main__":
    main()
