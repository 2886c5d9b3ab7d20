"""The section that a failing test's report gets: the KV calls it made."""

from __future__ import annotations

__all__ = ("calls_text",)

from itertools import groupby

from pytest_kv.account import KVAccount
from pytest_kv.core.journal import Call

_SHOWN = 30
_REMOVED = ", which is also where a client that collapses the key '..' or 'x/../..' arrives"


def calls_text(account: KVAccount) -> str:
    """The account's calls in order, one a line, repeats counted; of very many the last ones."""
    titles = {namespace.id: namespace.title for namespace in account.namespaces.values()}
    lines = []
    number = 1
    for text, repeats in groupby(_line(call, titles) for call in account.calls):
        count = len(list(repeats))
        lines.append(f"{number}. {text}" + (f" ({count:,} times)" if count > 1 else ""))
        number += count
    hidden = len(lines) - _SHOWN
    return "\n".join(lines if hidden <= 0 else [f"… {hidden:,} lines before", *lines[-_SHOWN:]])


def _line(call: Call, titles: dict[str, str]) -> str:
    several = len(titles) > 1 and call.namespace_id is not None
    where = f" in {titles.get(call.namespace_id or '', call.namespace_id)!r}" if several else ""
    removed = call.operation == "remove_namespace" and call.error is None
    return call.described(where) + (_REMOVED if removed else "")
