"""What a report says below a call: each wrong request with every line of its hint."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Call, KVAccount
from pytest_kv._core.text import shortened
from pytest_kv._report.hints import hints
from tests.helpers.rest_client import ACCOUNT_ID, NAMESPACE_ID, Client

OTHER_ID = "00" * 16
ACCOUNTS = "/client/v4/accounts"
MINE = f"{ACCOUNTS}/{ACCOUNT_ID}"
KV = f"{MINE}/storage/kv"
ROOT = f"{KV}/namespaces"
HERE = f"{ROOT}/{NAMESPACE_ID}"
BARE = HERE.removeprefix("/client/v4")
BELOW = "…/storage/kv/namespaces/{namespace_id}"

LIST = f"nearest: list, GET {BELOW}/keys"
GET = f"nearest: get, GET {BELOW}/values/{{key}}"
PUT = f"nearest: put, PUT {BELOW}/values/{{key}}"
DELETE = f"nearest: delete, DELETE {BELOW}/values/{{key}}"
METADATA = f"nearest: get_metadata, GET {BELOW}/metadata/{{key}}"
BULK_PUT = f"nearest: bulk_put, PUT {BELOW}/bulk"
BULK_DELETE = f"nearest: bulk_delete, POST {BELOW}/bulk/delete"
BULK_GET = f"nearest: bulk_get, POST {BELOW}/bulk/get"
NAMESPACES = "nearest: list_namespaces, GET …/storage/kv/namespaces"
RENAME = f"nearest: rename_namespace, PUT {BELOW}"
REMOVE = f"nearest: remove_namespace, DELETE {BELOW}"
NONE = (
    "nearest: none; the paths of KV begin with "
    "/client/v4/accounts/{account_id}/storage/kv/namespaces"
)

KNOWN = f"the account has 'KV ({NAMESPACE_ID})'"
COLLAPSED = "a client that collapses the key '..' or 'x/../..' turns it into this"
READ = "KV reads the key 'a' and ignores"


class Wrong(NamedTuple):
    """A request, and the lines below its call."""

    asked: str
    lines: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.asked.replace(ACCOUNT_ID, "{account_id}").replace(NAMESPACE_ID, "{ns}")


def row(asked: str, nearest: str | None, *differences: str) -> Wrong:
    labels = ["differs:", *["        "] * len(differences)]
    lines = [f"{label} {told}" for label, told in zip(labels, differences, strict=False)]
    return Wrong(asked, (() if nearest is None else (nearest,)) + tuple(lines))


PATHS = (
    row(f"GET {HERE}/value/k", GET, "'value' in place of 'values'"),
    row(f"DELETE {HERE}/Values/k", DELETE, "'Values' in place of 'values'"),
    row(f"GET {HERE}/key?prefix=a", LIST, "'key' in place of 'keys'"),
    row(f"GET {HERE}/list", LIST, "'list' in place of 'keys'"),
    row(f"GET {HERE}/keys/k", LIST, "'/k' does not belong there"),
    row(f"DELETE {HERE}/keys/k", DELETE, "'keys' in place of 'values'"),
    row(f"GET {HERE}/meta_data/k", METADATA, "'meta_data' in place of 'metadata'"),
    row(f"PUT {HERE}/user:1", PUT, "'/values' is missing"),
    row(f"GET {HERE}/values", GET, "'/{key}' is missing"),
    row(f"POST {HERE}/bulk/remove", BULK_DELETE, "'remove' in place of 'delete'"),
    row(f"POST {HERE}/bulk_delete", BULK_DELETE, "'bulk_delete' in place of 'bulk/delete'"),
    row(f"PUT {HERE}/bulk/write", BULK_PUT, "'/write' does not belong there"),
    row(f"GET {KV}/namespace", NAMESPACES, "'namespace' in place of 'namespaces'"),
    row(f"GET {KV}/{NAMESPACE_ID}/keys", LIST, "'/namespaces' is missing"),
    row(f"GET {MINE}/kv/namespaces", NAMESPACES, "'/storage' is missing"),
    row(f"GET {KV}", NAMESPACES, "'/namespaces' is missing"),
    row(f"GET {ROOT}/keys", LIST, "'/{namespace_id}' is missing"),
    row(f"GET {ROOT}/values/k", GET, "'/{namespace_id}' is missing"),
    row(f"GET {BARE}/keys", LIST, "'/client/v4' is missing"),
    row(f"GET /client/v4{HERE}/keys", LIST, "'/client/v4' is there twice"),
    row(f"GET /client/v5{BARE}/keys", LIST, "'v5' in place of 'v4'"),
    row(f"GET /client/v4{HERE.removeprefix(ACCOUNTS)}/keys", LIST, "'/accounts' is missing"),
    row(f"GET /client/v4/{BARE}/keys", LIST, "'//' in place of '/'"),
    row(f"GET {MINE}/r2/buckets/b/objects/k", NONE),
    row(f"GET {MINE}/workers/durable_objects/namespaces", NONE),
    row(f"GET {MINE}", NONE),
    row("GET /client/v4/zones", NONE),
)

METHODS = (
    row(f"POST {HERE}/values/k", PUT, "POST in place of PUT"),
    row(f"HEAD {HERE}/values/k", GET, "HEAD in place of GET"),
    row(f"PATCH {HERE}", RENAME, "PATCH in place of PUT"),
    row(f"DELETE {HERE}/keys", LIST, "DELETE in place of GET"),
    row(f"PUT {HERE}/metadata/k", METADATA, "PUT in place of GET"),
    row(f"POST {HERE}/bulk", BULK_PUT, "POST in place of PUT"),
    row(f"GET {HERE}/bulk/get", BULK_GET, "GET in place of POST"),
    row(f"DELETE {HERE}/bulk/delete", BULK_DELETE, "DELETE in place of POST"),
    row(f"DELETE {ROOT}", REMOVE, "'/{namespace_id}' is missing"),
    row(f"get {HERE}/keys", LIST, "get in place of GET"),
    row(
        f"DELETE {HERE}/bulk/remove",
        BULK_DELETE,
        "'remove' in place of 'delete'",
        "DELETE in place of POST",
    ),
)

IDS = (
    row(f"GET {ROOT}/{OTHER_ID}/keys", None, f"{OTHER_ID!r} is not the id of a namespace; {KNOWN}"),
    row(
        f"GET {ROOT}/KV/keys",
        None,
        f"'KV' is the namespace's title, not its id, which is {NAMESPACE_ID}",
    ),
    row(
        f"DELETE {ROOT}/KV/bulk",
        None,
        f"'KV' is the namespace's title, not its id, which is {NAMESPACE_ID}",
    ),
    row(
        f"GET {ROOT}/{ACCOUNT_ID}/keys",
        None,
        f"{ACCOUNT_ID!r} is the account's id, not a namespace's; {KNOWN}",
    ),
    row(f"GET {ROOT}//keys", None, f"the namespace's id is empty; {KNOWN}"),
    row(
        f"GET {ROOT}/{NAMESPACE_ID}-/keys",
        None,
        f"'{NAMESPACE_ID}-' is another spelling of the namespace's id, {NAMESPACE_ID}",
    ),
    row(
        f"GET {HERE.replace(ACCOUNT_ID, OTHER_ID)}/keys",
        None,
        f"{OTHER_ID!r} is not the account's id, which is {ACCOUNT_ID}",
    ),
    row(
        f"GET {HERE.replace(ACCOUNT_ID, NAMESPACE_ID)}/keys",
        None,
        f"{NAMESPACE_ID!r} is the id of the namespace 'KV', not the account's, which is "
        f"{ACCOUNT_ID}",
    ),
    row(
        f"GET {ACCOUNTS}/{NAMESPACE_ID}/storage/kv/namespaces/{ACCOUNT_ID}/keys",
        None,
        "the ids of the account and the namespace are swapped",
    ),
    row(
        f"GET {HERE.replace(ACCOUNT_ID, ACCOUNT_ID.upper())}/keys",
        LIST,
        f"{ACCOUNT_ID.upper()!r} is another spelling of the account's id, {ACCOUNT_ID}",
    ),
    row(
        f"GET {ROOT.replace(ACCOUNT_ID, 'None')}",
        NAMESPACES,
        f"'None' is not the account's id, which is {ACCOUNT_ID}",
    ),
    row(
        f"GET {ROOT.replace(ACCOUNT_ID, '')}",
        NAMESPACES,
        f"the account's id is empty; it is {ACCOUNT_ID}",
    ),
    row(f"GET {HERE.replace(f'/{ACCOUNT_ID}', '')}/keys", LIST, "'/{account_id}' is missing"),
    row(
        f"GET {ACCOUNTS}/me/storage/kv/namespaces/none/key",
        LIST,
        f"'me' is not the account's id, which is {ACCOUNT_ID}",
        f"'none' is not the id of a namespace; {KNOWN}",
        "'key' in place of 'keys'",
    ),
)

MEANT_OTHERWISE = (
    row(f"DELETE {HERE}", DELETE, COLLAPSED),
    row(f"GET {HERE}/", GET, COLLAPSED),
    row(f"PUT {HERE}", PUT, COLLAPSED),
    row(f"DELETE {HERE}/bulk", BULK_DELETE, "DELETE …/bulk is its older form"),
)

QUERIES = (
    row(f"PUT {HERE}/values/a?b", None, f"{READ} '?b'; the key 'a?b' is sent as a%3Fb"),
    row(
        f"GET {HERE}/values/a?b=c%20d",
        None,
        f"{READ} '?b=c%20d'; the key 'a?b=c d' is sent as a%3Fb%3Dc%20d",
    ),
    row(
        f"PUT {HERE}/values/a?extension",
        None,
        f"{READ} '?extension'; the key 'a?extension' is sent as a%3Fextension",
    ),
    row(
        f"PUT {HERE}/values/%FF?b",
        None,
        r"KV reads the key '\udcff' and ignores '?b'; the key '\udcff?b' is sent as %FF%3Fb",
    ),
    row(
        f"PUT {HERE}/values/a?expirationTtl=60",
        None,
        "KV ignores the parameter 'expirationTtl'; it knows 'expiration_ttl'",
    ),
)

NOTHING_WRONG = (
    row(f"PUT {HERE}/values/a?expiration_ttl=60", None),
    row(f"PUT {HERE}/values/a?expiration_ttl=59", None),
    row(f"DELETE {HERE}/values/a?", None),
    row(f"GET {HERE}/values/a", None),
    row(f"GET {HERE}/metadata/a", None),
    row(f"GET {HERE}/keys?limit=5", None),
    row(f"GET {ROOT}", None),
    row(f"DELETE {HERE}/values/a", None),
    row(f"POST {HERE}/bulk/delete", None),
    row(f"GET {HERE}/values/", GET, "'/{key}' is missing"),
)

ROWS = (*PATHS, *METHODS, *IDS, *MEANT_OTHERWISE, *QUERIES, *NOTHING_WRONG)


@pytest.fixture
def client() -> Client:
    """A client of a new account, whose clock stands still."""
    return Client()


def hints_of(client: Client) -> tuple[str, ...]:
    """The lines below the last call."""
    return tuple(hints(client.account.calls[-1], client.account))


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=wrong.id) for wrong in ROWS])
@pytest.mark.filterwarnings("ignore::pytest_kv.KVUsageWarning")  # of the collapsed removal
def test_a_request_has_these_lines_below_its_call(client: Client, wrong: Wrong) -> None:
    method, target = wrong.asked.split(" ")

    client.request(method, target, client.headers)

    assert hints_of(client) == wrong.lines


# The key


@pytest.mark.parametrize(
    ("asked", "stored", "sent"),
    [
        ("a%252Fb", "a/b", "a%2Fb"),
        ("a%2Fb", "a%2Fb", "a%252Fb"),
        ("a%2fb", "a%2Fb", "a%252Fb"),
        ("50%20off", "50%20off", "50%2520off"),
        ("a+b", "a b", "a%20b"),
        ("a%20b", "a+b", "a%2Bb"),
        ("a", "a#b", "a%23b"),
        ("INDEX/", "INDEX", "INDEX"),
        ("%2FXML", "XML", "XML"),
        ("/a", "/a", "%2Fa"),
        ("caf%25C3%25A9", "café", "caf%C3%A9"),
        ("a%2F%20b", "a%2F%20b", "a%252F%2520b"),
        ("a%2F%20b", "a%2F+b", "a%252F%2Bb"),
        ("a%2F%20b", "a/+b", "a%2F%2Bb"),
        ("k%2F" + "x" * 54, "k%2F" + "x" * 54, "k%252F" + "x" * 54),
        ("k%2F" + "x" * 70, "k%2F" + "x" * 70, "k%252F" + "x" * 54 + "…"),
    ],
)
def test_a_key_that_is_not_there_is_told_from_one_that_is(
    client: Client, asked: str, stored: str, sent: str
) -> None:
    client.namespace.seed({stored: "v", "bystander": "v"})

    for collection in ("values", "metadata"):
        client.send("GET", f"/{{ns}}/{collection}/{asked}")

        assert hints_of(client) == (
            f"differs: {shortened(stored, 60)} is stored, which is sent as {sent}",
        )


@pytest.mark.parametrize("asked", ["b", "a%2Fc", "a%252Fc", "a%23", "%FF", "c%23", "A"])
def test_nothing_is_said_of_a_key_that_no_stored_one_is_like(client: Client, asked: str) -> None:
    client.namespace.seed({"a": "v", "a/b": "v", "c#d": "v"})

    client.send("GET", f"/{{ns}}/values/{asked}")

    assert hints_of(client) == ()


def test_nothing_is_said_of_a_key_that_was_stored_since(client: Client) -> None:
    client.namespace.seed({"a/b": "v"})
    client.send("GET", "/{ns}/values/a%252Fb")
    client.namespace.seed({"a%2Fb": "v"})

    assert hints_of(client) == ()


def test_nothing_is_said_of_a_key_whose_namespace_is_gone(client: Client) -> None:
    client.send("GET", "/{ns}/values/a%252Fb")
    client.account.remove_namespace(NAMESPACE_ID)

    assert hints_of(client) == ()


# What an account knows


def test_a_namespace_that_a_call_removed_is_said_to_be_gone(client: Client) -> None:
    client.send("DELETE", "/{ns}")
    client.request("GET", f"{HERE}/keys", client.headers)

    told = f"the namespace {NAMESPACE_ID!r} was removed by an earlier call; the account has none"
    assert hints_of(client) == (f"differs: {told}",)


def test_a_namespace_that_was_removed_later_is_not_blamed(client: Client) -> None:
    client.send("GET", "/{ns}/key")
    [wrong] = client.account.calls
    told = [LIST, "differs: 'key' in place of 'keys'"]
    assert hints(wrong, client.account) == told

    client.send("DELETE", "/{ns}")
    assert hints(wrong, client.account) == told


def test_a_namespace_that_was_used_was_there_though_the_test_removed_it(client: Client) -> None:
    client.send("GET", "/{ns}/keys")
    client.send("GET", "/{ns}/key")
    client.account.remove_namespace(NAMESPACE_ID)

    assert hints_of(client) == (LIST, "differs: 'key' in place of 'keys'")


def test_a_namespace_that_was_used_and_that_the_test_removed_is_not_known(client: Client) -> None:
    client.send("GET", "/{ns}/keys")
    client.account.remove_namespace(NAMESPACE_ID)
    client.request("GET", f"{HERE}/keys", client.headers)

    assert hints_of(client) == (
        f"differs: {NAMESPACE_ID!r} is not the id of a namespace; the account has none",
    )


def test_a_call_for_the_account_makes_no_id_known(client: Client) -> None:
    client.send("GET", "")
    client.send("GET", "//keys")

    assert hints_of(client) == (f"differs: the namespace's id is empty; {KNOWN}",)


def test_a_namespace_that_the_test_removed_is_not_blamed_on_a_call(client: Client) -> None:
    client.account.fail_next("remove_namespace")
    client.send("DELETE", "/{ns}")
    client.account.remove_namespace(NAMESPACE_ID)

    client.request("GET", f"{HERE}/keys", client.headers)

    assert hints_of(client) == (
        f"differs: {NAMESPACE_ID!r} is not the id of a namespace; the account has none",
    )


def test_a_namespace_that_went_later_is_known_by_its_id(client: Client) -> None:
    client.account.create_namespace("OTHER", id=OTHER_ID)
    client.send("GET", f"/{OTHER_ID}/keys")
    client.send("GET", "/no/keys")
    client.send("DELETE", f"/{OTHER_ID}")
    client.send("GET", "/no/keys")
    _, before, _, after = client.account.calls

    no = "differs: 'no' is not the id of a namespace; the account has"
    mine = f"'KV ({NAMESPACE_ID})'"
    assert hints(before, client.account) == [f"{no} '{OTHER_ID}', {mine}"]
    assert hints(after, client.account) == [f"{no} {mine}"]


def test_a_title_is_known_in_its_encoded_form_too() -> None:
    client = Client(KVAccount(id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, title="MY PAGES"))

    client.request("GET", f"{ROOT}/MY%20PAGES/keys", client.headers)

    assert hints_of(client) == (
        f"differs: 'MY PAGES' is the namespace's title, not its id, which is {NAMESPACE_ID}",
    )


def test_of_a_refused_token_it_says_so() -> None:
    account = KVAccount(id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, api_token="right")
    client = Client(account)
    wrong = {"authorization": "Bearer wrong"}

    client.request("GET", f"{HERE}/keys", wrong)
    assert hints_of(client) == ("differs: the token is not the one that the account accepts",)

    client.request("GET", f"{HERE.replace(ACCOUNT_ID, OTHER_ID)}/keys", wrong)
    assert hints_of(client) == (
        f"differs: {OTHER_ID!r} is not the account's id, which is {ACCOUNT_ID}",
    )


def test_a_planned_fault_is_not_the_requests(client: Client) -> None:
    for status, code in ((403, 10000), (404, 10013), (404, 10009)):
        client.account.fail_next("get", status, code=code)
        client.namespace.seed({"a/b": "v"})

        client.send("GET", "/{ns}/values/a%252Fb")

        assert client.account.calls[-1].request is None
        assert hints_of(client) == ()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_operation_on_a_namespace_that_came_too_soon_is_not_doubted(
    method: str, client: Client
) -> None:
    client.account.request_limit = 0

    client.send(method, "/{ns}")

    assert client.account.calls[-1].request == client.asked(method, "/{ns}")
    assert hints_of(client) == ()


def test_a_namespace_that_is_renamed_is_not_doubted(client: Client) -> None:
    client.send("PUT", "/{ns}", json={"title": "NEW"})

    assert hints_of(client) == ()


def test_a_call_of_the_binding_has_none() -> None:
    account = KVAccount()

    assert hints(Call("get", ("a",), "binding", "404 7000: x", code=7000), account) == []


# Whatever is asked


@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "BREW"]),
    st.lists(
        st.sampled_from([ROOT, HERE, "values", "keys", "bulk", "%2F", "%", "?", "#", "", "é", "kv"])
        | st.text(max_size=5),
        max_size=30,
    ),
)
@pytest.mark.filterwarnings("ignore::pytest_kv.KVUsageWarning")  # of the collapsed removal
def test_whatever_is_asked_a_hint_is_a_few_short_lines(method: str, parts: list[str]) -> None:
    client = Client()
    target = "/".join(["", *parts])

    client.request(method, target, client.headers)

    for line in hints_of(client):
        assert line.isprintable()
        assert len(line) < 400
