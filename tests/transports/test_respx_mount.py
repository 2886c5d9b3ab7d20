"""The API on respx: every client reaches every operation, and nothing is left behind."""

from __future__ import annotations

import json

import anyio
import httpcore
import httpx
import pytest
from cloudflare import AsyncCloudflare, Cloudflare
from respx.mocks import Mocker

from pytest_kv import KVAccount, KVApi, mock_api
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request
from pytest_kv._rest.routes import OPERATIONS, UNKNOWN
from tests.helpers.samples import (
    SAMPLES,
    SDK_CALLS,
    SEED,
    WAYS,
    Send,
    counts,
    ids_of,
    request_for,
    url_of,
)

backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def installed_mocks() -> list[object]:
    """The routers respx asks, and httpcore's own methods when respx has replaced them."""
    pools = (
        httpcore.ConnectionPool.handle_request,
        httpcore.AsyncConnectionPool.handle_async_request,
    )
    replaced = [method for method in pools if not method.__module__.startswith("httpcore.")]
    return [*Mocker.registry["httpcore"].routers, *replaced]


# Every operation, for every client


def test_there_is_a_sample_and_a_route_for_each_operation_and_one_for_the_rest(
    kv_api: KVApi,
) -> None:
    operations = list(OPERATIONS.values())

    assert list(SAMPLES) == operations
    assert [route.name for route in kv_api.routes] == [*operations, UNKNOWN]
    assert set(operations) - set(SDK_CALLS) == {"bulk_delete_older"}


@pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("operation", SAMPLES)
def test_httpx_gets_the_rest_faces_answer_through_the_operations_route(
    operation: str, send: Send
) -> None:
    twin = KVAccount()
    twin.default_namespace.seed(SEED)
    with mock_api() as api:
        api.namespace.seed(SEED)
        request = request_for(api, operation)

        response = send(request)

    target = request.url.raw_path.decode()
    asked = Request(request.method, target, request.headers, request.content)
    expected = RestApi(twin._core).handle(asked)
    assert (response.status_code, response.content) == (200, expected.body)
    assert response.headers["content-type"] == expected.headers["content-type"]
    assert counts(api) == {operation: 1}


@pytest.mark.parametrize("operation", SDK_CALLS)
def test_the_official_sdk_reaches_each_operation(operation: str, kv_api: KVApi) -> None:
    kv_api.namespace.seed(SEED)

    with Cloudflare() as sdk:
        SDK_CALLS[operation](sdk.kv.namespaces, ids_of(kv_api))

    assert counts(kv_api) == {operation: 1}
    assert [call.error for call in kv_api.account.calls] == [None]


@backends
@pytest.mark.parametrize("operation", SDK_CALLS)
def test_the_official_async_sdk_reaches_each_operation(
    operation: str, backend: str, kv_api: KVApi
) -> None:
    kv_api.namespace.seed(SEED)

    async def call() -> None:
        async with AsyncCloudflare() as sdk:
            await SDK_CALLS[operation](sdk.kv.namespaces, ids_of(kv_api))

    anyio.run(call, backend=backend)

    assert counts(kv_api) == {operation: 1}
    assert [call.error for call in kv_api.account.calls] == [None]


def test_the_sdk_reads_what_it_wrote(kv_api: KVApi) -> None:
    ids = ids_of(kv_api)
    with Cloudflare() as sdk:
        kv = sdk.kv.namespaces
        kv.values.update("k", **ids, value=b"\x00\xff", metadata='{"page": 1}')

        assert kv.values.get("k", **ids).read() == b"\x00\xff"
        assert kv.metadata.get("k", **ids) == {"page": 1}
        assert [key.name for key in kv.keys.list(**ids)] == ["k"]


@backends
def test_requests_of_concurrent_tasks_are_each_answered(backend: str, kv_api: KVApi) -> None:
    names = [f"k{number}" for number in range(20)]
    kv_api.namespace.seed({name: name for name in names})
    read: dict[str, str] = {}

    async def read_all() -> None:
        headers = {"Authorization": f"Bearer {kv_api.api_token}"}
        async with httpx.AsyncClient(headers=headers) as client, anyio.create_task_group() as tasks:

            async def read_one(name: str) -> None:
                read[name] = (await client.get(url_of(kv_api, f"/{{ns}}/values/{name}"))).text

            for name in names:
                tasks.start_soon(read_one, name)

    anyio.run(read_all, backend=backend)

    assert read == {name: name for name in names}
    assert kv_api.routes["get"].call_count == 20


