"""The account both faces stand on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.account import Account, hex_id
from pytest_kv._core.clock import KVClock
from pytest_kv._core.limits import Limits
from pytest_kv._core.namespace import Write
from pytest_kv._core.rules import Refused, Rule
from tests.helpers.stopped_clock import StoppedClock

ID = "0123456789abcdef" * 2


def account(
    *,
    id: str | None = None,
    api_token: str | None = None,
    clock: KVClock | None = None,
    seed: int = 0,
    limits: Limits | None = None,
) -> Account:
    return Account(id=id, api_token=api_token, clock=clock, seed=seed, limits=limits)


def test_ids_and_the_token_come_from_the_seed() -> None:
    drawn = account(seed=7)

    assert (drawn.id, drawn.api_token, drawn.create_namespace("A").id) == (
        "6513270e269e0d37f2a74de452e6b438",
        "pytest-kv-token-0c5c7fd0a6a3a450",
        "1818e811892f902bd23f0824128b2f33",
    )


def test_another_seed_gives_other_ids() -> None:
    assert len({account(seed=seed).id for seed in range(100)}) == 100


def test_ids_of_one_account_differ() -> None:
    one = account()

    ids = {one.create_namespace(str(number)).id for number in range(100)}
    assert len(ids | {one.id}) == 101
    assert all(map(hex_id, ids))


@given(st.from_regex("[0-9a-f]{32}", fullmatch=True))
def test_an_id_is_32_hex_digits(id: str) -> None:
    assert hex_id(id)
    assert account(id=id).id == id
    assert account().create_namespace("A", id=id).id == id


@pytest.mark.parametrize("id", ["", "abc", ID + "0", ID.upper(), ID[:-1] + "g", ID + "\n"])
def test_an_id_of_another_form_is_refused(id: str) -> None:
    assert not hex_id(id)
    with pytest.raises(ValueError, match=r"^the id of ") as of_account:
        account(id=id)
    with pytest.raises(ValueError, match=r"^the id of ") as of_namespace:
        account().create_namespace("A", id=id)
    assert str(of_account.value) == (
        f"the id of an account must be 32 hex digits in lower case, not {id!r}"
    )
    assert str(of_namespace.value) == (
        f"the id of a namespace must be 32 hex digits in lower case, not {id!r}"
    )


def test_any_token_does_until_one_is_named() -> None:
    unnamed, named = account(), account(api_token="secret")

    assert unnamed.accepts("anything")
    assert unnamed.accepts(unnamed.api_token)
    assert named.api_token == "secret"
    assert named.accepts("secret")
    assert not named.accepts("other")


def test_a_clock_and_limits_may_be_shared() -> None:
    clock, limits = StoppedClock(), Limits(key_bytes=4)

    one = account(clock=clock, limits=limits)

    assert one.clock is clock
    assert one.rules.limits is limits
    assert account().clock is not account().clock
    assert account().rules.limits == Limits()


def test_a_namespace_is_found_by_its_id() -> None:
    one = account()
    namespace = one.create_namespace("A", id=ID)

    assert one.namespace(ID) is namespace
    assert (namespace.id, namespace.title) == (ID, "A")
    assert repr(namespace) == f"<Namespace 'A' ({ID})>"


def test_an_unknown_namespace_is_refused() -> None:
    one = account()

    for operation in (one.namespace, one.remove_namespace):
        with pytest.raises(Refused) as caught:
            operation(ID)
        assert caught.value.rule is Rule.NAMESPACE_NOT_FOUND
    with pytest.raises(Refused) as caught:
        one.rename_namespace(ID, "A")
    assert caught.value.rule is Rule.NAMESPACE_NOT_FOUND


def test_two_namespaces_share_neither_title_nor_id() -> None:
    one = account()
    one.create_namespace("A", id=ID)

    with pytest.raises(Refused) as caught:
        one.create_namespace("A")
    assert caught.value.rule is Rule.TITLE_TAKEN
    with pytest.raises(ValueError, match=rf"^the account already has a namespace with id {ID}$"):
        one.create_namespace("B", id=ID)
    assert list(one.namespaces) == [ID]


def test_an_account_holds_as_many_namespaces_as_its_limit() -> None:
    one = account(limits=Limits(namespaces=2))
    one.create_namespace("A")
    one.create_namespace("B")

    with pytest.raises(Refused) as caught:
        one.create_namespace("C")

    assert (caught.value.status, caught.value.text) == (
        400,
        "an account holds at most 2 namespaces",
    )


def test_a_namespace_may_be_renamed_even_to_its_own_title() -> None:
    one = account()
    one.create_namespace("A", id=ID)

    assert one.rename_namespace(ID, "B").title == "B"
    assert one.rename_namespace(ID, "B").title == "B"
    assert one.namespace(ID).title == "B"


@pytest.mark.parametrize(
    ("title", "rule"),
    [("", Rule.TITLE_EMPTY), ("B", Rule.TITLE_TAKEN), ("x" * 513, Rule.TITLE_TOO_LONG)],
)
def test_a_namespace_is_not_renamed_to_a_bad_title(title: str, rule: Rule) -> None:
    one = account()
    one.create_namespace("A", id=ID)
    one.create_namespace("B")

    with pytest.raises(Refused) as caught:
        one.rename_namespace(ID, title)

    assert caught.value.rule is rule
    assert one.namespace(ID).title == "A"


def test_a_removed_namespace_is_gone_and_its_id_and_title_are_free() -> None:
    one = account()
    old = one.create_namespace("A", id=ID)
    old.put(Write("k", b"v"))

    one.remove_namespace(ID)
    new = one.create_namespace("A", id=ID)

    assert new is not old
    assert list(new.live_entries()) == list(old.live_entries()) == []
    with pytest.raises(Refused) as caught:
        old.get("k")
    assert caught.value.rule is Rule.NAMESPACE_NOT_FOUND
    assert new.get("k")[0] is None
