"""What `strategies` and `contract` use beyond the public names."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from pytest_kv import KVAccount, TooManyCalls
from pytest_kv._internal import (
    forget_planned_faults,
    is_legal_key,
    open_api,
    open_server,
    unwatched_account,
    was_stopped,
)


def test_importing_it_loads_no_http_client_and_no_server() -> None:
    script = (
        "import sys, pytest_kv._internal;"
        "print({'respx', 'httpx', 'h11', 'socketserver', 'werkzeug'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"


@pytest.mark.parametrize(
    ("name", "is_legal"), [("k", True), ("x" * 512, True), ("", False), ("x" * 513, False)]
)
def test_a_key_is_legal_when_kv_accepts_it(name: str, is_legal: bool) -> None:
    assert is_legal_key(name) is is_legal


def test_an_api_opened_for_the_contract_does_not_check_for_faults() -> None:
    account = unwatched_account()
    account.fail_next("get")

    with open_api(account) as api, httpx.Client() as client:
        assert api.account is account
        assert client.get(f"{api.base_url}/no-such-route").status_code == 404


def test_a_server_opened_for_the_contract_does_not_check_for_faults() -> None:
    account = unwatched_account()
    account.fail_next("get")

    with open_server(account) as server:
        assert server.account is account


async def test_an_account_can_forget_what_was_planned() -> None:
    account = KVAccount()
    account.page_size = 1
    account.fail_next("get")
    account.fail_keys("k")
    forget_planned_faults(account)

    assert account.page_size is None
    assert await account.default_namespace.get("k") is None
    account.assert_all_faults_fired()


async def test_it_is_known_whether_a_client_was_stopped() -> None:
    account = KVAccount()
    account.stop_after(1)
    await account.default_namespace.get("k")
    assert not was_stopped(account)

    with pytest.raises(TooManyCalls):
        await account.default_namespace.get("k")
    assert was_stopped(account)
