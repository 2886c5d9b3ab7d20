"""Fixed cases run one by one; then Hypothesis draws a few more and makes a failing one short."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck

from pytest_kv.contract import Broken, Subject
from pytest_kv.contract._cases import _fewer, run_drawn, run_each
from pytest_kv.contract._run import CaseRun
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


@contextmanager
def profile(wanted: settings) -> Iterator[None]:
    """Use these settings for every test of Hypothesis inside the block."""
    settings.register_profile("before", settings.default)
    settings.register_profile("wanted", wanted)
    settings.load_profile("wanted")
    yield
    settings.load_profile("before")


def put_in_empty_namespace(run: CaseRun, key: str) -> None:
    assert run.stored.entries() == {}
    run.call("put", key, "v")


def test_a_rest_client_is_made_once_for_all_cases() -> None:
    subject, made = counting(RestClient)
    run_each(subject, ("a", "b", "c"), put_in_empty_namespace)

    assert len(made) == 1


def test_a_binding_client_is_made_for_each_case() -> None:
    subject, made = counting(BindingClient)
    run_each(subject, ("a", "b", "c"), put_in_empty_namespace)

    assert len(made) == 3


def test_a_failing_case_is_printed_alone() -> None:
    def fail_for_b(run: CaseRun, key: str) -> None:
        run.call("put", key, "v")
        if key == "b":
            run.fail("b is wrong")

    subject, made = counting(RestClient)
    with pytest.raises(Broken) as broken:
        run_each(subject, ("a", "b", "c"), fail_for_b)

    assert str(broken.value).splitlines()[0] == "b is wrong"
    assert "'a'" not in str(broken.value)
    assert len(made) == 2


def test_a_case_that_passes_with_a_fresh_client_does_not_fail() -> None:
    seen: list[str] = []

    def fail_once(run: CaseRun, key: str) -> None:
        seen.append(key)
        if len(seen) == 2:
            run.fail("it remembers the namespace of the case before")

    subject, _ = counting(RestClient)
    run_each(subject, ("a", "b"), fail_once)

    assert seen == ["a", "b", "b"]


@pytest.mark.usefixtures("many_examples")
def test_every_drawn_case_has_a_client_of_its_own() -> None:
    subject, made = counting(BindingClient)
    run_drawn(subject, st.sampled_from("abcdefgh"), put_in_empty_namespace, share=1)

    assert len(made) >= 8


def test_a_fifth_of_the_profiles_examples_is_drawn() -> None:
    profile = settings.default
    assert profile is not None
    drawn: list[int] = []
    run_drawn(BINDING, st.integers(), lambda _run, number: drawn.append(number), share=5)

    assert len(drawn) == -(-profile.max_examples // 5)


def test_a_failing_drawn_case_shrinks() -> None:
    def fail_when_long(run: CaseRun, keys: list[str]) -> None:
        for key in keys:
            run.call("put", key, "v")
        if len(keys) >= 3:
            run.fail("three are too many")

    with pytest.raises(Broken) as broken:
        run_drawn(BINDING, st.lists(st.sampled_from("ab")), fail_when_long, share=1)

    assert str(broken.value).count("client.put('a', 'v')") == 3


def test_shrinking_ends_after_a_fixed_number_of_runs() -> None:
    ran: list[int] = []

    def fail_when_large(run: CaseRun, number: int) -> None:
        ran.append(number)
        if number > 10**9:
            run.fail("too large")

    with pytest.raises(Broken):
        run_drawn(BINDING, st.integers(10**9 + 1, 2**4000), fail_when_large, share=1)

    assert len(ran) <= 200


def test_a_case_that_failed_may_run_again_when_shrinking_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pytest_kv.contract._cases._SHRINKING_RUNS", 1)
    failed: list[int] = []

    def fail_when_large(run: CaseRun, number: int) -> None:
        if number > 1000:
            failed.append(number)
            run.fail(f"{number} is too large")

    with pytest.raises(Broken):
        run_drawn(BINDING, st.integers(0, 10**9), fail_when_large, share=1)

    assert len(failed) > len(set(failed))
    assert len(set(failed)) <= 2


def test_a_busy_machine_does_not_make_a_client_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", count(step=10.0).__next__)
    drawn: list[list[int]] = []

    @settings(deadline=None, suppress_health_check=[])
    @given(st.lists(st.integers()))
    def fails_without_the_settings_of_the_contract(_numbers: list[int]) -> None: ...

    with pytest.raises(FailedHealthCheck, match="slow"):
        fails_without_the_settings_of_the_contract()
    with profile(settings(deadline=1, suppress_health_check=[])):
        run_drawn(BINDING, st.lists(st.integers()), lambda _run, numbers: drawn.append(numbers))

    assert len(drawn) > 1


def test_a_health_check_that_the_profile_suppresses_stays_suppressed() -> None:
    with profile(settings(suppress_health_check=[HealthCheck.data_too_large])):
        assert set(_fewer(5).suppress_health_check) == {
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.too_slow,
        }
