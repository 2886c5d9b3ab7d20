"""Each clause catches a broken client that no other clause catches; ``tox -e zoo`` runs this."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_kv.contract import CLAUSES, Broken, Skipped, Subject
from tests.contract.zoo import broken
from tests.contract.zoo.broken_habits import BROKEN_HABITS

BY_NAME = {clause.name: clause for clause in CLAUSES}
CAUGHT_BY_ONE = {
    "a_plain_entry_is_stored_as_said": BROKEN_HABITS["FirstNamespace"].subject,
    "no_key_reaches_another_endpoint": Subject(make_client=broken.Collapsing),
    "every_key_round_trips": BROKEN_HABITS["SplittingLines"].subject,
    "deleting_a_missing_key_succeeds": Subject(make_client=broken.LookingFirst),
    "deleting_removes_that_key_and_no_other": BROKEN_HABITS["DeletingWhatItKnows"].subject,
    "a_deleted_key_is_gone_at_once": Subject(make_client=broken.RememberingMissing),
    "values_and_metadata_survive_exactly": BROKEN_HABITS["EmptyIsNone"].subject,
    "expired_keys_are_gone": BROKEN_HABITS["LosingTtlInBulk"].subject,
    "delete_many_deletes_all": BROKEN_HABITS["OneOfEachCase"].subject,
    "put_many_puts_all": BROKEN_HABITS["OneOfEachQuoted"].subject,
    "get_many_gets_all": BROKEN_HABITS["StoppingAtRepeat"].subject,
    "list_gives_each_name_once": BROKEN_HABITS["KeepingLists"].subject,
    "delete_prefix_deletes_what_is_under_it": BROKEN_HABITS["SweepingUntilEmpty"].subject,
    "a_write_that_returns_was_done": Subject(make_client=broken.DeletingBlindly),
    "a_read_that_returns_tells_the_truth": Subject(make_client=broken.AnythingIsMissing),
    "an_answer_without_success_is_an_error": Subject(make_client=broken.StatusOnly),
    "keys_that_kv_left_undone_are_not_forgotten": BROKEN_HABITS["TrueForUndone"].subject,
    "calls_in_any_order_keep_their_promises": BROKEN_HABITS["RememberingPutMany"].subject,
}


def test_every_clause_has_such_a_client() -> None:
    assert list(CAUGHT_BY_ONE) == list(BY_NAME)


@pytest.mark.parametrize("name", CAUGHT_BY_ONE)
def test_no_other_clause_catches_the_client(name: str) -> None:
    # Drawn cases are left out: the clause about calls in any order may draw what others check.
    subject = replace(CAUGHT_BY_ONE[name], quick=True)
    caught_by = []
    for clause in CLAUSES:
        try:
            clause.check(subject)
        except Skipped:
            pass
        except Broken:
            caught_by.append(clause.name)

    assert caught_by == [name]
