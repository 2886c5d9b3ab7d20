"""The shortest sequence that still differs: fewer calls first, then simpler ones."""

from __future__ import annotations

__all__ = ("shrink",)

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.explorer.calls import Call, Sequence
from tests.explorer.compare import Difference
from tests.oracle.notation import Json, Object
from tests.oracle.shrink import simpler_nodes

_LONGEST_SECONDS = 30
_LONG = 3
_WHOLE_SEGMENTS = ("{ns}", "values", "metadata", "keys", "bulk", "get", "delete")

Compare = Callable[[Sequence], Difference | None]


def shrink(difference: Difference, compare: Compare) -> Difference:
    """The smallest difference of the same kind that repeated simplification reaches."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (smaller := _first_simpler(difference, compare, deadline)) is not None:
        difference = smaller
    return difference


def _first_simpler(difference: Difference, compare: Compare, deadline: float) -> Difference | None:
    for calls in simpler_sequences(difference.sequence.calls):
        if time.monotonic() > deadline:
            return None
        smaller = compare(Sequence(calls))
        if smaller is not None and smaller.is_like(difference):
            return smaller
    return None


def simpler_sequences(calls: tuple[Call, ...]) -> Iterator[tuple[Call, ...]]:
    """Sequences that are strictly smaller than this one."""
    size = len(calls)
    while size:
        for start in range(0, len(calls), size):
            yield calls[:start] + calls[start + size :]
        size //= 2
    for index, call in enumerate(calls):
        for simpler in simpler_calls(call):
            yield (*calls[:index], simpler, *calls[index + 1 :])


def simpler_calls(call: Call) -> Iterator[Call]:
    """Versions of the call with one part less, or with one part simpler."""
    for index in range(len(call.query)):
        yield replace(call, query=call.query[:index] + call.query[index + 1 :])
    if call.content_type is not None:
        yield replace(call, content_type=None)
    for index, segment in enumerate(call.path):
        for node in () if segment in _WHOLE_SEGMENTS else simpler_nodes(segment):
            yield replace(call, path=(*call.path[:index], node, *call.path[index + 1 :]))
    for index, (name, value) in enumerate(call.query):
        for node in simpler_nodes(value):
            query = (*call.query[:index], (name, node), *call.query[index + 1 :])
            yield replace(call, query=query)
    if call.body is not None:
        yield from (replace(call, body=body) for body in _simpler_bodies(call.body))


def _simpler_bodies(body: Object) -> Iterator[Object]:
    """Bodies of the same kind."""
    ((kind, content),) = body.items()
    if kind == "copies" and isinstance(content, list):
        member, count = content
        yield from ({kind: [member, less]} for less in (count // 2, count - 1) if 0 <= less < count)
    elif kind != "form" or not isinstance(content, list):
        # Halves first: some sequences begin with a thousand pairs.
        if isinstance(content, list) and len(content) > _LONG:
            middle = len(content) // 2
            yield from ({kind: half} for half in (content[:middle], content[middle:]))
        yield from ({kind: node} for node in simpler_nodes(content))
    else:
        yield from ({kind: parts} for parts in _simpler_parts(content))


def _simpler_parts(parts: list[Json]) -> Iterator[list[Json]]:
    for index, part in enumerate(parts):
        yield parts[:index] + parts[index + 1 :]
        match part:
            case [name, node, *names]:
                if names:
                    yield [*parts[:index], [name, node], *parts[index + 1 :]]
                for simpler in simpler_nodes(node):
                    yield [*parts[:index], [name, simpler, *names], *parts[index + 1 :]]
