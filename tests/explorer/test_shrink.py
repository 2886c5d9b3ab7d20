"""A sequence is made smaller, step by step, as long as the two sides differ."""

from __future__ import annotations

import pytest

from tests.explorer.answers import Answer, Exchange
from tests.explorer.calls import Call, Sequence
from tests.explorer.compare import Difference
from tests.explorer.shrink import shrink, simpler_calls
from tests.oracle.notation import Json, Object

_LIST = Call("GET", ("{ns}", "keys"))


def _put(key: Json, body: Object, *query: tuple[str, Json]) -> Call:
    return Call("PUT", ("{ns}", "values", key), query, body)


def _differs_for(text: str, sequence: Sequence) -> Difference | None:
    """A difference in the first call that mentions the text."""
    for index, call in enumerate(sequence.calls):
        if call.mentions(text):
            done, refused = Answer(200, None, None, b""), Answer(400, None, None, b"")
            return Difference(sequence, Exchange(call, done, refused, sequence.calls[:index]))
    return None


@pytest.mark.parametrize(
    ("text", "call", "least"),
    [
        ("bad", _put("a bad key", {"text": "k"}), _put("bad", {"text": "k"})),
        ("bad", _put("long", {"text": "so bad"}), _put("k", {"text": "bad"})),
        (
            "bad",
            _put("k", {"text": ""}, ("bad", "9"), ("x", "y")),
            _put("k", {"text": ""}, ("bad", "k")),
        ),
        (
            "bad",
            _put("k", {"form": [["value", "bad", "blob"], ["metadata", "1"]]}),
            _put("k", {"form": [["value", "bad"]]}),
        ),
        ("900", _put("k", {"json": [*range(1000)]}), _put("k", {"json": [900]})),
        ("copies", _put("k", {"copies": ["k", 9]}), _put("k", {"copies": ["k", 0]})),
        ("bad", _put("k", {"json": [{"a": 1, "bad": 5}, 2]}), _put("k", {"json": [{"bad": 0}]})),
    ],
)
def test_the_smallest_call_that_differs_is_left(text: str, call: Call, least: Call) -> None:
    sequence = Sequence.of(_LIST, _LIST, call, _LIST)
    found = _differs_for(text, sequence)
    assert found is not None

    assert shrink(found, lambda tried: _differs_for(text, tried)).sequence == Sequence.of(least)


def test_another_content_type_is_left_out() -> None:
    call = Call("PUT", ("{ns}", "bulk"), (), {"json": []}, "text/plain")

    assert Call("PUT", ("{ns}", "bulk"), (), {"json": []}) in simpler_calls(call)


def test_the_shape_of_a_path_stays() -> None:
    assert list(simpler_calls(_LIST)) == []
