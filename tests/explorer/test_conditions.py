"""A condition is judged from the request where the fake's answer may be wrong."""

from __future__ import annotations

import pytest

from tests.explorer.answers import Answer, Exchange
from tests.explorer.calls import Call
from tests.explorer.conditions import is_put_with_bad_time
from tests.oracle.notation import Json

_DONE = Answer(200, None, None, b"")
_TTL, _EXPIRATION = "expiration_ttl", "expiration"


@pytest.mark.parametrize(
    ("query", "is_bad"),
    [
        (((_TTL, 60),), False),
        (((_TTL, 60.5),), False),
        (((_TTL, 3600),), False),
        (((_TTL, 59.999),), True),
        (((_TTL, -60),), True),
        (((_TTL, ""),), True),
        (((_TTL, "x"),), True),
        (((_TTL, 1e21),), True),
        (((_TTL, 2**63),), True),
        (((_EXPIRATION, {"$now": 61}),), False),
        (((_EXPIRATION, 4102444800),), False),
        (((_EXPIRATION, {"$now": 30}),), True),
        (((_EXPIRATION, 60),), True),
        (((_EXPIRATION, 60), (_TTL, 60)), False),
        (((_EXPIRATION, "x"), (_TTL, 60)), True),
        (((_TTL, 60), (_TTL, 1)), False),
        ((("unknown", 1),), False),
    ],
)
def test_a_time_of_a_single_write_is_bad_by_the_rules_of_kv(
    query: tuple[tuple[str, Json], ...], *, is_bad: bool
) -> None:
    call = Call("PUT", ("{ns}", "values", "k"), query, {"text": "v"})

    assert is_put_with_bad_time(Exchange(call, _DONE, _DONE)) is is_bad
