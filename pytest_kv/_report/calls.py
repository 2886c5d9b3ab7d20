"""The text of the section ``KV calls``: the calls of a test, with a hint below each mistake."""

from __future__ import annotations

__all__ = ("calls_text", "used_text")

from collections.abc import Iterator, Sequence
from itertools import groupby

from pytest_kv._account import KVAccount
from pytest_kv._core.account import Account
from pytest_kv._core.journal import Call
from pytest_kv._core.text import plural
from pytest_kv._report.hints import hints

_SHOWN = 30
_ACCOUNTS_SHOWN = 5
_INDENT = "   "


def used_text(used: Sequence[tuple[Account, int]]) -> str:
    """The calls of each account, with a heading for each where there are several.

    Each comes with the number of its first calls that are left out. Of very many accounts, only the
    last.
    """
    hidden = max(0, len(used) - _ACCOUNTS_SHOWN)
    texts = [f"… {plural(hidden, 'account')} before"] if hidden else []
    for number, (core, before) in enumerate(used[hidden:], hidden + 1):
        account = KVAccount._of(core)
        if len(used) > 1:
            texts.append(f"Account {number} of {len(used)}, {account.id}:")
        texts.append(calls_text(account, before))
    return "\n".join(texts)


def calls_text(account: KVAccount, before: int = 0) -> str:
    """The calls in order; equal calls in a row share a line. Of very many lines, only the last.

    The first calls, ``before`` of them, are left out. A call that looks like a mistake is followed
    by a hint. Each hint is printed once.
    """
    described = list(_described(account, before))
    hidden = len(described) - _SHOWN
    lines = [f"… {plural(hidden, 'line')} before"] if hidden > 0 else []
    told = set[tuple[str, ...]]()
    for line, call in described[-_SHOWN:]:
        lines.append(line)
        below = tuple(hints(call, account))
        if below not in told:
            lines += [_INDENT + hint for hint in below]
        told.add(below)
    return "\n".join(lines)


def _described(account: KVAccount, before: int) -> Iterator[tuple[str, Call]]:
    """A line for each run of equal calls, and the first call of the run."""
    titles = {namespace.id: namespace.title for namespace in account.namespaces.values()}
    number = 1
    runs = groupby(account.calls[before:], key=lambda call: (_text(call, titles), call.request))
    for (text, _), run in runs:
        equal = list(run)
        repeats = f" ({len(equal):,} times)" if len(equal) > 1 else ""
        yield f"{number}. {text}{repeats}", equal[0]
        number += len(equal)


def _text(call: Call, titles: dict[str, str]) -> str:
    several = len(titles) > 1 and call.namespace_id is not None
    where = f" in {titles.get(call.namespace_id or '', call.namespace_id)!r}" if several else ""
    return call._described(where)
