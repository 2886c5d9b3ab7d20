"""The recorded cases of `tests/data/binding.json`, replayed on the runtime installed now."""

from __future__ import annotations

__all__ = ("add_case", "record")

import json
import re
from pathlib import Path
from typing import TypedDict

from tests.oracle.notation import Call, Json, Object, Outcome, Sequence
from tests.oracle.runtime import Run, Runtime

_DATA = Path(__file__).parents[1] / "data" / "binding.json"
_ADDED_FORMS = {
    "$bigint": "an int from 2**53-1 on (a BigInt)",
    "$date": "milliseconds since the epoch of an aware datetime (a Date)",
    "$join": "[s, t]: the texts side by side, so that two surrogates stay two until JavaScript",
    "$set": "a set (a Set)",
    "$infinity": "infinity with this sign",
    "$negativeZero": "-0.0",
    "kwargs": "keyword arguments (one trailing object)",
    "timed": "the case starts at a settable clock; the operation advance moves it by seconds",
}


class _Case(TypedDict, total=False):
    id: str
    timed: bool
    calls: list[Object]


class _Data(TypedDict):
    about: str
    recorded_from: dict[str, str]
    notation: dict[str, str]
    cases: list[_Case]


def record(runtime: Runtime, *, write: bool) -> int:
    """Shows each case that the runtime answers otherwise than recorded; 1 when there are any."""
    data = _read()
    replayed = [_replay(runtime, case) for case in data["cases"]]
    pairs = zip(data["cases"], replayed, strict=True)
    changed = [(old, new) for old, new in pairs if json.dumps(old) != json.dumps(new)]
    for old, new in changed:
        _show_change(old, new)
    print(f"{len(replayed)} cases, {len(changed)} changed since {data['recorded_from']}")
    if write:
        _write({**data, "cases": replayed, "recorded_from": _origin(runtime)})
    return 1 if changed else 0


def add_case(runtime: Runtime, identity: str, calls: list[Object]) -> int:
    """Runs the calls and appends them, with what the runtime answered, as a case of the data."""
    data = _read()
    if any(case["id"] == identity for case in data["cases"]):
        print(f"there is a case {identity} already")
        return 1
    case = _Case(id=identity, calls=calls)
    if any(call["op"] == "advance" for call in calls):
        case = _Case(id=identity, timed=True, calls=calls)
    case = _replay(runtime, case)
    text = json.dumps(case)
    used = {form: sense for form, sense in _ADDED_FORMS.items() if f'"{form}":' in text}
    _write({**data, "notation": {**data["notation"], **used}, "cases": [*data["cases"], case]})
    print(json.dumps(case, indent=1))
    return 0


def _replay(runtime: Runtime, case: _Case) -> _Case:
    calls = [Call.from_json(call) for call in case["calls"]]
    run = runtime.run(Sequence(tuple(calls), case.get("timed", False)))
    notes = _Notes(case, run)
    recorded: list[Object] = [
        {**_without_outcome(call), **notes.outcome(outcome)}
        for call, outcome in zip(case["calls"], run.outcomes, strict=True)
    ]
    return {**case, "calls": recorded}


class _Notes:
    """Rewrites outcomes for the record: times count from the start, cursors are opaque."""

    def __init__(self, case: _Case, run: Run) -> None:
        arguments = json.dumps([_without_outcome(call) for call in case["calls"]])
        self._now = run.now
        ten_digits = re.findall(r"(?<![\d.])\d{10}(?![\d.])", arguments)
        self._absolute = {int(digits) for digits in ten_digits}
        self._offsets = {float(text) for text in re.findall(r'"\$now": (-?[\d.]+)', arguments)}

    def outcome(self, outcome: Outcome) -> Outcome:
        """The outcome as the data file spells it."""
        error = outcome.get("error")
        if isinstance(error, dict):
            return {"error": {**error, "message": self._message(str(error["message"]))}}
        return {"ok": self._node(outcome["ok"])}

    def _node(self, node: Json) -> Json:
        if isinstance(node, list):
            return [self._node(member) for member in node]
        if isinstance(node, dict):
            return {name: self._member(name, member) for name, member in node.items()}
        return node

    def _member(self, name: str, member: Json) -> Json:
        if name == "cursor" and isinstance(member, str):
            return "<cursor>"
        if name == "expiration" and isinstance(member, int) and member not in self._absolute:
            return {"$now": member - self._now}
        return self._node(member)

    def _message(self, message: str) -> str:
        for offset in self._offsets:
            second = self._now + int(offset // 1)
            name = f"<now{int(offset // 1):+}>" if offset // 1 else "<now>"
            message = re.sub(rf"\b{second}\b", name, message)
        return message


def _without_outcome(call: Object) -> Object:
    return {name: part for name, part in call.items() if name not in ("ok", "error")}


def _show_change(old: _Case, new: _Case) -> None:
    print(f"\n{old['id']}")
    for before, after in zip(old["calls"], new["calls"], strict=True):
        if json.dumps(before) != json.dumps(after):
            print(f"  {json.dumps(_without_outcome(after))}")
            print(f"    recorded: {json.dumps(before.get('ok', before.get('error')))}")
            print(f"    now:      {json.dumps(after.get('ok', after.get('error')))}")


def _origin(runtime: Runtime) -> dict[str, str]:
    versions = {name: runtime.versions[name] for name in ("workerd", "miniflare")}
    return {**versions, "compatibility_date": runtime.compatibility_date}


def _read() -> _Data:
    data: _Data = json.loads(_DATA.read_text("utf-8"))
    return data


def _write(data: _Data) -> None:
    """Writes the data with one case a line, as it was."""
    head = [f' "{name}": {json.dumps(part)},' for name, part in data.items() if name != "cases"]
    cases = ",\n".join(f"  {json.dumps(case)}" for case in data["cases"])
    _DATA.write_text("\n".join(["{", *head, ' "cases": [', cases, " ]", "}"]) + "\n", "utf-8")
