"""Planned faults, over both faces, each in the face's own form."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import httpx
import pytest

from pytest_kv import Entry, KVAccount, KVApi, KVError, KVNamespace
from pytest_kv._core.journal import OPERATIONS, Operation
from tests.helpers.faces import BINDING_CALLS, BINDING_VERBS, refusal, sent
from tests.helpers.samples import SAMPLES, SEED, WAYS, Send, request_for

SEEDED = {key: value if isinstance(value, Entry) else Entry(value) for key, value in SEED.items()}

TOO_MANY = (971, "Please wait and consider throttling your request speed")


async def thrown(kv: KVNamespace, operation: str) -> str:
    with pytest.raises(KVError) as error:
        await BINDING_CALLS[operation](kv)
    return str(error.value)


def recorded(operation: str) -> Any:
    """What the journal calls an operation that has a route of its own."""
    return "bulk_delete" if operation == "bulk_delete_older" else operation


def test_there_is_a_call_for_every_operation() -> None:
    assert {*BINDING_CALLS, *map(recorded, SAMPLES)} == OPERATIONS


# What the caller gets


@pytest.mark.fidelity("fault-status-binding")
@pytest.mark.parametrize("operation", BINDING_CALLS)
async def test_a_status_is_an_error_of_the_binding(
    operation: Operation, kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_namespace.seed(SEED)
    kv_account.fail_next(operation, 503)

    assert await thrown(kv_namespace, operation) == (
        f"Error: KV {BINDING_VERBS[operation]} failed: 503 Service Unavailable"
    )
    assert dict(kv_namespace.data) == SEEDED

    await BINDING_CALLS[operation](kv_namespace)
    assert [call.operation for call in kv_namespace.calls] == [operation, operation]


@pytest.mark.fidelity("fault-status-rest")
@pytest.mark.parametrize("operation", SAMPLES)
def test_a_status_is_an_envelope_over_rest(operation: str, kv_api: KVApi) -> None:
    kv_api.namespace.seed(SEED)
    kv_api.account.fail_next(recorded(operation), 503)

    answer = WAYS["sync"](request_for(kv_api, operation))

    assert (answer.status_code, answer.json()) == (503, refusal(503, "Service Unavailable"))
    assert "retry-after" not in answer.headers
    assert dict(kv_api.namespace.data) == SEEDED
    assert WAYS["sync"](request_for(kv_api, operation)).status_code == 200
    assert [call.error for call in kv_api.account.calls] == [
        "503 503: Service Unavailable",
        None,
    ]


@pytest.mark.fidelity("fault-dropped-binding", "fault-timeout-binding")
@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (KVAccount.fail_next, "KV GET failed: 500 Internal Server Error"),
        (KVAccount.drop_next, "Network connection lost."),
        (KVAccount.time_out_next, "KV GET failed: 504 Gateway Timeout"),
    ],
)
async def test_a_fault_of_the_binding_is_an_error_in_javascript(
    plan: Callable[[KVAccount, str], None],
    message: str,
    kv_account: KVAccount,
    kv_namespace: KVNamespace,
) -> None:
    plan(kv_account, "get")

    with pytest.raises(KVError) as error:
        await kv_namespace.get("a")

    assert (error.value.name, error.value.message) == ("Error", message)
    assert [call.error for call in kv_namespace.calls] == [f"Error: {message}"]


@pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("plan", "error", "message", "noted"),
    [
        pytest.param(
            KVAccount.drop_next,
            httpx.RemoteProtocolError,
            "Server disconnected without sending a response.",
            "a dropped connection",
            id="dropped",
        ),
        pytest.param(
            KVAccount.time_out_next,
            httpx.ReadTimeout,
            "The read operation timed out",
            "a timeout",
            id="timeout",
        ),
    ],
)
def test_no_answer_over_rest_is_an_exception_of_httpx(
    send: Send,
    plan: Callable[[KVAccount, str], None],
    error: type[httpx.TransportError],
    message: str,
    noted: str,
    kv_api: KVApi,
) -> None:
    plan(kv_api.account, "list")
    request = request_for(kv_api, "list")

    with pytest.raises(error) as raised:
        send(request)

    assert type(raised.value) is error
    assert str(raised.value) == message
    assert raised.value.request is request
    assert [str(call) for call in kv_api.account.calls] == [f"list via rest -> {noted}"]
    assert kv_api.routes["list"].call_count == 1
    assert send(request).status_code == 200


@pytest.mark.fidelity("fault-429-rest")
def test_a_429_over_rest_says_how_long_to_wait(kv_api: KVApi) -> None:
    kv_api.account.fail_next("list", 429)
    kv_api.account.fail_next("list", 429, retry_after=7)
    kv_api.account.fail_next("list", 503, retry_after=30)

    answers = [sent(kv_api, "GET", "/{ns}/keys") for _ in range(3)]

    assert [answer.json() for answer in answers] == [
        refusal(*TOO_MANY),
        refusal(*TOO_MANY),
        refusal(503, "Service Unavailable"),
    ]
    assert [answer.headers["retry-after"] for answer in answers] == ["0", "7", "30"]


async def test_a_429_of_the_binding_has_the_words_of_http(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("put", 429, retry_after=7)

    assert await thrown(kv_namespace, "put") == "Error: KV PUT failed: 429 Too Many Requests"


@pytest.mark.fidelity("deviation-daily-quota")
async def test_the_code_and_the_words_can_be_chosen(kv_api: KVApi) -> None:
    account, quota = kv_api.account, "your account has used up its free usage for today"
    account.fail_next("put", 429, 2, code=10048, message=quota)
    account.refuse_next("list", code=10001, message="try again")

    assert await thrown(kv_api.namespace, "put") == f"Error: KV PUT failed: 429 {quota}"
    assert sent(kv_api, "PUT", "/{ns}/values/a").json() == refusal(10048, quota)
    assert sent(kv_api, "GET", "/{ns}/keys").json() == refusal(10001, "try again")


@pytest.mark.parametrize(("status", "words"), [(400, "Bad Request"), (599, "Unknown Error")])
async def test_any_status_of_an_error_can_be_chosen(status: int, words: str, kv_api: KVApi) -> None:
    kv_api.account.fail_next("get", status, 2)

    answer = sent(kv_api, "GET", "/{ns}/values/a")

    assert (answer.status_code, answer.json()) == (status, refusal(status, words))
    assert await thrown(kv_api.namespace, "get") == f"Error: KV GET failed: {status} {words}"


@pytest.mark.fidelity("fault-success-false", "fault-success-false-words")
async def test_success_false_is_an_answer_of_rest_alone(kv_api: KVApi) -> None:
    kv_api.account.refuse_next("delete", after=1)
    kv_api.namespace.seed(SEED)

    answers = []
    for _ in range(3):
        await kv_api.namespace.delete("b")
        answers.append(sent(kv_api, "DELETE", "/{ns}/values/a"))
        kv_api.namespace.seed(SEED)

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json()["success"] for answer in answers] == [True, False, True]
    assert answers[1].json() == refusal(1000, "the request was refused")
    assert kv_api.namespace.deletes == ["b", "a", "b", "b", "a"]


# Which calls


async def outcomes(kv: KVNamespace, operation: str, calls: int) -> list[str]:
    told = []
    for _ in range(calls):
        try:
            await BINDING_CALLS[operation](kv)
        except KVError as error:
            told.append(error.message.removeprefix(f"KV {BINDING_VERBS[operation]} failed: ")[:3])
        else:
            told.append("ok")
    return told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "500 ok ok ok ok"),
        ({"times": 3}, "500 500 500 ok ok"),
        ({"after": 2}, "ok ok 500 ok ok"),
        ({"after": 1, "times": 2}, "ok 500 500 ok ok"),
        ({"times": None}, "500 500 500 500 500"),
        ({"times": None, "after": 4}, "ok ok ok ok 500"),
    ],
)
async def test_a_fault_strikes_the_calls_it_is_planned_for(
    options: dict[str, Any], told: str, kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("put", **options)

    assert await outcomes(kv_namespace, "put", 5) == told.split()


async def test_calls_are_numbered_whichever_face_they_come_through(kv_api: KVApi) -> None:
    kv_api.account.fail_next("get", after=2, times=2)
    kv_api.namespace.seed(SEED)

    assert await outcomes(kv_api.namespace, "get", 1) == ["ok"]
    assert sent(kv_api, "GET", "/{ns}/values/a").text == "1"
    assert await outcomes(kv_api.namespace, "get", 1) == ["500"]
    assert sent(kv_api, "GET", "/{ns}/values/a").status_code == 500
    assert await outcomes(kv_api.namespace, "get", 1) == ["ok"]


async def test_a_fault_leaves_other_operations_alone(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("get")

    assert await outcomes(kv_namespace, "getWithMetadata", 1) == ["ok"]
    assert await outcomes(kv_namespace, "bulk_get", 1) == ["ok"]
    assert await outcomes(kv_namespace, "get", 2) == ["500", "ok"]


@pytest.mark.parametrize("plans", [[(500, 0), (503, 2), (502, 0)], [(500, 0), (502, 0), (503, 2)]])
async def test_of_several_faults_the_first_planned_strikes_and_the_others_wait(
    plans: list[tuple[int, int]], kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    for status, after in plans:
        kv_account.fail_next("list", status, after=after)

    assert await outcomes(kv_namespace, "list", 4) == ["500", "502", "503", "ok"]


async def test_a_call_that_never_reached_kv_is_not_counted(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("put")

    with pytest.raises(KVError, match="not allowed as a key name"):
        await kv_namespace.put("..", "v")

    assert await outcomes(kv_namespace, "put", 2) == ["500", "ok"]


def test_a_request_that_nobody_let_in_is_not_counted(kv_api: KVApi) -> None:
    kv_api.account.fail_next("delete")
    request = request_for(kv_api, "delete")
    del request.headers["Authorization"]

    assert WAYS["sync"](request).status_code == 400
    assert sent(kv_api, "DELETE", "/{ns}/values/a").status_code == 500


# Done, but the answer is lost


async def test_a_call_whose_answer_was_lost_is_done(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_namespace.seed(SEED)
    kv_account.drop_next("delete", done=True)
    kv_account.time_out_next("put", done=True)

    assert await thrown(kv_namespace, "delete") == "Error: Network connection lost."
    assert await thrown(kv_namespace, "put") == "Error: KV PUT failed: 504 Gateway Timeout"

    assert {name: entry.text for name, entry in kv_namespace.data.items()} == {"b": "2", "c": "3"}
    assert kv_namespace.deletes == ["a"]
    kv_namespace.assert_only_deleted("a")
    assert [(call.answer_lost, call.is_done) for call in kv_namespace.calls] == [(True, True)] * 2
    assert [str(call) for call in kv_namespace.calls] == [
        "delete 'a' via binding -> Error: Network connection lost. (it was carried out)",
        "put 'c' via binding -> Error: KV PUT failed: 504 Gateway Timeout (it was carried out)",
    ]


@pytest.mark.parametrize("operation", ["delete", "bulk_delete", "bulk_delete_older"])
def test_a_request_whose_answer_was_lost_is_done(operation: str, kv_api: KVApi) -> None:
    kv_api.namespace.seed(SEED)
    kv_api.account.fail_next(recorded(operation), 502, done=True)
    request = request_for(kv_api, operation)

    answer = WAYS["sync"](request)

    keys = ["a"] if operation == "delete" else ["a", "b"]
    assert (answer.status_code, answer.json()) == (502, refusal(502, "Bad Gateway"))
    assert "a" not in kv_api.namespace.data
    assert kv_api.namespace.deletes == keys
    [call] = kv_api.account.calls
    assert str(call) == (
        f"{recorded(operation)} {', '.join(map(repr, keys))} via rest "
        "-> 502 502: Bad Gateway (it was carried out)"
    )


@pytest.mark.parametrize("plan", [KVAccount.drop_next, KVAccount.time_out_next])
def test_a_request_that_was_never_answered_may_be_done(
    plan: Callable[..., None], kv_api: KVApi
) -> None:
    kv_api.namespace.seed(SEED)
    plan(kv_api.account, "delete", done=True)

    with pytest.raises(httpx.TransportError):
        sent(kv_api, "DELETE", "/{ns}/values/a")

    kv_api.namespace.assert_only_deleted("a")


async def test_an_answer_is_lost_only_when_kv_did_what_was_asked(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.drop_next("put", done=True)

    with pytest.raises(KVError, match="must be at least 60"):
        await kv_namespace.put("c", "3", expirationTtl=59)

    assert await thrown(kv_namespace, "put") == "Error: Network connection lost."


async def test_a_delete_that_was_struck_is_told_when_it_is_missed(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("delete")
    await outcomes(kv_namespace, "delete", 1)

    with pytest.raises(AssertionError) as failure:
        kv_namespace.assert_deleted("a")

    assert str(failure.value).splitlines() == [
        "expected 'a' to be deleted in namespace 'KV', but it was not",
        "  not deleted: 'a'",
        "  deleted:     nothing",
        (
            "  refused:     delete 'a' via binding -> "
            "Error: KV DELETE failed: 500 Internal Server Error"
        ),
    ]


# What cannot be planned


def test_an_operation_there_is_not_is_told_which_there_are() -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011  # the whole message is compared
        KVAccount().fail_next("bulk_delete_older")  # type: ignore[arg-type]  # the mistake is tested

    assert str(error.value) == (
        "there is no operation 'bulk_delete_older' to strike, only bulk_delete, bulk_get, bulk_put,"
        " create_namespace, delete, get, getWithMetadata, get_metadata, get_namespace, list, "
        "list_namespaces, put, remove_namespace, rename_namespace"
    )


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (lambda account: account.fail_next("put", 399), "from 400 to 599, not 399"),
        (lambda account: account.fail_next("put", 600), "from 400 to 599, not 600"),
        (lambda account: account.fail_next("put", times=0), "once or more, not 0 times"),
        (lambda account: account.drop_next("put", after=-1), "0 calls or more pass .*, not -1"),
        (lambda account: account.refuse_next("getWithMetadata"), "no operation 'getWithMetadata'"),
        (lambda account: account.fail_keys("a", times=0), "once or more, not 0 times"),
        (
            lambda account: account.fail_next("list", key="a"),
            "^a call of list names no key, so a fault for it has none$",
        ),
        (
            lambda account: account.delay_next("get", -1),
            "^a call takes 0 seconds or more, not -1$",
        ),
        (lambda account: account.delay_next("get", inf), "0 seconds or more, not inf$"),
        (lambda account: account.delay_next("gett", 1), "^there is no operation 'gett'"),
    ],
)
def test_a_fault_that_could_not_fire_is_a_value_error(
    plan: Callable[[KVAccount], None], message: str
) -> None:
    account = KVAccount()

    with pytest.raises(ValueError, match=message):
        plan(account)

    account.assert_all_faults_fired()


def test_a_key_that_is_no_text_is_a_type_error() -> None:
    account = KVAccount()

    with pytest.raises(TypeError) as error:
        account.fail_next("get", key=b"a")  # type: ignore[arg-type]  # the mistake is tested

    assert str(error.value) == "the key of a fault is a str, not b'a'"
    account.assert_all_faults_fired()
