"""Every operation of the API: its whole answer, what it does, and what the journal notes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pytest_kv import Call, Entry, KVAccount
from pytest_kv._core.text import shortened
from pytest_kv._rest.handlers import HANDLERS
from pytest_kv._rest.routes import OPERATIONS, Route, find_route
from tests.helpers.rest_client import NAMESPACE_ID, Answer, Case, Client, raw, refusal, success
from tests.helpers.stopped_clock import NOW

STORED = {
    "plain": Entry("p"),
    "full": Entry(b"f\xff", metadata={"m": [0, None]}, expiration=NOW + 100),
}
PLAIN = (b"p", None, None)
FULL = (b"f\xff", {"m": [0, None]}, NOW + 100)
UNCHANGED: dict[str, tuple[bytes, object, int | None]] = {"plain": PLAIN, "full": FULL}

MISSING_ID = "0" * 32
VERBS = {
    "get_namespace": "get namespace",
    "rename_namespace": "rename namespace",
    "remove_namespace": "remove namespace",
    "list": "list keys",
    "get": "get",
    "put": "put",
    "delete": "remove key",
    "get_metadata": "get",
    "bulk_put": "bulk put",
    "bulk_delete": "bulk delete",
    "bulk_delete_older": "bulk delete",
    "bulk_get": "bulk get keys",
}

NO_KEY = refusal(404, 10009, "get: 'key not found'")
DOT = refusal(400, 10042, "remove key: 'Illegal key name \".\". Please use a different name.'")
DONE_TWICE = success({"successful_key_count": 2, "unsuccessful_keys": []})
FULL_LISTED = {"name": "full", "expiration": NOW + 100, "metadata": {"m": [0, None]}}
FULL_READ = {"value": "f\ufffd", "metadata": {"m": [0, None]}, "expiration": NOW + 100}


def described(title: str, id: str = NAMESPACE_ID) -> dict[str, object]:
    return {"id": id, "title": title, "supports_url_encoding": True, "mode": "classic"}


class Row(NamedTuple):
    """A row of the operations table: a request, what is stored then, and what is noted."""

    case: Case
    operation: str
    keys: tuple[str, ...] = ()
    data: dict[str, tuple[bytes, object, int | None]] | None = UNCHANGED
    """The default namespace's; None when it is gone."""


ROWS = (
    Row(
        Case(
            "list namespaces",
            "GET",
            "",
            success([described("KV")], {"count": 1, "page": 1, "per_page": 20, "total_count": 1}),
        ),
        "list_namespaces",
    ),
    Row(
        Case("create", "POST", "", success(described("new", "{new}")), json={"title": "new"}),
        "create_namespace",
    ),
    Row(Case("get one", "GET", "/{ns}", success(described("KV"))), "get_namespace"),
    Row(
        Case("rename", "PUT", "/{ns}", success(described("Other")), json={"title": "Other"}),
        "rename_namespace",
    ),
    Row(Case("remove", "DELETE", "/{ns}", success({})), "remove_namespace", data=None),
    Row(
        Case(
            "list keys",
            "GET",
            "/{ns}/keys",
            success([FULL_LISTED, {"name": "plain"}], {"count": 2, "cursor": ""}),
        ),
        "list",
    ),
    Row(
        Case("read value", "GET", "/{ns}/values/full", raw(b"f\xff", expiration=str(NOW + 100))),
        "get",
        ("full",),
    ),
    Row(Case("read value, staying", "GET", "/{ns}/values/plain", raw(b"p")), "get", ("plain",)),
    Row(
        Case("read metadata", "GET", "/{ns}/metadata/full", success({"m": [0, None]})),
        "get_metadata",
        ("full",),
    ),
    Row(
        Case("read metadata, none", "GET", "/{ns}/metadata/plain", success(None)),
        "get_metadata",
        ("plain",),
    ),
    Row(
        Case("write", "PUT", "/{ns}/values/full", success({}), body=b"new"),
        "put",
        ("full",),
        {"plain": PLAIN, "full": (b"new", None, None)},
    ),
    Row(
        Case("delete", "DELETE", "/{ns}/values/plain", success({})),
        "delete",
        ("plain",),
        {"full": FULL},
    ),
    Row(Case("delete, missing", "DELETE", "/{ns}/values/no", success({})), "delete", ("no",)),
    Row(
        Case(
            "bulk write",
            "PUT",
            "/{ns}/bulk",
            DONE_TWICE,
            json=[
                {"key": "plain", "value": "w"},
                {"key": "x", "value": "Af8=", "base64": True, "metadata": 0, "expiration_ttl": 60},
            ],
        ),
        "bulk_put",
        ("plain", "x"),
        {"plain": (b"w", None, None), "full": FULL, "x": (b"\x01\xff", 0, NOW + 60)},
    ),
    Row(
        Case("bulk delete", "POST", "/{ns}/bulk/delete", DONE_TWICE, json=["full", "no"]),
        "bulk_delete",
        ("full", "no"),
        {"plain": PLAIN},
    ),
    Row(
        Case("bulk delete, older", "DELETE", "/{ns}/bulk", DONE_TWICE, json=["full", "no"]),
        "bulk_delete",
        ("full", "no"),
        {"plain": PLAIN},
    ),
    Row(
        Case(
            "bulk get",
            "POST",
            "/{ns}/bulk/get",
            success({"values": {"full": "f\ufffd", "no": None}}),
            json={"keys": ["full", "no"]},
        ),
        "bulk_get",
        ("full", "no"),
    ),
    Row(
        Case(
            "bulk get with metadata",
            "POST",
            "/{ns}/bulk/get",
            success(
                {
                    "values": {
                        "full": FULL_READ,
                        "plain": {"value": "p", "metadata": None},
                        "no": None,
                    }
                }
            ),
            json={"keys": ["full", "plain", "no"], "withMetadata": True, "type": "text"},
        ),
        "bulk_get",
        ("full", "plain", "no"),
    ),
)

