"""What a failing test's report says below a call that looks like a mistake.

Each line is a fact about the request or about what the account holds.
"""

from __future__ import annotations

__all__ = ("hints",)

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice, takewhile, zip_longest
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from pytest_kv._account import KVAccount
from pytest_kv._core.journal import Call
from pytest_kv._core.rules import Rule
from pytest_kv._core.text import shortened
from pytest_kv._report.known_ids import KnownIds
from pytest_kv._report.nearest import NAMESPACES, SAMPLES, nearest
from pytest_kv._rest.errors import CODES, MALFORMED, Problem
from pytest_kv._rest.http import RequestLine

_ADDRESS = {
    CODES[Rule.NAMESPACE_NOT_FOUND],
    *(
        problem.value[1]
        for problem in (
            Problem.NO_ROUTE,
            Problem.BAD_ACCOUNT_ID,
            Problem.WRONG_METHOD,
            Problem.BAD_CREDENTIALS,
            Problem.BAD_NAMESPACE_ID,
        )
    ),
}
"""The codes of the errors that a wrong address can cause."""

_BODY = {MALFORMED, CODES[Rule.TITLE_EMPTY]}
_OF_A_KEY = {"get_namespace": "get", "rename_namespace": "put", "remove_namespace": "delete"}
_PARAMETERS = {"put": ("expiration", "expiration_ttl")}
_NAMES_LOOKED_AT = 10_000
_SHOWN = 60


def hints(call: Call, account: KVAccount) -> list[str]:
    """Which operation a call came nearest to, and what differs; most calls get no lines."""
    if call.via != "rest" or call.planned:
        return []
    code, line = call.code, RequestLine.of(call.request or "")
    if code in _ADDRESS or (call.status == Problem.NO_KEY.value[0] and code is None):
        known = _known_ids(call, code, account)
        return [*_of_address(call, line, known), *_of_token(line, code, account)]
    lines = [*_of_namespace(call, line, code), *_of_query(call, line)]
    return lines or list(_of_key(call, code, account))


def _known_ids(call: Call, code: int | None, account: KVAccount) -> KnownIds:
    """The ids that the account had when the call was made.

    A namespace that is gone now counts too, if a call used it and no earlier call removed it.
    """
    earlier = takewhile(lambda other: other is not call, account.calls)
    removals = (other for other in earlier if other.operation == "remove_namespace")
    removed = {other.namespace_id or "" for other in removals if other.is_done}
    used = {other.namespace_id or "" for other in account.calls if other.is_done}
    used -= removed | {""}
    if code == CODES[Rule.NAMESPACE_NOT_FOUND]:
        used.discard(call.namespace_id or "")
    titles = {id: namespace.title for id, namespace in account.namespaces.items()}
    return KnownIds(account.id, dict.fromkeys(used, "") | titles, frozenset(removed))


def _of_address(call: Call, line: RequestLine, known: KnownIds) -> Iterator[str]:
    found = nearest(line.method, line.target, known)
    if found is None:
        yield f"nearest: none; the paths of KV begin with {NAMESPACES}"
    elif found.differences:
        # In the journal the name of bulk_delete_older is bulk_delete.
        if found.operation.removesuffix("_older") != call.operation:
            yield _nearest(found.operation)
        for label, told in zip_longest(["differs:"], found.differences, fillvalue=" " * 8):
            yield f"{label} {told}"


def _of_token(line: RequestLine, code: int | None, account: KVAccount) -> Iterator[str]:
    """The cause of a 403 when the account's id is right."""
    is_account_right = f"/accounts/{account.id}/" in line.target
    if code == Problem.BAD_CREDENTIALS.value[1] and is_account_right:
        yield "differs: the token is not the one that the account accepts"


def _nearest(operation: str) -> str:
    return f"nearest: {operation}, {SAMPLES[operation]}"


def _of_namespace(call: Call, line: RequestLine, code: int | None) -> Iterator[str]:
    """A request for a namespace that may be meant for a key, or the older form of bulk delete."""
    meant = _OF_A_KEY.get(call.operation)
    is_likely = code in _BODY if meant == "put" else call.error is None
    if meant is not None and is_likely:
        yield _nearest(meant)
        yield "differs: a client that collapses the key '..' or 'x/../..' turns it into this"
    if call.operation == "bulk_delete" and line.method == "DELETE":
        yield _nearest("bulk_delete")
        yield "differs: DELETE …/bulk is its older form"


def _of_query(call: Call, line: RequestLine) -> Iterator[str]:
    """A query that KV ignored: a misspelled parameter, or the end of a key."""
    _, separator, query = line.target.partition("?")
    known = _PARAMETERS.get(call.operation, ())
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    ignored = [name for name in names if name not in known]
    if not ignored or len(call.keys) != 1:
        return
    meant = get_close_matches(ignored[0], known, cutoff=0.8)
    if meant:
        yield f"differs: KV ignores the parameter {ignored[0]!r}; it knows {meant[0]!r}"
        return
    key = call.keys[0] + separator + unquote(query)
    yield (
        f"differs: KV reads the key {shortened(call.keys[0], _SHOWN)} and ignores "
        f"{shortened(separator + query, _SHOWN)}; the key {shortened(key, _SHOWN)} is sent as "
        f"{_encoded(key)}"
    )


def _of_key(call: Call, code: int | None, account: KVAccount) -> Iterator[str]:
    """A key that KV did not find although it is stored in another encoding."""
    namespace = account.namespaces.get(call.namespace_id or "")
    if code != CODES[Rule.KEY_NOT_FOUND] or namespace is None:
        return
    key, data = call.keys[0], namespace.data
    stored = next((name for name in _otherwise_encoded(key) if name in data), None)
    if stored is None:
        names = islice(data, _NAMES_LOOKED_AT)
        stored = next((name for name in names if name.startswith(f"{key}#")), None)
    if stored is not None and key not in data:
        yield f"differs: {shortened(stored, _SHOWN)} is stored, which is sent as {_encoded(stored)}"


def _otherwise_encoded(key: str) -> Iterator[str]:
    yield from (unquote(key), unquote_plus(key))
    yield from (quote(key), quote(key, safe=""), quote_plus(key), quote_plus(key, safe="/"))
    yield from (key.rstrip("/"), key.lstrip("/"), f"/{key}")


def _encoded(key: str) -> str:
    encoded = quote(key, safe="", errors="surrogateescape")  # as a request's key is decoded
    return encoded if len(encoded) <= _SHOWN else f"{encoded[:_SHOWN]}…"
