"""What a case stores directly: entries in the client's own form, and names that look like them."""

from __future__ import annotations

__all__ = ("Seeds", "bystanders", "given", "own_names", "seeds_code", "stored", "strange_names")

from collections.abc import Iterable, Mapping, Sequence

from pytest_kv import Entry
from pytest_kv._internal import is_legal_key
from pytest_kv.contract._habits import Habits
from pytest_kv.contract._record import ExpiringEntry, Pairs, code_of
from pytest_kv.contract._tricky_keys import lookalikes

Seeds = Mapping[str, str | bytes | Entry]

_FEW = 5
"""The most entries that are printed one by one, when the client has habits."""


def stored(habits: Habits, value: str | bytes | Entry) -> str | bytes | Entry:
    """A value, or an entry with its value, in the form in which the client stores it."""
    if not habits.has_contents:
        return value
    if not isinstance(value, Entry):
        return habits.content(value)
    content = habits.content(given(value.value))
    if isinstance(value, ExpiringEntry):
        return value.holding(content)
    return Entry(content, metadata=value.metadata, expiration=value.expiration)


def given(value: bytes) -> str | bytes:
    """A value as the client is given it: a str if the bytes are UTF-8, else the bytes."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def own_names(habits: Habits, keys: Iterable[str], *, but: str | None = None) -> list[str]:
    """The legal names under which the client stores ``keys``, without the name of ``but``."""
    left_out = None if but is None else habits.name_or_none(but)
    names = dict.fromkeys(map(habits.name_or_none, keys))
    return [name for name in names if name not in (None, left_out) and is_legal_key(name or "")]


def strange_names(habits: Habits, key: str) -> list[str]:
    """Names near ``key`` that are not the client's own, such as the key without its prefix."""
    name = habits.name_or_none(key)
    near = [key, *lookalikes(key)[:3], *(lookalikes(name) if name is not None else ())]
    names = dict.fromkeys(other for other in near if is_legal_key(other) and other != name)
    return [other for other in names if habits.key(other) is None]


def bystanders(keys: Sequence[str]) -> list[str]:
    """Keys that look like some of ``keys``, and one that does not."""
    return ["bystander", *(f"{key}x" for key in (*keys[:2], *keys[-1:]))]


def seeds_code(
    habits: Habits, entries: Seeds | Pairs, in_store: Mapping[str, str | bytes | Entry]
) -> str:
    """The expression for what is stored for ``entries``."""
    if not isinstance(entries, Pairs):
        return code_of(in_store)
    if not (habits.has_names or habits.has_contents):
        return entries.code
    if len(in_store) <= _FEW:
        return code_of(in_store)
    value = entries.value_code
    if habits.has_contents:
        is_one = len({*entries.value.values()}) == 1
        value = code_of(next(iter(in_store.values()))) if is_one else f"stored_value({value})"
    return f"{{{habits.name_code('key', entries.value)}: {value} {entries.loop}}}"
