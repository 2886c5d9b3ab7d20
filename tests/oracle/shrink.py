"""The shortest sequence that still differs: fewer calls first, then simpler arguments.

Shrinking ends after a minute, with the shortest sequence found so far: each try runs the whole
sequence, and some need a thousand calls.
"""

from __future__ import annotations

__all__ = ("shrink", "simpler_nodes")

import dataclasses
import time
from collections.abc import Callable, Iterator

from tests.oracle.compare import Difference
from tests.oracle.notation import Call, Json, Object, Sequence, form_name

_LONGEST_SECONDS = 60

Compare = Callable[[Sequence], Difference | None]


def shrink(difference: Difference, compare: Compare) -> Difference:
    """The smallest difference that repeated simplification reaches from this one."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (smaller := _first_simpler(difference, compare, deadline)) is not None:
        difference = smaller
    return difference


def _first_simpler(difference: Difference, compare: Compare, deadline: float) -> Difference | None:
    for sequence in _simpler_sequences(difference):
        if time.monotonic() > deadline:
            return None
        smaller = compare(sequence)
        if smaller is not None and smaller.call.op == difference.call.op:
            return smaller
    return None


def _simpler_sequences(difference: Difference) -> Iterator[Sequence]:
    sequence, calls = difference.sequence, difference.sequence.calls
    if len(calls) > difference.index + 1:
        yield dataclasses.replace(sequence, calls=calls[: difference.index + 1])
    size = difference.index
    while size:
        for start in range(0, difference.index, size):
            stop = min(start + size, difference.index)
            yield dataclasses.replace(sequence, calls=calls[:start] + calls[stop:])
        size //= 2
    if sequence.timed and all(call.op != "advance" for call in calls):
        yield dataclasses.replace(sequence, timed=False)
    for index, call in enumerate(calls):
        before, after = calls[:index], calls[index + 1 :]
        for simpler in _simpler_calls(call):
            yield dataclasses.replace(sequence, calls=(*before, simpler, *after))


def _simpler_calls(call: Call) -> Iterator[Call]:
    if call.op == "advance":
        return
    if call.use_cursor:
        yield dataclasses.replace(call, use_cursor=False)
    if call.kwargs is not None:
        yield dataclasses.replace(call, kwargs=None)
        yield dataclasses.replace(call, args=(*call.args, call.kwargs), kwargs=None)
        for simpler in simpler_nodes(call.kwargs):
            if isinstance(simpler, dict) and simpler and form_name(simpler) is None:
                yield dataclasses.replace(call, kwargs=simpler)
    if call.args:
        yield dataclasses.replace(call, args=call.args[:-1])
    for index, argument in enumerate(call.args):
        before, after = call.args[:index], call.args[index + 1 :]
        for node in simpler_nodes(argument):
            yield dataclasses.replace(call, args=(*before, node, *after))


def simpler_nodes(node: Json) -> Iterator[Json]:
    """Nodes that are strictly smaller than this one, in an order that cannot run in circles."""
    if isinstance(node, str):
        yield from _simpler_texts(node)
    elif isinstance(node, list):
        yield from (node[:index] + node[index + 1 :] for index in range(len(node)))
        for index, member in enumerate(node):
            yield from ([*node[:index], new, *node[index + 1 :]] for new in simpler_nodes(member))
    elif isinstance(node, dict):
        yield from _simpler_objects(node)
    elif isinstance(node, float) and node != int(node):
        yield int(node)
    elif isinstance(node, int | float) and abs(node) > 1:
        yield from (0, 1, int(node / 2))


def _simpler_texts(text: str) -> Iterator[Json]:
    if len(text) > 1:
        yield from ("k", text[: len(text) // 2], text[len(text) // 2 :])
        yield from (text[:index] + text[index + 1 :] for index in range(min(len(text), 40)))
    elif text and text not in "k":
        yield "k"


def _simpler_objects(node: Object) -> Iterator[Json]:
    form = form_name(node)
    if form is None:
        for name, member in node.items():
            yield {other: value for other, value in node.items() if other != name}
            yield from ({**node, name: new} for new in simpler_nodes(member))
        return
    yield "k"
    match node:
        case {"$repeat": [str(text), int(count)]} if count > 1:
            yield {"$repeat": [text, count // 2]}
            yield {"$repeat": [text, count - 1]}
        case {"$range": [str(text), int(count)]} if count > 1:
            yield {"$range": [text, count // 2]}
            yield {"$range": [text, count - 1]}