rows = pytest.mark.parametrize("row", [pytest.param(row, id=row.case.id) for row in ROWS])
operations = pytest.mark.parametrize(
    ("method", "below"), [path for path in OPERATIONS if "{ns}" in path[1]]
)


@pytest.fixture
def stored(client: Client) -> Client:
    """A client whose default namespace holds two entries."""
    client.namespace.seed(STORED)
    return client


def with_new_id(answer: Answer, client: Client) -> Answer:
    """The answer with the id of the namespace just created in place of ``{new}``."""
    created = next((id for id in client.account.namespaces if id != NAMESPACE_ID), "none")
    body = answer.body
    return answer._replace(body=body.replace("{new}", created) if isinstance(body, str) else body)


def test_the_table_has_every_operation(client: Client) -> None:
    routes = [find_route(row.case.method, client.path(row.case.below)) for row in ROWS]

    asked = {route.operation for route in routes if isinstance(route, Route)}
    assert asked == set(OPERATIONS.values())


def test_every_operation_has_a_handler() -> None:
    assert set(HANDLERS) == set(OPERATIONS.values())


@pytest.mark.fidelity(
    "list_namespaces",
    "create_namespace",
    "get_namespace",
    "rename_namespace",
    "remove_namespace",
    "list",
    "get",
    "put",
    "delete",
    "get_metadata",
    "bulk_put",
    "bulk_delete",
    "bulk_delete_older",
    "bulk_get",
)
@rows
def test_an_operation_answers_as_kv_does(stored: Client, row: Row) -> None:
    answer = row.case.sent_by(stored)

    assert answer == with_new_id(row.case.answer, stored)


@rows
def test_an_operation_does_what_it_says_and_nothing_else(stored: Client, row: Row) -> None:
    row.case.sent_by(stored)

    assert (NAMESPACE_ID in stored.account.namespaces) == (row.data is not None)
    assert stored.data == (row.data or {})


@rows
def test_an_operation_is_noted_once(stored: Client, row: Row) -> None:
    row.case.sent_by(stored)

    namespace_id = NAMESPACE_ID if "{ns}" in row.case.below else None
    assert [call._replace(written=(), expiration_ttls=()) for call in stored.account.calls] == [
        Call(row.operation, row.keys, "rest", None, namespace_id)
    ]


@rows
def test_an_operation_leaves_other_namespaces_alone(stored: Client, row: Row) -> None:
    other = stored.account.create_namespace("bystander")
    other.seed(STORED)

    row.case.sent_by(stored)

    assert other.title == "bystander"
    assert dict(other.data) == STORED


@pytest.mark.fidelity("NAMESPACE_NOT_FOUND")
@operations
def test_an_operation_without_its_namespace_is_refused_and_noted(
    client: Client, method: str, below: str
) -> None:
    operation = OPERATIONS[method, below]
    answer = client.send(method, below.format(ns=MISSING_ID, key="k"))

    keys = ("k",) if below.endswith("{key}") else ()
    message = f"{VERBS[operation]}: 'namespace not found'"
    call = Call(operation.removesuffix("_older"), keys, "rest", None, MISSING_ID)
    asked = client.asked(method, below.format(ns=MISSING_ID, key="k"))
    assert answer == refusal(404, 10013, message)
    assert client.account.calls == [answer.noted(call, asked)]


