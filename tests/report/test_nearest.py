"""Whatever one thing is wrong with a request, the operation it was meant for is the nearest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._report.known_ids import KnownIds
from pytest_kv._report.nearest import SAMPLES, Nearest, nearest
from pytest_kv._rest.routes import OPERATIONS

ACCOUNT_ID, NAMESPACE_ID = "a" * 32, "b" * 32
KNOWN = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: "KV"})
ACCOUNT = f"/client/v4/accounts/{ACCOUNT_ID}"
ROOT = f"{ACCOUNT}/storage/kv/namespaces"
HERE = f"{ROOT}/{NAMESPACE_ID}"
WORDS = ("client", "v4", "accounts", "storage", "kv", "namespaces")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def target_of(below: str, key: str = "user:1") -> str:
    return ROOT + below.replace("{ns}", NAMESPACE_ID).replace("{key}", key)


def told(method: str, target: str) -> str:
    """The nearest operation and what differs, in one line."""
    found = nearest(method, target, KNOWN)
    assert found is not None
    return ", ".join((found.operation, *found.differences))


# The path

ROUTES = (("GET", "/{ns}"), ("PUT", "/{ns}/values/{key}"), ("POST", "/{ns}/bulk/get"))
MISTAKES = (
    ("/kv", "", "'/kv' is missing"),
    ("/storage/kv", "", "'/storage/kv' is missing"),
    ("/client/v4/accounts", "", "'/client/v4/accounts' is missing"),
    ("/kv", "/kkv", "'kkv' in place of 'kv'"),
    ("/kv", "/KV", "'KV' in place of 'kv'"),
    ("/kv", "/cache", "'cache' in place of 'kv'"),
    ("/storage/kv", "/storage-kv", "'storage-kv' in place of 'storage/kv'"),
    ("/kv", "/kv/kv", "'/kv' is there twice"),
    (ACCOUNT, ACCOUNT * 2, f"'/client/v4/accounts/{ACCOUNT_ID}' is there twice"),
    ("/kv", "/x/kv", "'/x' does not belong there"),
    (ACCOUNT, f"/a/proxy/of/mine{ACCOUNT}", "'/a/proxy/of/mine' does not belong there"),
    ("/kv", "//kv", "'//' in place of '/'"),
    (f"/{NAMESPACE_ID}", f"//{NAMESPACE_ID}", "'//' in place of '/'"),
    (f"/{ACCOUNT_ID}", "", "'/{account_id}' is missing"),
    (f"/{NAMESPACE_ID}", f"/x/{NAMESPACE_ID}", "'/x' does not belong there"),
)


@pytest.mark.parametrize(("right", "wrong", "difference"), MISTAKES)
@pytest.mark.parametrize("route", ROUTES)
def test_a_mistake_in_the_path_is_named(
    route: tuple[str, str], right: str, wrong: str, difference: str
) -> None:
    method, below = route
    target = target_of(below).replace(right, wrong, 1)

    assert told(method, target) == f"{OPERATIONS[route]}, {difference}"


BELOW_A_NAMESPACE = {
    "GET /val/k": "get, '/values' is missing",
    "GET /k": "get, '/values' is missing",
    "GET /x/keys": "list, '/x' does not belong there",
    "GET /metadata": "get_metadata, '/{key}' is missing",
    "POST /bulk_delete": "bulk_delete, 'bulk_delete' in place of 'bulk/delete'",
    "POST /bulk_gex": "bulk_get, 'bulk_gex' in place of 'bulk/get'",
    "POST /bulk/x": "bulk_delete, 'x' in place of 'delete'",
    "POST /bulk/x/get": "bulk_get, '/x' does not belong there",
    "POST /bulk/bulk/get": "bulk_get, '/bulk' is there twice",
    "POST /get": "bulk_get, '/bulk' is missing",
    "DELETE /bulks": "bulk_delete_older, 'bulks' in place of 'bulk'",
    f"GET /{NAMESPACE_ID}/keys": f"list, '/{NAMESPACE_ID}' is there twice",
    f"PUT /{'c' * 32}": "put, '/values' is missing",
}


@pytest.mark.parametrize("asked", BELOW_A_NAMESPACE)
def test_a_mistake_behind_the_namespaces_id_is_named(asked: str) -> None:
    method, below = asked.split(" ")

    assert told(method, HERE + below) == BELOW_A_NAMESPACE[asked]


SEVERAL = {
    "GET /client/v4/accounts/{a}/namespaces": "list_namespaces, '/storage/kv' is missing",
    "GET /client/accounts/{a}/storage/namespaces/{n}/keys": (
        "list, '/v4' is missing, '/kv' is missing"
    ),
    "GET /client/x/v4/accounts/{a}/storage/y/kv/namespaces/{n}/keys": (
        "list, '/x' does not belong there, '/y' does not belong there"
    ),
    "GET /client//v4//accounts/{a}/storage/kv/namespaces/{n}/keys": (
        "list, '//' in place of '/', '//' in place of '/'"
    ),
    "GET /client//v5/accounts/{a}/storage/kv/namespaces/{n}/keys": "list, '/v5' in place of 'v4'",
    "GET /client/v4/accounts/{a}/storage/kvs/namespace": (
        "list_namespaces, 'kvs' in place of 'kv', 'namespace' in place of 'namespaces'"
    ),
    "GET /client/v4/accounts/{a}/namespaces/{n}/keyz": (
        "list, '/storage/kv' is missing, 'keyz' in place of 'keys'"
    ),
    "GET /client/v4/accounts/{a}/namespaces/{n}/values/a/b/keys": "get, '/storage/kv' is missing",
    "POST /client/v4/accounts/{a}/storage/kv/namespaces//{n}/values/k": (
        "put, '//' in place of '/', POST in place of PUT"
    ),
    "PUT /client/v4/accounts/{a}/storage/kv/namespaces-{n}": (
        "rename_namespace, 'namespaces-{n}' in place of 'namespaces/{{namespace_id}}'"
    ),
    "GET /client/v4/zones/{x}/storage/kv/namespaces": (
        "list_namespaces, 'zones/{x}' in place of 'accounts/{{account_id}}'"
    ),
    "GET /client/v4/accounts/{x}/kv/namespaces/{y}/keys": (
        "list, '{x}' is not the account's id, which is {a}, '/storage' is missing, "
        "'{y}' is not the id of a namespace; the account has 'KV ({n})'"
    ),
}


@pytest.mark.parametrize("asked", SEVERAL)
def test_each_of_several_mistakes_is_named(asked: str) -> None:
    ids = {"a": ACCOUNT_ID, "n": NAMESPACE_ID, "x": "c" * 32, "y": "d" * 32}
    method, target = asked.format(**ids).split(" ")

    assert told(method, target) == SEVERAL[asked].format(**ids)


@pytest.mark.parametrize("text", ["{namespace_id}", "{namespaceid}", "none"])
def test_what_follows_the_namespaces_is_read_as_an_id(text: str) -> None:
    assert told("GET", f"{ROOT}/{text}") == (
        f"get_namespace, {text!r} is not the id of a namespace; "
        f"the account has 'KV ({NAMESPACE_ID})'"
    )


keys = st.text(min_size=1).map(lambda key: key.replace("?", "%3F"))


@given(st.sampled_from(list(OPERATIONS.items())), keys, st.sampled_from(["", "?", "?prefix=/a"]))
def test_an_operations_own_request_differs_in_nothing(
    operation: tuple[tuple[str, str], str], key: str, query: str
) -> None:
    (method, below), name = operation

    assert nearest(method, target_of(below, key) + query, KNOWN) == Nearest(name, ())


@given(
    st.sampled_from(list(OPERATIONS.items())),
    st.sampled_from(WORDS),
    st.sampled_from(
        [
            ("", "'/{word}' is missing"),
            ("/{word}/{word}", "'/{word}' is there twice"),
            ("//{word}", "'//' in place of '/'"),
            ("/{upper}", "'{upper}' in place of '{word}'"),
            ("/{first}{word}", "'{first}{word}' in place of '{word}'"),
        ]
    ),
    keys,
    st.sampled_from(["", "/"]),
)
def test_a_mistake_in_any_word_before_the_namespaces_is_named(
    operation: tuple[tuple[str, str], str],
    word: str,
    mistake: tuple[str, str],
    key: str,
    end: str,
) -> None:
    (method, below), name = operation
    wrong, difference = (
        text.format(word=word, upper=word.upper(), first=word[0]) for text in mistake
    )
    target = target_of(below, key).replace(f"/{word}", wrong, 1) + end

    assert nearest(method, target, KNOWN) == Nearest(name, (difference,))


# The method

WRONG_METHODS = {
    "HEAD ": "list_namespaces, HEAD in place of GET",
    "PUT ": "create_namespace, PUT in place of POST",
    "DELETE ": "remove_namespace, '/{namespace_id}' is missing",
    "POST /{ns}": "rename_namespace, POST in place of PUT",
    "DELETE /{ns}/keys": "list, DELETE in place of GET",
    "HEAD /{ns}/values/{key}": "get, HEAD in place of GET",
    "PATCH /{ns}/values/{key}": "put, PATCH in place of PUT",
    "delete /{ns}/values/{key}": "delete, delete in place of DELETE",
    "GET /{ns}/bulk": "bulk_put, GET in place of PUT",
    "PUT /{ns}/bulk/delete": "bulk_delete, PUT in place of POST",
}


@pytest.mark.parametrize("asked", WRONG_METHODS)
def test_a_wrong_method_stands_for_a_similar_one(asked: str) -> None:
    method, below = asked.split(" ")

    assert told(method, target_of(below)) == WRONG_METHODS[asked]


def test_a_right_path_stays_the_nearest_with_any_other_method() -> None:
    found = {
        (method, below): nearest(method, target_of(below), KNOWN)
        for below in {below for _, below in OPERATIONS}
        for method in METHODS
        if (method, below) not in OPERATIONS
    }
    del found["DELETE", ""]

    for (method, below), it in found.items():
        assert it in [
            Nearest(name, (f"{method} in place of {own_method}",))
            for (own_method, own_below), name in OPERATIONS.items()
            if own_below == below
        ]


# Far from KV


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "*",
        "/kv/user:1",
        "/api/v1/namespaces/default/pods",
        "/client/v4/user/tokens/verify",
        "/client/v4/zones/kv",
        ACCOUNT,
        f"{ACCOUNT}/queues",
        f"{ACCOUNT}/d1/database",
        f"{ACCOUNT}/workers/durable_objects/namespaces/{'c' * 32}/objects",
        f"{ACCOUNT}/workers/dispatch/namespaces/pages/scripts",
    ],
)
def test_what_is_far_from_kv_has_no_nearest_operation(target: str) -> None:
    assert nearest("GET", target, KNOWN) is None


def test_a_namespaces_id_is_a_sign_of_kv_whatever_stands_around_it() -> None:
    assert told("GET", f"{ACCOUNT}/{NAMESPACE_ID}/keys") == (
        "list, '/storage/kv/namespaces' is missing"
    )


# Long paths


@pytest.mark.parametrize("parts", [30, 30_000])
def test_a_path_of_very_many_parts_is_read_too(parts: int) -> None:
    assert told("GET", f"{HERE}/value/" + "a/" * parts) == "get, 'value' in place of 'values'"


def test_a_long_part_is_shortened() -> None:
    assert told("GET", f"{HERE}/keys".replace("/kv/", f"/{'kv' * 100}/")) == (
        f"list, {'kv' * 22 + 'k'!r}…{'v' + 'kv' * 7!r} (200 characters) in place of 'kv'"
    )


def test_a_sample_is_how_an_operation_is_asked_for() -> None:
    assert list(SAMPLES) == list(OPERATIONS.values())
    assert SAMPLES["bulk_delete"] == "POST …/storage/kv/namespaces/{namespace_id}/bulk/delete"
    assert SAMPLES["list_namespaces"] == "GET …/storage/kv/namespaces"
