"""Fixed examples first, then drawn ones, few and short."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from pytest_kv.contract import Broken, Subject
from pytest_kv.contract._cases import draw, each
from pytest_kv.contract._run import Trial
from pytest_kv.contract._subject import Over
from tests.contract.clients import BindingClient, RestClient

BINDING = Subject(make_client=BindingClient, over="binding")


def counting(kind: type) -> tuple[Subject, list[object]]:
    made: list[object] = []

    def make_client(api: object) -> object:
        made.append(kind(api))
        return made[-1]

    over: Over = "binding" if kind is BindingClient else "respx"
    return Subject(make_client=make_client, over=over), made


def hold(stage: Trial, key: str) -> None:
    assert stage.data() == {}
    stage.call("put", key, "v")


def test_a_rest_client_is_made_once_for_all_examples() -> None:
    subject, made = counting(RestClient)
    each(subject, ("a", "b", "c"), hold)

    assert len(made) == 1


def test_a_binding_client_is_made_for_each_example() -> None:
    subject, made = counting(BindingClient)
    each(subject, ("a", "b", "c"), hold)

    assert len(made) == 3


def test_an_example_that_breaks_is_shown_alone() -> None:
    def fail_for_b(stage: Trial, key: str) -> None:
        stage.call("put", key, "v")
        if key == "b":
            stage.fail("b is wrong")

    subject, made = counting(RestClient)
    with pytest.raises(Broken) as broken:
        each(subject, ("a", "b", "c"), fail_for_b)

    assert str(broken.value).splitlines()[0] == "b is wrong"
    assert "'a'" not in str(broken.value)
    assert len(made) == 2


def test_what_breaks_only_after_another_example_is_no_fault_of_the_client() -> None:
    seen: list[str] = []

    def fail_once(stage: Trial, key: str) -> None:
        seen.append(key)
        if len(seen) == 2:
            stage.fail("it remembers what was taken from under it")

    subject, _ = counting(RestClient)
    each(subject, ("a", "b"), fail_once)

    assert seen == ["a", "b", "b"]


@pytest.mark.usefixtures("many_examples")
def test_every_drawn_example_has_a_client_of_its_own() -> None:
    subject, made = counting(BindingClient)
    draw(subject, st.sampled_from("abcdefgh"), hold, share=1)

    assert len(made) >= 8


def test_a_share_of_the_profiles_examples_is_drawn() -> None:
    profile = settings.default
    assert profile is not None
    drawn: list[int] = []
    draw(BINDING, st.integers(), lambda _stage, number: drawn.append(number), share=5)

    assert len(drawn) == -(-profile.max_examples // 5)


def test_a_drawn_example_that_breaks_is_made_short() -> None:
    def fail_when_long(stage: Trial, keys: list[str]) -> None:
        for key in keys:
            stage.call("put", key, "v")
        if len(keys) >= 3:
            stage.fail("three are too many")

    with pytest.raises(Broken) as broken:
        draw(BINDING, st.lists(st.sampled_from("ab")), fail_when_long, share=1)

    assert str(broken.value).count("client.put('a', 'v')") == 3


def test_making_it_short_comes_to_an_end() -> None:
    tried: list[int] = []

    def fail_when_large(stage: Trial, number: int) -> None:
        tried.append(number)
        if number > 10**9:
            stage.fail("too large")

    with pytest.raises(Broken):
        draw(
            BINDING,
            st.integers(10**9 + 1, 2**4000),
            fail_when_large,
            share=1,
        )

    assert len(tried) <= 200
