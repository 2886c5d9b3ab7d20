"""The KV operation that a wrong request comes nearest to, and what differs.

``difflib`` compares the path of each operation with what the parts of the request's path stand for.
"""

from __future__ import annotations

__all__ = ("NAMESPACES", "SAMPLES", "Nearest", "nearest")

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from pytest_kv._core.text import shortened
from pytest_kv._report.known_ids import KnownIds
from pytest_kv._report.path_parts import ACCOUNT, NAMESPACE, Part, read_path
from pytest_kv._rest.routes import BASE_PATH, NAMESPACES_PATH, OPERATIONS

NAMESPACES = f"{BASE_PATH}/accounts/{ACCOUNT}{NAMESPACES_PATH}"
"""What the path of each operation begins with."""

_BELOW = {operation: operation[1].replace("{ns}", NAMESPACE) for operation in OPERATIONS}

SAMPLES = {
    name: f"{operation[0]} …{NAMESPACES_PATH}{_BELOW[operation]}"
    for operation, name in OPERATIONS.items()
}
"""The method of each operation and the end of its path, by the operation's name."""

_WRITES = {"POST", "PUT", "PATCH"}
_MOST_CHANGED = 3
_SHOWN = 60


class Nearest(NamedTuple):
    """An operation, and how a request differs from it."""

    operation: str
    """The operation's name in :data:`~pytest_kv._rest.routes.OPERATIONS`."""
    differences: tuple[str, ...]
    """The differences of the path in its order, then that of the method."""


class _Block(NamedTuple):
    """Parts of a request's path, and the parts of an operation's path that stand there."""

    tag: str
    """What ``difflib`` calls it: ``equal``, ``insert``, ``delete`` or ``replace``."""
    given: list[Part]
    wanted: list[str]

    @property
    def extra(self) -> int:
        """How many parts the request has; the empty part in a double slash does not count."""
        return sum(part.meaning != "" for part in self.given)

    @property
    def words(self) -> int:
        """How many words the operation has; ids and keys do not count."""
        return sum("{" not in part for part in self.wanted)


def nearest(method: str, target: str, known: KnownIds) -> Nearest | None:
    """The operation that a request comes nearest to, or None when it is far from all of them."""
    parts = read_path(target.partition("?")[0], known)
    if not any(part.meaning in {"kv", "namespaces", NAMESPACE} for part in parts):
        return None
    compared = {operation: _compared(parts, operation) for operation in OPERATIONS}
    wanted = min(OPERATIONS, key=lambda it: _rank(method, it[0], compared[it]))
    blocks = compared[wanted]
    if _is_far(blocks):
        return None
    differences = [*_path_differences(blocks, [part.text for part in parts])]
    if method != wanted[0]:
        differences.append(f"{method} in place of {wanted[0]}")
    return Nearest(OPERATIONS[wanted], tuple(differences))


def _compared(parts: list[Part], operation: tuple[str, str]) -> list[_Block]:
    path = (NAMESPACES + _BELOW[operation]).split("/")[1:]
    matcher = SequenceMatcher(None, [part.meaning for part in parts], path)
    return [_Block(tag, parts[i1:i2], path[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]


def _rank(method: str, wanted: str, blocks: list[_Block]) -> tuple[int, ...]:
    """Smaller is nearer. Each number counts only where those before it are equal.

    A method of another kind counts less than a part that differs, and more than an id or a key
    that is missing. Where all numbers are equal, the first operation of the table is taken.
    """
    changed = sum(max(block.extra, block.words) for block in blocks if block.tag != "equal")
    missing = sum(len(block.wanted) - block.words for block in blocks if block.tag == "insert")
    in_common = sum(block.extra for block in blocks if block.tag == "equal")
    is_other_kind = method.upper() != wanted and not {method.upper(), wanted} <= _WRITES
    return changed, is_other_kind, missing, method != wanted, -in_common


def _is_far(blocks: list[_Block]) -> bool:
    """Whether too many words are missing or replaced; extra parts do not count."""
    changed = [block for block in blocks if block.tag in {"insert", "replace"}]
    return sum(block.extra + block.words for block in changed) > _MOST_CHANGED


def _path_differences(blocks: list[_Block], path: list[str]) -> Iterator[str]:
    """The differences as sentences; ``path`` is the texts of all parts of the request's path."""
    for tag, given, wanted in blocks:
        texts = [part.text for part in given]
        if tag == "equal":
            yield from (part.difference for part in given if part.difference)
        elif tag == "insert":
            yield f"{_quoted(wanted)} is missing"
        elif tag == "replace":
            yield f"{shortened('/'.join(texts), _SHOWN)} in place of {'/'.join(wanted)!r}"
        elif not any(texts):
            yield "'//' in place of '/'"
        elif all(path.count(text) > 1 for text in texts):
            yield f"{_quoted(texts)} is there twice"
        else:
            yield f"{_quoted(texts)} does not belong there"


def _quoted(parts: list[str]) -> str:
    return shortened("".join(f"/{part}" for part in parts), _SHOWN)
