"""How the REST API words an error: an HTTP status, a code and a message."""

from __future__ import annotations

__all__ = ("CODES", "Problem", "RestError", "struck_error", "worded")

from enum import Enum

from pytest_kv._core.faults import CallFault, FaultKind
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._status import reason_phrase

MALFORMED = 10012
"""The code for a body of the wrong shape (R); used too where KV's own code is not public (I)."""

EXAMPLE = 1000
"""The code for an error that has none of its own: the API reference's example (I)."""

CODES = {
    Rule.KEY_EMPTY: 10042,
    Rule.KEY_DOTS: 10042,
    Rule.KEY_TOO_LONG: 10030,
    Rule.VALUE_TOO_LARGE: 10024,
    Rule.METADATA_NOT_JSON: 10047,
    Rule.LIST_LIMIT_TOO_HIGH: 10028,
    Rule.LIST_LIMIT_TOO_LOW: 10028,
    Rule.WRITE_TOO_SOON: 10022,
    Rule.NAMESPACES_TOO_MANY: 10018,
    Rule.REQUESTS_TOO_MANY: 971,
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
"""The public codes (D, R); every other rule has :data:`MALFORMED` (I)."""

_ANSWERS = {FaultKind.UNSUCCESSFUL: (200, EXAMPLE, "the request was refused")}
"""Status, code and message of each kind of fault that has an answer but no status of its own."""

_BARE = frozenset(
    {
        Rule.BULK_REPEATED_KEY,
        Rule.TITLE_TAKEN,
        Rule.TITLE_EMPTY,
        Rule.TITLE_TOO_LONG,
        Rule.REQUESTS_TOO_MANY,
    }
)
"""The rules whose message does not begin with the operation (R; TITLE_TOO_LONG: I)."""

_VERBS = {
    "get": "get",
    "get_metadata": "get",
    "put": "put",
    "delete": "remove key",
    "list": "list keys",
    "bulk_get": "bulk get keys",
}
"""KV's names of operations in its messages (R); every other operation has its own name (I)."""


class Problem(Enum):
    """What can be wrong with a request before KV checks its rules: status, code and message.

    Statuses and codes are (R), and so are all words that are not marked (I).
    """

    NO_ROUTE = (404, 7000, "No route for that URI")
    NO_KEY = (404, None, "404 Not Found")  # the text is X's
    REQUEST_TOO_LARGE = (413, None, "413 Request Entity Too Large")
    BAD_ACCOUNT_ID = (
        404,
        7003,
        "Could not route to {path}, perhaps your object identifier is invalid?",
    )
    WRONG_METHOD = (405, 10405, "Method not allowed for this authentication scheme")
    NO_CREDENTIALS = (400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    BAD_CREDENTIALS = (403, 10000, "Authentication error")
    BAD_NAMESPACE_ID = (
        400,
        10011,
        "could not parse UUID from request's namespace_id: 'uuid: incorrect UUID {what}: {id}'",
    )  # "format" in place of "length": (I)
    NO_VALUE_PART = (
        400,
        10047,
        "multipart put request does not contain required form field 'value'",
    )  # (I), like KV's words for the part metadata when KV still required it (R)
    BAD_BODY = (400, MALFORMED, "could not parse the request body: {fault}")  # (I)
    BAD_KEYS = (
        400,
        MALFORMED,
        "could not parse array of keys from request body: '{fault}'",
    )  # the words of the fault: (I)
    BAD_BASE64 = (
        400,
        MALFORMED,
        (
            "bulk put: 'could not base64 decode value for key: "
            "\"{key}\", err: 'illegal base64 data at input byte {index}''"
        ),
    )
    # The codes are those of Cloudflare's list (D), the words of the next five are (I).
    BAD_PAGE = (400, 10007, "invalid page: {given!r}")
    BAD_PER_PAGE = (400, 10008, "invalid per_page: {given!r}")
    BAD_ORDER = (400, 10043, "invalid order: {given!r}")
    BAD_DIRECTION = (400, 10044, "invalid direction: {given!r}")
    BAD_PARAMETER = (400, MALFORMED, "invalid {name}: {given!r}")  # the code is (I), too


class RestError(Exception):
    """The request gets this error as its response."""

    def __init__(
        self,
        status: int,
        code: int | None,
        message: str,
        *,
        problem: Problem | None = None,
        retry_after: object = None,
    ) -> None:
        super().__init__(message if code is None else f"{status} {code}: {message}")
        self.status = status
        self.code = code
        """None for an answer that is not KV's and has no envelope."""
        self.message = message
        self.problem = problem
        """What is wrong with the request itself, if that is why it fails."""
        self.headers = {} if retry_after is None else {"retry-after": str(retry_after)}

    @classmethod
    def of(cls, problem: Problem, **fields: object) -> RestError:
        """The error for a problem, its message filled in."""
        status, code, template = problem.value
        return cls(status, code, template.format(**fields), problem=problem)


def worded(operation: str, refused: Refused) -> RestError:
    """``refused`` in the REST API's words."""
    verb = _VERBS.get(operation, operation.replace("_", " "))
    text = refused.text if refused.rule in _BARE else f"{verb}: '{refused.text}'"
    code = CODES.get(refused.rule, MALFORMED)
    return RestError(refused.status, code, text, retry_after=refused.fields.get("retry_after"))


def struck_error(fault: CallFault) -> RestError:
    """A planned fault in the REST API's words; all words except those of 429 are inferred (I)."""
    if fault.status is None:
        status, code, message = _ANSWERS[fault.kind]
    else:
        status, code, message = fault.status, fault.status, reason_phrase(fault.status)
    retry_after = fault.retry_after
    if status == Rule.REQUESTS_TOO_MANY.status:
        code, message = CODES[Rule.REQUESTS_TOO_MANY], Rule.REQUESTS_TOO_MANY.template
        retry_after = retry_after or 0
    return RestError(status, fault.code or code, fault.message or message, retry_after=retry_after)
