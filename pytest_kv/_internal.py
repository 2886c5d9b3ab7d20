"""What ``strategies`` and ``contract`` need beyond the public names.

Nothing here imports httpx, respx or a server until it is called: strategies need none of them.
"""

from __future__ import annotations

__all__ = (
    "FORBIDDEN_NAMES",
    "INT32_MAX",
    "INT32_MIN",
    "SkippedTime",
    "calls_text",
    "compact_json",
    "forget_planned_faults",
    "is_legal_key",
    "key_list",
    "open_api",
    "open_intercept",
    "open_server",
    "plural",
    "shortened",
    "skip_sleep",
    "unwatched_account",
    "was_stopped",
)

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_kv._binding.conversions import INT32_MAX, INT32_MIN
from pytest_kv._core.limits import Limits
from pytest_kv._core.rules import FORBIDDEN_NAMES, Refused, Rules
from pytest_kv._core.strict_json import compact_json
from pytest_kv._core.text import key_list, plural, shortened
from pytest_kv._sleep import SkippedTime, skip_sleep

if TYPE_CHECKING:
    from pytest_kv._account import KVAccount
    from pytest_kv._transports.intercept import KVIntercept
    from pytest_kv._transports.respx_mount import KVApi
    from pytest_kv._transports.server import KVServer


def is_legal_key(name: str) -> bool:
    """Whether KV accepts ``name`` as a key, within production's limits."""
    try:
        Rules(Limits()).check_key(name)
    except Refused:
        return False
    return True


@contextmanager
def open_api(account: KVAccount) -> Iterator[KVApi]:
    """``mock_api`` without the check for faults; httpx clients share one TLS context."""
    from pytest_kv._transports.respx_mount import mounted
    from pytest_kv._transports.shared_tls import shared_tls_context

    with shared_tls_context(), mounted(account) as api:
        yield api


@contextmanager
def open_server(account: KVAccount) -> Iterator[KVServer]:
    """``serve`` without the check for faults; httpx clients share one TLS context."""
    from pytest_kv._transports.server import serving
    from pytest_kv._transports.shared_tls import shared_tls_context

    with shared_tls_context(), serving(account) as server:
        yield server


@contextmanager
def open_intercept(account: KVAccount) -> Iterator[KVIntercept]:
    """``intercept`` without the checks at its end; httpx clients share one TLS context."""
    from pytest_kv._transports.intercept import intercepting
    from pytest_kv._transports.shared_tls import shared_tls_context

    with shared_tls_context(), intercepting(account) as api:
        yield api


def unwatched_account() -> KVAccount:
    """A new account that is in no report of a test, and whose faults nobody checks."""
    from pytest_kv._account import KVAccount
    from pytest_kv._core.uses import unwatch

    account = KVAccount()
    unwatch(account._core)
    return account


def calls_text(account: KVAccount) -> str:
    """The calls of an account, one a line, as the report of a failing test shows them."""
    from pytest_kv._report import calls

    return calls.calls_text(account)


def forget_planned_faults(account: KVAccount) -> None:
    """Forget every planned fault and turn every switch off."""
    account._core.forget_plans()


def was_stopped(account: KVAccount) -> bool:
    """Whether the client made more calls than ``stop_after`` allowed."""
    return account._core.faults.has_stopped
