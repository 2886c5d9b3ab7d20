"""Which operation a target asks for, and the key as it comes out of the path."""

from __future__ import annotations

from urllib.parse import quote, quote_from_bytes
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.text import shortened
from pytest_kv._rest.routes import OPERATIONS, Route, find_route
from tests.helpers.rest_client import (
    ACCOUNT_ID,
    NAMESPACE_ID,
    NO_KEY,
    Client,
    raw,
    refusal,
    success,
)

ROOT = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces"
HERE = f"{ROOT}/{NAMESPACE_ID}"


def found(method: str, target: str) -> Route:
    """The route of a request that has one."""
    route = find_route(method, target)
    assert isinstance(route, Route)
    return route


def error_of(method: str, target: str) -> str:
    """The error of a request that has no route."""
    return str(find_route(method, target))


KEYS_IN_PATHS = (
    pytest.param("plain", "plain", id="plain"),
    pytest.param("a%2Fb", "a/b", id="escaped slash"),
    pytest.param("a/b//c/", "a/b//c/", id="unescaped slash"),
    pytest.param("/a", "a", id="unescaped slash at the beginning"),
    pytest.param("//a/", "a/", id="two of them"),
    pytest.param("/Xa", "Xa", id="a letter behind a slash"),
    pytest.param("%2Fa", "/a", id="escaped slash at the beginning"),
    pytest.param("/%2Fa", "/a", id="unescaped slash before an escaped one"),
    pytest.param("a%2fb", "a/b", id="escape in lower case"),
    pytest.param("a%252Fb", "a%2Fb", id="decoded once"),
    pytest.param("a+b", "a+b", id="plus"),
    pytest.param("a%2Bb", "a+b", id="escaped plus"),
    pytest.param("a%20b", "a b", id="space"),
    pytest.param("%E2%82%AC", "€", id="UTF-8"),
    pytest.param("€", "€", id="not escaped"),
    pytest.param("a%3Fb%23c", "a?b#c", id="question mark and hash"),
    pytest.param("a%00b", "a\0b", id="null"),
    pytest.param("a%0Ab", "a\nb", id="line feed"),
    pytest.param("100%", "100%", id="percent alone"),
    pytest.param("%zz%4", "%zz%4", id="broken escapes"),
    pytest.param("...", "...", id="three dots"),
    pytest.param("%2E%2E%2E", "...", id="three escaped dots"),
    pytest.param("../keys", "../keys", id="dot segment before a word"),
    pytest.param("a/../..", "a/../..", id="dot segments behind a word"),
    pytest.param("x%2F..", "x/..", id="dot segment behind an escaped slash"),
    pytest.param("values", "values", id="named like a part of the path"),
    pytest.param("\U0001f600", "😀", id="beyond 16 bits"),
)

NOT_UTF8 = ("%FF", "a%80b", "%C3", "%ED%A0%80", "%C0%AF", "%F4%90%80%80")

NO_ROUTES = (
    "",
    "/",
    "/client/v4",
    "/client/v4/accounts",
    "/client/v4/zones",
    "/client/v4/user/tokens/verify",
    "/client/v5" + ROOT.removeprefix("/client/v4"),
    f"//api.cloudflare.com{ROOT}",
    f"https://api.cloudflare.com{ROOT}",
    f"/client/v4/accounts/{ACCOUNT_ID}",
    f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv",
    f"/client/v4/accounts/{ACCOUNT_ID}/r2/buckets",
    f"/client/v4/accounts/{ACCOUNT_ID}//storage/kv/namespaces",
    f"{ROOT}s",
    f"{HERE}/nothing",
    f"{HERE}/values",
    f"{HERE}/metadata",
    f"{HERE}//keys",
    f"{HERE}/keys/more",
    f"{HERE}/bulk/put",
    f"{HERE}/bulk/delete/more",
    f"{HERE}/Values/k",
    f"{HERE}/%6Beys",
    f"{HERE}/keys%3Flimit=10",
    f"{HERE}/keysX",
)

WRONG_METHODS = (
    ("PUT", ROOT),
    ("DELETE", ROOT),
    ("POST", HERE),
    ("PATCH", HERE),
    ("HEAD", f"{HERE}/values/k"),
    ("POST", f"{HERE}/values/k"),
    ("PUT", f"{HERE}/metadata/k"),
    ("DELETE", f"{HERE}/keys"),
    ("GET", f"{HERE}/bulk"),
    ("POST", f"{HERE}/bulk"),
    ("GET", f"{HERE}/bulk/get"),
    ("DELETE", f"{HERE}/bulk/delete"),
    ("get", f"{HERE}/values/k"),
    ("", HERE),
)

BAD_ACCOUNT_IDS = (
    "",
    "me",
    ACCOUNT_ID[1:],
    f"{ACCOUNT_ID}0",
    ACCOUNT_ID.upper(),
    f"{ACCOUNT_ID[:-1]}g",
    str(UUID(ACCOUNT_ID)),
    f"{ACCOUNT_ID[:-1]}\u0661",
    f"{ACCOUNT_ID}%20",
)

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)
keys_with_a_name = keys.filter(lambda key: key.strip("/") != "")


