"""How the REST API words a refusal: an HTTP status, a code and a message."""

from __future__ import annotations

__all__ = ("CODES", "RestError", "worded")

from pytest_kv.core.rules import Refused, Rule

MALFORMED = 10012
"""The code for a body of the wrong shape (R); also ours where KV's own code is not public (I)."""

CODES = {
    Rule.KEY_NOT_FOUND: 10009,
    Rule.BULK_TOO_MANY: 10012,
    Rule.NAMESPACE_NOT_FOUND: 10013,
    Rule.TITLE_TAKEN: 10014,
    Rule.TITLE_EMPTY: 10019,
    Rule.BULK_GET_EMPTY: 10029,
    Rule.TTL_NOT_POSITIVE: 10034,
    Rule.TTL_TOO_SHORT: 10034,
    Rule.EXPIRATION_PAST: 10034,
    Rule.EXPIRATION_TOO_SOON: 10034,
}
"""The codes that are public (R); every other rule answers with :data:`MALFORMED` (I)."""

_BARE = frozenset({Rule.BULK_TOO_MANY, Rule.TITLE_TAKEN, Rule.TITLE_EMPTY})
"""The refusals whose message does not begin with the operation (R)."""

_VERBS = {
    "get": "get",
    "get_metadata": "get",
    "put": "put",
    "delete": "remove key",
    "list": "list keys",
    "bulk_get": "bulk get keys",
}
"""What KV calls an operation in its messages (R); any other by its own name (I)."""


class RestError(Exception):
    """A request that is answered with an error, whatever rules KV has for keys and values."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def worded(operation: str, refused: Refused) -> RestError:
    """``refused`` in the REST API's words."""
    verb = _VERBS.get(operation, operation.replace("_", " "))
    text = refused.text if refused.rule in _BARE else f"{verb}: '{refused.text}'"
    return RestError(refused.status, CODES.get(refused.rule, MALFORMED), text)
