"""The clause of mixed calls compares a client with a dict after each call."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_kv.contract import Broken, Subject
from pytest_kv.contract._clauses.mixed_calls import Step, take_steps
from pytest_kv.contract._open_run import case_run
from tests.contract.zoo.correct import Binding, Value

STEPS = (
    Step("put", ("k", "1")),
    Step("put_many", ({"a": "2", "b": "3"},)),
    Step("get", ("k",)),
    Step("get_many", (["a", "missing"],)),
    Step("list", ("",)),
    Step("delete", ("k",)),
    Step("delete_many", (["a"],)),
)


class Idle(Binding):
    """A client that writes nothing."""

    async def put(self, key: str, value: Value) -> None: ...

    async def put_many(self, mapping: Mapping[str, Value]) -> None: ...


def test_a_correct_client_does_each_step() -> None:
    with case_run(Subject(make_client=Binding, over="binding")) as run:
        take_steps(run, STEPS)

        assert {name: entry.text for name, entry in run.account.default_namespace.data.items()} == {
            "b": "3"
        }


@pytest.mark.parametrize(
    ("step", "claim"),
    [
        (STEPS[0], "await client.put('k', '1') returned None, but nothing is stored under 'k'"),
        (
            STEPS[1],
            (
                "await client.put_many({'a': '2', 'b': '3'}) returned None, "
                "but nothing is stored under 'a'"
            ),
        ),
    ],
    ids=["put", "put_many"],
)
def test_a_write_that_was_not_done_is_told(step: Step, claim: str) -> None:
    subject = Subject(make_client=Idle, over="binding")

    with pytest.raises(Broken) as broken, case_run(subject) as run:
        take_steps(run, [step])

    assert str(broken.value).splitlines()[0] == claim
