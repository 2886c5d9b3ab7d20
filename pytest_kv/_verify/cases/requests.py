"""What is answered before KV's own rules: routes, ids and credentials."""

from __future__ import annotations

__all__ = ("FACTS",)

from pytest_kv._verify.facts import NO_ENVELOPE, Answer, Fact, ask, ok, refused

_PATH = "/accounts/$account/storage/kv"

FACTS = (
    Fact(
        "route-unknown",
        "NO_ROUTE",
        "A path that is no operation has no route.",
        ask("GET", f"{_PATH}/buckets", is_below_api=True).gives(
            refused(404, 7000, "No route for that URI")
        ),
    ),
    Fact(
        "route-unknown-in-a-namespace",
        "NO_ROUTE",
        "A path in a namespace that is no operation has no route.",
        ask("GET", "/$ns/buckets").gives(refused(404, 7000, "No route for that URI")),
    ),
    Fact(
        "route-other-method",
        "WRONG_METHOD",
        "Another method on a known path is refused.",
        ask("POST", "/$ns/keys").gives(
            refused(405, 10405, "Method not allowed for this authentication scheme")
        ),
    ),
    Fact(
        "route-without-a-key",
        "NO_KEY",
        "A path whose key is empty does not reach KV.",
        ask("GET", "/$ns/values/").gives(Answer(404, NO_ENVELOPE)),
    ),
    Fact(
        "namespace-id-malformed",
        "BAD_NAMESPACE_ID",
        "A namespace's id of another length is refused.",
        ask("GET", "/no-id/keys").gives(
            refused(
                400,
                10011,
                "could not parse UUID from request's namespace_id: 'uuid: incorrect UUID length: "
                "no-id'",
            )
        ),
    ),
    Fact(
        "namespace-id-no-hex-digits",
        "BAD_NAMESPACE_ID",
        "A namespace's id of other letters is refused.",
        ask("GET", f"/{'z' * 32}/keys").gives(
            refused(
                400,
                10011,
                "could not parse UUID from request's namespace_id: 'uuid: incorrect UUID format: "
                f"{'z' * 32}'",
            )
        ),
        inferred=True,
    ),
    Fact(
        "namespace-id-in-capitals",
        "rest-spellings-of-an-id",
        "A namespace's id in capitals is read.",
        ask("GET", "/$NS/keys?prefix=$key").gives(ok([], {"count": 0, "cursor": ""})),
        inferred=True,
    ),
    Fact(
        "account-malformed",
        "BAD_ACCOUNT_ID",
        "An account's id that is not 32 hex digits is refused.",
        ask("GET", "/accounts/short/storage/kv/namespaces", is_below_api=True).gives(
            refused(
                404,
                7003,
                "Could not route to /client/v4/accounts/short/storage/kv/namespaces, perhaps your "
                "object identifier is invalid?",
            )
        ),
    ),
    Fact(
        "route-before-credentials",
        "rest-routing",
        "A path is asked for before the credentials.",
        ask("GET", "/$ns/buckets", token=None).gives(refused(404, 7000, "No route for that URI")),
        inferred=True,
    ),
    Fact(
        "credentials-missing",
        "NO_CREDENTIALS",
        "A request without credentials is refused.",
        ask("GET", "/$ns/keys", token=None).gives(
            refused(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        ),
    ),
    Fact(
        "credentials-key-without-e-mail",
        "rest-token",
        "A key without an e-mail is no credentials.",
        ask("GET", "/$ns/keys", token=None, headers={"x-auth-key": "key"}).gives(
            refused(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        ),
    ),
    Fact(
        "credentials-of-another-account",
        "BAD_CREDENTIALS",
        "A token does not open another account.",
        ask("GET", "/accounts/$missing/storage/kv/namespaces", is_below_api=True).gives(
            refused(403, 10000, "Authentication error")
        ),
    ),
)
