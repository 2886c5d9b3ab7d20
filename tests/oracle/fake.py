"""The same sequences on the fake, its outcomes in the same notation."""

from __future__ import annotations

__all__ = ("run_on_fake",)

import warnings
from collections.abc import Coroutine
from typing import TypeVar

from pytest_kv import KVAccount, KVClock, KVError, KVNamespace, KVUsageWarning
from pytest_kv._binding.results import KVStream
from tests.oracle.notation import UNDEFINED, Call, Json, Outcome, Sequence, decode, encode_bytes

Result = TypeVar("Result")


class _StoppedClock(KVClock):
    """A clock that moves only when told to."""

    __slots__ = ("_stopped_at",)

    def __init__(self, now: float) -> None:
        super().__init__()
        self._stopped_at = now

    def time(self) -> float:
        return self._stopped_at + self._offset_seconds


def run_on_fake(sequence: Sequence, now: int) -> tuple[Outcome, ...]:
    """The outcome of each call on a fresh account whose clock stands in the second `now`."""
    run = _FakeRun(now)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KVUsageWarning)
        return tuple(run.outcome(call) for call in sequence.calls)


class _FakeRun:
    def __init__(self, now: int) -> None:
        self._now = now
        self._clock = _StoppedClock(now + 0.5)
        self._namespace: KVNamespace = KVAccount(clock=self._clock).default_namespace
        self._cursor: object = None

    def outcome(self, call: Call) -> Outcome:
        if call.op == "advance":
            self._clock.advance(float(str(call.args[0])))
            return {"ok": UNDEFINED}
        args, kwargs = self._arguments(call)
        try:
            result = _run(getattr(self._namespace, call.op)(*args, **kwargs))
            return {"ok": self._encoded(call, args, result)}
        except KVError as error:
            return {"error": {"name": error.name, "message": error.message}}
        except Exception as error:  # an outcome like any other: the comparison reports it
            return {"error": {"name": f"Python's {type(error).__name__}", "message": str(error)}}

    def _arguments(self, call: Call) -> tuple[list[object], dict[str, object]]:
        args = [decode(argument, self._now) for argument in call.args]
        kwargs = {name: decode(value, self._now) for name, value in (call.kwargs or {}).items()}
        if call.use_cursor and call.kwargs is not None:
            kwargs["cursor"] = self._cursor
        elif call.use_cursor:
            args[-1] = {**_options(args[-1]), "cursor": self._cursor}
        return args, kwargs

    def _encoded(self, call: Call, args: list[object], result: object) -> Json:
        if call.op in ("put", "delete"):
            return UNDEFINED if result is None else _encode(result)
        if call.op == "list" and isinstance(result, dict):
            self._cursor = result.get("cursor")
        elif args and isinstance(args[0], list) and isinstance(result, dict):
            return {"$map": [[name, _encode(value)] for name, value in result.items()]}
        return _encode(result)


def _options(argument: object) -> dict[str, object]:
    return argument if isinstance(argument, dict) else {}


def _run(coroutine: Coroutine[object, object, Result]) -> Result:
    """The coroutine's result, without an event loop: the fake must never need one."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    raise RuntimeError("the fake waited for something")


async def _joined(stream: KVStream) -> bytes:
    return b"".join([chunk.to_bytes() async for chunk in stream])


def _encode(value: object) -> Json:
    if isinstance(value, dict):
        return {name: _encode(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_encode(member) for member in value]
    if isinstance(value, memoryview):
        return encode_bytes(bytes(value))
    if isinstance(value, KVStream):
        return {"$stream": encode_bytes(_run(_joined(value)))}
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return {"$infinity": 1 if value > 0 else -1}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return {"$unexpected": repr(value)}
