"""The journal: every call that an account saw, over either face, in order."""

from __future__ import annotations

__all__ = (
    "BINDING_ONLY",
    "DELETES",
    "KEYED",
    "OPERATIONS",
    "PUTS",
    "Call",
    "Journal",
    "Operation",
    "RestOperation",
    "Via",
)

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Literal, NamedTuple, get_args

from pytest_kv._core.entry import Entry
from pytest_kv._core.text import key_list

Via = Literal["binding", "rest"]

RestOperation = Literal[
    "list_namespaces",
    "create_namespace",
    "get_namespace",
    "rename_namespace",
    "remove_namespace",
    "get",
    "get_metadata",
    "put",
    "delete",
    "list",
    "bulk_get",
    "bulk_put",
    "bulk_delete",
]
"""The operations of the REST API."""

Operation = RestOperation | Literal["getWithMetadata"]
"""The operations of both faces."""

BINDING_ONLY = frozenset({"getWithMetadata"})
"""The operations that the REST API does not have."""

OPERATIONS = frozenset({*get_args(RestOperation), *BINDING_ONLY})
"""The names of the operations of both faces in the journal."""

KEYED = OPERATIONS - {
    "list_namespaces",
    "create_namespace",
    "get_namespace",
    "rename_namespace",
    "remove_namespace",
    "list",
}
"""The operations whose calls name keys."""

DELETES = frozenset({"delete", "bulk_delete"})
"""The operations that delete keys, on either face."""

PUTS = frozenset({"put", "bulk_put"})
"""The operations that write keys, on either face."""


class Call(NamedTuple):
    """One recorded operation on a simulated account."""

    operation: str
    """The binding's method or the REST operation: ``get``, ``put``, ``bulk_delete``, …"""

    keys: tuple[str, ...]
    """Every key that the call named, in order; none for ``list``."""

    via: Via
    """The face that it came through."""

    error: str | None = None
    """The error that the caller got, as text, or None when the call succeeded."""

    namespace_id: str | None = None
    """The id of its namespace, or None for a call on the account."""

    unsuccessful_keys: tuple[str, ...] = ()
    """The keys that a bulk call left undone."""

    answer_lost: bool = False
    """Whether the call was carried out although its caller got an error."""

    location: str | None = None
    """The location it was made at (:meth:`pytest_kv.KVNamespace.at`), or None."""

    request: str | None = None
    """The method and the raw target of a REST request that got an error which no test planned, or
    that has a query after its key; None for every other call."""

    status: int | None = None
    """The HTTP status of the error; None for a success and for an error without a status."""

    code: int | None = None
    """The code of the error over REST; None for a call of the binding and without an error code."""

    planned: bool = False
    """Whether a fault that a test planned struck the call; a delay alone does not count."""

    # Tuples, because a mapping would take more memory and make a call unhashable.
    written: tuple[Entry, ...] = ()
    """The entries that a put or bulk put stored, one for each of ``done_keys``."""

    expiration_ttls: tuple[int | None, ...] = ()
    """The ``expiration_ttl`` given for each of the keys of a put; empty when none was given."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What a put or bulk put wrote, by name; it stays when the key is deleted."""
        return dict(zip(self.done_keys, self.written, strict=False))

    @property
    def expiration_ttl(self) -> int | None:
        """The ``expiration_ttl`` of a put in seconds, or None when none was given.

        Of a bulk put, the one that all its pairs have; None when they differ.
        """
        first, *others = {*self.expiration_ttls} or {None}
        return None if others else first

    @property
    def is_done(self) -> bool:
        """Whether KV carried the call out."""
        return self.error is None or self.answer_lost

    @property
    def done_keys(self) -> tuple[str, ...]:
        """The keys for which KV did what the call asked; none when it was not carried out.

        A key that the call named twice is there once.
        """
        if not self.is_done:
            return ()
        undone = frozenset(self.unsuccessful_keys)
        return tuple(key for key in dict.fromkeys(self.keys) if key not in undone)

    def __str__(self) -> str:
        return self._described()

    def _described(self, where: str = "") -> str:
        """The call in one line; ``where`` follows its keys."""
        keys = f" {key_list(self.keys)}" if self.keys else ""
        error = f" -> {self.error}" if self.error is not None else ""
        undone = f", but not {key_list(self.unsuccessful_keys)}" if self.unsuccessful_keys else ""
        lost = " (it was carried out)" if self.answer_lost else ""
        location = "" if self.location is None else f" at {self.location}"
        return f"{self.operation}{keys}{where}{location} via {self.via}{undone}{error}{lost}"

    def __repr__(self) -> str:
        return f"<Call {self}>"


class Journal:
    """An append-only list of calls."""

    __slots__ = ("_calls", "_forgotten")

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._forgotten: dict[str, int] = {}

    def append(self, call: Call) -> None:
        """Write down a call."""
        self._calls.append(call)

    def lose_answer(self, error: str) -> None:
        """Write down that the caller of the last call got ``error`` instead of its answer."""
        call = self._calls[-1]
        self._calls[-1] = call._replace(
            error=error, status=None, code=None, planned=True, answer_lost=call.is_done
        )

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def forget(self, namespace_id: str) -> None:
        """From now on, leave the calls so far out of those for this namespace."""
        self._forgotten[namespace_id] = len(self._calls)

    def of_namespace(self, namespace_id: str) -> Iterator[Call]:
        """The calls for one namespace, in order."""
        calls = islice(self._calls, self._forgotten.get(namespace_id), None)
        return (call for call in calls if call.namespace_id == namespace_id)

    def done_keys(self, namespace_id: str, operations: Collection[str]) -> list[str]:
        """The keys for which KV carried out one of ``operations``, in order of the calls."""
        return [
            key
            for call in self.of_namespace(namespace_id)
            if call.operation in operations
            for key in call.done_keys
        ]
