"""The nearest operation is found whatever one thing is wrong with a request for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._report.known_ids import KnownIds
from pytest_kv._report.nearest import Nearest, nearest, sample
from pytest_kv._rest.routes import OPERATIONS
from tests.helpers.rest_client import ACCOUNT_ID, NAMESPACE_ID

KNOWN = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: "KV"})
ROOT = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces"
LITERALS = ("client", "v4", "accounts", "storage", "kv", "namespaces")
TODAYS = {it: name for it, name in OPERATIONS.items() if name != "bulk_delete_older"}


def target_of(below: str, key: str = "user:1") -> str:
    return ROOT + below.replace("{ns}", NAMESPACE_ID).replace("{key}", key)


operations = pytest.mark.parametrize(
    ("method", "below", "operation"),
    [pytest.param(*it, name, id=name) for it, name in TODAYS.items()],
)


@operations
def test_an_operations_own_request_differs_in_nothing(
    method: str, below: str, operation: str
) -> None:
    for query in ("", "?prefix=/values/k", "?"):
        assert nearest(method, target_of(below) + query, KNOWN) == Nearest(operation, ())


@operations
@pytest.mark.parametrize("literal", LITERALS)
def test_a_part_that_is_missing_is_named(
    method: str, below: str, operation: str, literal: str
) -> None:
    target = target_of(below).replace(f"/{literal}", "", 1)

    assert nearest(method, target, KNOWN) == Nearest(operation, (f"'/{literal}' is missing",))


@operations
@pytest.mark.parametrize("literal", LITERALS)
@pytest.mark.parametrize("misspell", [str.upper, lambda word: word[0] * 2 + word[1:]])
def test_a_part_that_is_misspelled_is_named(
    method: str, below: str, operation: str, literal: str, misspell: Callable[[str], str]
) -> None:
    wrong = misspell(literal)
    target = target_of(below).replace(f"/{literal}", f"/{wrong}", 1)

    assert nearest(method, target, KNOWN) == Nearest(
        operation, (f"{wrong!r} in place of {literal!r}",)
    )


@operations
@pytest.mark.parametrize("literal", LITERALS)
def test_a_part_that_is_there_twice_is_named(
    method: str, below: str, operation: str, literal: str
) -> None:
    target = target_of(below).replace(f"/{literal}", f"/{literal}/{literal}", 1)

    assert nearest(method, target, KNOWN) == Nearest(operation, (f"'/{literal}' is there twice",))


@operations
def test_a_slash_too_many_is_named(method: str, below: str, operation: str) -> None:
    for literal in LITERALS:
        target = target_of(below).replace(f"/{literal}", f"//{literal}", 1)

        assert nearest(method, target, KNOWN) == Nearest(operation, ("'//' in place of '/'",))


@operations
def test_a_slash_at_the_end_makes_no_difference(method: str, below: str, operation: str) -> None:
    target = target_of(below).replace("namespaces", "namespace", 1)

    for end in ("", "/"):
        assert nearest(method, target + end, KNOWN) == Nearest(
            operation, ("'namespace' in place of 'namespaces'",)
        )


DIFFERENCES = (
    ("/client/accounts/{a}/storage/namespaces/{n}/keys", "'/v4' is missing, '/kv' is missing"),
    (
        "/client/x/v4/accounts/{a}/storage/y/kv/namespaces/{n}/keys",
        "'/x' does not belong there, '/y' does not belong there",
    ),
    (
        "//client//v4//accounts/{a}/storage/kv/namespaces/{n}/keys",
        "'//' in place of '/', '//' in place of '/', '//' in place of '/'",
    ),
    ("/client/v4/accounts/{a}/storage-kv/namespaces", "'storage-kv' in place of 'storage/kv'"),
    (
        "/client/v4/accounts/{a}/storage/kvs/namespace",
        "'kvs' in place of 'kv', 'namespace' in place of 'namespaces'",
    ),
    (
        "/client/v4/accounts/{a}/storage/kv/namespaces/{{namespace_id}}",
        "'{{namespace_id}}' is not the id of a namespace; the account has 'KV ({n})'",
    ),
    (
        "/client/v4/accounts/{a}/storage/kv/namespaces/{{namespaceid}}",
        "'{{namespaceid}}' is not the id of a namespace; the account has 'KV ({n})'",
    ),
    (
        "/client/v4/accounts/{a}/namespaces/{n}/keyz",
        "'/storage/kv' is missing, 'keyz' in place of 'keys'",
    ),
    (
        "/client/v4/accounts/{x}/kv/namespaces/{y}/keys",
        (
            "'{x}' is not the account's id, which is {a}, '/storage' is missing, "
            "'{y}' is not the id of a namespace; the account has 'KV ({n})'"
        ),
    ),
    ("/client/v4/accounts/{a}/storage/namespaces/{n}/values/{x}", "'/kv' is missing"),
    ("/client/v4/accounts/{a}/namespaces/{n}/values/a/b/keys", "'/storage/kv' is missing"),
)


@pytest.mark.parametrize(("target", "differences"), DIFFERENCES)
def test_all_that_differs_is_named(target: str, differences: str) -> None:
    ids = {"a": ACCOUNT_ID, "n": NAMESPACE_ID, "x": "7" * 32, "y": "8" * 32}

    found = nearest("GET", target.format(**ids), KNOWN)

    assert found is not None
    assert ", ".join(found.differences) == differences.format(**ids)


@pytest.mark.parametrize(
    ("given", "operation"), [("bulk_delete", "bulk_delete"), ("bulk_gex", "bulk_get")]
)
def test_two_parts_may_have_been_made_one(given: str, operation: str) -> None:
    target = target_of(f"/{{ns}}/{given}").replace("/storage/kv", "", 1)
    wanted = operation.replace("_", "/")

    assert nearest("POST", target, KNOWN) == Nearest(
        operation, ("'/storage/kv' is missing", f"{given!r} in place of {wanted!r}")
    )


def test_a_title_may_be_a_word_of_the_path() -> None:
    known = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: "values"})

    assert nearest("GET", f"{ROOT}/values/keys", known) == Nearest(
        "list", (f"'values' is the namespace's title, not its id, which is {NAMESPACE_ID}",)
    )


def test_an_empty_id_is_no_title_of_a_namespace_that_is_gone() -> None:
    known = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: ""})

    assert nearest("GET", f"{ROOT}/", known) == Nearest("list_namespaces", ())


@given(st.sampled_from(list(TODAYS.items())), st.text(min_size=1), st.integers(0, 5))
def test_any_key_may_be_in_a_path_with_one_fault(
    operation: tuple[tuple[str, str], str], key: str, at: int
) -> None:
    (method, below), name = operation
    target = target_of(below, key.replace("?", "%3F")).replace(f"/{LITERALS[at]}", "", 1)

    found = nearest(method, target, KNOWN)

    assert found is not None
    assert found.operation == name
    assert found.differences == (f"'/{LITERALS[at]}' is missing",)


WRONG_METHODS = {
    ("", "PATCH"): "create_namespace, PATCH in place of POST",
    ("", "HEAD"): "list_namespaces, HEAD in place of GET",
    ("", "PUT"): "create_namespace, PUT in place of POST",
    ("", "DELETE"): "remove_namespace, '/{namespace_id}' is missing",
    ("/{ns}", "PATCH"): "rename_namespace, PATCH in place of PUT",
    ("/{ns}", "HEAD"): "get_namespace, HEAD in place of GET",
    ("/{ns}", "POST"): "rename_namespace, POST in place of PUT",
    ("/{ns}/keys", "PATCH"): "list, PATCH in place of GET",
    ("/{ns}/keys", "HEAD"): "list, HEAD in place of GET",
    ("/{ns}/keys", "POST"): "list, POST in place of GET",
    ("/{ns}/keys", "PUT"): "list, PUT in place of GET",
    ("/{ns}/keys", "DELETE"): "list, DELETE in place of GET",
    ("/{ns}/values/{key}", "PATCH"): "put, PATCH in place of PUT",
    ("/{ns}/values/{key}", "HEAD"): "get, HEAD in place of GET",
    ("/{ns}/values/{key}", "POST"): "put, POST in place of PUT",
    ("/{ns}/metadata/{key}", "PATCH"): "get_metadata, PATCH in place of GET",
    ("/{ns}/metadata/{key}", "HEAD"): "get_metadata, HEAD in place of GET",
    ("/{ns}/metadata/{key}", "POST"): "get_metadata, POST in place of GET",
    ("/{ns}/metadata/{key}", "PUT"): "get_metadata, PUT in place of GET",
    ("/{ns}/metadata/{key}", "DELETE"): "get_metadata, DELETE in place of GET",
    ("/{ns}/bulk", "PATCH"): "bulk_put, PATCH in place of PUT",
    ("/{ns}/bulk", "HEAD"): "bulk_put, HEAD in place of PUT",
    ("/{ns}/bulk", "POST"): "bulk_put, POST in place of PUT",
    ("/{ns}/bulk", "GET"): "bulk_put, GET in place of PUT",
    ("/{ns}/bulk/delete", "PATCH"): "bulk_delete, PATCH in place of POST",
    ("/{ns}/bulk/delete", "HEAD"): "bulk_delete, HEAD in place of POST",
    ("/{ns}/bulk/delete", "GET"): "bulk_delete, GET in place of POST",
    ("/{ns}/bulk/delete", "PUT"): "bulk_delete, PUT in place of POST",
    ("/{ns}/bulk/delete", "DELETE"): "bulk_delete, DELETE in place of POST",
    ("/{ns}/bulk/get", "PATCH"): "bulk_get, PATCH in place of POST",
    ("/{ns}/bulk/get", "HEAD"): "bulk_get, HEAD in place of POST",
    ("/{ns}/bulk/get", "GET"): "bulk_get, GET in place of POST",
    ("/{ns}/bulk/get", "PUT"): "bulk_get, PUT in place of POST",
    ("/{ns}/bulk/get", "DELETE"): "bulk_get, DELETE in place of POST",
}


def test_every_wrong_method_is_in_the_table() -> None:
    paths = {below for _, below in OPERATIONS}
    methods = ("PATCH", "HEAD", "POST", "GET", "PUT", "DELETE")

    wrong = {it for it in product(paths, methods) if it[::-1] not in OPERATIONS}
    assert set(WRONG_METHODS) == wrong


@pytest.mark.parametrize(("below", "method"), WRONG_METHODS)
def test_a_wrong_method_leads_to_what_it_is_most_like(below: str, method: str) -> None:
    found = nearest(method, target_of(below), KNOWN)

    assert found is not None
    assert ", ".join((found.operation, *found.differences)) == WRONG_METHODS[below, method]


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "*",
        "/client/v4/user/tokens/verify",
        "/client/v4/zones/kv",
        f"/client/v4/accounts/{ACCOUNT_ID}/d1/database",
        f"/client/v4/accounts/{ACCOUNT_ID}/workers/dispatch/namespaces/pages/scripts",
        f"/client/v4/accounts/{ACCOUNT_ID}/queues",
    ],
)
def test_what_is_far_from_kv_has_no_nearest_operation(target: str) -> None:
    assert nearest("GET", target, KNOWN) is None


def test_a_namespaces_id_is_a_sign_of_kv_whatever_stands_around_it() -> None:
    found = nearest("GET", f"/client/v4/accounts/{ACCOUNT_ID}/{NAMESPACE_ID}/keys", KNOWN)

    assert found == Nearest("list", ("'/storage/kv/namespaces' is missing",))


@pytest.mark.parametrize("parts", [30, 30_000])
def test_a_path_of_very_many_parts_is_read_too(parts: int) -> None:
    found = nearest("GET", target_of("/{ns}/value/") + "a/" * parts, KNOWN)

    assert found == Nearest("get", ("'value' in place of 'values'",))


def test_a_long_part_is_shortened() -> None:
    found = nearest("GET", target_of("/{ns}/keys").replace("/kv/", f"/{'kv' * 100}/"), KNOWN)

    assert found == Nearest(
        "list", (f"{'kv' * 22 + 'k'!r}…{'v' + 'kv' * 7!r} (200 characters) in place of 'kv'",)
    )


def test_a_sample_is_how_an_operation_is_asked_for() -> None:
    assert sample("bulk_delete") == "POST …/storage/kv/namespaces/{namespace_id}/bulk/delete"
    assert sample("list_namespaces") == "GET …/storage/kv/namespaces"
    with pytest.raises(KeyError, match="unknown"):
        sample("unknown")
