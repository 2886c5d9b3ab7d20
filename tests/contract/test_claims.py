"""What a client claims by returning is compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kv import Entry, KVNamespace
from pytest_kv.contract import Broken, Subject
from pytest_kv.contract._claims import check_names, check_read, check_succeeded, check_values
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._run import CaseRun
from pytest_kv.strategies import KeyBatch

STORED: dict[str, str | bytes | Entry] = {"k": "v", "binary": b"\xff", "empty": ""}


_SAID_MISSING = (
    "client.get('k') raised KeyError: 'k', which says that the key is missing, but b'v' is stored"
)
_NOT_BINARY = (
    "client.get('binary') returned '\ufffd', but b'\\xff' is stored "
    "(set binary = False for a client of text only)"
)
_NO_MAPPING = (
    "client.get_many(['k', 'no']) returned ['v', None]; an adapter returns a mapping of key to "
    "value"
)
_NO_NAMES = "client.list('k') returned [{'name': 'k'}]; an adapter lists names, each a str"


class Answers:
    """A client whose methods return the given answer, or raise it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def delete(self, key: str) -> None: ...

    def get(self, key: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    list = get_many = get


Check = Callable[[CaseRun, Outcome], None]


def claim(answer: object, method: str, argument: object, check: Check, **options: Any) -> str:
    """The first line of the message about an answer; empty when the answer is right."""

    def make_client(_namespace: KVNamespace) -> Answers:
        return Answers(answer)

    subject = Subject(make_client=make_client, over="binding", **options)
    with case_run(subject) as run:
        run.seed(STORED)
        outcome = run.call(method, argument)
        try:
            check(run, outcome)
        except Broken as broken:
            return str(broken).splitlines()[0]
    return ""


def read(answer: object, key: str, **options: Any) -> str:
    return claim(answer, "get", key, lambda run, outcome: check_read(run, outcome, key), **options)


@pytest.mark.parametrize("answer", ["v", b"v", bytearray(b"v"), memoryview(b"v")])
def test_a_value_may_be_text_or_bytes(answer: object) -> None:
    assert read(answer, "k") == ""


@pytest.mark.parametrize(("missing", "answer"), [(None, None), (KeyError, KeyError("no"))])
def test_a_missing_key_is_what_the_option_missing_says(missing: Any, answer: object) -> None:
    assert read(answer, "no", missing=missing) == ""


def test_a_client_that_raises_claims_nothing() -> None:
    assert read(ValueError("no"), "k") == ""


@pytest.mark.parametrize(
    ("answer", "key", "options", "message"),
    [
        (None, "k", {}, "client.get('k') returned None, but b'v' is stored"),
        (None, "empty", {}, "client.get('empty') returned None, but b'' is stored"),
        (
            KeyError("k"),
            "k",
            {"missing": KeyError},
            _SAID_MISSING,
        ),
        (
            KeyError("k"),
            "k",
            {"missing": (KeyError, OSError)},
            _SAID_MISSING,
        ),
        ("x", "k", {}, "client.get('k') returned 'x', but b'v' is stored"),
        (
            "\ufffd",
            "binary",
            {},
            _NOT_BINARY,
        ),
        ("", "no", {}, "client.get('no') returned '', but there is no such key"),
        (
            None,
            "no",
            {"missing": KeyError},
            "client.get('no') returned None, but there is no such key",
        ),
        (
            5,
            "k",
            {},
            "client.get('k') returned 5; an adapter returns str, bytes or None",
        ),
    ],
)
def test_a_wrong_read_fails_with_a_message(
    answer: object, key: str, options: dict[str, Any], message: str
) -> None:
    assert read(answer, key, **options) == message


def values(answer: object, *keys: str) -> str:
    def check(run: CaseRun, outcome: Outcome) -> None:
        check_values(run, outcome, keys)

    return claim(answer, "get_many", list(keys), check)


@pytest.mark.parametrize(
    "answer", [{"k": "v"}, {"k": b"v", "no": None}, ValueError("raising claims nothing")]
)
def test_missing_keys_may_be_left_out_or_be_none(answer: object) -> None:
    assert values(answer, "k", "no", "k") == ""


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, "client.get_many(['k', 'no']) left out 'k', but b'v' is stored"),
        ({"k": "x"}, "client.get_many(['k', 'no']) has 'x' for 'k', but b'v' is stored"),
        ({"k": 1}, "client.get_many(['k', 'no']) has 1 for 'k', but b'v' is stored"),
        (
            {"k": "v", "no": ""},
            "client.get_many(['k', 'no']) has '' for 'no', but there is no such key",
        ),
        (
            {"k": "v", "empty": ""},
            "client.get_many(['k', 'no']) returned keys that it was not asked for: 'empty'",
        ),
        (
            ["v", None],
            _NO_MAPPING,
        ),
    ],
)
def test_wrong_values_fail_with_a_message(answer: object, message: str) -> None:
    assert values(answer, "k", "no") == message


