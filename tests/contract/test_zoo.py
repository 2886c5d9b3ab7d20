"""Every broken client of the zoo is caught by the clause about its bug."""

from __future__ import annotations

import pytest

from pytest_kv import TooManyCalls
from pytest_kv.contract import CLAUSES, Broken, Subject
from pytest_kv.contract._subject import Over
from tests.contract.printed import printed_test, run
from tests.contract.zoo.broken import BROKEN
from tests.contract.zoo.broken_binding import BROKEN_BINDINGS
from tests.contract.zoo.correct import (
    Binding,
    Httpx,
    Sdk,
    TextOnly,
)

CORRECT_CLIENTS = (Httpx, Sdk, Binding, TextOnly)
BY_NAME = {clause.name: clause for clause in CLAUSES}
CLIENTS = [
    *((client, clause, "respx") for client, clause in BROKEN.items()),
    *((client, clause, "binding") for client, clause in BROKEN_BINDINGS.items()),
]


@pytest.mark.parametrize(
    ("client", "clause", "over"),
    CLIENTS,
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_clause_about_a_bug_catches_it(client: type, clause: str, over: Over) -> None:
    with pytest.raises(Broken) as broken:
        BY_NAME[clause].check(Subject(make_client=client, over=over))

    printed = printed_test(str(broken.value))
    with pytest.raises((Exception, TooManyCalls)):
        run(printed, client)
    run(printed, correct_base(client))


def correct_base(client: type) -> type:
    """The correct client that a broken one is derived from."""
    return next(base for base in client.__mro__ if base in CORRECT_CLIENTS)
