"""How ``pytest-kv verify`` asks: pauses, tries, limits, and what it leaves behind."""

from __future__ import annotations

import pytest

from pytest_kv import KVAccount, serve
from pytest_kv._verify import endpoint as module
from pytest_kv._verify.endpoint import Came, Endpoint, Patience, Request, Unreachable
from pytest_kv._verify.facts import (
    CURSOR,
    ID,
    NO_ENVELOPE,
    NUMBER,
    About,
    Answer,
    Fact,
    Maybe,
    Step,
    ask,
    ok,
    value,
)
from pytest_kv._verify.own import OtherNamespace
from pytest_kv._verify.run import Outcome, Unusable, Verdict, _is_same, run_facts, with_namespace
from tests.helpers.verifying import TOKEN, Time, endpoint_of

SLOW = Patience(1.0, (1.0, 2.0, 4.0))


def fact(*steps: Step) -> Fact:
    return Fact("a-fact", "put", "It is so.", *steps)


def outcome_of(endpoint: Endpoint, *steps: Step) -> Outcome:
    outcomes: list[Outcome] = []
    with with_namespace(endpoint) as id:
        run_facts(endpoint, id, [fact(*steps)], outcomes.append)
    return outcomes[0]


def put(key: str, content: bytes = b"v") -> Step:
    return ask("PUT", f"/$ns/values/{key}", body=content)


def outcome_at(account: KVAccount, time: Time, *steps: Step) -> Outcome:
    with serve(account) as server, endpoint_of(server, time, SLOW) as endpoint:
        return outcome_of(endpoint, *steps)


# Pauses


def test_a_key_is_written_once_a_second() -> None:
    time = Time()

    outcome = outcome_at(KVAccount(), time, put("a"), put("b"), put("a"), put("a").gives(ok({})))

    assert (outcome.verdict, time.sleeps) == (Verdict.HELD, [1.0, 1.0])


def test_a_bulk_request_counts_as_a_write_of_each_of_its_keys() -> None:
    time = Time()
    pairs = [{"key": "a/b", "value": "v"}, {"key": "c", "value": "v"}, "d"]

    outcome_at(
        KVAccount(),
        time,
        put("a%2Fb"),
        ask("PUT", "/$ns/bulk", json=pairs[:2]),
        ask("POST", "/$ns/bulk/delete", json=["c"]),
        ask("POST", "/$ns/bulk/get", json={"keys": ["c"]}),
        put("c").gives(ok({})),
    )

    assert time.sleeps == [1.0, 1.0, 1.0]


def test_what_is_no_bulk_request_writes_no_key() -> None:
    time = Time()
    steps = [ask("PUT", "/$ns/bulk", body=body) for body in (b"{", b'{"key":"a"}')]

    for step in steps:
        outcome_at(KVAccount(), time, step)

    assert time.sleeps == []


def test_a_server_of_this_machine_is_asked_at_full_speed() -> None:
    assert Patience.of("127.0.0.1") == Patience.of("localhost") == Patience(0.0, ())
    assert Patience.of("api.cloudflare.com").write_interval > 1
    assert sum(Patience.of("api.cloudflare.com").until_seen) > 60


def test_a_read_is_repeated_until_it_shows_a_write() -> None:
    account, time = KVAccount(), Time()
    account.fail_next("get", 404, times=2)

    outcome = outcome_at(account, time, put("a"), ask("GET", "/$ns/values/a").gives(value(b"v")))

    assert (outcome.verdict, time.sleeps) == (Verdict.HELD, [1.0, 2.0])


def test_a_read_that_never_shows_a_write_differs() -> None:
    time = Time()

    outcome = outcome_at(
        KVAccount(), time, put("a"), ask("GET", "/$ns/values/a").gives(value(b"other"))
    )

    assert (outcome.verdict, time.sleeps) == (Verdict.DIFFERS, [1.0, 2.0, 4.0])


def test_a_read_before_any_write_is_not_repeated() -> None:
    time = Time()

    outcome = outcome_at(KVAccount(), time, ask("GET", "/$ns/values/a").gives(value(b"v")))

    assert (outcome.verdict, time.sleeps) == (Verdict.DIFFERS, [])


# Errors that pass


def test_after_a_429_it_waits_as_long_as_it_is_told() -> None:
    account, time = KVAccount(), Time()
    account.fail_next("put", 429, retry_after=7)

    assert outcome_at(account, time, put("a").gives(ok({}))).verdict is Verdict.HELD
    assert time.sleeps == [7.0]


def test_without_a_time_to_wait_it_waits_longer_each_time() -> None:
    answers = [Came(429, {}, b"{}"), Came(429, {"retry-after": "Thu, 01 Jan"}, b"{}")]

    assert [module._wait(came, attempt) for attempt, came in enumerate(answers, 1)] == [2.0, 4.0]
    assert module._wait(Came(429, {"retry-after": "9000"}, b"{}"), 1) == 330.0


