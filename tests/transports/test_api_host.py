"""The API's host in this process: who answers for it, what is patched, what is left alone."""

from __future__ import annotations

import asyncio
import errno
import functools
import http.client
import importlib
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import aiohttp
import httpcore
import pytest
import trio

from pytest_kv import KVIntercept, intercept, mock_api, serve
from pytest_kv._transports.api_host import answered_by, unreachable
from pytest_kv._transports.certificates import certificate
from pytest_kv._transports.host_claims import STAND_IN
from pytest_kv._transports.patch import import_early

HOST = "api.cloudflare.com"
SPELLINGS = [HOST, "API.Cloudflare.com", "api.cloudflare.com.", b"api.cloudflare.com"]

spellings = pytest.mark.parametrize("host", SPELLINGS)


OURS = certificate().client_context()


def answered(port: int = 4430) -> AbstractContextManager[None]:
    return answered_by("127.0.0.1", port, OURS)


def refusing(words: str = "nobody is there") -> AbstractContextManager[None]:
    return unreachable(lambda: words)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that sockets connect to, in place of a connection."""
    addresses: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> int:
        addresses.append(address)
        return 0

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return addresses


# Names


@spellings
@pytest.mark.parametrize("port", [443, "443", "https"])
def test_the_name_stands_for_an_address_of_this_machine_and_the_servers_port(
    host: str, port: Any
) -> None:
    with answered(4430):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    assert [(family, address) for family, *_, address in found] == [
        (socket.AF_INET, (STAND_IN, 4430))
    ]


def test_another_port_of_the_name_stays_as_it_is() -> None:
    with answered():
        assert {address[1] for *_, address in socket.getaddrinfo(HOST, 80)} == {80}
        assert {address[1] for *_, address in socket.getaddrinfo(HOST, None)} == {0}


def test_a_look_up_for_ipv6_alone_finds_the_same_address() -> None:
    with answered(4430):
        [(family, *_, address)] = socket.getaddrinfo(
            HOST, 443, socket.AF_INET6, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )

    assert (family, address[:2]) == (socket.AF_INET6, (f"::ffff:{STAND_IN}", 4430))


def test_a_look_up_of_numbers_only_says_that_it_is_a_name() -> None:
    with answered(), pytest.raises(socket.gaierror) as failure:
        socket.getaddrinfo(HOST, 443, flags=socket.AI_NUMERICHOST)

    assert failure.value.args == (socket.EAI_NONAME, f"{HOST} is a name, not an address")


@spellings
def test_the_older_look_ups_find_the_same_address(host: str) -> None:
    with answered():
        assert socket.gethostbyname(host) == STAND_IN
        assert socket.gethostbyname_ex(host) == (HOST, [], [STAND_IN])
        assert socket.gethostbyaddr(host) == (HOST, [], [STAND_IN])


def test_a_look_up_of_the_name_of_an_address_takes_no_name() -> None:
    """So there is nothing to patch: Python looks no name up there."""
    with answered(), pytest.raises(socket.gaierror):
        socket.getnameinfo((HOST, 443), 0)


def test_other_names_are_looked_up_as_ever() -> None:
    with answered():
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
        assert socket.gethostbyname_ex("127.0.0.1") == ("127.0.0.1", [], ["127.0.0.1"])
        [found] = socket.getaddrinfo("127.0.0.1", 443, socket.AF_INET, socket.SOCK_STREAM)
        with pytest.raises(AssertionError, match="about to reach the network"):
            socket.getaddrinfo("www.cloudflare.com", 443)

    assert found[-1] == ("127.0.0.1", 443)


def test_other_names_are_looked_up_by_asyncio_as_ever() -> None:
    async def look_up() -> Any:
        return await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 443, family=socket.AF_INET)

    with refusing():
        found = asyncio.run(look_up())

    assert {address for *_, address in found} == {("127.0.0.1", 443)}


# Connections


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ((HOST, 443), ("127.0.0.1", 4430)),
        ((STAND_IN, 443), ("127.0.0.1", 4430)),
        ((STAND_IN, 4430), ("127.0.0.1", 4430)),
        ((f"::ffff:{STAND_IN}", 443, 0, 0), ("::ffff:127.0.0.1", 4430, 0, 0)),
        (("127.0.0.1", 443), ("127.0.0.1", 443)),
        (("www.cloudflare.com", 443), ("www.cloudflare.com", 443)),
        ("a.socket", "a.socket"),
        ((16,), (16,)),
    ],
)
def test_a_socket_for_the_host_connects_to_the_server_and_any_other_where_it_wants(
    address: Any, expected: Any, method: str, connected: list[Any]
) -> None:
    with answered(4430), socket.socket() as client:
        getattr(client, method)(address)

    assert connected == [expected]


def test_the_stand_in_is_any_address_once_no_block_is_open(connected: list[Any]) -> None:
    with answered():
        leftover = socket.socket.connect
    with socket.socket() as client:
        leftover(client, (STAND_IN, 443))

    assert connected == [(STAND_IN, 443)]


def test_a_proxy_may_be_asked_once_no_block_is_open() -> None:
    with answered():
        leftover = socket.socket.send
    one, other = socket.socketpair()
    with one, other:
        leftover(one, b"CONNECT api.cloudflare.com:443")
        assert other.recv(100) == b"CONNECT api.cloudflare.com:443"


def test_the_api_has_no_port_for_http_without_tls() -> None:
    with answered(), socket.socket() as client, pytest.raises(ConnectionRefusedError) as failure:
        client.connect((STAND_IN, 80))

    assert failure.value.strerror == (
        "Cloudflare's API answers at port 443 only, not at port 80: "
        "write https://api.cloudflare.com without a port"
    )


# Datagrams


def datagrams() -> dict[str, Any]:
    """Each way to send a datagram to an address."""
    return {
        "sendto": lambda sender, address: sender.sendto(b"data", address),
        "sendto with flags": lambda sender, address: sender.sendto(b"data", 0, address),
        "sendmsg": lambda sender, address: sender.sendmsg([b"data"], [], 0, address),
        "connect": lambda sender, address: sender.connect(address),
    }


datagram = pytest.mark.parametrize("name", datagrams())


@datagram
@pytest.mark.parametrize("host", [HOST, STAND_IN])
def test_a_datagram_to_the_host_fails_before_the_name_is_looked_up(host: str, name: str) -> None:
    with (
        answered(),
        socket.socket(type=socket.SOCK_DGRAM) as sender,
        pytest.raises(ConnectionRefusedError) as failure,
    ):
        datagrams()[name](sender, (host, 443))

    assert failure.value.strerror == (
        "pytest-kv answers for api.cloudflare.com over TCP only, not over UDP: "
        "use HTTP/1.1, not HTTP/3"
    )


@datagram
def test_a_datagram_to_another_address_is_sent(name: str) -> None:
    with (
        answered(),
        socket.socket(type=socket.SOCK_DGRAM) as receiver,
        socket.socket(type=socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        datagrams()[name](sender, receiver.getsockname())
        if name == "connect":
            sender.sendmsg(iter([b"da", b"ta"]))
        assert receiver.recv(10) == b"data"


# TLS


@spellings
def test_a_connection_to_the_host_trusts_our_certificate_and_nothing_else(host: str) -> None:
    theirs = ssl.create_default_context()
    with answered():
        made = theirs.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=host)

    assert made.context is OURS
    assert made.server_hostname == HOST
    assert len(OURS.get_ca_certs()) == 1
    assert (made.context.verify_mode, made.context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_connection_to_another_host_is_made_with_the_clients_own_context() -> None:
    theirs = ssl.create_default_context()
    with answered(), socket.socket() as plain:
        bio = theirs.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="example.com")
        with theirs.wrap_socket(plain, server_hostname="example.com") as wrapped:
            assert bio.context is wrapped.context is theirs


class Stricter(ssl.SSLContext):
    """A context that looks at certificates itself, as that of truststore does."""

    def wrap_bio(self, *args: Any, **options: Any) -> Any:
        raise ssl.SSLCertVerificationError("it is not in the system's store")


def test_a_context_of_a_kind_of_its_own_trusts_our_certificate_for_the_host_alone() -> None:
    theirs = Stricter(ssl.PROTOCOL_TLS_CLIENT)
    ends = (ssl.MemoryBIO(), ssl.MemoryBIO())

    with answered():
        assert theirs.wrap_bio(*ends, server_hostname=HOST).context is OURS
        with pytest.raises(ssl.SSLCertVerificationError):
            theirs.wrap_bio(*ends, server_hostname="example.com")
    with pytest.raises(ssl.SSLCertVerificationError):
        theirs.wrap_bio(*ends, server_hostname=HOST)


# Refusals


def attempts() -> dict[str, Any]:
    """Each way to reach the host."""
    context = ssl.create_default_context()
    return {
        "getaddrinfo": lambda: socket.getaddrinfo(HOST, 443),
        "gethostbyname": lambda: socket.gethostbyname(HOST),
        "gethostbyname_ex": lambda: socket.gethostbyname_ex(HOST),
        "gethostbyaddr": lambda: socket.gethostbyaddr(HOST),
        "connect": lambda: connect_to((HOST, 443)),
        "connect to the stand-in": lambda: connect_to((STAND_IN, 443)),
        "wrap_bio": lambda: context.wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=HOST
        ),
        "wrap_socket": lambda: wrap(context),
        "connect with UDP": lambda: with_udp("connect"),
        "sendto": lambda: with_udp("sendto"),
        "sendmsg": lambda: with_udp("sendmsg"),
        "a proxy": ask_a_proxy,
        "a tunnel": lambda: http.client.HTTPSConnection("proxy").set_tunnel(HOST),
        "a tunnel with a port": lambda: http.client.HTTPConnection("proxy").set_tunnel(
            f"{HOST}:443"
        ),
    }


def with_udp(name: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        datagrams()[name](sender, (HOST, 443))


def ask_a_proxy() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"CONNECT api.cloudflare.com:443 HTTP/1.1\r\n")


def connect_to(address: tuple[str, int]) -> None:
    with socket.socket() as client:
        client.connect(address)


def wrap(context: ssl.SSLContext) -> None:
    with socket.socket() as plain:
        context.wrap_socket(plain, server_hostname=HOST)


@pytest.mark.parametrize("name", attempts())
def test_every_attempt_to_reach_the_host_fails_with_the_words_of_the_block(name: str) -> None:
    with refusing("use something else"), pytest.raises(OSError, match=r".*") as failure:
        attempts()[name]()

    assert failure.value.args == (errno.EHOSTUNREACH, "use something else")


def test_an_inner_block_goes_before_an_outer_one_and_a_server_before_words() -> None:
    def words() -> str:
        try:
            return str(socket.getaddrinfo(HOST, 443)[0][-1][1])
        except OSError as error:
            return str(error.strerror)

    with refusing("outer"):
        assert words() == "outer"
        with answered(4430):
            assert words() == "4430"
            with refusing("inner"):
                assert words() == "4430"
                with answered(4431):
                    assert words() == "4431"
                assert words() == "4430"
        assert words() == "outer"


def test_blocks_may_end_in_any_order() -> None:
    first, second = refusing("same"), refusing("same")
    before = dict(vars(socket))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)

    with pytest.raises(OSError, match="same"):
        socket.gethostbyname(HOST)

    second.__exit__(None, None, None)
    assert dict(vars(socket)) == before


# What is patched


def patched() -> dict[str, Any]:
    """What may be patched, as it is now."""
    owners = (
        *(socket, socket.socket, trio.SocketStream),
        *(ssl, ssl.SSLContext, ssl.SSLSocket, ssl.SSLObject, Stricter),
        *(http.client.HTTPConnection, aiohttp.TCPConnector, asyncio.BaseEventLoop),
        *(httpcore.HTTPProxy, httpcore.AsyncHTTPProxy, httpcore.ConnectionPool),
    )
    return {f"{owner.__name__}.{name}": value for owner in owners for name, value in names(owner)}


def names(owner: Any) -> Iterator[tuple[str, Any]]:
    yield from vars(owner).items()


def test_this_is_patched_and_nothing_else() -> None:
    before = patched()
    with refusing():
        during = patched()

    assert patched() == before
    assert {name for name in during if during[name] is not before.get(name)} == {
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyname_ex",
        "socket.gethostbyaddr",
        "socket.connect",
        "socket.connect_ex",
        "socket.send",
        "socket.sendall",
        "socket.sendmsg",
        "socket.sendto",
        "SSLSocket.send",
        "SSLObject.write",
        "SocketStream.send_all",
        "SSLContext.wrap_socket",
        "SSLContext.wrap_bio",
        "Stricter.wrap_bio",
        "HTTPConnection.set_tunnel",
        "HTTPConnection.putrequest",
        "TCPConnector._create_proxy_connection",
        "BaseEventLoop.getaddrinfo",
        "HTTPProxy.create_connection",
        "AsyncHTTPProxy.create_connection",
    }


def test_trio_is_left_alone_where_it_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    before = trio.SocketStream.send_all
    with monkeypatch.context() as hidden:
        hidden.delitem(sys.modules, "trio")
        with refusing():
            assert trio.SocketStream.send_all is before


def test_a_block_needs_no_client_on_c(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("uvloop", "pycurl", "curl_cffi"):
        monkeypatch.setitem(sys.modules, module, None)
    with refusing("use something else"), pytest.raises(OSError, match="use something else"):
        socket.gethostbyname(HOST)


def test_aiohttp_is_left_alone_where_it_is_not_imported_or_is_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = vars(aiohttp.TCPConnector)["_create_proxy_connection"]
    with monkeypatch.context() as changed:
        changed.delattr(aiohttp.TCPConnector, "_create_proxy_connection")
        with refusing():
            assert not hasattr(aiohttp.TCPConnector, "_create_proxy_connection")
    with monkeypatch.context() as hidden:
        hidden.delitem(sys.modules, "aiohttp")
        with refusing():
            assert vars(aiohttp.TCPConnector)["_create_proxy_connection"] is before


def test_a_name_that_a_class_only_inherits_is_inherited_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for method in ("connect", "connect_ex"):
        monkeypatch.delattr(socket.socket, method, raising=False)
    with refusing():
        assert "connect" in vars(socket.socket)

    assert "connect" not in vars(socket.socket)


def test_a_patch_of_the_test_on_top_of_ours_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs(*args: object, **options: object) -> str:
        return "theirs"

    # So that monkeypatch puts this back at last, not our wrapper.
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    with refusing():
        monkeypatch.setattr(socket, "getaddrinfo", theirs)

    assert socket.getaddrinfo(HOST, 443) == "theirs"  # type: ignore[comparison-overlap]


def test_ours_may_be_put_back_after_the_block_and_then_asks_the_original(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = socket.getaddrinfo
    for _ in range(2_000):
        with refusing():
            ours = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", ours)

    with pytest.raises(AssertionError, match="about to reach the network"):
        socket.getaddrinfo(HOST, 443)
    with refusing():
        pass
    assert socket.getaddrinfo is before


# Clients that look names up by themselves


RESOLVER = """
class DNSResolver:
    def getaddrinfo(self, host, family=0, port=None):
        return f"asked for {host}"

    def query_dns(self, host, qtype):
        return f"asked for {host}"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """aiodns as far as it looks names up, installed and not imported."""
    (tmp_path / "aiodns.py").write_text(RESOLVER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "aiodns", raising=False)
    import_early.cache_clear()
    yield
    import_early.cache_clear()
    sys.modules.pop("aiodns", None)


