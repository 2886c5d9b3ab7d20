"""Values and keys as short texts for messages."""

from __future__ import annotations

__all__ = ("key_list", "nearest", "nearest_first", "plural", "shortened")

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def shortened(value: str | bytes, length: int) -> str:
    """The ``repr`` of ``value``; of a value longer than ``length`` its start, end and size."""
    if len(value) <= length:
        return repr(value)
    unit = "bytes" if isinstance(value, bytes) else "characters"
    end = length // 4
    return f"{value[: length - end]!r}…{value[-end:]!r} ({len(value):,} {unit})"


def key_list(keys: Sequence[str], most: int = 8) -> str:
    """The keys in one line; of more than ``most`` the first ones, the last one and the count."""
    if len(keys) <= most:
        return ", ".join(shortened(key, 80) for key in keys)
    first = ", ".join(shortened(key, 80) for key in keys[: most - 2])
    return f"{first} … {shortened(keys[-1], 80)} ({len(keys):,} keys)"


def plural(count: int, noun: str) -> str:
    """``1 key``, ``10,001 keys``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def nearest(name: object, known: Iterable[str]) -> list[str]:
    """The known names that are spelled nearly like ``name``, the nearest first."""
    words = {one: one.replace("_", "").lower() for one in known}
    word = str(name).replace("_", "").lower()
    near = get_close_matches(word, words.values(), n=len(words) or 1, cutoff=0.5)
    return sorted((one for one in words if words[one] in near), key=lambda n: near.index(words[n]))


def nearest_first(name: object, known: Iterable[str]) -> list[str]:
    """All known names; those that are spelled nearly like ``name`` come before the others."""
    names = list(known)
    return list(dict.fromkeys([*nearest(name, names), *names]))