@pytest.mark.fidelity("rest-routing", "rest-slashes-at-the-end")
@pytest.mark.parametrize("query", ["", "?", "?limit=10", "?a/b?c=d"])
@pytest.mark.parametrize("ending", ["", "/"])
@pytest.mark.parametrize(("method", "below"), OPERATIONS)
def test_every_operation_is_found_by_its_method_and_path(
    method: str, below: str, ending: str, query: str
) -> None:
    path = ROOT + below.format(ns=NAMESPACE_ID, key="k") + ending
    key = f"k{ending}" if "{key}" in below else None
    collapsed = below == "/{ns}" and ending == "/"

    assert found(method, path + query) == Route(
        OPERATIONS[method, below],
        ACCOUNT_ID,
        NAMESPACE_ID if "{ns}" in below else None,
        key,
        collapsed,
    )


@pytest.mark.fidelity("rest-key-decoding")
@pytest.mark.parametrize(("in_path", "key"), KEYS_IN_PATHS)
def test_the_key_is_what_the_path_says_percent_decoded_once(
    client: Client, in_path: str, key: str
) -> None:
    assert client.send("PUT", f"/{{ns}}/values/{in_path}", body=b"v") == success({})
    assert client.data == {key: (b"v", None, None)}
    assert client.send("GET", f"/{{ns}}/values/{in_path}") == raw(b"v")
    assert client.send("GET", f"/{{ns}}/metadata/{in_path}") == success(None)
    assert client.send("DELETE", f"/{{ns}}/values/{in_path}") == success({})
    assert client.data == {}
    assert {call.keys for call in client.account.calls} == {(key,)}


@given(keys)
def test_any_key_quoted_whole_comes_out_as_it_was(key: str) -> None:
    assert found("GET", f"{HERE}/values/{quote(key, safe='')}").key == key


@pytest.mark.fidelity("NO_KEY", "rest-key-slashes-and-dots")
@pytest.mark.parametrize("in_path", ["", "/", "//", "?page=2"])
@pytest.mark.parametrize("collection", ["values", "metadata"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_path_without_a_key_does_not_reach_kv(
    client: Client, method: str, collection: str, in_path: str
) -> None:
    client.namespace.seed({"kept": "v"})
    below = f"/{{ns}}/{collection}/{in_path}"

    assert client.send(method, below) == NO_KEY
    (call,) = client.account.calls
    told = f"404 Not Found for {method} {shortened(client.path(below), 80)}"
    assert (call.operation, call.error, call.status, call.code) == ("unknown", told, 404, None)


@pytest.mark.fidelity("rest-key-slashes-and-dots")
@given(keys_with_a_name)
def test_any_key_quoted_but_for_its_slashes_comes_out_without_those_before_it(key: str) -> None:
    assert found("GET", f"{HERE}/values/{quote(key)}").key == key.lstrip("/")


@given(st.binary(min_size=1))
def test_the_bytes_of_a_key_come_out_as_they_were(octets: bytes) -> None:
    key = found("GET", f"{HERE}/metadata/{quote_from_bytes(octets, safe='')}").key

    assert key is not None
    assert key.encode("utf-8", "surrogateescape") == octets


@pytest.mark.fidelity("KEY_NOT_UNICODE")
@pytest.mark.parametrize("in_path", NOT_UTF8)
@pytest.mark.parametrize(
    ("method", "collection", "verb"),
    [
        ("GET", "values", "get"),
        ("PUT", "values", "put"),
        ("DELETE", "values", "remove key"),
        ("GET", "metadata", "get"),
    ],
)
def test_a_key_that_is_not_utf8_is_refused(
    client: Client, method: str, collection: str, verb: str, in_path: str
) -> None:
    answer = client.send(method, f"/{{ns}}/{collection}/{in_path}")

    assert answer == refusal(400, 10012, f"{verb}: 'Could not URL-decode key name'")


@pytest.mark.parametrize("target", NO_ROUTES)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_any_other_path_has_no_route(method: str, target: str) -> None:
    assert error_of(method, target) == "404 7000: No route for that URI"


@pytest.mark.fidelity("rest-routing")
@pytest.mark.parametrize(("method", "path"), WRONG_METHODS)
def test_another_method_on_a_known_path_is_not_allowed(method: str, path: str) -> None:
    assert error_of(method, f"{path}?a=b") == (
        "405 10405: Method not allowed for this authentication scheme"
    )


@pytest.mark.fidelity("rest-spellings-of-an-id")
@pytest.mark.parametrize(
    "id", [NAMESPACE_ID.upper(), str(UUID(NAMESPACE_ID)), str(UUID(NAMESPACE_ID)).upper()]
)
def test_a_namespace_is_found_by_any_spelling_of_its_id(client: Client, id: str) -> None:
    assert client.send("PUT", f"/{id}/values/k", body=b"v") == success({})
    assert client.data == {"k": (b"v", None, None)}

    assert client.send("GET", f"/{id}").json["result"]["id"] == NAMESPACE_ID
    assert {call.namespace_id for call in client.account.calls} == {NAMESPACE_ID}


@pytest.mark.fidelity("rest-malformed-ids")
@pytest.mark.parametrize("below", ["", "/", "/storage/kv/namespaces", "/r2/buckets"])
@pytest.mark.parametrize("account_id", BAD_ACCOUNT_IDS)
def test_a_malformed_account_id_is_refused_whatever_follows_it(account_id: str, below: str) -> None:
    path = f"/client/v4/accounts/{account_id}{below}"

    assert error_of("GET", f"{path}?a=b") == (
        f"404 7003: Could not route to {path}, perhaps your object identifier is invalid?"
    )
