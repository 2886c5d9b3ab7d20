"""The hints below a call in a failing test's report: what the caller most likely meant.

Each line is true of the request and of the account; none accuses.
"""

from __future__ import annotations

__all__ = ("hints",)

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from pytest_kv._account import KVAccount
from pytest_kv._core.journal import Call
from pytest_kv._core.rules import Rule
from pytest_kv._core.text import shortened
from pytest_kv._report.known_ids import KnownIds
from pytest_kv._report.nearest import NAMESPACES, SAMPLES, nearest
from pytest_kv._rest.errors import CODES, MALFORMED, Problem

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
"""The codes of errors that a wrong address can cause."""

_BODY = {MALFORMED, CODES[Rule.TITLE_EMPTY]}
_OF_A_KEY = {"get_namespace": "get", "rename_namespace": "put", "remove_namespace": "delete"}
_PARAMETERS = {"put": ("expiration", "expiration_ttl")}
_NAMES_LOOKED_AT = 10_000
_SHOWN = 60


def hints(call: Call, account: KVAccount) -> list[str]:
    """The operation that a call was nearest to, and the differences; most calls have no hint."""
    if call.via != "rest" or call.planned:
        return []
    code = call.code
    if code in _ADDRESS:
        known = _known_ids(call, code, account)
        return [*_of_address(call, known), *_of_token(call, code, account)]
    lines = [*_of_namespace(call, code), *_of_query(call)]
    return lines or list(_of_key(call, code, account))


def _known_ids(call: Call, code: int | None, account: KVAccount) -> KnownIds:
    """The ids that the call could have named, also those that were removed since then."""
    calls = account.calls
    at = next((number for number, other in enumerate(calls) if other is call), len(calls))
    removals = (other for other in calls[:at] if other.operation == "remove_namespace")
    removed = {other.namespace_id for other in removals if other.is_done}
    used = {other.namespace_id for other in calls if other.is_done} - removed
    if code == CODES[Rule.NAMESPACE_NOT_FOUND]:
        used.discard(call.namespace_id)
    titles = {id: "" for id in used if id is not None}
    titles |= {id: namespace.title for id, namespace in account.namespaces.items()}
    return KnownIds(account.id, titles, frozenset(id for id in removed if id is not None))


def _of_address(call: Call, known: KnownIds) -> Iterator[str]:
    method, _, target = (call.request or "").partition(" ")
    found = nearest(method, target, known)
    if found is None:
        yield f"nearest: none; the paths of KV begin with {NAMESPACES}"
    elif found.differences:
        if found.operation != call.operation:
            yield f"nearest: {_described(found.operation)}"
        yield from _labelled("differs", found.differences)


def _of_token(call: Call, code: int | None, account: KVAccount) -> Iterator[str]:
    """A 403 has two reasons; when the account's id is right, it is the token."""
    is_account_right = f"/accounts/{account.id}/" in (call.request or "")
    if code == Problem.BAD_CREDENTIALS.value[1] and is_account_right:
        yield "differs: the token is not the one that the account accepts"


def _labelled(label: str, texts: tuple[str, ...]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield f"{label + ':' if number == 0 else '':<8} {text}"


def _described(operation: str) -> str:
    return f"{operation}, {SAMPLES[operation]}"


def _of_namespace(call: Call, code: int | None) -> Iterator[str]:
    """An operation on a namespace that the client may have meant for a key in it."""
    meant = _OF_A_KEY.get(call.operation)
    is_likely = code in _BODY if meant == "put" else call.error is None
    if meant is not None and is_likely:
        yield f"nearest: {_described(meant)}"
        yield "differs: a client that collapses the key '..' or 'x/../..' turns it into this"
    if call.operation == "bulk_delete" and (call.request or "").startswith("DELETE "):
        yield f"nearest: {_described('bulk_delete')}"
        yield "differs: DELETE …/bulk is its older form"


def _of_query(call: Call) -> Iterator[str]:
    """A query that KV ignored: a misspelled parameter, or the end of a key."""
    _, separator, query = (call.request or "").partition("?")
    known = _PARAMETERS.get(call.operation, ())
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    ignored = [name for name in names if name not in known]
    if not ignored or len(call.keys) != 1:
        return
    meant = get_close_matches(ignored[0], known, n=1, cutoff=0.8)
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
    """A missing key, when a stored key differs from it only in its encoding."""
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
    raw = key.encode("utf-8", "surrogateescape")
    yield from (quote(raw), quote(raw, safe=""), quote_plus(raw), quote_plus(raw, safe="/"))
    yield from (key.rstrip("/"), key.lstrip("/"))


def _encoded(key: str) -> str:
    encoded = quote(key.encode("utf-8", "surrogatepass"), safe="")
    return encoded if len(encoded) <= _SHOWN else f"{encoded[:_SHOWN]}…"
