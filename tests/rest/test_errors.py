"""Every row of the table of errors: its status, its code, its words, and that nothing changed."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

import pytest

from pytest_kv import KVAccount
from pytest_kv._core.faults import CallFault, FaultKind
from pytest_kv._core.rules import Refused, Rule
from pytest_kv._rest.errors import CODES, Problem, RestError, struck_error, worded
from tests.helpers.rest_client import (
    ACCOUNT_ID,
    NAMESPACE_ID,
    NO_KEY,
    Answer,
    Case,
    Client,
    expect,
    form,
    refusal,
)
from tests.helpers.stopped_clock import NOW

ROOT = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces"
HERE = f"{ROOT}/{NAMESPACE_ID}"
ELSEWHERE = f"/client/v4/accounts/{'0' * 32}/storage/kv/namespaces"
MALFORMED = "/client/v4/accounts/me/storage/kv/namespaces"
BEARER = {"authorization": "Bearer token"}
MISSING_ID = "0" * 32

NO_ROUTE = refusal(404, 7000, "No route for that URI")
NO_CREDENTIALS = refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
BAD_CREDENTIALS = refusal(403, 10000, "Authentication error")
TAKEN = refusal(400, 10014, "a namespace with this account ID and title already exists")
UNTITLED = refusal(400, 10019, "title must not be empty")
NO_KEYS = refusal(400, 10029, "bulk get keys: 'You must request a minimum of 1 key'")
NO_VALUE = refusal(400, 10047, "multipart put request does not contain required form field 'value'")

NOT_JSON = refusal(400, 10012, "could not parse the request body: it is not JSON in UTF-8")
NO_ARRAY = refusal(
    400, 10012, "could not parse the request body: it is not an array of key/value pairs"
)

TOO_EARLY = {
    "ttl": "Invalid expiration_ttl of {}. Please specify integer greater than 0.",
    "short ttl": "Invalid expiration_ttl of {}. Expiration TTL must be at least 60.",
    "time": (
        "Invalid expiration of {}. Please specify integer greater than the current number of "
        "seconds since the UNIX epoch."
    ),
    "near": "Invalid expiration of {}. Expiration times must be at least 60 seconds in the future.",
}

TOO_LONG = "UTF-8 encoded length of {} exceeds key length limit of 512."

ILLEGAL_KEYS = {
    "empty": ("", 400, 10042, "Key names must not be empty"),
    "dot": (".", 400, 10042, 'Illegal key name ".". Please use a different name.'),
    "dots": ("..", 400, 10042, 'Illegal key name "..". Please use a different name.'),
    "513 bytes": ("k" * 513, 414, 10030, TOO_LONG.format(513)),
    "516 bytes": ("😀" * 129, 414, 10030, TOO_LONG.format(516)),
}


class Asked(NamedTuple):
    """A row that is about the target or the credentials."""

    id: str
    method: str
    target: str
    answer: Answer
    headers: dict[str, str] = BEARER


def not_routed(path: str) -> Answer:
    message = f"Could not route to {path}, perhaps your object identifier is invalid?"
    return refusal(404, 7003, message)


NOT_ALLOWED = refusal(405, 10405, "Method not allowed for this authentication scheme")


ASKED = (
    Asked("7003 account id too short", "GET", MALFORMED, not_routed(MALFORMED)),
    Asked("7003 no account", "GET", "/client/v4/accounts/", not_routed("/client/v4/accounts/")),
    Asked("7003 before the rest", "PATCH", f"{MALFORMED}/x?y=z", not_routed(f"{MALFORMED}/x"), {}),
    Asked("7000 another API", "GET", "/client/v4/zones", NO_ROUTE),
    Asked("7000 another path", "GET", f"{HERE}/nothing", NO_ROUTE),
    Asked("7000 values without a key", "GET", f"{HERE}/values", NO_ROUTE),
    Asked("7000 before the credentials", "GET", f"{HERE}/nothing", NO_ROUTE, {}),
    Asked("10405 known path", "POST", HERE, NOT_ALLOWED),
    Asked("10405 before the credentials", "PATCH", ROOT, NOT_ALLOWED, {}),
    Asked("9106 no credentials", "GET", HERE, NO_CREDENTIALS, {}),
    Asked("9106 key without e-mail", "DELETE", HERE, NO_CREDENTIALS, {"x-auth-key": "token"}),
    Asked("9106 before the namespace id", "GET", f"{ROOT}/KV", NO_CREDENTIALS, {}),
    Asked("10000 another token", "DELETE", HERE, BAD_CREDENTIALS, {"authorization": "Bearer no"}),
    Asked("10000 another account", "GET", ELSEWHERE, BAD_CREDENTIALS),
    Asked("10000 before the namespace id", "GET", f"{ELSEWHERE}/KV", BAD_CREDENTIALS),
)


def reading(id: str, below: str, status: int, code: int, message: str) -> Case:
    return Case(id, "GET", below, refusal(status, code, message))


def malformed_id(id: str, namespace_id: str, what: str = "length") -> Case:
    told = f"uuid: incorrect UUID {what}: {namespace_id}"
    message = f"could not parse UUID from request's namespace_id: '{told}'"
    return reading(f"10011 {id}", f"/{namespace_id}/keys", 400, 10011, message)


def titled(id: str, answer: Answer, body: object) -> tuple[Case, Case]:
    return (
        Case(f"{id}, create", "POST", "", answer, json=body),
        Case(f"{id}, rename", "PUT", "/{ns}", answer, json=body),
    )


def too_many(id: str, method: str, below: str, verb: str, item: object) -> Case:
    text = "received 10001 key/value pairs, but max allowed per request is: 10000"
    answer = refusal(400, 10012, f"{verb}: '{text}'")
    return Case(f"10012 too many, {id}", method, below, answer, json=[item] * 10_001)


def too_early(id: str, query: str, text: str, value: object) -> Case:
    answer = refusal(400, 10034, f"put: '{TOO_EARLY[text].format(value)}'")
    return Case(f"10034 {id}", "PUT", f"/{{ns}}/values/kept?{query}", answer, body=b"new")


def bad_limit(id: str, given: object, bound: str) -> Case:
    text = f"Invalid key_count_limit of {given}. Please specify an integer {bound}."
    message = f"list keys: '{text}'"
    return reading(f"10028 limit {id}", f"/{{ns}}/keys?limit={given}", 400, 10028, message)


def bulk_get(id: str, code: int, text: str, body: object) -> Case:
    answer = refusal(400, code, f"bulk get keys: '{text}'")
    return Case(id, "POST", "/{ns}/bulk/get", answer, json=body)


REFUSED = (
    reading("10009 value", "/{ns}/values/no", 404, 10009, "get: 'key not found'"),
    reading("10009 metadata", "/{ns}/metadata/no", 404, 10009, "get: 'key not found'"),
    malformed_id("too short", "KV"),
    malformed_id("31 digits", NAMESPACE_ID[1:]),
    malformed_id("no hex digit", f"g{NAMESPACE_ID[1:]}", "format"),
    malformed_id("a digit beyond ASCII", f"\u0661{NAMESPACE_ID[1:]}", "format"),
    malformed_id("dashes elsewhere", f"--{NAMESPACE_ID}--", "format"),
    malformed_id("35 characters", str(UUID(NAMESPACE_ID))[1:]),
    malformed_id("empty", ""),
    malformed_id("with a quote", "it's"),
    Case("10012 body not JSON", "PUT", "/{ns}/bulk", NOT_JSON, body=b'[{"key": "kept"'),
    Case("10012 body of another shape", "PUT", "/{ns}/bulk", NO_ARRAY, json={"key": "kept"}),
    too_many("write", "PUT", "/{ns}/bulk", "bulk put", {"key": "kept", "value": "new"}),
    too_many("delete", "POST", "/{ns}/bulk/delete", "bulk delete", "kept"),
    too_many("older delete", "DELETE", "/{ns}/bulk", "bulk delete", "kept"),
    *titled("10014 in use", TAKEN, {"title": "Taken"}),
    *titled("10019 empty", UNTITLED, {"title": ""}),
    *titled("10019 missing", UNTITLED, {"jurisdiction": "eu"}),
    *titled("10019 null", UNTITLED, {"title": None}),
    bulk_get("10029 empty", 10029, "You must request a minimum of 1 key", {"keys": []}),
    bulk_get("10029 missing", 10029, "You must request a minimum of 1 key", {"type": "text"}),
    too_early("TTL 59", "expiration_ttl=59", "short ttl", 59),
    too_early("TTL 0", "expiration_ttl=0", "ttl", 0),
    too_early("TTL negative", "expiration_ttl=-60", "ttl", -60),
    too_early("TTL unreadable", "expiration_ttl=soon", "ttl", "soon"),
    too_early("TTL empty", "expiration_ttl=", "ttl", ""),
    too_early("TTL 59.9", "expiration_ttl=59.9", "short ttl", 59),
    too_early("TTL with an exponent", "expiration_ttl=6e1", "ttl", "6e1"),
    too_early("expiration past", f"expiration={NOW - 1}", "time", NOW - 1),
    too_early("expiration now", f"expiration={NOW}", "time", NOW),
    too_early("expiration in 59 s", f"expiration={NOW + 59}", "near", NOW + 59),
    too_early("expiration unreadable", "expiration=soon", "time", "soon"),
    too_early("expiration empty", "expiration=", "time", ""),
    too_early("unreadable beside a TTL", "expiration=soon&expiration_ttl=60", "time", "soon"),
    too_early("bad TTL wins", f"expiration={NOW + 60}&expiration_ttl=59", "short ttl", 59),
    Case("10047 no value", "PUT", "/{ns}/values/kept", NO_VALUE, None, form()[1], form()[0]),
    bulk_get("101 keys", 10012, "You can request a maximum of 100 keys", {"keys": ["kept"] * 101}),
    reading("10007 page", "?page=0", 400, 10007, "invalid page: '0'"),
    reading("10008 per_page", "?per_page=0", 400, 10008, "invalid per_page: '0'"),
    reading("10043 order", "?order=size", 400, 10043, "invalid order: 'size'"),
    reading("10044 direction", "?direction=up", 400, 10044, "invalid direction: 'up'"),
    bad_limit("9", 9, "of at least 10"),
    bad_limit("0", 0, "of at least 10"),
    bad_limit("negative", -10, "of at least 10"),
    bad_limit("1,001", 1001, "less than 1000"),
    bad_limit("unreadable", "all", "of at least 10"),
    bad_limit("empty", "", "of at least 10"),
)


def illegal(id: str, key: str, status: int, code: int, text: str) -> tuple[Case, ...]:
    """Each operation that names a key, refused for this one."""

    def told(verb: str) -> Answer:
        return refusal(status, code, f"{verb}: '{text}'")

    value, metadata = f"/{{ns}}/values/{quote(key, '')}", f"/{{ns}}/metadata/{quote(key, '')}"
    pairs = [{"key": "kept", "value": "new"}, {"key": key, "value": "v"}]
    deleted = told("bulk delete")
    return (
        Case(f"read value, {id}", "GET", value, told("get") if key else NO_KEY),
        Case(f"read metadata, {id}", "GET", metadata, told("get") if key else NO_KEY),
        Case(f"write, {id}", "PUT", value, told("put") if key else NO_KEY, body=b"v"),
        Case(f"delete, {id}", "DELETE", value, told("remove key") if key else NO_KEY),
        Case(f"bulk write, {id}", "PUT", "/{ns}/bulk", told("bulk put"), pairs),
        Case(f"bulk delete, {id}", "POST", "/{ns}/bulk/delete", deleted, ["kept", key]),
        Case(f"bulk delete, older, {id}", "DELETE", "/{ns}/bulk", deleted, ["kept", key]),
        Case(f"bulk get, {id}", "POST", "/{ns}/bulk/get", told("bulk get keys"), {"keys": [key]}),
    )


ILLEGAL = [case for id, row in ILLEGAL_KEYS.items() for case in illegal(id, *row)]


@pytest.fixture
def kept() -> Client:
    """A client of an account with a token of its own, two namespaces and something in each."""
    account = KVAccount(id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, api_token="token")
    account.create_namespace("Taken").seed({"kept": "too"})
    account.default_namespace.seed({"kept": "v"})
    return Client(account)


@pytest.mark.fidelity(
    "NO_ROUTE", "BAD_ACCOUNT_ID", "WRONG_METHOD", "NO_CREDENTIALS", "BAD_CREDENTIALS"
)
@pytest.mark.parametrize("asked", [pytest.param(asked, id=asked.id) for asked in ASKED])
def test_a_request_that_cannot_be_routed_or_let_in_is_refused(kept: Client, asked: Asked) -> None:
    answer = kept.request(asked.method, asked.target, asked.headers)

    (call,) = kept.account.calls
    assert answer == asked.answer
    assert (call.error or "").startswith(answer.told)


@pytest.mark.fidelity(
    "Limits.rest_list_names",
    "LIST_LIMIT_TOO_LOW",
    "BULK_TOO_MANY",
    "KEY_NOT_FOUND",
    "TITLE_EMPTY",
    "TITLE_TAKEN",
    "BAD_BODY",
    "BAD_PAGE",
    "BAD_PER_PAGE",
    "BAD_ORDER",
    "BAD_DIRECTION",
)
@expect(REFUSED)
def test_a_refusal_has_its_status_code_and_words(client: Client, case: Case) -> None:
    client.account.create_namespace("Taken").seed({"kept": "too"})
    client.namespace.seed({"kept": "v"})

    answer = case.sent_by(client)

    (call,) = client.account.calls
    assert answer == case.answer
    assert call.error == answer.told


@pytest.mark.fidelity("KEY_EMPTY", "KEY_DOTS", "KEY_TOO_LONG", "NO_KEY")
@expect(ILLEGAL)
def test_no_operation_takes_an_illegal_key(client: Client, case: Case) -> None:
    client.namespace.seed({"kept": "v"})

    assert case.sent_by(client) == case.answer


@pytest.mark.fidelity("rest-verbs")
@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.name)
def test_only_titles_repeats_and_the_pace_are_worded_without_the_operation(rule: Rule) -> None:
    fields = dict.fromkeys(("key", "length", "limit", "value", "count", "type"), 7)
    refused = Refused(rule, **fields)
    titles = {Rule.TITLE_EMPTY, Rule.TITLE_TAKEN, Rule.TITLE_TOO_LONG}
    bare = titles | {Rule.BULK_REPEATED_KEY, Rule.REQUESTS_TOO_MANY}

    error = worded("bulk_put", refused)

    assert error.message == (refused.text if rule in bare else f"bulk put: '{refused.text}'")
    assert (error.status, error.code) == (rule.status, CODES.get(rule, 10012))


def test_a_problem_is_filled_in() -> None:
    error = RestError.of(Problem.BAD_PARAMETER, name="mode", given="x")

    assert str(error) == "400 10012: invalid mode: 'x'"
    assert (error.status, error.code, error.message) == (400, 10012, "invalid mode: 'x'")


@pytest.mark.parametrize(
    ("seconds", "headers"), [(None, {}), (0, {"retry-after": "0"}), (7, {"retry-after": "7"})]
)
def test_an_error_says_in_a_header_of_lower_case_how_long_to_wait(
    seconds: int | None, headers: dict[str, str]
) -> None:
    assert RestError(429, 971, "no", retry_after=seconds).headers == headers


STRUCK = {
    FaultKind.STATUS: "503 503: Service Unavailable",
    FaultKind.UNSUCCESSFUL: "200 1000: the request was refused",
}


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.has_answer])
def test_every_kind_of_fault_that_has_an_answer_has_words(kind: FaultKind) -> None:
    status = 503 if kind is FaultKind.STATUS else None

    assert str(struck_error(CallFault(operation="get", kind=kind, status=status))) == STRUCK[kind]