def test_a_client_made_before_the_block_is_answered_too() -> None:
    with httpx.Client() as client, mock_api() as api:
        assert client.send(request_for(api, "list_namespaces")).status_code == 200


# What a route remembers


def test_a_purge_of_25_000_keys_is_three_calls_with_their_requests_and_responses(
    kv_api: KVApi,
) -> None:
    keys = [f"k{number}" for number in range(25_000)]
    kv_api.namespace.seed(dict.fromkeys(keys, "v"))

    with Cloudflare() as sdk:
        for start in range(0, 25_000, 10_000):
            batch = keys[start : start + 10_000]
            sdk.kv.namespaces.bulk_delete(**ids_of(kv_api), body=batch)

    route = kv_api.routes["bulk_delete"]
    assert not kv_api.namespace.data
    assert route.call_count == 3
    assert [len(json.loads(call.request.content)) for call in route.calls] == [10_000, 10_000, 5000]
    assert route.calls.last.response.json()["result"]["successful_key_count"] == 5000


def test_the_calls_are_still_there_after_the_block() -> None:
    with mock_api() as api:
        WAYS["sync"](request_for(api, "list_namespaces"))

    assert counts(api) == {"list_namespaces": 1}
    [call] = api.routes["list_namespaces"].calls
    assert call.request.url == url_of(api, "")
    assert call.response.json()["success"]
    assert [call.operation for call in api.account.calls] == ["list_namespaces"]


def test_routes_that_nobody_used_are_no_failure() -> None:
    with mock_api() as api:
        pass

    assert counts(api) == {}


# What the block is, and what it leaves


def test_the_api_says_what_a_client_needs_to_be_told() -> None:
    account = KVAccount(id="a" * 32, namespace_id="b" * 32, api_token="token", title="PAGES")
    with mock_api(account) as api:
        assert api.account is account
        assert (api.account_id, api.namespace_id, api.api_token) == ("a" * 32, "b" * 32, "token")
        assert api.namespace is account.default_namespace
        assert api.base_url == "https://api.cloudflare.com/client/v4"
        assert api.routes is api.router.routes
        assert repr(api) == f"<KVApi of {account!r} at https://api.cloudflare.com/client/v4>"


def test_each_block_without_an_account_has_a_fresh_one() -> None:
    with mock_api() as one:
        one.namespace.seed(SEED)
    with mock_api() as other:
        assert other.account is not one.account
        assert not other.namespace.data


def test_one_account_may_have_several_blocks_after_each_other() -> None:
    account = KVAccount()
    for _ in range(2):
        with mock_api(account) as api:
            WAYS["sync"](request_for(api, "list_namespaces"))
            assert counts(api) == {"list_namespaces": 1}

    assert [call.operation for call in account.calls] == ["list_namespaces"] * 2


def test_an_api_that_was_not_started_answers_through_a_transport_of_ones_own() -> None:
    api = KVApi(KVAccount())
    api.router.get(f"{api.base_url}/zones", name="zones").respond(text="zones")

    with httpx.Client(transport=httpx.MockTransport(api.router.handler)) as client:
        assert client.send(request_for(api, "list_namespaces")).status_code == 200
        assert client.get(f"{api.base_url}/zones").text == "zones"
        assert client.get(f"{api.base_url}/user").status_code == 404

    assert counts(api) == {"list_namespaces": 1, "zones": 1, UNKNOWN: 1}


def test_nothing_is_left_in_respx_after_the_block() -> None:
    with mock_api() as api:
        assert api.router in installed_mocks()

    assert installed_mocks() == []


def test_nothing_is_left_in_respx_after_an_exception_which_is_the_callers_own() -> None:
    with pytest.raises(ZeroDivisionError), mock_api():
        _ = 1 / 0

    assert installed_mocks() == []


def test_a_route_by_another_name_says_which_there_are(kv_api: KVApi) -> None:
    with pytest.raises(KeyError) as error:
        _ = kv_api.routes["get_value"]

    assert error.value.args == (
        (
            "no route 'get_value'; there are get, get_namespace, list_namespaces, "
            "create_namespace, rename_namespace, remove_namespace, list, put, delete, "
            "get_metadata, bulk_put, bulk_delete, bulk_delete_older, bulk_get, unknown"
        ),
    )
    assert kv_api.routes[0].name == "list_namespaces"


def test_a_route_of_the_tests_own_is_named_among_the_others(kv_api: KVApi) -> None:
    kv_api.router.get("https://example.com", name="example")

    with pytest.raises(KeyError, match="no route 'exampel'; there are example, list_namespaces"):
        _ = kv_api.routes["exampel"]
    assert kv_api.router["example"].name == "example"