def names(answer: object, prefix: str = "") -> str:
    def check(run: CaseRun, outcome: Outcome) -> None:
        check_names(run, outcome, prefix)

    return claim(answer, "list", prefix, check)


@pytest.mark.parametrize("answer", [["k", "binary", "empty"], iter(("empty", "binary", "k"))])
def test_names_may_come_in_any_order(answer: object) -> None:
    assert names(answer) == ""


def test_a_list_that_raises_claims_nothing() -> None:
    assert names(ValueError()) == ""


@pytest.mark.parametrize(
    ("answer", "prefix", "message"),
    [
        ([], "", "client.list('') left out 'binary', 'empty', 'k'"),
        (["k"], "b", "client.list('b') left out 'binary' and returned 'k', which is not there"),
        (["k", "k"], "k", "client.list('k') returned 'k' more than once"),
        (["k", "x", "y"], "k", "client.list('k') returned 'x', 'y', which are not there"),
        (
            [{"name": "k"}],
            "k",
            _NO_NAMES,
        ),
    ],
)
def test_wrong_names_fail_with_a_message(answer: object, prefix: str, message: str) -> None:
    assert names(answer, prefix) == message


def test_an_exception_where_nothing_was_wrong_fails_with_a_message() -> None:
    assert claim(ValueError("why\nnot"), "get", "k", check_succeeded) == (
        "client.get('k') raised ValueError: why, and nothing was wrong"
    )
    assert claim(ValueError(), "get", "k", check_succeeded) == (
        "client.get('k') raised ValueError, and nothing was wrong"
    )
    assert claim("v", "get", "k", check_succeeded) == ""


def lenient(answer: object, method: str, argument: object, check: Check) -> str:
    """The same after a fault, for a client of best effort."""

    def after_a_fault(run: CaseRun, outcome: Outcome) -> None:
        run.plan_fault("fail_next", "get", 500)
        check(run, outcome)

    return claim(answer, method, argument, after_a_fault, best_effort=True)


@pytest.mark.parametrize("answer", [None, "v"])
def test_after_an_error_a_cache_may_miss_a_key_or_return_what_it_had(answer: object) -> None:
    assert lenient(answer, "get", "k", lambda run, outcome: check_read(run, outcome, "k")) == ""
    assert (
        lenient(
            {"k": answer},
            "get_many",
            ["k"],
            lambda run, outcome: check_values(run, outcome, ["k"]),
        )
        == ""
    )


def test_after_an_error_a_cache_may_return_no_value_that_the_key_never_had() -> None:
    told = lenient("x", "get", "k", lambda run, outcome: check_read(run, outcome, "k"))

    assert told == "client.get('k') returned 'x', but b'v' is stored"


def test_a_long_list_of_a_client_with_a_prefix_is_compared_with_its_keys() -> None:
    class Unlisted(Answers):
        def list(self, prefix: str) -> Any:
            return []

    subject = Subject(
        make_client=lambda _namespace: Unlisted(None),
        over="binding",
        stored_key=lambda key: f"app:{key}",
    )
    with case_run(subject) as run:
        keys = run.assign("keys", KeyBatch(12))
        run.seed(dict.fromkeys(keys.value, "v"))
        outcome = run.call("list", "k")
        with pytest.raises(Broken) as broken:
            check_names(run, outcome, "k")

    assert (
        "assert sorted(client.list('k')) == sorted(key for key in keys if key.startswith('k'))"
        in (str(broken.value))
    )
