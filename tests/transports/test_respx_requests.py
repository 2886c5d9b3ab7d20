"""What of a request reaches the API: its host, its path, its key and its body."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from urllib.parse import quote

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from respx.models import AllMockedAssertionError

from pytest_kv import Entry, KVApi, KVUsageWarning, mock_api
from pytest_kv._report.calls import calls_text
from tests.helpers.samples import HOST_URL, WAYS, Send, counts, url_of

NO_ROUTE = {
    "success": False,
    "errors": [{"code": 7000, "message": "No route for that URI"}],
    "messages": [],
    "result": None,
}

ways = pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)


# What is not KV's


@ways
def test_another_host_is_refused_by_respx_itself(send: Send) -> None:
    with mock_api(), pytest.raises(AllMockedAssertionError) as refusal:
        send(httpx.Request("GET", "https://example.com/"))

    told = "RESPX: <Request('GET', 'https://example.com/')> not mocked!"
    assert str(refusal.value) == told


@ways
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/client/v4/zones"), ("POST", "/client/v4/user/tokens/verify?x=1"), ("GET", "/")],
)
def test_any_other_path_of_the_api_is_kvs_404(send: Send, method: str, path: str) -> None:
    with mock_api() as api:
        response = send(httpx.Request(method, HOST_URL + path))

    assert (response.status_code, response.json()) == (404, NO_ROUTE)
    assert counts(api) == {"unknown": 1}
    [call] = api.account.calls
    assert str(call) == (
        f"unknown via rest -> 404 7000: No route for that URI for {method} {path!r}"
    )


def test_another_scheme_port_or_spelling_of_the_host_is_no_way_out(
    kv_api: KVApi, client: httpx.Client
) -> None:
    hosts = ("http://api.cloudflare.com", "https://api.cloudflare.com:8443", HOST_URL.upper())

    statuses = [client.get(f"{host}/client/v4/zones").status_code for host in hosts]

    assert statuses == [404, 404, 404]
    assert counts(kv_api) == {"unknown": 3}


def test_a_method_that_a_path_does_not_know_is_a_405(kv_api: KVApi, client: httpx.Client) -> None:
    response = client.patch(url_of(kv_api))

    message = "Method not allowed for this authentication scheme"
    assert response.status_code == 405
    assert response.json()["errors"] == [{"code": 10405, "message": message}]
    assert counts(kv_api) == {"unknown": 1}


def test_a_malformed_account_id_is_a_404(kv_api: KVApi, client: httpx.Client) -> None:
    path = "/client/v4/accounts/short/storage/kv/namespaces"

    response = client.get(HOST_URL + path)

    message = f"Could not route to {path}, perhaps your object identifier is invalid?"
    assert response.status_code == 404
    assert response.json()["errors"] == [{"code": 7003, "message": message}]
    assert counts(kv_api) == {"unknown": 1}


# How keys and bodies arrive


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("a%2Fb", "a/b"),
        ("a/b", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("100%25", "100%"),
        ("%2E%2E%2Fa", "../a"),
        ("%2e.%2ea", "...a"),
        (".hidden.", ".hidden."),
        ("a%3Fb%23c", "a?b#c"),
        ("a+b%20c", "a+b c"),
        ("%C3%A9\u00e9\U0001f600", "éé😀"),
        ("%00%7F", "\x00\x7f"),
    ],
)
def test_a_key_in_a_path_arrives_decoded_once(
    sent: str, key: str, kv_api: KVApi, client: httpx.Client
) -> None:
    assert client.put(url_of(kv_api, f"/{{ns}}/values/{sent}"), content=b"v").status_code == 200

    assert list(kv_api.namespace.data) == [key]


# A client costs 20 ms, most of it for TLS.
SHARED_CLIENT = httpx.Client(headers={"Authorization": "Bearer any"})


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128).filter(
        lambda key: key not in {".", ".."}
    )
)
def test_any_key_that_is_percent_encoded_arrives_as_it_is(key: str) -> None:
    with mock_api() as api:
        path = f"/{{ns}}/values/{quote(key, safe='')}"

        assert SHARED_CLIENT.delete(url_of(api, path)).json()["success"]

        assert api.namespace.deletes == [key]


@pytest.mark.parametrize("key", ["%2E", "%2e%2E", ".%2E"])
def test_a_percent_encoded_dot_segment_is_refused_as_a_key(
    key: str, kv_api: KVApi, client: httpx.Client
) -> None:
    response = client.delete(url_of(kv_api, f"/{{ns}}/values/{key}"))

    dots = key.upper().replace("%2E", ".")
    message = f"remove key: 'Illegal key name \"{dots}\". Please use a different name.'"
    assert response.status_code == 400
    assert response.json()["errors"] == [{"code": 10042, "message": message}]
    assert kv_api.routes["delete"].call_count == 1


@pytest.mark.parametrize("key", ["..", "x/../.."])
def test_a_key_that_httpx_collapses_without_a_slash_removes_the_namespace(
    key: str, kv_api: KVApi, client: httpx.Client
) -> None:
    """The request is that of a wanted removal, so nothing warns; a failing test's report does."""
    response = client.delete(url_of(kv_api, f"/{{ns}}/values/{key}"))

    assert response.json()["success"]
    assert kv_api.account.namespaces == {}
    assert counts(kv_api) == {"remove_namespace": 1}
    assert calls_text(kv_api.account) == (
        "1. remove_namespace via rest\n"
        "   nearest: delete, DELETE …/storage/kv/namespaces/{namespace_id}/values/{key}\n"
        "   differs: a client that collapses the key '..' or 'x/../..' turns it into this"
    )


