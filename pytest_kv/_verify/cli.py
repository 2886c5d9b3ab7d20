"""The verb ``verify`` of the command line: its options, its signals and its exit codes."""

from __future__ import annotations

__all__ = ("LIVE_URL", "verify")

import json
import os
import re
import signal
import sys
import time
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import TextIO

import httpx

from pytest_kv._verify.cases import FACTS
from pytest_kv._verify.endpoint import Endpoint, Unreachable, redacted
from pytest_kv._verify.facts import Fact
from pytest_kv._verify.report import Report
from pytest_kv._verify.run import Outcome, Unusable, Verdict, run_facts, with_namespace

LIVE_URL = "https://api.cloudflare.com/client/v4"
_ACCOUNT_ID, _API_TOKEN = "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Problem(Exception):
    """Why there is no run, in one sentence."""


class Signals:
    """In its block the first signal is a KeyboardInterrupt, and every further one is nothing.

    So a run that is interrupted can remove its namespaces. With ``is_last`` they stay ignored
    after the block: Python restores the system's own handling before the process has ended, and a
    second Ctrl-C would then take the exit code's place.
    """

    def __init__(self, *, is_last: bool = False) -> None:
        self.are_heard: bool = True
        """Whether a signal interrupts."""
        self._is_last = is_last
        self._earlier: dict[int, object] = {}

    def __enter__(self) -> Signals:
        for number in _SIGNALS:
            # nohup lets a process ignore SIGHUP; a shell does so with SIGINT in the background.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._earlier[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._earlier.items():
            after = signal.SIG_IGN if self._is_last else handler
            signal.signal(number, after)  # type: ignore[arg-type]  # signal() returned it

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.are_heard:
            self.are_heard = False
            raise KeyboardInterrupt


class Progress:
    """One line on a terminal, which is written again for each fact; nothing elsewhere."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._is_shown = stream.isatty()
        self._width = 30

    def show(self, done: int, differ: int) -> None:
        """Show how many facts were run, and how many differ."""
        full = self._width * done // self._total
        bar = "#" * full + "." * (self._width - full)
        self._write(f"\r[{bar}] {done}/{self._total} facts, {differ} differ")

    def clear(self) -> None:
        """Leave the line empty."""
        self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        if self._is_shown:
            self._stream.write(text)
            self._stream.flush()


def verify(
    prog: str,
    arguments: Sequence[str],
    *,
    facts: Sequence[Fact] = FACTS,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], object] = time.sleep,
    is_last: bool = False,
) -> int:
    """Run all facts at an endpoint, print what came of them, and return the exit code.

    With ``is_last`` the process only has to exit, and ignores signals from then on.
    """
    options = _options(prog, arguments, os.environ)
    report = Report(facts, options.base_url.rstrip("/"), datetime.now(UTC))
    problem = None
    with Signals(is_last=is_last) as signals:
        try:
            _check(options)
            with Endpoint(
                options.base_url, options.account_id, options.api_token, clock=clock, sleep=sleep
            ) as endpoint:
                _run(endpoint, report, signals)
        except (_Problem, Unusable, Unreachable) as error:
            problem = str(error)
        except KeyboardInterrupt:
            problem = "interrupted; nothing is left behind"
        except Exception:
            # A message of a library may have the token in it.
            told = redacted(traceback.format_exc(), options.api_token, options.account_id)
            problem = f"this is an error in pytest-kv, please report it\n{told}"
        if report.outcomes:
            print(report.text)
            problem = _written(options.json, report) or problem
    if problem is None:
        return report.exit_code
    print(f"{prog} verify: {problem}", file=sys.stderr)
    return 2


def _run(endpoint: Endpoint, report: Report, signals: Signals) -> None:
    progress = Progress(sys.stderr, len(report.facts))

    def tell(outcome: Outcome) -> None:
        report.outcomes.append(outcome)
        progress.show(len(report.outcomes), report.count(Verdict.DIFFERS))

    try:
        with with_namespace(endpoint) as namespace_id:
            try:
                run_facts(endpoint, namespace_id, report.facts, tell)
            finally:
                signals.are_heard = False
                report.give_up("the run was interrupted")
    finally:
        report.request_count = endpoint.request_count
        progress.clear()


def _options(prog: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Namespace:
    parser = ArgumentParser(
        prog=f"{prog} verify",
        description="Ask a Workers KV endpoint for each fact of docs/fidelity.md about its REST "
        "API, in a namespace that is created for this and removed at the end.",
        epilog="Exit code: 0 if all facts held, 1 if one differs, 2 if there was no run or a fact "
        "could not be tried.",
    )
    parser.add_argument(
        "--account-id",
        default=environment.get(_ACCOUNT_ID),
        help=f"the account's id, {_ACCOUNT_ID} unless given",
    )
    parser.add_argument(
        "--api-token",
        default=environment.get(_API_TOKEN),
        help=f"a token that may edit Workers KV Storage, {_API_TOKEN} unless given",
    )
    parser.add_argument(
        "--base-url", default=LIVE_URL, help="the endpoint (%(default)s)", metavar="URL"
    )
    parser.add_argument("--json", help="a file for the result as JSON", metavar="FILE")
    return parser.parse_args(arguments)


def _check(options: Namespace) -> None:
    if not options.account_id:
        raise _Problem(f"there is no account: give --account-id, or set {_ACCOUNT_ID}")
    if not options.api_token:
        raise _Problem(f"there is no API token: give --api-token, or set {_API_TOKEN}")
    if re.fullmatch("[0-9a-f]{32}", options.account_id) is None:
        raise _Problem("the account's id is not 32 hex digits in lower case")
    if re.fullmatch("[!-~]+", options.api_token) is None:
        raise _Problem("the API token has a character that no token has")
    _check_url(options.base_url)
    if options.json is not None:
        folder = Path(options.json).parent
        if os.path.isdir(options.json) or not os.access(folder, os.W_OK):
            raise _Problem(f"--json: {options.json} cannot be written")


def _check_url(base_url: str) -> None:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise _Problem("--base-url is no URL") from None
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.userinfo:
        raise _Problem("--base-url is not a URL such as https://api.cloudflare.com/client/v4")


def _written(file: str | None, report: Report) -> str | None:
    """Write the result as JSON where a file is given; what went wrong, if it did."""
    if file is None:
        return None
    try:
        Path(file).write_text(json.dumps(report.json, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        return f"--json: {file}: {error.strerror}"
    return None