@pytest.fixture
def resolver(installed: None) -> Any:
    """A resolver as that of aiodns: it asks a name server itself."""
    return importlib.import_module("aiodns").DNSResolver()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("block", [mock_api, serve, intercept])
def test_such_a_client_that_is_imported_in_a_block_asks_nobody_either(block: Any) -> None:
    with block():
        resolver: Any = importlib.import_module("aiodns").DNSResolver()
        with pytest.raises(OSError, match="kv_server"):
            resolver.getaddrinfo(HOST, port=443)

    assert resolver.getaddrinfo(HOST) == f"asked for {HOST}"


@pytest.mark.usefixtures("installed")
def test_a_broken_installation_of_one_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "aiodns.py").write_text("raise RuntimeError", encoding="utf-8")

    with mock_api(), pytest.raises(RuntimeError):
        importlib.import_module("aiodns")


def test_a_client_that_looks_names_up_by_itself_is_told_what_to_do(resolver: Any) -> None:
    with intercept():
        with pytest.raises(OSError, match="looks names up by itself") as failure:
            resolver.getaddrinfo(host=HOST, port=443)
        with pytest.raises(OSError, match="looks names up by itself"):
            resolver.query_dns(HOST, "A")
        assert resolver.getaddrinfo("example.com") == "asked for example.com"

    assert failure.value.args == (
        errno.EHOSTUNREACH,
        (
            "kv_intercept cannot answer for api.cloudflare.com: aiodns looks names up by itself. "
            "With aiohttp use TCPConnector(resolver=ThreadedResolver()), or use kv_server."
        ),
    )
    assert resolver.getaddrinfo(HOST) == f"asked for {HOST}"


