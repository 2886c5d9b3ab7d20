"""`python -m tests.explorer`: sends random requests to both sides and shows differences."""

from __future__ import annotations

__all__ = ("main",)

import argparse
import itertools
import json
import logging
import random
import shlex
import sys
from collections.abc import Iterator

from tests.explorer.calls import Call, Sequence
from tests.explorer.compare import Comparer, Difference, unneeded_exclusions
from tests.explorer.exclusions import EXCLUSIONS
from tests.explorer.fixed_sequences import fixed_sequences
from tests.explorer.sequences import generate
from tests.explorer.shrink import shrink
from tests.explorer.sides import MINIFLARE_VERSION, Explorer, Fake, explorer, fake
from tests.helpers.node import install

_IF_THE_FAKE_IS_RIGHT = (
    "if the fake is right: add an exclusion with its reason to tests/explorer/exclusions.py, and "
    "its row to docs/fidelity.md"
)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and gives its exit code: 1 when something differs."""
    options = _parser().parse_args(arguments)
    # Broken forms are sent on purpose: their warnings would only fill the output.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    with explorer(install("miniflare", options.miniflare)) as real, fake() as own:
        print(", ".join(f"{name} {version}" for name, version in real.versions.items()))
        if options.command == "show":
            return _show(Comparer(real, own), json.loads(options.sequence))
        return _run(real, own, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.explorer", description=__doc__)
    parser.add_argument(
        "--miniflare", default=MINIFLARE_VERSION, help=f"its version, {MINIFLARE_VERSION} or later"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--calls", type=int, default=5_000, help="at least so many")
    parser.add_argument("--differences", type=int, default=1, help="stop after so many")
    commands = parser.add_subparsers(dest="command")
    one = commands.add_parser("show", help="show both answers to each call of a sequence")
    one.add_argument("sequence", help="JSON list of calls, as a shrunk difference shows them")
    return parser


def _show(comparer: Comparer, calls: list[object]) -> int:
    sequence = Sequence(tuple(map(Call.from_json, calls)))
    for exchange in comparer.exchanges(sequence):
        print(f"\n{json.dumps(exchange.call.to_json())}")
        print(f"explorer: {exchange.explorer}\nfake:     {exchange.fake}")
    return 1 if comparer.compare(sequence) else 0


def _run(real: Explorer, own: Fake, options: argparse.Namespace) -> int:
    print(f"seed {options.seed}")
    found: set[str] = set()
    unneeded = unneeded_exclusions(Comparer(real, own))
    comparer, again = Comparer(real, own), Comparer(real, own)
    sequences = 0
    for sequence in _sequences(options.seed):
        sequences += 1
        difference = comparer.compare(sequence)
        if difference is not None:
            _show_once(shrink(difference, again.compare), found, options.seed)
        if comparer.calls >= options.calls or len(found) >= options.differences:
            break
    _show_exclusions(comparer)
    for name in unneeded:
        print(
            f"the exclusion {name} did not apply to its own example: "
            "it is no longer needed, or the fake has changed"
        )
    print(f"{comparer.calls:,} calls in {sequences:,} sequences, {len(found)} differences")
    return 1 if found or unneeded else 0


def _show_once(difference: Difference, shown: set[str], seed: int) -> None:
    if str(difference) not in shown:
        shown.add(str(difference))
        sequence = shlex.quote(difference.sequence.command)
        print(f"\n{difference}\n    to see it again: python -m tests.explorer show {sequence}")
        print(f"    to repeat the run: python -m tests.explorer --seed {seed}")
        print(f"    {_IF_THE_FAKE_IS_RIGHT}\n", flush=True)


def _show_exclusions(comparer: Comparer) -> None:
    print("known differences, and how often each was left out:")
    for exclusion in EXCLUSIONS:
        count = comparer.applied[exclusion.name]
        print(f"{count:7,}  {exclusion.name}: {exclusion.reason}")


def _sequences(seed: int) -> Iterator[Sequence]:
    yield from (exclusion.example for exclusion in EXCLUSIONS)
    yield from fixed_sequences()
    yield from (generate(seed, index) for index in itertools.count())


if __name__ == "__main__":
    sys.exit(main())
