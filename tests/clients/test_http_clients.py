"""requests, aiohttp and urllib do with ``kv_server`` and ``kv_intercept`` what they do with KV."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_kv import Entry, KVServer, KVUsageWarning, serve
from pytest_kv._core.journal import Operation
from pytest_kv._transports.server import Served
from tests.clients.http_clients import (
    CLIENTS,
    AiohttpClient,
    HttpClient,
    RequestsClient,
    UrllibClient,
)
from tests.helpers.late_answers import until_request_is_read

TRICKY_KEYS = [
    "a/b",
    "/a/",
    "a%2Fb",
    "a?b#c&d=e",
    "a+b c",
    "100%",
    "x/../..",
    "ä 😀",
    "~!*'()",
    "\0",
]


@pytest.fixture(params=["kv_server", "kv_intercept"])
def server(request: pytest.FixtureRequest) -> Served:
    """The API on a port, or at its real address."""
    server: Served = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=CLIENTS)
def client(server: Served, request: pytest.FixtureRequest) -> Iterator[HttpClient]:
    client = CLIENTS[request.param](server)
    yield client
    client.close()


# Write


def test_a_value_is_stored_as_it_is_whatever_type_the_client_calls_it(
    client: HttpClient, server: Served
) -> None:
    """urllib calls every body a form of its own kind, which KV does not read (D)."""
    client.write("k", b"\x00\xff&a=b")

    assert server.namespace.data == {"k": Entry(b"\x00\xff&a=b")}


def test_a_form_has_metadata(client: HttpClient, server: Served) -> None:
    client.write_form("k", b"\x00\xff", {"page": "ä"})

    assert server.namespace.data == {"k": Entry(b"\x00\xff", metadata={"page": "ä"})}


def test_a_value_expires(client: HttpClient, server: Served) -> None:
    client.write("k", b"v", expiration_ttl=60)

    server.account.clock.advance(60)

    assert not server.namespace.data


def test_a_body_in_chunks_arrives_whole(client: HttpClient, server: Served) -> None:
    client.write_pieces("k", (b"%d " % number for number in range(1000)))

    assert server.namespace.data["k"].text.split() == [str(number) for number in range(1000)]


# Read


def test_a_value_is_read_as_it_is(client: HttpClient, server: Served) -> None:
    server.namespace.seed({"k": b"\x00\xff", "empty": b""})

    assert (client.read("k"), client.read("empty")) == (b"\x00\xff", b"")


def test_a_value_of_25_mib_comes_back_whole(client: HttpClient) -> None:
    value = bytes(range(256)) * 2**12 * 25

    client.write("k", value)

    assert client.read("k") == value


@pytest.mark.parametrize("key", TRICKY_KEYS)
def test_a_key_arrives_as_it_is(key: str, client: HttpClient, server: Served) -> None:
    client.write(key, b"v")

    assert list(server.namespace.data) == [key]
    assert client.read(key) == b"v"


# List


def test_a_list_is_followed_over_its_pages(client: HttpClient, server: Served) -> None:
    names = [f"page:{number:04}" for number in range(2_500)]
    server.namespace.seed(dict.fromkeys([*names, "other"], ""))

    assert client.names(prefix="page:") == names

    assert len(server.account.calls) == 3


# Delete


def test_a_key_is_deleted_whether_there_or_not(client: HttpClient, server: Served) -> None:
    server.namespace.seed({"a": "1", "b": "2"})

    client.delete("a")
    client.delete("missing")

    assert server.namespace.deletes == ["a", "missing"]
    assert list(server.namespace.data) == ["b"]


@pytest.mark.parametrize("make_client", [RequestsClient, AiohttpClient])
def test_the_key_of_two_dots_removes_the_namespace_and_the_fake_says_so(
    make_client: type[HttpClient],
) -> None:
    """Seen with requests 2.34.2 and aiohttp 3.14.5: quoting does not help, both collapse it."""

    def delete_two_dots() -> KVServer:
        with serve() as server:
            client = make_client(server)
            client.delete("..")
            client.close()
        return server

    with pytest.warns(KVUsageWarning, match="removes the whole namespace 'KV'"):
        server = delete_two_dots()

    assert not server.account.namespaces


def test_urllib_sends_the_key_of_two_dots_which_kv_refuses(server: Served) -> None:
    with pytest.raises(UrllibClient.refused, match="400"):
        UrllibClient(server).delete("..")

    assert [call.operation for call in server.account.calls] == ["delete"]


def test_a_bulk_delete_takes_10_000_keys(client: HttpClient, server: Served) -> None:
    keys = [f"page:{number}" for number in range(10_000)]
    server.namespace.seed(dict.fromkeys([*keys, "other"], ""))

    done = client.bulk_delete(keys)

    assert done == {"successful_key_count": 10_000, "unsuccessful_keys": []}
    server.namespace.assert_only_deleted(*keys)


def test_a_bulk_delete_says_which_keys_were_not_deleted(client: HttpClient, server: Served) -> None:
    server.namespace.seed({"a": "1", "b": "2"})
    server.account.fail_keys("b")

    done = client.bulk_delete(["a", "b"])

    assert done == {"successful_key_count": 1, "unsuccessful_keys": ["b"]}
    server.namespace.assert_only_deleted("a")


# Errors


def test_a_missing_key_is_a_404(client: HttpClient) -> None:
    with pytest.raises(client.refused, match="404"):
        client.read("missing")


def test_a_ttl_of_59_seconds_is_a_400(client: HttpClient, server: Served) -> None:
    with pytest.raises(client.refused, match="400"):
        client.write("k", b"v", expiration_ttl=59)

    assert not server.namespace.data


@pytest.mark.parametrize("operation", ["put", "get", "list", "delete", "bulk_delete"])
def test_a_planned_status_is_the_clients_own_error(
    operation: Operation, client: HttpClient, server: Served
) -> None:
    server.namespace.seed({"k": "v"})
    server.account.fail_next(operation, 503)

    with pytest.raises(client.refused, match="503"):
        call(client, operation)

    server.namespace.assert_no_deletes()


def test_a_lost_connection_is_the_clients_own_error(client: HttpClient, server: Served) -> None:
    server.account.drop_next("bulk_delete")

    with pytest.raises(client.lost):
        client.bulk_delete(["k"])


@pytest.mark.parametrize("make_client", CLIENTS.values(), ids=CLIENTS)
def test_no_answer_in_time_is_the_clients_own_error(
    make_client: type[HttpClient], server: Served
) -> None:
    server.account.time_out_next("get")
    # The test waits this long. It cannot be too short on a slow machine: no answer ever comes.
    client = make_client(server, timeout=0.1)

    with until_request_is_read(server), pytest.raises(client.late):
        client.read("k")

    client.close()


def call(client: HttpClient, operation: str) -> None:
    """A call of each operation."""
    if operation == "put":
        client.write("k", b"")
    elif operation == "bulk_delete":
        client.bulk_delete(["k"])
    elif operation == "list":
        client.names()
    else:
        {"get": client.read, "delete": client.delete}[operation]("k")