def test_such_a_client_is_refused_where_every_client_is(resolver: Any) -> None:
    with refusing("use something else"), pytest.raises(OSError, match="use something else"):
        resolver.getaddrinfo(HOST)


@pytest.mark.parametrize("block", [mock_api, serve, intercept])
def test_what_a_test_has_mocked_stays_mocked(block: Any) -> None:
    with (
        mock.patch("socket.getaddrinfo", return_value=["mine"]),
        mock.patch("socket.socket.connect", side_effect=ConnectionRefusedError),
        block(),
    ):
        found: Any = socket.getaddrinfo("example.com", 80)
        assert found == ["mine"]
        with socket.socket() as connection, pytest.raises(ConnectionRefusedError):
            connection.connect(("127.0.0.1", 9))


def test_a_mock_of_the_class_of_contexts_is_no_obstacle() -> None:
    with mock_api():  # what it imports needs the real class, if httpx2 is installed
        pass
    before = socket.getaddrinfo
    with mock.patch("ssl.SSLContext"), mock_api():
        pass

    assert socket.getaddrinfo is before


def test_what_wraps_our_wrapper_meanwhile_is_called_in_the_next_block() -> None:
    before, asked = socket.getaddrinfo, list[str]()
    with mock_api():
        ours = socket.getaddrinfo

        @functools.wraps(ours)
        def tracing(host: Any, *rest: Any, **more: Any) -> Any:
            asked.append(host)
            return ours(host, *rest, **more)

        socket.getaddrinfo = tracing
    try:
        with mock_api():
            socket.getaddrinfo("127.0.0.1", 80)
        assert socket.getaddrinfo is tracing
    finally:
        socket.getaddrinfo = before

    assert asked == ["127.0.0.1"]


