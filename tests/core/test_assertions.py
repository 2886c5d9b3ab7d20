"""What holds and what does not, and every message whole."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.account import Account
from pytest_kv._core.assertions import DeleteAssertions
from pytest_kv._core.journal import Call
from tests.helpers.texts import close_names

READABLE_CHARACTERS = 1_600
LETTERS = "abcdefghijklmnopqrstuvwxyz"

REMOVED = "but the whole namespace was removed, and every key with it"


class Recorded:
    """An account with three namespaces, and claims about the first."""

    def __init__(self) -> None:
        self._account = Account(id=None, api_token=None, clock=None, seed=0, limits=None)
        self._sessions = self._account.create_namespace("SESSIONS")
        self._cache = self._account.create_namespace("CACHE")
        self._old = self._account.create_namespace("OLD")
        self.claims = DeleteAssertions(self._account, self._sessions)

    def delete(self, *keys: str, error: str | None = None) -> None:
        """Delete keys over the binding, one by one."""
        for key in keys:
            self._note(Call("delete", (key,), "binding", error, self._sessions.id))

    def bulk_delete(self, *keys: str, error: str | None = None) -> None:
        """Delete keys over REST, all at once."""
        self._note(Call("bulk_delete", keys, "rest", error, self._sessions.id))

    def delete_elsewhere(self, *keys: str) -> None:
        """Delete keys of the second namespace."""
        self._note(Call("bulk_delete", keys, "rest", None, self._cache.id))

    def delete_in_the_third(self, *keys: str) -> None:
        """Delete keys of the third namespace."""
        self._note(Call("bulk_delete", keys, "rest", None, self._old.id))

    def remove(self, error: str | None = None) -> None:
        """Remove the first namespace over REST."""
        self._note(Call("remove_namespace", (), "rest", error, self._sessions.id))

    def read(self, key: str) -> None:
        """Read a key of the first namespace."""
        self._note(Call("get", (key,), "binding", None, self._sessions.id))

    def _note(self, call: Call) -> None:
        self._account.journal.append(call)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def told(claim: Callable[[], None]) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        claim()
    return str(caught.value).split("\n")


def holds(claim: Callable[[], None]) -> bool:
    try:
        claim()
    except AssertionError:
        return False
    return True


@given(
    deletes=st.lists(st.lists(close_names, max_size=4), max_size=4),
    keys=st.lists(close_names, min_size=1, max_size=4),
)
def test_claims_hold_exactly_when_sets_of_names_say_so(
    deletes: list[list[str]], keys: list[str]
) -> None:
    recorded = Recorded()
    for batch in deletes:
        recorded.bulk_delete(*batch)
        recorded.bulk_delete("refused", error="400")
        recorded.delete_elsewhere("elsewhere")
    deleted, claimed = {key for batch in deletes for key in batch}, set(keys)
    claims = recorded.claims

    assert holds(lambda: claims.deleted(keys)) == (claimed <= deleted)
    assert holds(lambda: claims.not_done(keys)) == claimed.isdisjoint(deleted)
    assert holds(lambda: claims.only_deleted(keys)) == (claimed == deleted)
    assert holds(lambda: claims.only_deleted([])) == (not deleted)
    assert holds(claims.none_done) == (not deleted)


def test_one_key_that_was_not_deleted(recorded: Recorded) -> None:
    assert told(lambda: recorded.claims.deleted(["session:1"])) == [
        "expected 'session:1' to be deleted in namespace 'SESSIONS', but it was not",
        "  not deleted: 'session:1'",
        "  deleted:     nothing",
    ]


def test_one_of_two_keys_that_was_not_deleted(recorded: Recorded) -> None:
    recorded.delete("user:1", "other")

    assert told(lambda: recorded.claims.deleted(["user:1", "item:1"])) == [
        "expected 2 keys to be deleted in namespace 'SESSIONS', but 1 of them was not",
        "  not deleted: 'item:1'",
        "  deleted:     'user:1', 'other'",
    ]


def test_two_of_three_keys_that_were_not_deleted(recorded: Recorded) -> None:
    recorded.bulk_delete("x")

    assert told(lambda: recorded.claims.deleted(["x", "y", "z", "y"])) == [
        "expected 3 keys to be deleted in namespace 'SESSIONS', but 2 of them were not",
        "  not deleted: 'y', 'z'",
        "  deleted:     'x'",
    ]


def test_keys_none_of_which_was_deleted(recorded: Recorded) -> None:
    assert told(lambda: recorded.claims.deleted(["a", "b"])) == [
        "expected 2 keys to be deleted in namespace 'SESSIONS', but none of them was",
        "  not deleted: 'a', 'b'",
        "  deleted:     nothing",
    ]


def test_a_key_that_came_close(recorded: Recorded) -> None:
    recorded.delete("session:alice", "session:bob")

    assert told(lambda: recorded.claims.deleted(["session-alice", "session:bob"])) == [
        "expected 2 keys to be deleted in namespace 'SESSIONS', but 1 of them was not",
        "  not deleted: 'session-alice'",
        "  deleted:     'session:alice', 'session:bob'",
        "  came close:  'session:alice' was deleted, 'session-alice' was not",
    ]


def test_a_key_that_was_expected_did_not_come_close_to_another(recorded: Recorded) -> None:
    recorded.delete("session:1")

    assert told(lambda: recorded.claims.deleted(["session:1", "session:2"])) == [
        "expected 2 keys to be deleted in namespace 'SESSIONS', but 1 of them was not",
        "  not deleted: 'session:2'",
        "  deleted:     'session:1'",
    ]


@pytest.mark.parametrize("of_two", [("Session:1", "SESSION:1"), ("SESSION:1", "Session:1")])
def test_one_key_came_close_of_two_that_differ_in_case_alone(
    recorded: Recorded, of_two: Sequence[str]
) -> None:
    recorded.delete(*of_two)

    assert told(lambda: recorded.claims.deleted(["session:1"]))[3:] == [
        "  came close:  'SESSION:1' was deleted, 'session:1' was not"
    ]


@pytest.mark.parametrize("near", ["session:alicia", "my-session:alice", "Session:Alice"])
def test_the_key_that_came_close_is_found_among_10_000(recorded: Recorded, near: str) -> None:
    recorded.bulk_delete(*shuffled([near, *unlike_names(10_000)]))

    message = told(lambda: recorded.claims.deleted(["session:alice"]))

    assert message[3:] == [f"  came close:  '{near}' was deleted, 'session:alice' was not"]


def test_the_key_that_came_close_is_found_among_others_with_every_other_letter(
    recorded: Recorded,
) -> None:
    others = [f"{first}{second}s0s1i2n3a4i5e" for first in LETTERS for second in LETTERS]
    recorded.bulk_delete("my-session:alice", *unlike_names(10_000), *others)

    message = told(lambda: recorded.claims.deleted(["session:alice"]))

    assert message[3:] == ["  came close:  'my-session:alice' was deleted, 'session:alice' was not"]


def unlike_names(count: int) -> list[str]:
    """Names that no key comes close to, with any letter at the start and at the end."""
    return [
        f"{LETTERS[number % 26]}{number}{'🗝' * 9}{LETTERS[number * 7 % 26]}"
        for number in range(count)
    ]


def test_a_delete_that_was_refused(recorded: Recorded) -> None:
    recorded.delete("a", error="Error: KV DELETE failed: 429 Too Many Requests")
    recorded.delete("b", error="Error: of another key")

    assert told(lambda: recorded.claims.deleted(["a"])) == [
        "expected 'a' to be deleted in namespace 'SESSIONS', but it was not",
        "  not deleted: 'a'",
        "  deleted:     nothing",
        "  refused:     delete 'a' via binding -> Error: KV DELETE failed: 429 Too Many Requests",
    ]


def test_many_deletes_that_were_refused(recorded: Recorded) -> None:
    recorded.delete(*["a"] * 1_234, error="Error: no")

    first = "; ".join(["delete 'a' via binding -> Error: no"] * 3)
    assert told(lambda: recorded.claims.deleted(["a"]))[3:] == [
        f"  refused:     {first}; … (1,234 calls)"
    ]


def test_a_key_that_was_deleted_in_another_namespace(recorded: Recorded) -> None:
    recorded.delete_elsewhere("a", "c")

    assert told(lambda: recorded.claims.deleted(["a", "b", "c"])) == [
        "expected 3 keys to be deleted in namespace 'SESSIONS', but none of them was",
        "  not deleted: 'a', 'b', 'c'",
        "  deleted:     nothing",
        "  elsewhere:   'a', 'c' deleted in namespace 'CACHE'",
    ]


def test_a_key_that_was_deleted_in_two_other_namespaces(recorded: Recorded) -> None:
    recorded.delete_in_the_third("a")
    recorded.delete_elsewhere("a")

    assert told(lambda: recorded.claims.deleted(["a"]))[3:] == [
        "  elsewhere:   'a' deleted in namespace 'CACHE'; 'a' deleted in namespace 'OLD'"
    ]


def test_keys_that_went_with_their_namespace(recorded: Recorded) -> None:
    recorded.remove()

    assert told(lambda: recorded.claims.deleted(["a"])) == [
        "expected 'a' to be deleted in namespace 'SESSIONS', but it was not",
        "  not deleted: 'a'",
        "  deleted:     nothing",
        "  removed:     the whole namespace was removed, and every key with it",
    ]


def test_a_key_went_with_its_namespace_although_it_should_not(recorded: Recorded) -> None:
    recorded.remove()

    assert told(lambda: recorded.claims.not_done(["a"])) == [
        f"expected 'a' not to be deleted in namespace 'SESSIONS', {REMOVED}",
        "  by: remove_namespace via rest",
    ]


def test_only_one_key_was_deleted_but_the_namespace_was_removed_too(recorded: Recorded) -> None:
    recorded.delete("a")
    recorded.remove()

    assert told(lambda: recorded.claims.only_deleted(["a"])) == [
        f"expected only 'a' to be deleted in namespace 'SESSIONS', {REMOVED}",
        "  by: remove_namespace via rest",
    ]


def test_no_key_was_deleted_but_the_namespace_was_removed(recorded: Recorded) -> None:
    recorded.remove()

    for claim in (recorded.claims.none_done, lambda: recorded.claims.only_deleted([])):
        assert told(claim) == [
            f"expected no deletes in namespace 'SESSIONS', {REMOVED}",
            "  by: remove_namespace via rest",
        ]


def test_a_removal_that_was_refused_explains_nothing(recorded: Recorded) -> None:
    recorded.remove(error="403 10000: Authentication error")

    assert len(told(lambda: recorded.claims.deleted(["a"]))) == 3
    recorded.claims.not_done(["a"])
    recorded.claims.none_done()


def test_a_key_that_was_deleted_although_it_should_not(recorded: Recorded) -> None:
    recorded.read("a")
    recorded.delete("a", error="Error: no")
    recorded.delete("b", "a")

    assert told(lambda: recorded.claims.not_done(["a"])) == [
        "expected 'a' not to be deleted in namespace 'SESSIONS', but it was",
        "  deleted:     'a'",
        "  by:          delete 'a' via binding",
        "  all deletes: 'b', 'a'",
    ]


def test_keys_that_were_deleted_although_they_should_not(recorded: Recorded) -> None:
    recorded.bulk_delete("a", "b", "b")
    recorded.delete("a")

    assert told(lambda: recorded.claims.not_done(["b", "a"])) == [
        "expected 2 keys not to be deleted in namespace 'SESSIONS', but all of them were",
        "  deleted:     'b', 'a'",
        "  by:          bulk_delete 'a', 'b', 'b' via rest; delete 'a' via binding",
        "  all deletes: 'a', 'b', 'a'",
    ]
    assert told(lambda: recorded.claims.not_done(["a", "c", "d"]))[0] == (
        "expected 3 keys not to be deleted in namespace 'SESSIONS', but 1 of them was"
    )
    assert told(lambda: recorded.claims.not_done(["a", "b", "d"]))[0] == (
        "expected 3 keys not to be deleted in namespace 'SESSIONS', but 2 of them were"
    )


def test_another_key_that_was_deleted_too(recorded: Recorded) -> None:
    recorded.delete("a", "b")

    assert told(lambda: recorded.claims.only_deleted(["a"])) == [
        "expected only 'a' to be deleted in namespace 'SESSIONS', but 1 other key was",
        "  deleted too: 'b'",
    ]


def test_other_keys_that_were_deleted_instead(recorded: Recorded) -> None:
    recorded.delete("session:10", "session:20")

    assert told(lambda: recorded.claims.only_deleted(["session:1"])) == [
        (
            "expected only 'session:1' to be deleted in namespace 'SESSIONS', "
            "but it was not and 2 other keys were"
        ),
        "  not deleted: 'session:1'",
        "  deleted too: 'session:10', 'session:20'",
        "  came close:  'session:10' was deleted, 'session:1' was not",
    ]


def test_some_keys_that_were_not_deleted_and_one_that_was(recorded: Recorded) -> None:
    recorded.delete("a", "x")
    recorded.delete_elsewhere("b")

    assert told(lambda: recorded.claims.only_deleted(["a", "b", "c"])) == [
        (
            "expected only 3 keys to be deleted in namespace 'SESSIONS', "
            "but 2 of them were not and 1 other key was"
        ),
        "  not deleted: 'b', 'c'",
        "  deleted too: 'x'",
        "  elsewhere:   'b' deleted in namespace 'CACHE'",
    ]


def test_a_key_that_was_not_deleted_beside_one_that_was(recorded: Recorded) -> None:
    recorded.delete("a")

    assert told(lambda: recorded.claims.only_deleted(["a", "b"])) == [
        "expected only 2 keys to be deleted in namespace 'SESSIONS', but 1 of them was not",
        "  not deleted: 'b'",
    ]


def test_a_delete_where_only_none_was_expected(recorded: Recorded) -> None:
    recorded.delete("a")

    assert told(lambda: recorded.claims.only_deleted([])) == [
        "expected no deletes in namespace 'SESSIONS', but 1 key was deleted",
        "  deleted: 'a'",
        "  by:      delete 'a' via binding",
    ]


def test_deletes_where_none_were_expected(recorded: Recorded) -> None:
    recorded.delete("a", "a")
    recorded.bulk_delete("b", "a")

    assert told(recorded.claims.none_done) == [
        "expected no deletes in namespace 'SESSIONS', but 2 keys were deleted",
        "  deleted: 'a', 'a', 'b', 'a'",
        (
            "  by:      delete 'a' via binding; delete 'a' via binding; "
            "bulk_delete 'b', 'a' via rest"
        ),
    ]


def test_a_long_key_is_cut(recorded: Recorded) -> None:
    cut = f"'{'k' * 60}'…'{'k' * 20}' (512 characters)"

    assert told(lambda: recorded.claims.deleted(["k" * 512])) == [
        f"expected {cut} to be deleted in namespace 'SESSIONS', but it was not",
        f"  not deleted: {cut}",
        "  deleted:     nothing",
    ]


@pytest.mark.parametrize(
    ("missing", "came", "close"),
    [
        (80, 79, f"'{'k' * 79}' was deleted, '{'k' * 80}' was not"),
        (80, 81, f"{'k' * 60!r}…{'k' * 20!r} (81 characters) was deleted, '{'k' * 80}' was not"),
        (81, 80, f"'{'k' * 80}' was deleted, {'k' * 60!r}…{'k' * 20!r} (81 characters) was not"),
    ],
)
def test_a_key_of_more_than_80_characters_that_came_close_is_cut(
    recorded: Recorded, missing: int, came: int, close: str
) -> None:
    recorded.delete("k" * came)

    assert told(lambda: recorded.claims.deleted(["k" * missing]))[3:] == [f"  came close:  {close}"]


def test_10_000_keys_that_were_not_deleted(recorded: Recorded) -> None:
    keys = [f"session:{number}" for number in range(10_000)]
    recorded.bulk_delete(*[f"user:{number}" for number in range(10_000)])
    recorded.delete("session-1", "session-2")

    assert told(lambda: recorded.claims.deleted(keys)) == [
        "expected 10,000 keys to be deleted in namespace 'SESSIONS', but none of them was",
        (
            "  not deleted: 'session:0', 'session:1', 'session:2', 'session:3', 'session:4', "
            "'session:5' … 'session:9999' (10,000 keys)"
        ),
        (
            "  deleted:     'user:0', 'user:1', 'user:2', 'user:3', 'user:4', 'user:5' … "
            "'session-2' (10,002 keys)"
        ),
        (
            "  came close:  'session-2' was deleted, 'session:0' was not; "
            "'session-1' was deleted, 'session:1' was not; "
            "'session-2' was deleted, 'session:2' was not"
        ),
    ]


def shuffled(keys: Sequence[str]) -> list[str]:
    return random.Random(0).sample(keys, len(keys))


@pytest.mark.parametrize("length", [10, 60])
def test_a_message_about_10_000_keys_can_be_read(recorded: Recorded, length: int) -> None:
    keys = [f"{number:0{length}}" for number in range(10_000)]
    recorded.delete(*shuffled(keys))
    recorded.delete_elsewhere(*keys)
    others = [f"{key}!" for key in keys]
    claims = recorded.claims

    for claim in (
        lambda: claims.deleted(others),
        lambda: claims.not_done(keys),
        lambda: claims.only_deleted(others),
        claims.none_done,
    ):
        message = "\n".join(told(claim))
        assert "(10,000 keys)" in message
        assert len(message) < READABLE_CHARACTERS


def test_repeats_do_not_matter(recorded: Recorded) -> None:
    recorded.delete("a", "a", "b")

    recorded.claims.deleted(["a", "b", "a"])
    recorded.claims.only_deleted(["b", "b", "a"])
    recorded.claims.not_done(["c", "c"])


@pytest.mark.parametrize(("claim", "method"), [("deleted", "deleted"), ("not_done", "not_deleted")])
def test_a_claim_about_no_keys_is_a_mistake(recorded: Recorded, claim: str, method: str) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(recorded.claims, claim)([])

    assert str(caught.value) == (
        f"assert_{method}() needs a key name; for none at all use assert_no_deletes()"
    )


@pytest.mark.parametrize(
    ("claim", "method"),
    [("deleted", "deleted"), ("not_done", "not_deleted"), ("only_deleted", "only_deleted")],
)
@pytest.mark.parametrize("keys", [["a", "b"], ("a",), {"a"}])
def test_a_collection_instead_of_names_is_a_mistake(
    recorded: Recorded, claim: str, method: str, keys: object
) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(recorded.claims, claim)([keys])

    assert str(caught.value) == (
        f"assert_{method}() takes key names, each a str, not {keys!r}; write assert_{method}(*keys)"
    )


@pytest.mark.parametrize("key", [5, None, b"a"])
def test_a_name_that_is_no_text_is_a_mistake(recorded: Recorded, key: object) -> None:
    with pytest.raises(TypeError) as caught:
        recorded.claims.deleted(["a", key])  # type: ignore[list-item]  # the mistake is tested

    assert str(caught.value) == f"assert_deleted() takes key names, each a str, not {key!r}"
