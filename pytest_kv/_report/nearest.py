"""The KV operation that a method and a path come nearest to, and what differs.

A path is compared with the path of each operation part by part, as words are letter by letter in
an edit distance: a part may be missing, be one too many or stand in the place of another. It is
worked out for the report of a failing test only, never while a request is answered.
"""

from __future__ import annotations

__all__ = ("NAMESPACES", "Nearest", "nearest", "sample")

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from pytest_kv._core.account import hex_id
from pytest_kv._core.text import shortened
from pytest_kv._report.known_ids import KnownIds, account_difference, namespace_difference
from pytest_kv._rest.routes import BASE_PATH, NAMESPACES_PATH, OPERATIONS

ACCOUNT, NAMESPACE, KEY = "{account_id}", "{namespace_id}", "{key}"
NAMESPACES = f"{BASE_PATH}/accounts/{ACCOUNT}{NAMESPACES_PATH}"
"""What the path of each operation begins with."""

_PARTS = tuple(NAMESPACES.split("/")[1:])
_COLLECTIONS = frozenset({"keys", "values", "metadata", "bulk"})
_ALSO_CALLED = {"keys": "list"}
_WORDS = _COLLECTIONS | {part for part in _PARTS if part != ACCOUNT}
_OLDER = "bulk_delete_older"

# How far apart two paths are, in parts: what is often left out weighs less.
_MISSING = dict.fromkeys(_PARTS, 0.8) | {"client": 0.4, "v4": 0.4, "accounts": 0.6, NAMESPACE: 0.5}
_TOO_MUCH = {"": 0.3}
_ALIKE = 0.75
_TOO_FAR = 2.5
_METHODS: Mapping[frozenset[str], float] = {
    frozenset({"POST", "PUT"}): 0.3,
    frozenset({"PATCH", "PUT"}): 0.3,
    frozenset({"PATCH", "POST"}): 0.4,
    frozenset({"GET", "HEAD"}): 0.3,
    frozenset({"GET", "POST"}): 0.6,
    frozenset({"DELETE", "POST"}): 0.6,
}
_OTHER_METHOD = 1.1
_MOST_PARTS = 20
_SHOWN = 60


class Nearest(NamedTuple):
    """An operation, and in what a request differs from it."""

    operation: str
    """Its name, as :data:`~pytest_kv._rest.routes.OPERATIONS` has it."""
    differences: tuple[str, ...]
    """What differs, in the order of the path and then the method; empty when nothing does."""


class _Step(NamedTuple):
    """A part of the given path, the one of the operation's path it stands for, or only one."""

    given: str | None
    wanted: str | None


_SLASH_BEHIND = _Step("", None)
"""A slash at the end of a path, which makes no difference to where it leads."""


class _Way(NamedTuple):
    """How two paths were brought together, and how far apart they were."""

    distance: float
    steps: tuple[_Step, ...]


def nearest(method: str, target: str, known: KnownIds) -> Nearest | None:
    """The operation nearest to a request, or None when it is far from them all."""
    given = tuple(target.partition("?")[0].removeprefix("/").split("/", _MOST_PARTS))
    if not _speaks_of_kv(given, known):
        return None
    ways = {below: _way(given, _parts(below), known) for _, below in OPERATIONS}
    wanted, below = min(OPERATIONS, key=lambda it: ways[it[1]].distance + _apart(method, it))
    if ways[below].distance > _TOO_FAR:
        return None
    steps = ways[below].steps
    if steps[-1] == _SLASH_BEHIND:
        steps = steps[:-1]
    differences = list(_differences(steps, given, known))
    if method != wanted:
        differences.append(f"{method} in place of {wanted}")
    return Nearest(OPERATIONS[wanted, below], tuple(differences))


def sample(operation: str) -> str:
    """The method and the path of an operation, from where KV's own paths begin."""
    for (method, below), name in OPERATIONS.items():
        if name == operation:
            return f"{method} …{NAMESPACES_PATH}{below.replace('{ns}', NAMESPACE)}"
    raise KeyError(operation)


def _speaks_of_kv(given: tuple[str, ...], known: KnownIds) -> bool:
    words = {part.casefold() for part in given}
    return bool(words & {"kv", "namespace", "namespaces", *known.titles})


def _parts(below: str) -> tuple[str, ...]:
    return _PARTS + tuple(NAMESPACE if part == "{ns}" else part for part in below.split("/")[1:])