def test_an_error_while_patching_leaves_nothing_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise ZeroDivisionError

    before = socket.getaddrinfo
    with monkeypatch.context() as patched:
        patched.setattr("pytest_kv._transports.api_host.tls_patches", fails)
        with pytest.raises(ZeroDivisionError), mock_api():
            pass

    assert socket.getaddrinfo is before
    with mock_api():
        assert socket.getaddrinfo is not before
    assert socket.getaddrinfo is before


def test_a_proxy_of_urllib3_future_fails_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections do not come from http.client's, and are made before their request."""

    class Connection:
        def set_tunnel(self, host: str, port: int) -> str:
            return f"{host}:{port}"

    class Pool:
        host = "proxy.example.com"

        def urlopen(self, method: str, url: str) -> str:
            return f"{method} {url}"

    for name, member in (("backend.hface", Connection), ("connectionpool", Pool)):
        module = ModuleType(f"urllib3_future.{name}")
        vars(module)["HfaceBackend" if member is Connection else "HTTPConnectionPool"] = member
        monkeypatch.setitem(sys.modules, module.__name__, module)

    with mock_api():
        with pytest.raises(OSError, match="use kv_intercept or kv_server"):
            Connection().set_tunnel("api.cloudflare.com", 443)
        with pytest.raises(OSError, match="use kv_intercept or kv_server"):
            Pool().urlopen("GET", "http://api.cloudflare.com/")
        assert Connection().set_tunnel("example.com", 443) == "example.com:443"
        assert Pool().urlopen("GET", "http://example.com/") == "GET http://example.com/"
    assert Connection().set_tunnel("api.cloudflare.com", 443) == "api.cloudflare.com:443"
    assert Pool().urlopen("GET", f"http://{HOST}/") == f"GET http://{HOST}/"


def test_a_whole_url_that_goes_to_the_host_itself_is_answered(kv_intercept: KVIntercept) -> None:
    with closing(http.client.HTTPSConnection(HOST)) as connection:
        connection.request("GET", f"{kv_intercept.base_url}/zones")
        assert connection.getresponse().status == 404


def test_a_class_that_a_test_puts_in_place_of_trios_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Fake:
        pass

    monkeypatch.setattr(trio, "SocketStream", Fake)
    with refusing("any words"):
        assert "send_all" not in vars(Fake)
