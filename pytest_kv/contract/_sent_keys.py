"""Which keys a client sends to KV under another name: the reason why several clauses fail."""

from __future__ import annotations

__all__ = ("SENT_WRONGLY", "evidence", "keys_sent_wrongly")

from collections.abc import Mapping, Sequence

from pytest_kv import Call
from pytest_kv._internal import is_legal_key, plural, shortened
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import ILLEGAL, OPERATIONS, STRAYING, TRICKY

SENT_WRONGLY = "the client sends some keys wrongly"
_SHOWN = 5


def keys_sent_wrongly(subject: Subject) -> dict[str, str]:
    """The keys that do not reach KV under their own name, each with what KV saw instead."""
    wrong: dict[str, str] = {}
    with case_run(subject) as run:
        for method in filter(run.has, OPERATIONS):
            for key in dict.fromkeys((*TRICKY, *STRAYING, *ILLEGAL)):
                if key not in wrong and not subject.refuses(key):
                    seen = _seen_instead(run, method, key)
                    if seen is not None:
                        wrong[key] = seen
    return wrong


def evidence(wrong: Mapping[str, str]) -> str:
    """A few of the keys that are sent wrongly, a line each."""
    lines = [f"    {shortened(key, 60)}: KV saw {seen}" for key, seen in wrong.items()]
    left = len(lines) - _SHOWN
    more = [f"    … and {plural(left, 'more key')}"] if left > 0 else []
    head = f"The client sends {plural(len(wrong), 'key')} wrongly, which may break other clauses:"
    return "\n".join([head, *lines[:_SHOWN], *more])


def _seen_instead(run: CaseRun, method: str, key: str) -> str | None:
    """What KV saw instead of the key; None when it saw the key, or nothing was asked."""
    if run.namespace.id not in run.account.namespaces:
        run.reset()
    earlier = len(run.account.calls)
    try:
        outcome = run.call(method, key, *(("v",) if method == "put" else ()))
    except Broken as broken:
        return str(broken).partition("\n")[0][:80]
    calls = run.calls_since(earlier)
    if not is_legal_key(run.habits.name_or_none(key) or ""):
        strange = [call for call in calls if call.operation not in OPERATIONS[method]]
        return _text(strange[-1]) if strange else None
    if not calls:
        return f"nothing: the client {outcome!s:.60}" if outcome.raised else None
    return None if _name_is_in(run, key, calls) else _text(calls[-1])


def _name_is_in(run: CaseRun, key: str, calls: Sequence[Call]) -> bool:
    name = run.habits.name_or_none(key)
    return any(name in call.keys for call in calls)


def _text(call: Call) -> str:
    line = str(call)
    return line if len(line) <= 80 else f"{line[:80]}…"