def _way(given: tuple[str, ...], wanted: tuple[str, ...], known: KnownIds) -> _Way:
    """The shortest way to bring two paths together, found from their ends."""
    ways: dict[tuple[int, int], _Way] = {}
    for i in range(len(given), -1, -1):
        for j in range(len(wanted), -1, -1):
            options = [
                _ahead(distance, step, ways[i + taken[0], j + taken[1]])
                for distance, step, taken in _moves(given[i:], wanted[j:], known)
            ]
            ways[i, j] = min(options, key=lambda way: way.distance, default=_Way(0, ()))
    return ways[0, 0]


def _ahead(distance: float, step: _Step, way: _Way) -> _Way:
    return _Way(distance + way.distance, (step, *way.steps))


def _moves(
    given: tuple[str, ...], wanted: tuple[str, ...], known: KnownIds
) -> Iterator[tuple[float, _Step, tuple[int, int]]]:
    """Each step from here, how far it is, and how many parts of each path it takes."""
    if given and wanted == (KEY,):
        yield _key_distance(given), _Step(KEY, KEY), (len(given), 1)
    elif given and wanted:
        distance = _distance(given[0], wanted[0], known)
        yield distance, _Step(given[0], wanted[0]), (1, 1)
        both = "/".join(wanted[:2])  # bulk_delete in place of bulk/delete
        is_pair = "/" in both and "{" not in both and given[0] not in wanted[:2]
        if is_pair and _likeness(given[0], both) >= _ALIKE:
            yield 0.2, _Step(given[0], both), (1, 2)
    if wanted:
        yield _MISSING.get(wanted[0], 1), _Step(None, wanted[0]), (0, 1)
    if given:
        yield _TOO_MUCH.get(given[0], 1.2), _Step(given[0], None), (1, 0)


def _distance(given: str, wanted: str, known: KnownIds) -> float:
    if wanted == ACCOUNT:
        return _id_distance(given, is_known=given == known.account_id)
    if wanted == NAMESPACE:
        is_title = given != "" and unquote(given) in known.titles.values()
        return _id_distance(given, is_known=is_title or given in known.titles)
    if given == wanted:
        return 0
    if given in _WORDS:
        return 2.2
    likeness = 1 if given == _ALSO_CALLED.get(wanted) else _likeness(given, wanted)
    return 0.1 + (1 - likeness if likeness >= _ALIKE else 1.4 - 0.3 * likeness)


def _key_distance(given: tuple[str, ...]) -> float:
    """Any text may be a key, but one that looks like the path before it rarely is."""
    return 1.2 if hex_id(given[0]) or not _COLLECTIONS.isdisjoint(given[:2]) else 0


def _id_distance(given: str, *, is_known: bool) -> float:
    if is_known:
        return 0
    if hex_id(given):
        return 0.2
    return 3 if given in _WORDS else 0.6


@lru_cache(maxsize=1000)
def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()


def _apart(given: str, operation: tuple[str, str]) -> float:
    """How far a method is from an operation's own; an older form is the last to be meant."""
    wanted = operation[0]
    older = 1.0 * (OPERATIONS[operation] == _OLDER)
    return older + (given != wanted) * _METHODS.get(frozenset({given, wanted}), _OTHER_METHOD)


def _differences(
    steps: tuple[_Step, ...], given: tuple[str, ...], known: KnownIds
) -> Iterator[str]:
    ids = {step.wanted: step.given for step in steps}
    is_swapped = ids.get(NAMESPACE) == known.account_id and ids.get(ACCOUNT) in known.titles
    if is_swapped:
        yield "the ids of the account and the namespace are swapped"
    missing, extra = list[str](), list[str]()
    for step in (*steps, _Step("", "")):
        if missing and step.given is not None:
            yield f"{_quoted(missing)} is missing"
            missing = []
        if extra and step.wanted is not None:
            yield _too_much(extra, given)
            extra = []
        if step.given is None:
            missing.append(step.wanted or "")
        elif step.wanted is None:
            extra.append(step.given)
        elif not (is_swapped and step.wanted in {ACCOUNT, NAMESPACE}):
            yield from _difference(step.given, step.wanted, known)


def _difference(given: str, wanted: str, known: KnownIds) -> Iterator[str]:
    told = None
    if wanted == ACCOUNT:
        told = account_difference(given, known)
    elif wanted == NAMESPACE:
        told = namespace_difference(given, known)
    elif given != wanted:
        told = f"{shortened(given, _SHOWN)} in place of {wanted!r}"
    if told is not None:
        yield told


def _quoted(parts: list[str]) -> str:
    return shortened("".join(f"/{part}" for part in parts), _SHOWN)


def _too_much(extra: list[str], given: tuple[str, ...]) -> str:
    if not any(extra):
        return "'//' in place of '/'"
    size = len(extra)
    found = [given[at : at + size] for at in range(len(given))].count(tuple(extra))
    return f"{_quoted(extra)} {'is there twice' if found > 1 else 'does not belong there'}"
