"""Every broken client of the zoo is caught by the clause about its bug."""

from __future__ import annotations

import pytest

from pytest_kv import TooManyCalls
from pytest_kv.contract import CLAUSES, Broken, Subject
from pytest_kv.contract._subject import Over
from tests.contract.printed import printed_test, run
from tests.contract.zoo.broken import BROKEN
from tests.contract.zoo.broken_binding import BROKEN_BINDINGS
from tests.contract.zoo.broken_habits import BROKEN_HABITS, BrokenHabit
from tests.contract.zoo.correct import (
    Binding,
    Httpx,
    Sdk,
    TextOnly,
)

CORRECT_CLIENTS = (Httpx, Sdk, Binding, TextOnly)
BY_NAME = {clause.name: clause for clause in CLAUSES}
MOST_LINES = 40
"""The most lines of a failure."""


def without_habits(client: type, clause: str, over: Over) -> BrokenHabit:
    """A broken client without hooks, with the correct client that it is derived from."""
    correct = next(base for base in client.__mro__ if base in CORRECT_CLIENTS)
    return BrokenHabit(
        Subject(make_client=client, over=over), clause, Subject(make_client=correct, over=over)
    )


CLIENTS = {
    **{client.__name__: without_habits(client, BROKEN[client], "respx") for client in BROKEN},
    **{
        f"{client.__name__}-binding": without_habits(client, clause, "binding")
        for client, clause in BROKEN_BINDINGS.items()
    },
    **{f"{name}-habits": broken for name, broken in BROKEN_HABITS.items()},
}


def run_printed(code: str, subject: Subject) -> None:
    """Run a printed test beside ``make_client`` and the hooks of a subject."""
    hooks = {"stored_key": subject.stored_key, "stored_value": subject.stored_value}
    run(code, subject.make_client, **hooks)


@pytest.mark.parametrize("name", CLIENTS)
def test_the_clause_about_a_bug_catches_it(name: str) -> None:
    subject, clause, correct = CLIENTS[name]
    with pytest.raises(Broken) as broken:
        BY_NAME[clause].check(subject)

    message = str(broken.value)
    assert len(message.splitlines()) <= MOST_LINES
    printed = printed_test(message)
    with pytest.raises((Exception, TooManyCalls)):
        run_printed(printed, subject)
    run_printed(printed, correct)
