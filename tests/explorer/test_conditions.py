"""An exclusion leaves out no more than its reason explains, whatever the fake answers."""

from __future__ import annotations

import pytest

from tests.explorer.answers import Answer, Exchange
from tests.explorer.calls import Call
from tests.explorer.compare import without_exclusions
from tests.explorer.conditions import is_put_with_bad_time
from tests.explorer.exclusions import EXCLUSIONS
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


def _bulk(path: str, method: str, body: Json) -> Call:
    return Call(method, ("{ns}", *path.split("/")), (), {"json": body})


@pytest.mark.parametrize(
    "call",
    [
        Call("PUT", ("{ns}", "values", "k"), (("expiration_ttl", 60),), {"text": "v"}),
        Call("PUT", ("{ns}", "values", {"$raw": "a/b"}), (), {"text": "v"}),
        _bulk("bulk", "PUT", [{"key": "k", "value": "dg==", "base64": True}]),
        _bulk("bulk/get", "POST", {"keys": ["k"], "withMetadata": True}),
        Call("HEAD", ("{ns}", "keys")),
    ],
)
@pytest.mark.parametrize("code", [10034, 10012])
def test_a_refusal_that_no_reason_explains_is_not_left_out(call: Call, code: int) -> None:
    done = Answer(200, "application/json", None, {"success": True, "errors": [], "result": {}})
    errors = [{"code": code, "message": "put: 'No.'"}]
    refused = Answer(400, "application/json", None, {"success": False, "errors": errors})

    rest, _ = without_exclusions(Exchange(call, done, refused), EXCLUSIONS)

    assert not rest.is_same
