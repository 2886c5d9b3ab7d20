"""Who may speak for an account."""

from __future__ import annotations

import pytest

from pytest_kv import KVAccount
from tests.helpers.rest_client import ACCOUNT_ID, Client, raw, refusal

MISSING = refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
FOREIGN = refusal(403, 10000, "Authentication error")

NONE_AT_ALL: tuple[dict[str, str], ...] = (
    {},
    {"authorization": ""},
    {"authorization": "Bearer"},
    {"authorization": "Bearer "},
    {"authorization": "Bearer \t "},
    {"authorization": "Basic dTpw"},
    {"authorization": "token"},
    {"authorization": "Bearertoken"},
    {"x-auth-email": "a@example.com"},
    {"x-auth-key": "key"},
    {"x-auth-email": "a@example.com", "x-auth-key": ""},
    {"x-auth-email": "", "x-auth-key": "key"},
    {"x-auth-user-service-key": "key"},
    {"cookie": "token"},
)

SOME = (
    {"authorization": "Bearer token"},
    {"authorization": "bearer token"},
    {"authorization": "BEARER  token "},
    {"x-auth-email": "a@example.com", "x-auth-key": "token"},
    {"authorization": "Basic dTpw", "x-auth-email": "a@example.com", "x-auth-key": "token"},
    {"authorization": "Bearer", "x-auth-email": "a@example.com", "x-auth-key": "token"},
)

OTHERS = (
    {"authorization": "Bearer other"},
    {"authorization": "Bearer token more"},
    {"authorization": "Bearer TOKEN"},
    {"x-auth-email": "a@example.com", "x-auth-key": "other"},
    {"authorization": "Bearer other", "x-auth-email": "a@example.com", "x-auth-key": "token"},
)


@pytest.fixture
def named() -> Client:
    """A client of an account whose token was given by name."""
    client = Client(KVAccount(id=ACCOUNT_ID, api_token="token"))
    client.namespace.seed({"k": "v"})
    return client


@pytest.mark.fidelity("deviation-malformed-credentials")
@pytest.mark.parametrize("headers", NONE_AT_ALL)
@pytest.mark.parametrize("below", ["", "/{ns}/values/k", "/malformed"])
def test_no_credentials_at_all_are_asked_for(
    client: Client, below: str, headers: dict[str, str]
) -> None:
    assert client.request("GET", client.path(below), headers) == MISSING


@pytest.mark.parametrize("headers", NONE_AT_ALL)
def test_a_named_token_does_not_change_what_is_missing(
    named: Client, headers: dict[str, str]
) -> None:
    assert named.request("GET", named.path("/{ns}/values/k"), headers) == MISSING


@pytest.mark.fidelity("deviation-any-credentials")
@pytest.mark.parametrize("headers", [*SOME, *OTHERS])
def test_any_credentials_do_until_a_token_is_named(client: Client, headers: dict[str, str]) -> None:
    client.namespace.seed({"k": "v"})

    assert client.request("GET", client.path("/{ns}/values/k"), headers) == raw(b"v")


@pytest.mark.fidelity("rest-token")
@pytest.mark.parametrize("headers", SOME)
def test_a_named_token_is_let_in_as_bearer_or_as_key(
    named: Client, headers: dict[str, str]
) -> None:
    assert named.request("GET", named.path("/{ns}/values/k"), headers) == raw(b"v")


@pytest.mark.fidelity("rest-token-and-key")
@pytest.mark.parametrize("headers", OTHERS)
def test_other_credentials_than_the_named_token_are_not_accepted(
    named: Client, headers: dict[str, str]
) -> None:
    assert named.request("DELETE", named.path("/{ns}/values/k"), headers) == FOREIGN


def test_a_token_that_was_made_up_does_too(client: Client) -> None:
    assert client.headers == {"authorization": f"Bearer {client.account.api_token}"}
    assert client.send("GET", "").status == 200


def test_another_account_is_not_this_tokens(client: Client) -> None:
    target = client.path("/{ns}/values/k").replace(ACCOUNT_ID, "0" * 32)

    assert client.request("PUT", target, client.headers, b"v") == FOREIGN


def test_a_foreign_account_is_not_told_apart_from_a_missing_namespace(client: Client) -> None:
    target = client.path("/malformed").replace(ACCOUNT_ID, "0" * 32)

    assert client.request("GET", target, client.headers) == FOREIGN


def test_a_refused_stranger_is_noted_without_the_token(named: Client) -> None:
    named.request("GET", named.path("/{ns}/values/k"), {"authorization": "Bearer other"})

    (call,) = named.account.calls
    assert call.error == "403 10000: Authentication error"
