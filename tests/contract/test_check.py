"""The contract as a whole, outside pytest."""

from __future__ import annotations

import asyncio

import pytest

from pytest_kv import KVNamespace
from pytest_kv.contract import CLAUSES, Broken, ContractBroken, Skipped, Subject, check_contract
from tests.contract.clients import BindingClient, RestClient

MANY = {"delete_many_deletes_all", "put_many_puts_all", "get_many_gets_all"}


class Forgetful(BindingClient):
    """A client that deletes nothing."""

    async def delete(self, key: str) -> None: ...


def test_a_correct_client_keeps_every_clause_it_has_methods_for() -> None:
    outcomes = check_contract(BindingClient, over="binding", binary=False)

    assert list(outcomes) == [clause.name for clause in CLAUSES]
    assert {name for name, outcome in outcomes.items() if outcome != "kept"} == {
        *MANY,
        "an_answer_without_success_is_an_error",
        "delete_prefix_deletes_what_is_under_it",
        "keys_that_kv_left_undone_are_not_forgotten",
    }
    assert outcomes["put_many_puts_all"] == "skipped: the client has no method put_many()"


def test_all_broken_clauses_are_in_one_error() -> None:
    with pytest.raises(ContractBroken) as broken:
        check_contract(Forgetful, over="binding", binary=False)

    messages = broken.value.broken
    assert {"deleting_removes_that_key_and_no_other", "every_key_round_trips"} <= messages.keys()
    lines = str(broken.value).splitlines()
    assert lines[0] == f"{len(messages)} clauses broken"
    assert lines[2] == (
        "every_key_round_trips: await client.delete('k') returned, but 'k' is still there"
    )


def test_the_error_counts_a_single_clause() -> None:
    assert str(ContractBroken({"a": "wrong"})) == "1 clause broken\n\na: wrong"


def test_a_clause_can_be_checked_alone() -> None:
    by_name = {clause.name: clause for clause in CLAUSES}
    by_name["deleting_a_missing_key_succeeds"](RestClient)
    by_name["deleting_a_missing_key_succeeds"].check(Subject(make_client=RestClient))
    with pytest.raises(Skipped, match=r"^the client has no method list\(\)$"):
        by_name["list_gives_each_name_once"](RestClient)
    with pytest.raises(Broken):
        by_name["deleting_removes_that_key_and_no_other"](Forgetful, over="binding")


def test_every_clause_states_its_promise() -> None:
    for clause in CLAUSES:
        assert clause.promise.endswith("."), clause.name


def test_the_error_in_a_running_loop_says_what_to_do() -> None:
    async def check() -> None:
        check_contract(BindingClient, over="binding", binary=False)

    with pytest.raises(RuntimeError) as error:
        asyncio.run(check())

    assert str(error.value) == (
        "the contract runs clients on a loop of its own, and one is running here: call it from "
        "a plain function, or with asyncio.to_thread()"
    )


def test_an_error_of_make_client_is_not_a_broken_clause() -> None:
    def make_client(_namespace: KVNamespace) -> BindingClient:
        raise OSError("no")

    with pytest.raises(OSError, match=r"^no$"):
        check_contract(make_client, over="binding")
