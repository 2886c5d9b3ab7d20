"""Print the benchmarks' table: ``python -m tests.benchmarks [name ...]``, all of them by default.

The figures are CPU time on the machine at hand, the server's are by the clock, so only the ratios
compare between machines. They inform and do not judge: the exit code is 0 whether or not the aims
are met.
"""

from __future__ import annotations

__all__ = ()

import platform
import sys
from argparse import ArgumentParser
from importlib.metadata import version

from tests.benchmarks import binding, contract, fresh, intercept, listing, rest, server
from tests.benchmarks.figures import Figure, table

BENCHMARKS = {
    "delete": binding.delete,
    "rest-delete": rest.delete,
    "sdk-delete": rest.sdk_delete,
    "bulk-delete": rest.bulk_delete,
    "list": listing.list_page,
    "memory": fresh.memory,
    "startup": fresh.startup,
    "throughput": binding.throughput,
    "mounting": rest.mounting,
    "contract": contract.contract,
    "server": server.requests,
    "serving": server.start_and_stop,
    "httpserver": intercept.beside_httpserver,
    "intercept": intercept.get,
    "intercepting": intercept.set_up,
}


def main() -> None:
    """Run the benchmarks named on the command line."""
    parser = ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        figures += BENCHMARKS[name]()
    print(_machine(), table(figures), sep="\n\n")


def _machine() -> str:
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("httpx", "respx", "fakeredis", "h11")
    )
    return f"Python {platform.python_version()}, {platform.machine()}; {packages}; CPU time"


if __name__ == "__main__":
    main()
