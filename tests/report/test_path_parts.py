"""What each part of a wrong request's path stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._report.known_ids import KnownIds
from pytest_kv._report.path_parts import ACCOUNT, KEY, NAMESPACE, Part, read_path

ACCOUNT_ID, NAMESPACE_ID = "a" * 32, "b" * 32
KNOWN = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: "KV"})

MEANINGS = {
    "/accounts/{a}/storage/kv/namespaces/{n}/keys": (
        "accounts {account_id} storage kv namespaces {namespace_id} keys"
    ),
    "/accounts/me/storage/kv/namespaces/mine": (
        "accounts {account_id} storage kv namespaces {namespace_id}"
    ),
    "/accounts/storage/kv/namespaces/keys": "accounts storage kv namespaces keys",
    "/x/{a}/kv/{n}/x": "x {account_id} kv {namespace_id} {key}",
    "/namespaces/{n}/values/a/b": "namespaces {namespace_id} values {key}",
    "/namespaces/values/a/b": "namespaces values {key}",
    "/metadata/keys": "metadata {key}",
    "/{n}/a/b": "{namespace_id} {key}",
    "/{n}/a/keys": "{namespace_id} a keys",
    "/{n}/accounts": "{namespace_id} {key}",
    "/{n}/List": "{namespace_id} keys",
    "/{n}/bulk/remove": "{namespace_id} bulk delete",
    "/{n}/bulk-get": "{namespace_id} bulk get",
    "/{n}/bulk/x": "{namespace_id} bulk x",
    "/namespace/{n}/metadatas/k": "namespaces {namespace_id} metadata {key}",
}


@pytest.mark.parametrize("path", MEANINGS)
def test_a_part_stands_for_an_id_a_word_or_a_key(path: str) -> None:
    parts = read_path(path.format(a=ACCOUNT_ID, n=NAMESPACE_ID), KNOWN)

    assert " ".join(part.meaning for part in parts) == MEANINGS[path]


def test_a_part_says_how_it_differs_from_what_it_stands_for() -> None:
    assert read_path(f"/namespaces/KV/valuez/{NAMESPACE_ID}", KNOWN) == [
        Part("namespaces", "namespaces"),
        Part(
            "KV",
            NAMESPACE,
            f"'KV' is the namespace's title, not its id, which is {NAMESPACE_ID}",
        ),
        Part("valuez", "values", "'valuez' in place of 'values'"),
        Part(NAMESPACE_ID, KEY),
    ]


def test_two_words_that_were_sent_as_one_are_two_parts() -> None:
    assert read_path("/storage_kv/namespaces", KNOWN) == [
        Part("storage_kv", "storage", "'storage_kv' in place of 'storage/kv'"),
        Part("", "kv"),
        Part("namespaces", "namespaces"),
    ]


def test_ids_that_are_swapped_are_named_once() -> None:
    assert read_path(f"/account/{NAMESPACE_ID}/namespaces/{ACCOUNT_ID}", KNOWN) == [
        Part("account", "accounts", "'account' in place of 'accounts'"),
        Part(NAMESPACE_ID, ACCOUNT, "the ids of the account and the namespace are swapped"),
        Part("namespaces", "namespaces"),
        Part(ACCOUNT_ID, NAMESPACE),
    ]


def test_a_title_may_be_a_word_of_the_path() -> None:
    parts = read_path("/namespaces/values/keys", KnownIds(ACCOUNT_ID, {NAMESPACE_ID: "values"}))

    assert [part.meaning for part in parts] == ["namespaces", NAMESPACE, "keys"]


def test_an_empty_part_is_an_id_only_where_an_id_must_stand() -> None:
    known = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: ""})

    for path, meanings in {
        "/namespaces/": ["namespaces"],
        "/namespaces//": ["namespaces", NAMESPACE],
        "/namespaces//keys": ["namespaces", NAMESPACE, "keys"],
        f"/namespaces//{NAMESPACE_ID}": ["namespaces", "", NAMESPACE],
        "//namespaces": ["", "namespaces"],
        f"/{NAMESPACE_ID}//keys": [NAMESPACE, "", "keys"],
    }.items():
        assert [part.meaning for part in read_path(path, known)] == meanings


def test_a_path_has_a_limited_number_of_parts() -> None:
    *parts, rest = read_path("/x" * 30, KNOWN)

    assert parts == [Part("x", "x")] * 20
    assert rest == Part("x" + "/x" * 9, "x" + "/x" * 9)


texts = st.sampled_from(["accounts", "namespaces", NAMESPACE_ID, "values", "k", ""]) | st.text()


@given(st.lists(texts, min_size=1, max_size=30).map("/".join))
def test_the_texts_of_the_parts_are_the_path(path: str) -> None:
    parts = read_path(f"/{path}", KNOWN)

    assert "/".join(part.text for part in parts) == path.removesuffix("/")
