"""The recorded cases of `tests/data/binding.json`: what was called, and what came of it."""

from __future__ import annotations

__all__ = ("RecordedCase", "as_recorded", "read_cases", "with_options_as_keywords")

import json
import re
from collections import abc
from dataclasses import dataclass, replace
from pathlib import Path

from tests.oracle.notation import UNDEFINED, Call, Json, Object, Outcome, Sequence

_DATA = Path(__file__).parents[1] / "data" / "binding.json"
_NOW = re.compile(r"<now([+-]\d+)?>")
_READS = ("get", "getWithMetadata")
_OPTIONS_POSITION = {"list": 0, "get": 1, "getWithMetadata": 1, "put": 2}


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """Calls on one empty namespace, and what each returned or threw in workerd."""

    id: str
    calls: tuple[Object, ...]

    @property
    def sequence(self) -> Sequence:
        """The calls alone."""
        return Sequence(tuple(Call.from_json(call) for call in self.calls))

    @property
    def has_undefined_argument(self) -> bool:
        """Whether a call was given JavaScript's undefined, alone or inside an argument."""
        return any(json.dumps(UNDEFINED) in json.dumps(call["args"]) for call in self.calls)

    def outcomes(self, now: int) -> list[str]:
        """What the calls came to, as texts, had they been made in the second `now`."""
        return as_recorded(
            {kind: _at(now, call[kind]) for kind in ("ok", "error") if kind in call}
            for call in self.calls
        )


def read_cases() -> list[RecordedCase]:
    """All cases, in the order of the file."""
    data = json.loads(_DATA.read_text(encoding="utf-8"))
    return [RecordedCase(case["id"], tuple(case["calls"])) for case in data["cases"]]


def as_recorded(outcomes: abc.Iterable[Outcome]) -> list[str]:
    """Outcomes as texts, which tell the order of names apart, and 1 from 1.0 and from true."""
    return [json.dumps(_with_opaque_cursor(outcome)) for outcome in outcomes]


def with_options_as_keywords(sequence: Sequence) -> Sequence:
    """The same calls, with keywords wherever the options were an argument."""
    return replace(sequence, calls=tuple(map(_with_keywords, sequence.calls)))


def _with_keywords(call: Call) -> Call:
    position = _OPTIONS_POSITION.get(call.op)
    if position is None or len(call.args) != position + 1:
        return call
    options = call.args[position]
    if isinstance(options, str) and call.op in _READS:
        options = {"type": options}
    if not isinstance(options, dict):
        return call
    return replace(call, args=call.args[:position], kwargs=options)


def _at(now: int, node: Json) -> Json:
    if isinstance(node, str):
        return _NOW.sub(lambda found: str(now + int(found[1] or 0)), node)
    if isinstance(node, list):
        return [_at(now, member) for member in node]
    if not isinstance(node, dict):
        return node
    seconds = node.get("$now")
    if isinstance(seconds, int):
        return now + seconds
    return {name: _at(now, member) for name, member in node.items()}


def _with_opaque_cursor(outcome: Outcome) -> Outcome:
    page = outcome.get("ok")
    if isinstance(page, dict) and "cursor" in page:
        return {"ok": {**page, "cursor": "<cursor>"}}
    return outcome