def test_a_429_that_stays_is_no_difference() -> None:
    account, time = KVAccount(), Time()
    account.fail_next("put", 429, times=5, retry_after=1)

    outcome = outcome_at(account, time, put("a").gives(ok({})))

    assert (outcome.verdict, outcome.reason) == (
        Verdict.NOT_TRIED,
        (
            "the account is refused for now: "
            "429 971: Please wait and consider throttling your request speed"
        ),
    )
    assert time.sleeps == [1.0] * 4


def test_a_quota_that_is_used_up_is_not_waited_for() -> None:
    account, time = KVAccount(), Time()
    account.fail_next("put", 429, code=10048, message="daily limit")

    outcome = outcome_at(account, time, put("a").gives(ok({})))

    assert outcome.reason == "the account is refused for now: 429 10048: daily limit"
    assert time.sleeps == []


def test_a_server_error_is_tried_again() -> None:
    account, time = KVAccount(), Time()
    account.fail_next("put", 503, times=2)

    assert outcome_at(account, time, put("a").gives(ok({}))).verdict is Verdict.HELD
    assert time.sleeps == [1.0, 2.0]


def test_a_server_error_that_stays_is_a_difference() -> None:
    account, time = KVAccount(), Time()
    account.fail_next("put", 500, times=3)

    outcome = outcome_at(account, time, put("a").gives(ok({})))

    assert outcome.difference is not None
    assert outcome.difference.came.startswith('500 {"success": false')


def test_a_request_without_an_answer_is_sent_again() -> None:
    account, time = KVAccount(), Time()
    account.drop_next("put", times=2)

    assert outcome_at(account, time, put("a").gives(ok({}))).verdict is Verdict.HELD
    # The second pause is the rest of a second after the write that may have been carried out.
    assert time.sleeps == [1.0, 2.0]


def test_a_fact_that_gets_no_answer_is_not_tried() -> None:
    account, time = KVAccount(), Time()
    account.drop_next("put", times=3)

    outcome = outcome_at(account, time, put("a").gives(ok({})))

    assert (outcome.verdict, outcome.reason) == (
        Verdict.NOT_TRIED,
        "127.0.0.1 gives no answer: Server disconnected without sending a response.",
    )


def test_after_three_facts_without_an_answer_the_others_are_not_tried() -> None:
    account, outcomes = KVAccount(), list[Outcome]()
    account.drop_next("put", times=9)

    with serve(account) as server, endpoint_of(server) as endpoint, with_namespace(endpoint) as id:
        run_facts(endpoint, id, [fact(put("a").gives(ok({})))] * 5, outcomes.append)

    assert [one.reason for one in outcomes[3:]] == ["3 facts before it got no answer"] * 2


def test_an_answer_between_them_begins_the_count_anew() -> None:
    account, outcomes = KVAccount(), list[Outcome]()
    account.drop_next("put", times=6)
    a, b = fact(put("a").gives(ok({}))), fact(ask("GET", "/$ns/keys").gives(Answer(200, {})))

    with serve(account) as server, endpoint_of(server) as endpoint, with_namespace(endpoint) as id:
        run_facts(endpoint, id, [a, a, b, a], outcomes.append)

    assert [one.verdict.value for one in outcomes] == ["not tried", "not tried", "differs", "held"]


# Steps that only prepare


def test_a_fact_whose_preparation_fails_is_not_tried() -> None:
    outcome = outcome_at(
        KVAccount(), Time(), put("a?expiration_ttl=1"), ask("GET", "/$ns/keys").gives(ok([]))
    )

    assert outcome.verdict is Verdict.NOT_TRIED
    assert outcome.reason is not None
    assert outcome.reason.endswith(
        "/values/a?expiration_ttl=1 was answered 400 10034: put: 'Invalid expiration_ttl of 1. "
        "Expiration TTL must be at least 60.'"
    )


def test_a_preparation_that_lacks_what_is_needed_is_told() -> None:
    keys = ask("GET", "/$ns/keys").saving(other=("result", "id"))

    outcome = outcome_at(KVAccount(), Time(), keys, put("a").gives(ok({})))

    assert outcome.verdict is Verdict.NOT_TRIED
    assert outcome.reason is not None
    assert outcome.reason.endswith("/keys has no result.id")


# What is compared


def difference_of(*steps: Step) -> tuple[str, str]:
    """What was expected of the last of some steps, and what came."""
    outcome = outcome_at(KVAccount(), Time(), *steps)
    assert outcome.difference is not None
    return outcome.difference.expected, outcome.difference.came


def test_a_part_that_cannot_be_known_is_told_by_its_kind() -> None:
    answer = Answer(
        404, [ID, NUMBER, CURSOR, Maybe("classic"), About(60)], {"expiration": About(9)}
    )

    expected, _ = difference_of(ask("GET", "/$ns").gives(answer))

    assert expected == (
        '404 {"expiration": "<about 9 seconds from now>"} ["<32 hex digits>", "<a number>", '
        '"<a cursor>", "<perhaps classic>", "<about 60 seconds from now>"]'
    )
    expected, _ = difference_of(ask("GET", "/$ns").gives(Answer(404, NO_ENVELOPE)))
    assert expected == '404 "<no JSON>"'


def test_what_is_not_json_is_told_as_it_came() -> None:
    _, came = difference_of(put("a"), ask("GET", "/$ns/values/a").gives(ok({})))

    assert came == "200 b'v'"