def test_a_key_that_httpx_collapses_to_a_slash_removes_the_namespace_loudly(
    kv_api: KVApi, client: httpx.Client
) -> None:
    with pytest.warns(KVUsageWarning) as told:
        response = client.delete(url_of(kv_api, "/{ns}/values/x/../../"))

    assert response.json()["success"]
    assert kv_api.account.namespaces == {}
    [warning] = told
    assert warning.filename == __file__
    assert str(warning.message) == (
        f"DELETE {response.request.url.path} removes the whole namespace 'KV'. A path that ends "
        "like this is what a client makes of a key with dot segments, such as '..' or 'x/../..': "
        "it was collapsed before it was sent. Percent-encode the slashes of a key, and refuse the "
        "keys '.' and '..'."
    )


def pieces() -> Iterator[bytes]:
    yield b"one "
    yield b"two"


async def async_pieces() -> AsyncIterator[bytes]:
    yield b"one "
    yield b"two"


def test_streamed_bodies_arrive_whole(kv_api: KVApi, client: httpx.Client) -> None:
    for name, body in {"iterator": pieces(), "file": BytesIO(b"one two")}.items():
        client.put(url_of(kv_api, f"/{{ns}}/values/{name}"), content=body)
    client.put(
        url_of(kv_api, "/{ns}/values/form"),
        files={"value": BytesIO(b"one two")},
        data={"metadata": '{"page": 1}'},
    )

    assert kv_api.namespace.data == {
        "iterator": Entry("one two"),
        "file": Entry("one two"),
        "form": Entry("one two", metadata={"page": 1}),
    }


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_bodies_streamed_by_async_clients_arrive_whole(backend: str, kv_api: KVApi) -> None:
    async def put() -> None:
        headers = {"Authorization": f"Bearer {kv_api.api_token}"}
        async with httpx.AsyncClient(headers=headers) as client:
            await client.put(url_of(kv_api, "/{ns}/values/k"), content=async_pieces())

    anyio.run(put, backend=backend)

    assert kv_api.namespace.data == {"k": Entry("one two")}


def test_a_response_can_be_streamed(kv_api: KVApi, client: httpx.Client) -> None:
    kv_api.namespace.seed({"k": "x" * 1000})

    with client.stream("GET", url_of(kv_api, "/{ns}/values/k")) as response:
        chunks = list(response.iter_bytes(400))

    assert [len(chunk) for chunk in chunks] == [400, 400, 200]
