"""Every broken client of the zoo is caught by the clause about its bug."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from textwrap import dedent
from typing import Any

import pytest

from pytest_kv import KVUsageWarning, TooManyCalls
from pytest_kv.contract import CLAUSES, Broken, Subject
from pytest_kv.contract._subject import Over
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


def printed_test(message: str) -> str:
    """The test in the middle of the message of a broken clause."""
    code = message.partition("To see it again:\n\n")[2].partition("\n\nWhat KV saw:")[0]
    return dedent(code)


def run(code: str, make_client: type) -> None:
    """Run a printed test with a ``make_client``, as if it were pasted beside it."""
    names: dict[str, Any] = {"make_client": make_client}
    exec(code, names)  # it is what a user pastes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KVUsageWarning)
        result = names["test_it"]()
        if inspect.iscoroutine(result):
            asyncio.run(result)


def correct_base(client: type) -> type:
    """The correct client that a broken one is derived from."""
    return next(base for base in client.__mro__ if base in CORRECT_CLIENTS)
