"""Which block of ours decides on Cloudflare's API host.

Each block makes a *claim* on the host: either a server of ours answers for it, or every attempt to
reach it fails with the block's words. A claim with a server decides before one with words; among
equals, the innermost block decides.
"""

from __future__ import annotations

__all__ = (
    "STAND_IN",
    "Claim",
    "Claims",
    "Server",
    "Words",
    "claim_on",
    "claim_on_address",
    "failed",
)

import errno
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.attempts import keep_attempt

STAND_IN = "127.75.86.1"
"""An address of this machine that nobody else uses; the host's name stands for it."""

_STAND_INS = (STAND_IN, f"::ffff:{STAND_IN}")

Words = Callable[[], str]
"""Returns a text: why the host cannot be reached, and what to use instead."""


class Server(NamedTuple):
    """A server that answers for the host."""

    host: str
    port: int
    context: ssl.SSLContext
    """The TLS context for clients; it trusts the server."""


class Claim(NamedTuple):
    """The claim of one open block."""

    outcome: Server | Words
    """What becomes of an attempt to reach the host."""

    @property
    def server(self) -> Server:
        """The server that answers; raises OSError with the block's words if there is none."""
        if isinstance(self.outcome, Server):
            return self.outcome
        raise failed(errno.EHOSTUNREACH, self.outcome())

    def error(self, number: int, words: str, *, client: str = "") -> OSError:
        """The error of a failed attempt: ``words`` if there is a server, else the block's words.

        ``client`` names the client for the report if the call stack does not.
        """
        if isinstance(self.outcome, Server):
            return failed(number, words, client)
        return failed(errno.EHOSTUNREACH, self.outcome(), client)


class Claims:
    """The claims of the open blocks, the innermost last, and the one that decides."""

    made: tuple[Claim, ...] = ()
    deciding: Claim | None = None

    @classmethod
    def set(cls, made: tuple[Claim, ...]) -> None:
        """Replace the claims; the caller holds a lock."""
        servers = [claim for claim in made if isinstance(claim.outcome, Server)]
        cls.made = made
        cls.deciding = next(reversed(servers or made), None)


def claim_on(host: Any) -> Claim | None:
    """The claim that decides, if ``host`` is the name of the API's host."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    # With a dot at its end it is the same name to DNS.
    is_host = isinstance(host, str) and host.removesuffix(".").lower() == HOST
    return Claims.deciding if is_host else None


def claim_on_address(address: Any) -> Claim | None:
    """The claim that decides, if a socket's ``address`` has the host's name or its stand-in."""
    if not isinstance(address, tuple) or len(address) < 2:
        return None
    return Claims.deciding if address[0] in _STAND_INS else claim_on(address[0])


def failed(number: int, words: str, client: str = "") -> OSError:
    """The error of a failed attempt, which is kept for the report of a failing test."""
    keep_attempt(words, client)
    return OSError(number, words)
