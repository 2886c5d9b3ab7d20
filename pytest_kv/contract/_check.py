"""The contract as a whole, outside pytest."""

from __future__ import annotations

__all__ = ("CLAUSES", "ContractBroken", "check_contract")

from collections.abc import Callable
from typing import Any

from pytest_kv._internal import plural
from pytest_kv.contract._clauses.bulk import (
    delete_many_deletes_all,
    get_many_gets_all,
    put_many_puts_all,
)
from pytest_kv.contract._clauses.faults import (
    a_read_that_returns_tells_the_truth,
    a_write_that_returns_was_done,
    an_answer_without_success_is_an_error,
    keys_that_kv_left_undone_are_not_forgotten,
)
from pytest_kv.contract._clauses.keys import (
    a_deleted_key_is_gone_at_once,
    deleting_a_missing_key_succeeds,
    deleting_removes_that_key_and_no_other,
    every_key_round_trips,
    no_key_reaches_another_endpoint,
)
from pytest_kv.contract._clauses.listing import (
    delete_prefix_deletes_what_is_under_it,
    list_gives_each_name_once,
)
from pytest_kv.contract._clauses.mixed_calls import calls_in_any_order_keep_their_promises
from pytest_kv.contract._clauses.plain import a_plain_entry_is_stored_as_said
from pytest_kv.contract._clauses.values import (
    expired_keys_are_gone,
    values_and_metadata_survive_exactly,
)
from pytest_kv.contract._driver import RunCoroutine
from pytest_kv.contract._known_causes import KnownCauses
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import NotMade
from pytest_kv.contract._subject import (
    Missing,
    Over,
    Refuses,
    Skipped,
    StoredKey,
    StoredValue,
    Subject,
    refuses_nothing,
)

CLAUSES = (
    a_plain_entry_is_stored_as_said,
    no_key_reaches_another_endpoint,
    every_key_round_trips,
    deleting_a_missing_key_succeeds,
    deleting_removes_that_key_and_no_other,
    a_deleted_key_is_gone_at_once,
    values_and_metadata_survive_exactly,
    expired_keys_are_gone,
    delete_many_deletes_all,
    put_many_puts_all,
    get_many_gets_all,
    list_gives_each_name_once,
    delete_prefix_deletes_what_is_under_it,
    a_write_that_returns_was_done,
    a_read_that_returns_tells_the_truth,
    an_answer_without_success_is_an_error,
    keys_that_kv_left_undone_are_not_forgotten,
    calls_in_any_order_keep_their_promises,
)
"""The clauses of the contract, the simplest first."""


class ContractBroken(AssertionError):
    """A client breaks clauses of the contract; ``broken`` maps their names to their messages."""

    def __init__(self, broken: dict[str, str]) -> None:
        self.broken = broken
        messages = "\n\n".join(f"{name}: {message}" for name, message in broken.items())
        super().__init__(f"{plural(len(broken), 'clause')} broken\n\n{messages}")


def check_contract(
    make_client: Callable[[Any], Any],
    *,
    over: Over = "respx",
    missing: Missing = None,
    refuses: Refuses = refuses_nothing,
    binary: bool = True,
    stored_key: StoredKey | None = None,
    stored_value: StoredValue | None = None,
    best_effort: bool = False,
    max_keys: int | None = None,
    quick: bool = False,
    run_coroutine: RunCoroutine | None = None,
) -> dict[str, str]:
    """Check every clause against the clients that ``make_client`` makes.

    ``over`` says what ``make_client`` receives: ``"respx"`` (the default) a
    :class:`pytest_kv.KVApi`, for httpx clients; ``"http"`` a :class:`pytest_kv.KVServer`, for any
    client; ``"intercept"`` a :class:`pytest_kv.KVIntercept`, for a client with Cloudflare's address
    written in; ``"binding"`` a :class:`pytest_kv.KVNamespace`. The other keywords are the
    attributes of :class:`KVContract`.

    Returns the outcome of each clause by its name: ``"kept"``, or why it was skipped. Raises
    :class:`ContractBroken`, an AssertionError, with the message of every broken clause. A cause
    that breaks several clauses is reported once, and the other clauses are skipped. An exception of
    ``make_client`` reaches the caller unchanged.
    """
    subject = Subject(
        make_client=make_client,
        over=over,
        missing=missing,
        refuses=refuses,
        binary=binary,
        stored_key=stored_key,
        stored_value=stored_value,
        best_effort=best_effort,
        max_keys=max_keys,
        quick=quick,
        run_coroutine=run_coroutine,
    )
    known = KnownCauses()
    broken: dict[str, str] = {}
    outcomes: dict[str, str] = {}
    for clause in CLAUSES:
        try:
            known.check(clause, subject)
        except Broken as error:
            broken[clause.name] = str(error)
        except Skipped as reason:
            outcomes[clause.name] = f"skipped: {reason}"
        except NotMade as not_made:
            raise not_made.error from None
        else:
            outcomes[clause.name] = "kept"
    if broken:
        raise ContractBroken(broken)
    return outcomes