def test_a_name_that_is_not_known_is_a_text() -> None:
    outcome = outcome_at(
        KVAccount(),
        Time(),
        put("$nothing"),
        ask("GET", "/$ns/values/%24nothing").gives(value(b"v")),
    )

    assert outcome.verdict is Verdict.HELD


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        (1, True),
        (1, 1.0),
        (None, 0),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {}),
        ({"a": Maybe(1)}, {"a": 2}),
        (About(60), 1_400),
        (About(60), "soon"),
        (ID, "A" * 32),
        (NUMBER, -1),
        (CURSOR, ""),
    ],
)
def test_values_of_another_type_or_shape_differ(expected: object, came: object) -> None:
    assert not _is_same(expected, came, 1_000.0)


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ({"a": Maybe(1)}, {}),
        ({"a": Maybe(1)}, {"a": 1}),
        (About(60), 1_350),
        (About(60), "770"),
        ([{"b": None}], [{"b": None}]),
    ],
)
def test_values_that_fit_are_the_same(expected: object, came: object) -> None:
    assert _is_same(expected, came, 1_000.0)


# Limits


def test_a_run_ends_when_it_has_sent_all_of_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REQUESTS", 2)
    account = KVAccount()

    outcome = outcome_at(account, Time(), put("a"), put("b"))

    assert outcome.reason == "the run has sent all of its 2 requests"
    assert [namespace.title for namespace in account.namespaces.values()] == ["KV"]


def test_nothing_is_sent_about_another_namespace() -> None:
    with serve() as server, endpoint_of(server) as endpoint:
        with pytest.raises(OtherNamespace):
            endpoint.send(endpoint.authorized("GET", f"/{server.namespace_id}/keys"))

        assert (endpoint.request_count, server.account.calls) == (0, [])


def test_a_list_of_namespaces_shows_only_the_runs_own() -> None:
    with serve() as server, endpoint_of(server) as endpoint, with_namespace(endpoint) as id:
        came = endpoint.send(endpoint.authorized("GET", ""))

    assert isinstance(came.json, dict)
    assert [listed["id"] for listed in came.json["result"]] == [id]


# What is left behind


def titles_after(account: KVAccount, endpoint: Endpoint) -> tuple[str, list[str]]:
    """What a run is told, and the titles that are left."""
    with pytest.raises((Unusable, Unreachable)) as caught, with_namespace(endpoint):
        pass
    return str(caught.value), [namespace.title for namespace in account.namespaces.values()]


def test_a_namespace_whose_creation_had_no_answer_is_found_and_removed() -> None:
    account = KVAccount()
    account.drop_next("create_namespace", done=True)

    with serve(account) as server, endpoint_of(server) as endpoint:
        assert titles_after(account, endpoint) == (
            "127.0.0.1 gives no answer: Server disconnected without sending a response.",
            ["KV"],
        )


def test_so_is_one_whose_creation_had_a_server_error() -> None:
    account = KVAccount()
    account.fail_next("create_namespace", 502, done=True)

    with serve(account) as server, endpoint_of(server) as endpoint:
        told, titles = titles_after(account, endpoint)

    assert titles == ["KV"]
    assert told.endswith("(400 10014: a namespace with this account ID and title already exists)")


def test_one_that_cannot_be_found_is_told() -> None:
    account = KVAccount()
    account.drop_next("create_namespace", done=True)
    account.drop_next("list_namespaces")

    with serve(account) as server, endpoint_of(server) as endpoint:
        told, titles = titles_after(account, endpoint)

        assert titles == ["KV", endpoint.own.title]
        assert told == (
            "remove this namespace of the run yourself: one that may have the title "
            f"{endpoint.own.title} (127.0.0.1 gives no answer: "
            "Server disconnected without sending a response.)"
        )


@pytest.mark.parametrize("plan", ["refused", "dropped"])
def test_one_that_cannot_be_removed_is_told(plan: str) -> None:
    account = KVAccount()
    if plan == "refused":
        account.fail_next("remove_namespace", 403, code=10000, message="Authentication error")
        why = "403 10000: Authentication error"
    else:
        account.drop_next("remove_namespace", times=3)
        why = "127.0.0.1 gives no answer: Server disconnected without sending a response."

    with serve(account) as server, endpoint_of(server) as endpoint:
        told, titles = titles_after(account, endpoint)

        assert titles == ["KV", endpoint.own.title]
        assert told == (f"remove this namespace of the run yourself: {endpoint.own.ids[0]} ({why})")


def test_the_token_is_never_told() -> None:
    with serve() as server, endpoint_of(server) as endpoint:
        assert endpoint.redacted(f"Bearer {TOKEN} of {server.account_id}") == (
            "Bearer [token] of [account]"
        )
        assert TOKEN not in repr(vars(endpoint.own))


def test_an_answer_that_is_no_envelope_has_only_a_status() -> None:
    assert Came(502, {}, b"<html>").told == "502"
    assert Came(200, {}, b"[]").told == "200"
    assert Request("GET", "/", {}, b"").method == "GET"
