"""The hooks that say a client's habits: what they may return, and what a client is told without."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pytest_kv.contract import CLAUSES, ContractBroken, Subject, check_contract
from pytest_kv.contract._habits import Habits, same_content
from tests.contract.zoo.async_habits import AffixedJson, Sweeping
from tests.contract.zoo.correct import Binding
from tests.contract.zoo.habits import CORRECT_HABITS

_PLAIN = "a_plain_entry_is_stored_as_said"
_IS_DESIGN = "if that is by design, say"


def broken_clauses(subject: Subject) -> dict[str, str]:
    """The clauses that a client breaks, each with the first line of the message."""
    with pytest.raises(ContractBroken) as broken:
        check_contract(
            subject.make_client,
            over=subject.over,
            stored_key=subject.stored_key,
            stored_value=subject.stored_value,
            best_effort=subject.best_effort,
            max_keys=subject.max_keys,
            quick=True,
        )
    return {name: message.splitlines()[0] for name, message in broken.value.broken.items()}


@pytest.mark.parametrize(
    ("habit", "claim"),
    [
        ("prefix", f"the client stored 'k' under 'app:k': {_IS_DESIGN} stored_key"),
        ("suffix", f"the client stored 'k' under 'k:v1': {_IS_DESIGN} stored_key"),
        ("hash", f"the client stored 'k' under {hashlib.sha256(b'k').hexdigest()!r}: "),
        ("prefix, binding", f"the client stored 'k' under 'app:k': {_IS_DESIGN} stored_key"),
        ("everything", f"the client stored 'k' under 'app:k': {_IS_DESIGN} stored_key"),
        (
            "read only with a prefix",
            f"the client asked for 'k' as 'app:k': {_IS_DESIGN} stored_key",
        ),
    ],
)
def test_a_prefix_that_was_not_said_is_one_failure(habit: str, claim: str) -> None:
    broken = broken_clauses(replace(CORRECT_HABITS[habit], stored_key=None))

    assert [*broken] == [_PLAIN]
    assert broken[_PLAIN].startswith(claim)


@pytest.mark.parametrize(
    ("habit", "claim"),
    [
        ("json", f"""the client stored the value 'v' as b'"v"': {_IS_DESIGN} stored_value"""),
        ("base64", f"the client stored the value 'v' as b'dg==': {_IS_DESIGN} stored_value"),
        # The header holds the time, whose bytes may be a quote: repr() then writes the other one.
        ("gzip", "the client stored the value 'v' as b"),
        ("json, binding", "the client stored the value 'v' as b'\"v\"': "),
        ("best effort of json", "the client stored the value 'v' as b'\"v\"': "),
        (
            "read only of json",
            (
                "client.get('k') raised JSONDecodeError: Expecting value: line 1 column 1 (char 0) "
                "for what is stored as b'v': if the client stores values in another form, say "
                "stored_value"
            ),
        ),
        ("read only of base64", "client.get('k') raised Error: Invalid base64-encoded string: "),
    ],
)
def test_a_form_of_values_that_was_not_said_is_one_failure(habit: str, claim: str) -> None:
    broken = broken_clauses(replace(CORRECT_HABITS[habit], stored_value=None))

    assert [*broken] == [_PLAIN]
    assert broken[_PLAIN].startswith(claim)


def test_two_habits_are_asked_for_one_after_the_other() -> None:
    subject = CORRECT_HABITS["prefix and json, binding"]
    nothing_said = replace(subject, stored_key=None, stored_value=None)

    assert broken_clauses(nothing_said) == {
        _PLAIN: f"the client stored 'k' under 'app:k': {_IS_DESIGN} stored_key"
    }
    assert broken_clauses(replace(nothing_said, stored_key=subject.stored_key)) == {
        _PLAIN: f"""the client stored the value 'v' as b'"v"': {_IS_DESIGN} stored_value"""
    }


def only(client: type, *methods: str) -> type:
    """A client that has only these of its methods."""
    others = {"get", "put", "delete", "list", "delete_many", "put_many", "get_many"} - {*methods}
    return type(client.__name__, (client,), dict.fromkeys(others))


@pytest.mark.parametrize(
    ("method", "claim"),
    [
        ("put_many", f"the client stored 'k' under 'app:k': {_IS_DESIGN} stored_key"),
        ("get_many", f"the client asked for 'k' as 'app:k': {_IS_DESIGN} stored_key"),
        ("delete", f"the client asked for 'k' as 'app:k': {_IS_DESIGN} stored_key"),
        ("delete_many", f"the client asked for 'k' as 'app:k': {_IS_DESIGN} stored_key"),
        (
            "list",
            (
                "await client.list('') returned [], but 'k' is stored: if the client stores keys "
                "under other names, say stored_key"
            ),
        ),
    ],
)
def test_a_client_of_one_method_is_told_of_its_prefix_once(method: str, claim: str) -> None:
    client = only(AffixedJson, method)

    assert broken_clauses(Subject(make_client=client, over="binding")) == {_PLAIN: claim}
    check_contract(
        client,
        over="binding",
        stored_key=AffixedJson.stored_key,
        stored_value=AffixedJson.stored_value,
        quick=True,
    )


class SweepingByItself(Sweeping):
    """A client that can only delete what is under a prefix."""

    async def delete_prefix(self, prefix: str) -> Any:
        await self.kv.delete_many(await self.kv.list(f"{self.before}{prefix}"))


def test_a_client_that_only_deletes_prefixes_is_told_of_its_prefix_once() -> None:
    client = only(SweepingByItself)

    assert broken_clauses(Subject(make_client=client, over="binding")) == {
        _PLAIN: "await client.delete_prefix('k') returned, but 'k' is still there: if the client "
        "stores keys under other names, say stored_key"
    }
    check_contract(client, over="binding", stored_key=Sweeping.stored_key, quick=True)


@pytest.mark.parametrize(
    ("client", "claim"),
    [
        (
            only(AffixedJson, "list"),
            (
                "await client.list('') returned ['app:k'], but 'k' is stored under 'app:k', as "
                "stored_key says"
            ),
        ),
        (
            only(AffixedJson, "get"),
            "the client asked for 'k' as 'k', not 'app:k' as stored_key says",
        ),
        (AffixedJson, "the client stored 'k' under 'k', not 'app:k' as stored_key says"),
    ],
    ids=["list", "get", "put"],
)
def test_a_habit_that_is_said_and_not_kept_is_one_failure(client: type, claim: str) -> None:
    without = type(client.__name__, (client,), {"before": "", "stored_key": classmethod(_itself)})
    subject = Subject(
        make_client=without,
        over="binding",
        stored_key=lambda key: f"app:{key}",
        stored_value=AffixedJson.stored_value,
    )

    assert broken_clauses(subject) == {_PLAIN: claim}


def _itself(_client: type, key: str) -> str:
    return key


def test_a_form_that_is_said_and_not_kept_is_one_failure() -> None:
    subject = Subject(make_client=Binding, over="binding", stored_value=AffixedJson.stored_value)

    assert broken_clauses(subject) == {
        _PLAIN: """the client stored the value 'v' as b'v', not as b'"v"' as stored_value says"""
    }


def test_a_limit_that_was_not_said_is_named_in_each_clause_about_it() -> None:
    hint = "and nothing was wrong (if it takes fewer keys by design, set max_keys)"

    assert broken_clauses(replace(CORRECT_HABITS["everything"], max_keys=None)) == {
        "delete_many_deletes_all": f"client.delete_many(keys) returned False, {hint}",
        "put_many_puts_all": "client.put_many({key: f'v{n}' for n, key in enumerate(keys)}) "
        f"returned False, {hint}",
        "get_many_gets_all": "client.get_many(keys) raised ValueError: at most 100 keys in a call, "
        f"{hint}",
    }


_NO_KEY = "which is no key: KV takes 1 to 512 bytes of UTF-8, and neither '.' nor '..'"


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (5, TypeError, "stored_key('k') returned 5; it returns a name, which is a str"),
        (None, TypeError, "stored_key('k') returned None; it returns a name, which is a str"),
        (b"k", TypeError, "stored_key('k') returned b'k'; it returns a name, which is a str"),
        ("", ValueError, f"stored_key('k') returned '', {_NO_KEY}"),
        ("..", ValueError, f"stored_key('k') returned '..', {_NO_KEY}"),
        (
            "x" * 600,
            ValueError,
            f"stored_key('k') returned '{'x' * 60}'…'{'x' * 20}' (600 characters), {_NO_KEY}",
        ),
    ],
    ids=repr,
)
def test_a_stored_key_that_is_no_key_is_an_error(
    returned: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        check_contract(Binding, over="binding", stored_key=lambda _key: returned)

    assert str(raised.value) == message


@pytest.mark.parametrize("returned", [5, None, {"v": 1}], ids=repr)
def test_a_stored_value_that_is_no_value_is_an_error(returned: Any) -> None:
    with pytest.raises(TypeError) as raised:
        check_contract(Binding, over="binding", stored_value=lambda _value: returned)

    assert str(raised.value) == (
        f"stored_value('v') returned {returned!r}; it returns what the client stores, which is a "
        "str or bytes"
    )


def test_a_stored_value_that_is_too_large_is_an_error() -> None:
    with pytest.raises(ValueError, match="stored_value") as raised:
        check_contract(Binding, over="binding", stored_value=lambda _value: b"v" * (25 * 2**20 + 1))

    assert str(raised.value) == "stored_value('v') returned more than 26,214,400 bytes"


@pytest.mark.parametrize(("hook", "given"), [("stored_key", "k"), ("stored_value", "v")])
def test_an_exception_of_a_hook_says_which_hook(hook: str, given: str) -> None:
    def fail(_given: Any) -> str:
        raise KeyError("no such")

    hooks: Mapping[str, Any] = {hook: fail}
    with pytest.raises(KeyError) as raised:
        check_contract(Binding, over="binding", **hooks)

    assert raised.value.__notes__ == [f"{hook}, a hook of the contract, raised this for '{given}'"]


@pytest.mark.parametrize("most", [0, -1, "3"], ids=repr)
def test_a_limit_below_one_key_is_an_error(most: Any) -> None:
    with pytest.raises(ValueError, match="max_keys") as raised:
        check_contract(Binding, over="binding", max_keys=most)

    assert str(raised.value) == f"max_keys is 1 or more, or None for any number, not {most!r}"


def test_a_hook_may_raise_for_keys_that_the_client_does_not_take() -> None:
    def ascii_only(key: str) -> str:
        key.encode("ascii")
        return f"app:{key}"

    class Ascii(Sweeping):
        @classmethod
        def stored_key(cls, key: str) -> str:
            return ascii_only(key)

    outcomes = check_contract(Ascii, over="binding", stored_key=ascii_only, quick=True)

    assert outcomes["every_key_round_trips"] == "kept"


def test_what_is_stored_in_another_form_is_no_value() -> None:
    habits = Habits(Subject(make_client=Binding, stored_value=lambda value: f"<{value}>"))
    habits.content("v")

    assert habits.meaning(b"<v>") == b"v"
    assert habits.meaning(b"v") != b"v"
    assert not habits.meaning(b"v") == b"v"  # noqa: SIM201  # both operators
    assert {habits.meaning(b"v"): "shown"}


def test_the_time_in_a_header_of_gzip_is_no_difference() -> None:
    header = b"\x1f\x8b\x08\x00"

    assert same_content(header + b"1234\x02\xffv", header + b"5678\x02\xffv")
    assert not same_content(header + b"1234\x02\xffv", header + b"1234\x02\xffw")


@pytest.mark.parametrize(
    ("habit", "clause"),
    [
        ("best effort, binding", "no_key_reaches_another_endpoint"),
        ("best effort with options", "expired_keys_are_gone"),
        ("read only with a cache", "calls_in_any_order_keep_their_promises"),
        ("percent signs in keys", "every_key_round_trips"),
        ("hash under a prefix", "get_many_gets_all"),
        ("gzip", "values_and_metadata_survive_exactly"),
    ],
)
def test_a_client_that_says_its_habit_keeps_the_clause(habit: str, clause: str) -> None:
    by_name = {clause.name: clause for clause in CLAUSES}

    by_name[clause].check(replace(CORRECT_HABITS[habit], quick=True))
