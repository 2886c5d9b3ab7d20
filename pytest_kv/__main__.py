"""``pytest-kv``, or ``python -m pytest_kv``: a simulated account's REST API, served from a shell.

The verb ``verify`` asks a real endpoint for the facts that the fake follows.
"""

from __future__ import annotations

__all__ = ("main",)

import shlex
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NoReturn

from pytest_kv._account import KVAccount
from pytest_kv._core.text import plural
from pytest_kv._rest.errors import RestError
from pytest_kv._rest.seeding import seed_pairs
from pytest_kv._transports.control import CONTROL_PATH, Control
from pytest_kv._transports.server import KVServer

_PROG = "python -m pytest_kv" if Path(sys.argv[0]).name == "__main__.py" else "pytest-kv"
_SERVE, _VERIFY = "serve", "verify"
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
_PORT = 8790  # wrangler dev's own ports begin at 8787


def main() -> None:
    """Run the verb that is given first, ``serve`` where none is.

    Serve until Ctrl-C or SIGTERM, then exit with 0; exit with 2 when serving is not possible.
    """
    arguments = sys.argv[1:]
    if arguments[:1] == [_VERIFY]:
        from pytest_kv._verify.cli import verify

        sys.exit(verify(_PROG, arguments[1:], is_last=True))
    # A shell lets its background processes ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        _serve(_options(arguments[1:] if arguments[:1] == [_SERVE] else arguments))


def _options(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(
        prog=_PROG,
        usage=f"{_PROG} [serve] [options]\n       {_PROG} verify [options]",
        description="Serve Workers KV's REST API from memory, until Ctrl-C.",
        epilog=f"{_PROG} verify asks a real endpoint for the facts that this one follows.",
    )
    meanings = {
        "--account-id": "the account's id, 32 hex digits",
        "--namespace-id": "the namespace's id, 32 hex digits",
        "--title": "the namespace's title",
        "--api-token": "the only API token to accept; without it any credentials do",
        "--seed": "a JSON file of pairs to begin with, in the format of a bulk write",
    }
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen at (%(default)s)"
    )
    parser.add_argument(
        "--port", default=_PORT, type=_port, help="the port, 0 for any that is free (%(default)s)"
    )
    for name, meaning in meanings.items():
        parser.add_argument(name, help=meaning, metavar="FILE.json" if name == "--seed" else None)
    parser.add_argument(
        "--control",
        action="store_true",
        help=f"let a test in any language reset, seed and ask the account, under {CONTROL_PATH}",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 1 << 16:
        return int(text)
    raise ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")


def _serve(options: Namespace) -> None:
    account = _account(options)
    pairs = b"[]" if options.seed is None else _read(options.seed)

    def begin() -> None:
        seed_pairs(account.default_namespace._core, pairs)

    try:
        begin()
    except RestError as refusal:
        _fail(f"{options.seed}: {refusal.message}")
    server = _server(account, options, Control(account, begin) if options.control else None)
    try:
        _print(_banner(server, has_control=options.control))
        while True:
            # A signal just before an endless wait would not end it.
            Event().wait(0.2)
    finally:
        server.stop()


def _account(options: Namespace) -> KVAccount:
    try:
        return KVAccount(
            id=options.account_id,
            namespace_id=options.namespace_id,
            title=options.title,
            api_token=options.api_token,
        )
    except ValueError as error:
        _fail(error)


def _server(account: KVAccount, options: Namespace, control: Control | None) -> KVServer:
    if control is not None and options.host not in _THIS_MACHINE:
        _fail(f"--control is for this machine only: --host is {' or '.join(_THIS_MACHINE)} then")
    try:
        return KVServer(
            account,
            host=options.host,
            port=options.port,
            warn=lambda told: _print(f"warning: {told}"),
            log=_print,
            control=control,
        )
    except OSError as error:
        _fail(error.strerror)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        _fail(f"{file}: {error.strerror}")


def _banner(server: KVServer, *, has_control: bool) -> str:
    namespace = server.namespace
    control = [f"control   {server.origin}{CONTROL_PATH}"] if has_control else []
    exports = [f"export {name}={shlex.quote(value)}" for name, value in server.env.items()]
    return "\n".join(
        [
            f"Serving the KV API at {server.base_url} until Ctrl-C",
            f"account   {server.account_id}",
            f"namespace {namespace.id} {namespace.title!r}, {plural(len(namespace.data), 'key')}",
            *control,
            *exports,
            "",
        ]
    )


def _print(line: str) -> None:
    # One write a line, because threads print too. The reader may have closed the pipe.
    with suppress(BrokenPipeError):
        print(f"{line}\n", end="", flush=True)


def _fail(problem: object) -> NoReturn:
    print(f"{_PROG}: {problem}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
