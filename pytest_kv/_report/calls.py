"""The section "KV calls" in the report of a failing test."""

from __future__ import annotations

__all__ = ("calls_text",)

from itertools import groupby
from typing import NamedTuple

from pytest_kv._account import KVAccount
from pytest_kv._core.journal import Call
from pytest_kv._report.hints import hints

_SHOWN = 30
_INDENT = "   "


class _Entry(NamedTuple):
    """A line for equal calls that follow each other."""

    line: str
    call: Call


def calls_text(account: KVAccount) -> str:
    """The account's calls in order, one a line; equal neighbours share a line with their number.

    Of very many lines only the last ones are shown. A suspicious call is followed by a hint; each
    hint is printed once.
    """
    entries = _entries(account)
    hidden = len(entries) - _SHOWN
    lines = [f"… {hidden:,} lines before"] if hidden > 0 else []
    told = set[tuple[str, ...]]()
    for line, call in entries[-_SHOWN:]:
        lines.append(line)
        below = tuple(hints(call, account))
        if below not in told:
            lines += [_INDENT + hint for hint in below]
        told.add(below)
    return "\n".join(lines)


def _entries(account: KVAccount) -> list[_Entry]:
    titles = {namespace.id: namespace.title for namespace in account.namespaces.values()}
    entries = []
    number = 1
    described = ((_described(call, titles), call) for call in account.calls)
    for text, same in groupby(described, key=lambda it: (it[0], it[1].request)):
        calls = [call for _, call in same]
        repeats = f" ({len(calls):,} times)" if len(calls) > 1 else ""
        entries.append(_Entry(f"{number}. {text[0]}{repeats}", calls[0]))
        number += len(calls)
    return entries


def _described(call: Call, titles: dict[str, str]) -> str:
    several = len(titles) > 1 and call.namespace_id is not None
    where = f" in {titles.get(call.namespace_id or '', call.namespace_id)!r}" if several else ""
    return call.described(where)
