"""The contract as a whole, outside pytest."""

from __future__ import annotations

__all__ = ("CLAUSES", "ContractBroken", "check_contract")

from collections.abc import Callable
from typing import Any

from pytest_kv.contract._clauses.bulk import (
    delete_many_deletes_all,
    get_many_gets_all,
    put_many_puts_all,
)
from pytest_kv.contract._clauses.faults import (
    a_read_that_returns_tells_the_truth,
    a_write_that_returns_was_done,
    keys_that_kv_left_undone_are_not_forgotten,
)
from pytest_kv.contract._clauses.keys import (
    a_deleted_key_is_gone_at_once,
    deleting_a_missing_key_succeeds,
    deleting_removes_that_key_and_no_other,
    every_key_round_trips,
    no_key_reaches_another_endpoint,
)
from pytest_kv.contract._clauses.listing import list_gives_each_name_once
from pytest_kv.contract._clauses.mixed_calls import calls_in_any_order_keep_their_promises
from pytest_kv.contract._clauses.values import (
    expired_keys_are_gone,
    values_and_metadata_survive_exactly,
)
from pytest_kv.contract._run import Broken
from pytest_kv.contract._subject import Skipped, Subject

CLAUSES = (
    deleting_a_missing_key_succeeds,
    deleting_removes_that_key_and_no_other,
    a_deleted_key_is_gone_at_once,
    no_key_reaches_another_endpoint,
    every_key_round_trips,
    values_and_metadata_survive_exactly,
    expired_keys_are_gone,
    delete_many_deletes_all,
    put_many_puts_all,
    get_many_gets_all,
    list_gives_each_name_once,
    a_write_that_returns_was_done,
    a_read_that_returns_tells_the_truth,
    keys_that_kv_left_undone_are_not_forgotten,
    calls_in_any_order_keep_their_promises,
)
"""The clauses of the contract, the plainest first."""


class ContractBroken(AssertionError):
    """A client breaks clauses of the contract; ``broken`` has the message of each by its name."""

    def __init__(self, broken: dict[str, str]) -> None:
        self.broken = broken
        told = "\n\n".join(f"{name}: {message}" for name, message in broken.items())
        number = len(broken)
        super().__init__(f"{number} clause{'s' * (number > 1)} broken\n\n{told}")


def check_contract(make_client: Callable[[Any], Any], **said: Any) -> dict[str, str]:
    """Hold the clients that ``make_client`` makes against every clause.

    ``over`` says what it is given: ``"respx"`` (a :class:`pytest_kv.KVApi`, for httpx clients),
    ``"http"`` (a :class:`pytest_kv.KVServer`, for any client) or ``"binding"`` (a
    :class:`pytest_kv.KVNamespace`). ``missing``, ``refuses``, ``binary`` and ``run`` are as on
    :class:`KVContract`. Returns what came of each clause that was not broken, ``"kept"`` or why it
    was skipped.

    Raises :class:`ContractBroken`, an AssertionError, with all that is broken.
    """
    subject = Subject(make_client=make_client, **said)
    broken: dict[str, str] = {}
    outcomes: dict[str, str] = {}
    for clause in CLAUSES:
        try:
            clause.check(subject)
        except Broken as error:
            broken[clause.name] = str(error)
        except Skipped as reason:
            outcomes[clause.name] = f"skipped: {reason}"
        else:
            outcomes[clause.name] = "kept"
    if broken:
        raise ContractBroken(broken)
    return outcomes
