"""When two outcomes are the same, and the shortest sequence on which they are not."""

from __future__ import annotations

__all__ = ("Difference", "compare")

import json
from dataclasses import dataclass

from tests.oracle.fake import run_on_fake
from tests.oracle.notation import Call, Json, Outcome, Sequence
from tests.oracle.runtime import Runtime

_LARGEST_SAFE_INTEGER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Difference:
    """The first call of a sequence whose outcomes differ."""

    sequence: Sequence
    index: int
    now: int
    real: Outcome
    fake: Outcome

    @property
    def call(self) -> Call:
        """The call that differs."""
        return self.sequence.calls[self.index]

    def __str__(self) -> str:
        lines = [f"{json.dumps(call.to_json())}" for call in self.sequence.calls[: self.index + 1]]
        if self.sequence.timed:
            lines.insert(0, "(timed)")
        return "\n".join(
            [*lines, f"    real: {json.dumps(self.real)}", f"    fake: {json.dumps(self.fake)}"]
        )


def compare(runtime: Runtime, sequence: Sequence) -> Difference | None:
    """The first difference between the runtime and the fake on this sequence, if any."""
    run = runtime.run(sequence)
    fakes = run_on_fake(sequence, run.now)
    for index, (real, fake) in enumerate(zip(run.outcomes, fakes, strict=True)):
        if _canonical(_as_python(real)) != _canonical(fake):
            return Difference(sequence, index, run.now, real, fake)
    return None


def _canonical(outcome: Json) -> str:
    """Text that is equal for equal outcomes; order, int and float, lone surrogates all count."""
    return json.dumps(_without_cursor(outcome), ensure_ascii=False)


def _without_cursor(outcome: Json) -> Json:
    if (
        isinstance(outcome, dict)
        and isinstance(page := outcome.get("ok"), dict)
        and "cursor" in page
    ):
        return {"ok": {**page, "cursor": "<cursor>"}}
    return outcome


def _as_python(value: Json) -> Json:
    """Numbers as Pyodide converts them: a safe integer is an int, any other number a float."""
    if isinstance(value, dict):
        return {name: _as_python(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_python(member) for member in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    safe = value == int(value) and abs(value) <= _LARGEST_SAFE_INTEGER
    return int(value) if safe else float(value)
