"""What is held against the contract: how to make a client, and what it says about itself."""

from __future__ import annotations

__all__ = ("METHODS", "Over", "Skipped", "Subject")

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_kv.contract._driver import Run

Over = Literal["respx", "http", "binding"]
"""Where a client finds KV: REST on respx, REST over real HTTP, or a namespace binding."""

METHODS = ("get", "put", "delete", "list", "delete_many", "put_many", "get_many")
"""The methods an adapter may have; only ``delete`` is required."""


class Skipped(Exception):
    """A clause does not apply to this client."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A client under test, as the clauses of the contract see it."""

    make_client: Callable[[Any], Any]
    """Makes an adapter of the API, or of the namespace for a binding; it may be async."""

    over: Over = "respx"

    missing: type[BaseException] | tuple[type[BaseException], ...] | None = None
    """What ``get`` of a missing key does: return None, or raise this."""

    refuses: Callable[[str], bool] = field(default=lambda _key: False)
    """Which legal keys the client refuses by design."""

    binary: bool = True
    """Whether values may be bytes; False for a client of text only."""

    run: Run | None = None
    """What runs the client's coroutines; an asyncio loop of the contract's own otherwise."""

    @property
    def is_binding(self) -> bool:
        """Whether the client stands on a binding and not on the REST API."""
        return self.over == "binding"

    def is_missing(self, error: BaseException) -> bool:
        """Whether this is how the client says that a key is missing."""
        return self.missing is not None and isinstance(error, self.missing)
