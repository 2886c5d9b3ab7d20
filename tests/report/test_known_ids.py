"""What is wrong with the id of an account or of a namespace; more in test_hints.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._report.known_ids import KnownIds, account_difference, namespace_difference

ACCOUNT_ID, NAMESPACE_ID = "a" * 32, "b" * 32
OTHER_ID, GONE_ID = "c" * 32, "d" * 32
KNOWN = KnownIds(ACCOUNT_ID, {NAMESPACE_ID: "KV", OTHER_ID: ""}, frozenset({GONE_ID}))
ids = st.sampled_from([ACCOUNT_ID, NAMESPACE_ID, OTHER_ID, GONE_ID, "KV", ""]) | st.text()


@given(ids)
def test_only_the_accounts_own_id_differs_in_nothing(id: str) -> None:
    assert (account_difference(id, KNOWN) is None) == (id == ACCOUNT_ID)


@given(ids)
def test_only_ids_of_namespaces_differ_in_nothing(id: str) -> None:
    assert (namespace_difference(id, KNOWN) is None) == (id in {NAMESPACE_ID, OTHER_ID})


def test_an_id_with_dashes_is_another_spelling() -> None:
    dashed = f"{NAMESPACE_ID[:8]}-{NAMESPACE_ID[8:]}"

    assert namespace_difference(dashed, KNOWN) == (
        f"{dashed!r} is another spelling of the namespace's id, {NAMESPACE_ID}"
    )


def test_every_namespace_of_the_account_is_named() -> None:
    assert namespace_difference("no", KNOWN) == (
        f"'no' is not the id of a namespace; the account has 'KV ({NAMESPACE_ID})', '{OTHER_ID}'"
    )


def test_the_id_of_a_namespace_without_a_title_is_known_too() -> None:
    assert account_difference(OTHER_ID, KNOWN) == (
        f"'{OTHER_ID}' is the id of a namespace, not the account's, which is {ACCOUNT_ID}"
    )


def test_a_long_id_is_shortened() -> None:
    told = f"{'x' * 45!r}…{'x' * 15!r} (100 characters) is not"

    assert account_difference("x" * 100, KNOWN) == (
        f"{told} the account's id, which is {ACCOUNT_ID}"
    )
    assert (namespace_difference("x" * 100, KNOWN) or "").startswith(f"{told} the id of a")
