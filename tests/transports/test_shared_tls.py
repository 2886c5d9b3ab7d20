"""The contract's clients share one TLS context, unless they ask for another one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from threading import Thread
from typing import Any

import certifi
import httpx
import pytest
from cloudflare import Cloudflare
from httpx._transports import default

from pytest_kv import KVAccount, mock_api
from pytest_kv._internal import open_api, open_server
from pytest_kv._transports.shared_tls import shared_tls_context


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """httpx's own function is there before and after each test."""
    before = default.create_ssl_context  # type: ignore[attr-defined]  # httpx imports it only
    assert before is httpx.create_ssl_context
    yield
    assert default.create_ssl_context is before  # type: ignore[attr-defined]  # as above


def context_of(client: httpx.Client | httpx.AsyncClient) -> ssl.SSLContext:
    transport: Any = client._transport
    context: ssl.SSLContext = transport._pool._ssl_context
    return context


def context(**options: Any) -> ssl.SSLContext:
    """The context of a new client."""
    with httpx.Client(**options) as client:
        return context_of(client)


def test_clients_share_a_context_that_verifies_like_httpxs_own() -> None:
    own = context()
    with shared_tls_context():
        shared = context()
        assert shared is context() is context_of(httpx.AsyncClient())
        assert shared is context_of(Cloudflare(api_token="any")._client)

    assert shared is not own
    assert (shared.verify_mode, shared.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert shared.get_ca_certs() == own.get_ca_certs()
    assert context() is not shared


def test_a_client_that_asks_for_something_else_gets_it() -> None:
    mine = ssl.create_default_context()
    with shared_tls_context():
        shared = context()
        unverified = context(verify=False)

        assert unverified.verify_mode == ssl.CERT_NONE
        assert unverified is not context(verify=False)
        assert context(verify=mine) is mine
        assert context(trust_env=False) is not shared
        assert httpx.create_ssl_context() is not httpx.create_ssl_context()
        assert context().verify_mode == ssl.CERT_REQUIRED


@pytest.mark.filterwarnings("ignore:.*cert:DeprecationWarning")  # httpx since 0.28 warns of it
def test_a_client_certificate_is_loaded_into_a_context_of_its_own() -> None:
    with shared_tls_context():
        shared = context()
        with pytest.raises(FileNotFoundError):
            context(cert="no-such-file.pem")
        assert context() is shared


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
def test_another_environment_gets_another_context(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    path = tmp_path / "file"
    path.write_text(certifi.contents())
    with shared_tls_context():
        before = context()
        monkeypatch.setenv(variable, str(path))
        assert context() is not before
        assert context() is context()


def test_the_outer_of_two_blocks_still_shares_after_the_inner_one() -> None:
    with shared_tls_context():
        shared = context()
        with shared_tls_context():
            assert context() is shared
        assert context() is shared


def test_nothing_is_left_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), shared_tls_context():
        _ = 1 / 0


def test_threads_with_blocks_of_their_own_share_too() -> None:
    found: list[ssl.SSLContext] = []

    def work() -> None:
        with shared_tls_context():
            found.append(context())

    with shared_tls_context():
        threads = [Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(map(id, found)) == {id(context())}
    assert len(found) == 8


def test_a_replacement_inside_the_block_that_is_undone_after_it_shares_nothing() -> None:
    name = "httpx._transports.default.create_ssl_context"
    outer, inner = pytest.MonkeyPatch(), pytest.MonkeyPatch()
    outer.setattr(name, httpx.create_ssl_context)
    with shared_tls_context():
        shared = context()
        inner.setattr(name, httpx.create_ssl_context)
        assert context() is not shared
    inner.undo()
    assert context() is not context()
    with shared_tls_context():
        assert context() is context()
    assert context() is not context()
    outer.undo()


def test_the_contract_shares_over_both_transports_and_mock_api_does_not() -> None:
    with open_api(KVAccount()):
        assert context() is context()
    with open_server(KVAccount()):
        assert context() is context()
    with mock_api(), mock_api():
        assert context() is not context()
