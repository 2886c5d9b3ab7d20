"""An account as a test holds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv import Call, Entry, KVAccount, KVClock, KVError, Limits, mock_api

ID = "0123456789abcdef" * 2
OTHER_ID = "fedcba9876543210" * 2


def test_an_account_begins_with_one_namespace_called_kv() -> None:
    account = KVAccount()

    assert list(account.namespaces.values()) == [account.default_namespace]
    assert account.default_namespace.title == "KV"


def test_every_part_of_an_account_may_be_given() -> None:
    clock = KVClock()

    account = KVAccount(
        id=ID, namespace_id=OTHER_ID, title="SESSIONS", api_token="secret", clock=clock
    )

    assert (account.id, account.api_token) == (ID, "secret")
    assert account.clock is clock
    assert account.default_namespace.id == OTHER_ID
    assert account.default_namespace.title == "SESSIONS"


@given(st.integers())
def test_what_is_not_given_comes_from_the_seed(seed: int) -> None:
    account, again = KVAccount(seed=seed), KVAccount(seed=seed)

    assert (account.id, account.api_token) == (again.id, again.api_token)
    assert account.default_namespace.id == again.default_namespace.id
    assert account.create_namespace("A").id == again.create_namespace("A").id


def test_another_seed_gives_another_account() -> None:
    one, other = KVAccount(seed=1), KVAccount(seed=2)

    assert one.id != other.id
    assert one.api_token != other.api_token
    assert one.default_namespace.id != other.default_namespace.id


@pytest.mark.parametrize("id", ["", "x", ID.upper()])
def test_an_id_of_another_form_is_a_value_error(id: str) -> None:
    with pytest.raises(ValueError, match=r"^the id of an account must be 32 hex digits in lower"):
        KVAccount(id=id)
    with pytest.raises(ValueError, match=r"^the id of a namespace must be 32 hex digits in lower"):
        KVAccount(namespace_id=id)


@pytest.mark.parametrize("token", ["secret", ""])
def test_the_token_that_was_given_is_the_one_accepted(token: str) -> None:
    account = KVAccount(api_token=token)

    assert account.api_token == token
    assert account._core.accepts(token)
    assert not account._core.accepts("other")


async def test_two_accounts_share_nothing() -> None:
    one, other = KVAccount(), KVAccount()

    await one.default_namespace.put("k", "v")

    assert one.id == other.id
    assert other.default_namespace.data == {}
    assert other.calls == []


async def test_accounts_may_share_a_clock() -> None:
    clock = KVClock()
    one, other = KVAccount(clock=clock), KVAccount(clock=clock)
    await other.default_namespace.put("k", "v", expirationTtl=60)

    one.clock.advance(61)

    assert other.default_namespace.data == {}


async def test_calls_are_those_of_all_namespaces_in_order() -> None:
    account = KVAccount()
    one, other = account.default_namespace, account.create_namespace("CACHE")
    await one.put("a", "v")
    with pytest.raises(KVError):
        await other.delete("..")

    assert account.calls == [
        Call("put", ("a",), "binding", None, one.id, written=(Entry("v"),)),
        Call(
            "delete",
            ("..",),
            "binding",
            'TypeError: ".." is not allowed as a key name.',
            other.id,
        ),
    ]
    assert one.calls + other.calls == account.calls


def test_a_list_of_calls_is_the_callers_own() -> None:
    account = KVAccount()

    account.calls.append(Call("get", ("k",), "binding"))

    assert account.calls == []


def test_namespaces_are_a_live_mapping_by_id() -> None:
    account = KVAccount()
    namespaces = account.namespaces

    cache = account.create_namespace("CACHE", id=ID)

    assert len(namespaces) == 2
    assert namespaces[ID] is cache
    assert dict(namespaces) == {
        account.default_namespace.id: account.default_namespace,
        ID: cache,
    }
    assert repr(namespaces) == repr(dict(namespaces))
    with pytest.raises(KeyError, match=OTHER_ID):
        namespaces[OTHER_ID]


def test_a_namespace_made_behind_the_account_is_there_too() -> None:
    account = KVAccount()
    account._core.create_namespace("MADE_OVER_REST", id=ID)

    assert account.namespace("MADE_OVER_REST") is account.namespaces[ID]
    assert account.namespace(ID).title == "MADE_OVER_REST"


def test_a_namespace_is_found_by_its_id_or_by_its_title() -> None:
    account = KVAccount()
    cache = account.create_namespace("CACHE")

    assert account.namespace("CACHE") is account.namespace(cache.id) is cache
    assert account.namespace("KV") is account.default_namespace


def test_a_renamed_namespace_is_found_by_its_new_title() -> None:
    account = KVAccount(namespace_id=ID)
    account._core.rename_namespace(ID, "NEW")

    assert account.namespace("NEW") is account.default_namespace
    assert account.default_namespace.title == "NEW"
    with pytest.raises(KeyError):
        account.namespace("KV")


@pytest.mark.parametrize("method", ["namespace", "remove_namespace"])
def test_an_unknown_namespace_is_a_key_error_that_names_the_others(method: str) -> None:
    account = KVAccount(namespace_id=ID)
    account.create_namespace("CACHE", id=OTHER_ID)

    with pytest.raises(KeyError) as caught:
        getattr(account, method)("CASH")

    assert caught.value.args == (
        f"no namespace 'CASH'; the account has 'KV ({ID})', 'CACHE ({OTHER_ID})'",
    )


def test_an_unknown_namespace_of_an_empty_account_is_a_key_error() -> None:
    account = KVAccount(namespace_id=ID)
    account.remove_namespace(ID)

    with pytest.raises(KeyError) as caught:
        account.namespace("KV")

    assert caught.value.args == ("no namespace 'KV'; the account has none",)


def test_the_key_error_of_a_large_account_can_be_read() -> None:
    account = KVAccount()
    for number in range(999):
        account.create_namespace(f"NAMESPACE_{number}")

    with pytest.raises(KeyError, match=r"\(1,000 keys|namespaces\)") as caught:
        account.namespace("NAMESPACE")

    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("title", "shown", "reason"),
    [
        ("", "''", "title must not be empty"),
        ("KV", "'KV'", "a namespace with this account ID and title already exists"),
        (
            "x" * 513,
            f"{'x' * 60!r}…{'x' * 20!r} (513 characters)",
            "title must have at most 512 characters",
        ),
    ],
)
def test_a_title_kv_would_refuse_is_a_value_error(title: str, shown: str, reason: str) -> None:
    account = KVAccount()

    with pytest.raises(ValueError, match=r"^KV would not create a namespace ") as caught:
        account.create_namespace(title)

    assert str(caught.value) == f"KV would not create a namespace {shown}: {reason}"
    assert len(account.namespaces) == 1


def test_one_namespace_too_many_is_a_value_error() -> None:
    account = KVAccount(limits=Limits(namespaces=1))

    with pytest.raises(ValueError, match=r"^KV would not create a namespace ") as caught:
        account.create_namespace("CACHE")

    assert str(caught.value) == (
        "KV would not create a namespace 'CACHE': an account holds at most 1 namespaces"
    )


def test_a_removed_namespace_is_gone_with_all_its_keys() -> None:
    account = KVAccount(namespace_id=ID)
    old = account.default_namespace
    old.seed({"k": "v"})

    account.remove_namespace(ID)

    assert ID not in account.namespaces
    assert old.data == {}


@pytest.mark.fidelity("namespace-id-reused")
async def test_a_removed_id_may_be_created_again() -> None:
    account = KVAccount(namespace_id=ID)
    old = account.default_namespace
    account.remove_namespace(ID)

    new = account.create_namespace("KV", id=ID)

    assert account.namespace(ID) is account.namespaces[ID] is new
    assert new is not old
    await new.put("k", "v")
    assert (len(new.data), len(old.data)) == (1, 0)
    with pytest.raises(KVError):
        await old.get("k")


def test_a_title_does_not_remove_a_namespace() -> None:
    account = KVAccount()

    with pytest.raises(KeyError):
        account.remove_namespace("KV")

    assert len(account.namespaces) == 1


def test_a_repr_counts_the_namespaces() -> None:
    account = KVAccount(id=ID)

    assert repr(account) == f"<KVAccount {ID} with 1 namespace>"
    account.create_namespace("CACHE")
    assert repr(account) == f"<KVAccount {ID} with 2 namespaces>"


@pytest.mark.parametrize(
    ("name", "settable"),
    [
        ("tombstone", "tombstones"),
        ("pagesize", "page_size"),
        ("writes", "write_limit"),
        ("x", "page_size, tombstones, write_limit, request_limit"),
    ],
)
def test_a_switch_that_there_is_not_is_an_attribute_error(name: str, settable: str) -> None:
    with pytest.raises(AttributeError) as error:
        setattr(KVAccount(), name, True)

    assert str(error.value) == (
        f"'KVAccount' object has no attribute {name!r}; a test can set {settable}"
    )


def test_a_class_of_the_suites_own_may_have_more_attributes() -> None:
    class Shop(KVAccount):
        def __init__(self) -> None:
            super().__init__()
            self.orders: list[str] = []

    assert Shop().orders == []


@pytest.mark.parametrize("name", ["tombstones", "write_limit"])
@pytest.mark.parametrize("given", [5, 0, "yes", None])
def test_a_switch_is_on_or_off(name: str, given: object) -> None:
    with pytest.raises(TypeError) as error:
        setattr(KVAccount(), name, given)

    assert str(error.value) == f"{name} must be True or False, not {given!r}"


OF_AN_ACCOUNT = [
    *("fail_next", "drop_next", "time_out_next", "refuse_next", "delay_next", "fail_keys"),
    *("stop_after", "page_size", "tombstones", "write_limit", "request_limit", "clock"),
]


@pytest.mark.parametrize("name", OF_AN_ACCOUNT)
def test_a_namespace_says_what_its_account_has(name: str) -> None:
    namespace = KVAccount().default_namespace
    assert hasattr(KVAccount, name)

    with pytest.raises(AttributeError) as read:
        getattr(namespace, name)
    with pytest.raises(AttributeError) as written:
        setattr(namespace, name, True)

    assert (
        str(read.value)
        == str(written.value)
        == f"'KVNamespace' object has no attribute {name!r}; its account has it: kv_account.{name}"
    )


@pytest.mark.parametrize("name", OF_AN_ACCOUNT)
def test_an_api_says_what_its_account_has(name: str) -> None:
    with mock_api() as api:
        with pytest.raises(AttributeError) as read:
            getattr(api, name)
        with pytest.raises(AttributeError) as written:
            setattr(api, name, True)

    assert (
        str(read.value)
        == str(written.value)
        == f"'KVApi' object has no attribute {name!r}; its account has it: .account.{name}"
    )


def test_an_api_has_no_other_attribute() -> None:
    with mock_api() as api, pytest.raises(AttributeError) as error:
        getattr(api, "route")  # noqa: B009  # a type checker would report api.route

    assert str(error.value) == "'KVApi' object has no attribute 'route'"
