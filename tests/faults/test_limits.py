"""Partial bulk failures and the two rate limits, over both faces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pytest_kv import KVAccount, KVApi, KVError, KVNamespace, Limits, mock_api
from tests.helpers.faces import refusal, sent
from tests.helpers.stopped_clock import StoppedClock

PLEASE_WAIT = refusal(971, "Please wait and consider throttling your request speed")
TOO_SOON = refusal(10022, "put: 'Too Many Requests'")


@pytest.fixture
def api() -> Iterator[KVApi]:
    """The API of an account whose clock stands still."""
    with mock_api(KVAccount(clock=StoppedClock())) as api:
        yield api


def counted(answer: httpx.Response) -> tuple[int, list[str]]:
    assert answer.json()["success"]
    result = answer.json()["result"]
    assert set(result) == {"successful_key_count", "unsuccessful_keys"}
    return result["successful_key_count"], result["unsuccessful_keys"]


def pairs(*keys: str, value: str = "new") -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key in keys]


# Keys that fail


@pytest.mark.fidelity("bulk-keys-not-done", "bulk-repeated-key-not-done")
def test_a_bulk_write_says_which_keys_were_not_done(kv_api: KVApi) -> None:
    kv_api.namespace.seed({"b": "old"})
    kv_api.account.fail_keys("b", "c")
    body = pairs("a", "b", "c", "b", "d")

    assert counted(sent(kv_api, "PUT", "/{ns}/bulk", body)) == (2, ["b", "c"])

    texts = {name: entry.text for name, entry in kv_api.namespace.data.items()}
    assert texts == {"a": "new", "b": "old", "d": "new"}
    assert counted(sent(kv_api, "PUT", "/{ns}/bulk", body)) == (4, [])


@pytest.mark.fidelity("bulk-keys-not-done")
@pytest.mark.parametrize("request_line", [("POST", "/{ns}/bulk/delete"), ("DELETE", "/{ns}/bulk")])
def test_a_bulk_delete_says_which_keys_were_not_done(
    request_line: tuple[str, str], kv_api: KVApi
) -> None:
    kv_api.namespace.seed(dict.fromkeys("abcd", "v"))
    kv_api.account.fail_keys("b", "missing")
    keys = ["a", "b", "missing", "c", "b"]

    assert counted(sent(kv_api, *request_line, keys)) == (2, ["b", "missing"])

    assert set(kv_api.namespace.data) == {"b", "d"}
    assert kv_api.namespace.deletes == ["a", "c"]
    kv_api.namespace.assert_only_deleted("a", "c")
    kv_api.namespace.assert_not_deleted("b")
    [call] = kv_api.account.calls
    assert (call.keys, call.unsuccessful_keys) == (tuple(keys), ("b", "missing"))
    assert call.done_keys == ("a", "c")
    assert str(call) == (
        "bulk_delete 'a', 'b', 'missing', 'c', 'b' via rest, but not 'b', 'missing'"
    )


def test_a_key_left_undone_is_told_when_its_delete_is_missed(kv_api: KVApi) -> None:
    kv_api.account.fail_keys("b")
    sent(kv_api, "POST", "/{ns}/bulk/delete", ["a", "b"])

    with pytest.raises(AssertionError) as failure:
        kv_api.namespace.assert_deleted("b")

    assert "  refused:     bulk_delete 'a', 'b' via rest, but not 'b'" in str(failure.value)


def test_keys_fail_as_often_as_planned(kv_api: KVApi) -> None:
    kv_api.account.fail_keys("a", "b", times=2)
    kv_api.account.fail_keys("a")
    kv_api.account.fail_keys("forever", times=None)
    keys = ["a", "b", "c", "forever"]

    failed = [counted(sent(kv_api, "POST", "/{ns}/bulk/delete", keys))[1] for _ in range(4)]

    assert failed == [["a", "b", "forever"], ["a", "b", "forever"], ["a", "forever"], ["forever"]]


async def test_single_writes_and_deletes_pass_by_keys_that_fail_in_bulk(kv_api: KVApi) -> None:
    kv_api.account.fail_keys("a")

    await kv_api.namespace.put("a", "v")
    await kv_api.namespace.delete("a")
    assert sent(kv_api, "PUT", "/{ns}/values/a").status_code == 200

    assert counted(sent(kv_api, "POST", "/{ns}/bulk/delete", ["a"])) == (0, ["a"])


def test_a_refused_bulk_request_uses_up_no_failure(kv_api: KVApi) -> None:
    kv_api.account.fail_keys("a")

    assert sent(kv_api, "PUT", "/{ns}/bulk", pairs("a", "..")).status_code == 400
    assert counted(sent(kv_api, "PUT", "/{ns}/bulk", pairs("a"))) == (0, ["a"])


def test_half_of_10_000_keys_may_fail(kv_api: KVApi) -> None:
    keys = [f"k{number}" for number in range(10_000)]
    kv_api.account.fail_keys(*keys[::2])

    assert counted(sent(kv_api, "POST", "/{ns}/bulk/delete", keys)) == (5_000, keys[::2])
    assert kv_api.namespace.deletes == keys[1::2]


@pytest.mark.parametrize(
    ("key", "hint"), [(5, ""), (["a", "b"], "; write fail_keys(*keys)"), (b"a", "")]
)
def test_the_keys_that_fail_are_given_one_by_one(key: Any, hint: str) -> None:
    with pytest.raises(TypeError) as error:
        KVAccount().fail_keys(key)

    assert str(error.value) == f"fail_keys() takes key names, each a str, not {key!r}{hint}"


def test_a_fault_for_no_key_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"^fail_keys\(\) needs a key name$"):
        KVAccount().fail_keys()


# One write a second to a key


@pytest.mark.fidelity("Limits.write_interval_seconds", "WRITE_TOO_SOON")
async def test_a_second_write_within_a_second_is_too_many(api: KVApi) -> None:
    kv, clock = api.namespace, api.account.clock
    api.account.write_limit = True

    await kv.put("a", "1")
    clock.advance(0.5)
    with pytest.raises(KVError) as error:
        await kv.put("a", "2")
    refused = sent(api, "PUT", "/{ns}/values/a")

    assert str(error.value) == "Error: KV PUT failed: 429 Too Many Requests"
    assert (refused.status_code, refused.json()) == (429, TOO_SOON)
    assert kv.data["a"].text == "1"

    clock.advance(0.5)
    await kv.put("a", "3")
    assert kv.data["a"].text == "3"


@pytest.mark.fidelity("write-limit-counts")
async def test_other_keys_and_other_namespaces_have_a_second_of_their_own(api: KVApi) -> None:
    api.account.write_limit = True
    other = api.account.create_namespace("OTHER")

    await api.namespace.put("a", "1")
    await api.namespace.put("b", "1")
    await other.put("a", "1")
    await api.namespace.delete("a")

    with pytest.raises(KVError, match="429"):
        await api.namespace.put("a", "2")


@pytest.mark.fidelity("bulk-write-too-soon")
def test_one_key_written_too_soon_stops_a_bulk_write(api: KVApi) -> None:
    api.account.write_limit = True

    assert counted(sent(api, "PUT", "/{ns}/bulk", pairs("a", "a", value="1"))) == (1, [])
    refused = sent(api, "PUT", "/{ns}/bulk", pairs("a", "b", value="2"))

    assert refused.status_code == 429
    assert refused.json() == refusal(10022, "bulk put: 'Too Many Requests'")
    assert {name: entry.text for name, entry in api.namespace.data.items()} == {"a": "1"}

    api.account.clock.advance(1)
    assert counted(sent(api, "PUT", "/{ns}/bulk", pairs("a", "b", value="2"))) == (2, [])


@pytest.mark.fidelity("write-limit-counts")
async def test_a_write_that_was_refused_or_seeded_does_not_count(api: KVApi) -> None:
    api.account.write_limit = True
    api.namespace.seed({"a": "seed"})

    with pytest.raises(KVError, match="must be at least 60"):
        await api.namespace.put("a", "1", expirationTtl=59)
    await api.namespace.put("a", "2")

    assert api.namespace.data["a"].text == "2"


async def test_without_the_limit_the_last_write_wins(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    assert kv_account.write_limit is False

    for number in range(10):
        await kv_namespace.put("a", str(number))

    assert kv_namespace.data["a"].text == "9"


# Requests in five minutes


@pytest.mark.fidelity("Limits.requests_window_seconds", "REQUESTS_TOO_MANY")
def test_one_request_too_many_shuts_the_client_out_for_five_minutes(api: KVApi) -> None:
    api.account.request_limit = 2
    clock = api.account.clock

    passed = [sent(api, "GET", "/{ns}/keys").status_code for _ in range(2)]
    clock.advance(100)
    refused = sent(api, "GET", "/{ns}/keys")
    clock.advance(299.5)
    still_refused = sent(api, "DELETE", "/{ns}/values/a")
    clock.advance(0.5)

    assert passed == [200, 200]
    assert (refused.status_code, refused.json()) == (429, PLEASE_WAIT)
    assert (still_refused.status_code, still_refused.json()) == (429, PLEASE_WAIT)
    assert [refused.headers["retry-after"], still_refused.headers["retry-after"]] == ["300", "1"]
    assert sent(api, "GET", "/{ns}/keys").status_code == 200
    api.namespace.assert_no_deletes()


@pytest.mark.fidelity("Limits.requests_per_second", "request-limit-second")
def test_one_request_too_many_in_a_second_is_refused_until_the_next() -> None:
    limits = Limits(requests=4, requests_per_second=2)
    account = KVAccount(clock=StoppedClock(), limits=limits)
    account.request_limit = True
    with mock_api(account) as api:
        passed = [sent(api, "GET", "/{ns}/keys").status_code for _ in range(2)]
        account.clock.advance(0.9)
        refused = sent(api, "GET", "/{ns}/keys")
        account.clock.advance(1)
        passed += [sent(api, "GET", "/{ns}/keys").status_code for _ in range(2)]

    assert (passed, Limits().requests_per_second) == ([200] * 4, 200)
    assert (refused.status_code, refused.json()) == (429, PLEASE_WAIT)
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit"] == '"default";r=2;t=300'


@pytest.mark.fidelity("request-limit-second")
def test_a_limit_that_a_test_names_has_no_other_for_a_second(api: KVApi) -> None:
    api.account.request_limit = True
    api.account.request_limit = 201

    codes = [sent(api, "GET", "/{ns}/keys").status_code for _ in range(202)]

    assert codes == [200] * 201 + [429]


@pytest.mark.fidelity("request-limit-second")
def test_the_five_minutes_of_a_client_that_is_shut_out_are_told_before_the_second() -> None:
    limits = Limits(requests=1, requests_per_second=1)
    account = KVAccount(clock=StoppedClock(), limits=limits)
    account.request_limit = True
    with mock_api(account) as api:
        answers = [sent(api, "GET", "/{ns}/keys") for _ in range(3)]

    assert [answer.headers.get("retry-after") for answer in answers] == [None, "300", "300"]


@pytest.mark.fidelity("request-quota-headers")
def test_every_answer_tells_how_many_requests_are_left(api: KVApi) -> None:
    api.account.request_limit = 3
    api.namespace.seed({"a": "v"})

    answers = []
    for method, below in (
        ("GET", "/{ns}/values/a"),
        ("GET", "/{ns}/values/missing"),
        ("PUT", "/{ns}/bulk"),
        ("GET", "/{ns}/keys"),
    ):
        answers.append(sent(api, method, below))
        api.account.clock.advance(10)

    assert [answer.status_code for answer in answers] == [200, 404, 400, 429]
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"default";r=2;t=300',
        '"default";r=1;t=290',
        '"default";r=0;t=280',
        '"default";r=0;t=300',
    ]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=3;w=300'}


@pytest.mark.fidelity("request-quota-headers")
def test_without_the_limit_and_without_credentials_nothing_tells_of_it(api: KVApi) -> None:
    unlimited = sent(api, "GET", "/{ns}/keys")
    api.account.request_limit = True
    path = f"/accounts/{api.account_id}/storage/kv/namespaces"
    anonymous = httpx.get(api.base_url + path)

    assert (unlimited.status_code, anonymous.status_code) == (200, 400)
    assert not {"ratelimit", "ratelimit-policy"} & {*unlimited.headers, *anonymous.headers}


def test_a_planned_fault_over_rest_tells_of_the_limit_too(api: KVApi) -> None:
    api.account.request_limit = True
    api.account.fail_next("list", 429)

    answer = sent(api, "GET", "/{ns}/keys")

    assert answer.headers["ratelimit"] == '"default";r=1199;t=300'
    assert answer.headers["ratelimit-policy"] == '"default";q=1200;w=300'
    assert answer.headers["retry-after"] == "0"


async def test_the_binding_has_no_limit_of_requests(api: KVApi) -> None:
    api.account.request_limit = 0

    assert await api.namespace.get("a") is None
    assert sent(api, "GET", "/{ns}/values/a").status_code == 429


@pytest.mark.fidelity("Limits.requests")
def test_the_limit_of_production_is_a_limit_of_the_account() -> None:
    account = KVAccount(limits=Limits(requests=3))

    account.request_limit = True
    assert account.request_limit == 3
    account.request_limit = False
    assert account.request_limit is None
    assert Limits().requests == 1_200

    with pytest.raises(ValueError, match=r"^a limit is 0 requests or more, not -1$"):
        account.request_limit = -1
    assert account.request_limit is None


def test_a_limit_taken_back_lets_the_client_in(api: KVApi) -> None:
    api.account.request_limit = 0
    assert sent(api, "GET", "/{ns}/keys").status_code == 429

    api.account.request_limit = None

    assert sent(api, "GET", "/{ns}/keys").status_code == 200
