"""`python -m tests.oracle`: random calls on both, what differs shrunk and shown."""

from __future__ import annotations

__all__ = ("main",)

import argparse
import functools
import itertools
import json
import random
import shlex
import sys
from collections.abc import Iterator

from tests.helpers.node import install
from tests.oracle.compare import Difference, compare
from tests.oracle.ffi import record_ffi
from tests.oracle.landmarks import landmarks
from tests.oracle.notation import Sequence
from tests.oracle.recorder import add_case, record
from tests.oracle.runtime import (
    COMPATIBILITY_DATE,
    MINIFLARE_VERSION,
    WORKERD_VERSION,
    Runtime,
    running,
)
from tests.oracle.sequences import generate
from tests.oracle.shrink import shrink
from tests.oracle.wrapper import record_wrapper


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and gives its exit code: 1 when something differs."""
    options = _parser().parse_args(arguments)
    if options.command == "wrapper":
        return record_wrapper(write=options.write)
    if options.command == "ffi":
        return record_ffi(write=options.write)
    installation = install("miniflare", options.miniflare, workerd=options.workerd)
    with running(installation, options.compatibility_date) as runtime:
        print(", ".join(f"{name} {version}" for name, version in runtime.versions.items()))
        if options.command == "record":
            return record(runtime, write=options.write)
        if options.command == "add":
            return add_case(runtime, options.id, json.loads(options.calls))
        return _hold(runtime, options.seed, options.calls, options.differences)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.oracle", description=__doc__)
    parser.add_argument("--miniflare", default=MINIFLARE_VERSION, help="its version, or latest")
    parser.add_argument("--workerd", default=WORKERD_VERSION, help="its version, or latest")
    parser.add_argument("--compatibility-date", default=COMPATIBILITY_DATE, help="of the Worker")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--calls", type=int, default=10_000, help="at least so many")
    parser.add_argument("--differences", type=int, default=1, help="stop after so many")
    commands = parser.add_subparsers(dest="command")
    recorder = commands.add_parser("record", help="replay the recorded cases, show what changed")
    recorder.add_argument("--write", action="store_true", help="write what changed to the data")
    wrapper = commands.add_parser("wrapper", help="the same for how values travel, in Pyodide")
    wrapper.add_argument("--write", action="store_true", help="write what changed to the data")
    ffi = commands.add_parser("ffi", help="the same for JavaScript's values, in Pyodide")
    ffi.add_argument("--write", action="store_true", help="write what changed to the data")
    adder = commands.add_parser("add", help="record a sequence as a new case of the data")
    adder.add_argument("id", help="what the case is about, as group/behaviour")
    adder.add_argument("calls", help="JSON list of calls, as a shrunk difference shows them")
    return parser


def _hold(runtime: Runtime, seed: int, least_calls: int, most_differences: int) -> int:
    print(f"seed {seed}")
    found: set[str] = set()
    calls = sequences = 0
    for sequence in _sequences(seed):
        calls, sequences = calls + len(sequence.calls), sequences + 1
        difference = compare(runtime, sequence)
        if difference is not None:
            _show_once(shrink(difference, functools.partial(compare, runtime)), found)
        if calls >= least_calls or len(found) >= most_differences:
            break
    print(f"{calls:,} calls in {sequences:,} sequences, {len(found)} differences")
    return 1 if found else 0


def _show_once(difference: Difference, shown: set[str]) -> None:
    if str(difference) not in shown:
        shown.add(str(difference))
        calls = [call.to_json() for call in difference.sequence.calls]
        command = f"python -m tests.oracle add GROUP/NAME {shlex.quote(json.dumps(calls))}"
        print(f"\n{difference}\n    to record it: {command}\n", flush=True)


def _sequences(seed: int) -> Iterator[Sequence]:
    yield from landmarks()
    yield from (generate(seed, index) for index in itertools.count())


if __name__ == "__main__":
    sys.exit(main())
