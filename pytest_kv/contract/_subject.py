"""The client under test: how to make it, and what its author says about it."""

from __future__ import annotations

__all__ = ("METHODS", "Missing", "Over", "Refuses", "Skipped", "Subject", "refuses_nothing")

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pytest_kv.contract._driver import RunCoroutine

Over = Literal["respx", "http", "binding"]
"""How the client reaches KV: REST on respx, REST over real HTTP, or a namespace binding."""

Missing = type[BaseException] | tuple[type[BaseException], ...] | None
"""The exceptions with which ``get`` says that a key is missing; None when it returns None."""

Refuses = Callable[[str], bool]
"""Says whether a client rejects a legal key by design."""

METHODS = ("get", "put", "delete", "list", "delete_many", "put_many", "get_many")
"""The methods that an adapter may have; each is optional."""


def refuses_nothing(_key: str) -> bool:
    """Says that the client takes every legal key."""
    return False


class Skipped(Exception):
    """A clause does not apply to this client."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A client under test, as the clauses of the contract see it."""

    make_client: Callable[[Any], Any]
    """Makes an adapter for the API, or for the namespace of a binding; it may be async."""

    over: Over = "respx"

    missing: Missing = None
    """The exception that ``get`` raises for a missing key; None when it returns None."""

    refuses: Refuses = refuses_nothing
    """Whether the client rejects a legal key by design."""

    binary: bool = True
    """Whether values may be bytes; False for a client of text only."""

    run_coroutine: RunCoroutine | None = None
    """Runs the client's coroutines; None for an asyncio loop that the contract makes."""

    @property
    def is_binding(self) -> bool:
        """Whether the client uses a namespace binding and not the REST API."""
        return self.over == "binding"

    def is_missing(self, error: BaseException) -> bool:
        """Whether the client says with this exception that a key is missing."""
        return self.missing is not None and isinstance(error, self.missing)
