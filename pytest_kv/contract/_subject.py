"""The client under test: how to make it, and what its author says about it."""

from __future__ import annotations

__all__ = (
    "METHODS",
    "READS",
    "WRITES",
    "Missing",
    "Over",
    "Refuses",
    "Skipped",
    "StoredKey",
    "StoredValue",
    "Subject",
    "refuses_nothing",
)

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pytest_kv._internal import SkippedTime
from pytest_kv.contract._driver import RunCoroutine

Over = Literal["respx", "http", "intercept", "binding"]
"""How the client reaches KV: REST on respx, over HTTP, or at its real address, or a binding."""

Missing = type[BaseException] | tuple[type[BaseException], ...] | None
"""The exceptions with which ``get`` says that a key is missing; None when it returns None."""

Refuses = Callable[[str], bool]
"""Says whether a client rejects a legal key by design."""

StoredKey = Callable[[str], str]
"""Says under which name the client stores a key."""

StoredValue = Callable[[Any], str | bytes]
"""Says what the client stores for a value: a str or bytes."""

READS = ("get", "list", "get_many")
WRITES = ("put", "delete", "put_many", "delete_many", "delete_prefix")
METHODS = ("get", "put", "delete", "list", "delete_many", "put_many", "get_many", "delete_prefix")
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

    stored_key: StoredKey | None = None
    """The hook for stored names; None for a client that stores a key under the key itself."""

    stored_value: StoredValue | None = None
    """The hook for stored values; None for a client that stores a value unchanged."""

    best_effort: bool = False
    """Whether, after an error, the client may say that a key is missing, and may lose a write."""

    max_keys: int | None = None
    """The most keys that the client takes in one call; None for any number."""

    quick: bool = False
    """Whether to leave out what takes long: drawn cases and most of the large batches."""

    run_coroutine: RunCoroutine | None = None
    """Runs the client's coroutines; None for an asyncio loop that the contract makes."""

    keys_left_out: frozenset[str] = frozenset()
    """Keys that no case may use, because the client is known to send them wrongly."""

    skipped: SkippedTime | None = None
    """The time that sleeps skip in an open block; None when each run opens a block of its own."""

    def __post_init__(self) -> None:
        if self.over not in get_args(Over):
            allowed = ", ".join(map(repr, get_args(Over)))
            raise ValueError(f"over is one of {allowed}, not {self.over!r}")
        missing: object = self.missing
        kinds = missing if isinstance(missing, tuple) else (missing or KeyError,)
        if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
            raise TypeError(f"missing is an exception class or a tuple of them: {self.missing!r}")
        for name in ("binary", "best_effort", "quick"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} is True or False, not {getattr(self, name)!r}")
        most: object = self.max_keys  # Not every caller is typed.
        if most is not None and not (isinstance(most, int) and most >= 1):
            raise ValueError(f"max_keys is 1 or more, or None for any number, not {most!r}")

    @property
    def is_binding(self) -> bool:
        """Whether the client uses a namespace binding and not the REST API."""
        return self.over == "binding"

    def is_missing(self, error: BaseException) -> bool:
        """Whether the client says with this exception that a key is missing."""
        return self.missing is not None and isinstance(error, self.missing)

    def at_most(self, count: int) -> int:
        """``count`` keys, or as many as the client takes in one call."""
        return count if self.max_keys is None else min(count, self.max_keys)

    def without(self, keys: Iterable[str]) -> Subject:
        """The same client, with no case about one of these keys."""
        return replace(self, keys_left_out=self.keys_left_out | {*keys})