@pytest.mark.fidelity("BAD_NAMESPACE_ID")
@operations
def test_an_operation_on_a_malformed_namespace_id_is_refused_and_noted(
    client: Client, method: str, below: str
) -> None:
    answer = client.send(method, below.format(ns="KV", key="k"))

    told = "uuid: incorrect UUID length: KV"
    message = f"could not parse UUID from request's namespace_id: '{told}'"
    (call,) = client.account.calls
    assert answer == refusal(400, 10011, message)
    assert (call.error, call.namespace_id) == (f"400 10011: {message}", "KV")


@pytest.mark.parametrize(
    ("operation", "keys", "case"),
    [
        pytest.param(operation, keys, case, id=case.id)
        for operation, keys, case in (
            ("get", ("no",), Case("get", "GET", "/{ns}/values/no", NO_KEY)),
            ("get_metadata", ("no",), Case("metadata", "GET", "/{ns}/metadata/no", NO_KEY)),
            ("delete", (".",), Case("delete", "DELETE", "/{ns}/values/%2E", DOT)),
        )
    ],
)
def test_a_refused_call_is_noted_with_what_the_caller_was_told(
    client: Client, operation: str, keys: tuple[str, ...], case: Case
) -> None:
    answer = case.sent_by(client)

    assert answer == case.answer
    call = Call(operation, keys, "rest", None, NAMESPACE_ID)
    asked = client.asked(case.method, case.below)
    assert client.account.calls == [answer.noted(call, asked)]


def test_a_request_for_no_operation_is_noted_as_unknown_with_its_target(client: Client) -> None:
    answer = client.send("GET", "/{ns}/nothing?page=2")

    target = client.path("/{ns}/nothing?page=2")
    told = f"404 7000: No route for that URI for GET {shortened(target, 80)}"
    assert answer == refusal(404, 7000, "No route for that URI")
    noted = Call("unknown", (), "rest", told, request=f"GET {target}", status=404, code=7000)
    assert client.account.calls == [noted]


def test_a_method_that_is_not_allowed_is_noted_with_its_target(client: Client) -> None:
    answer = client.send("PATCH", "/{ns}?page=2?")

    target = client.path("/{ns}?page=2?")
    told = f"{answer.told} for PATCH {shortened(target, 80)}"
    assert answer == refusal(405, 10405, "Method not allowed for this authentication scheme")
    noted = Call("unknown", (), "rest", told, request=f"PATCH {target}", status=405, code=10405)
    assert client.account.calls == [noted]


def test_a_target_that_kv_repeats_is_noted_once(client: Client) -> None:
    answer = client.request("GET", "/client/v4/accounts/me/x?page=2", client.headers)

    told = "Could not route to /client/v4/accounts/me/x, perhaps your object identifier is invalid?"
    assert answer == refusal(404, 7003, told)
    noted = answer.noted(Call("unknown", (), "rest"), "GET /client/v4/accounts/me/x?page=2")
    assert client.account.calls == [noted]


def test_a_call_with_a_query_behind_its_key_is_noted_with_its_request(client: Client) -> None:
    for method, below in (
        ("PUT", "/{ns}/values/k?expiration_ttl=60"),
        ("DELETE", "/{ns}/values/k?x"),
        ("DELETE", "/{ns}/values/k"),
        ("GET", "/{ns}/keys?prefix=a"),
    ):
        client.send(method, below)

    assert [call.request for call in client.account.calls] == [
        client.asked("PUT", "/{ns}/values/k?expiration_ttl=60"),
        client.asked("DELETE", "/{ns}/values/k?x"),
        None,
        None,
    ]


def test_two_faces_of_one_account_see_the_same_namespaces() -> None:
    account = KVAccount()
    one, other = Client(account), Client(account)

    one.send("PUT", "/{ns}/values/k", body=b"v")

    assert other.send("GET", "/{ns}/values/k") == raw(b"v")


def test_two_accounts_share_nothing() -> None:
    one, other = Client(), Client()

    one.send("PUT", "/{ns}/values/k", body=b"v")

    assert other.send("GET", "/{ns}/values/k") == refusal(404, 10009, "get: 'key not found'")
    assert len(one.account.calls) == 1
