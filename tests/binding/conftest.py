"""An account of its own for each test, whose clock stands still."""

from __future__ import annotations

from typing import cast

import pytest

from pytest_kv import KVAccount, KVNamespace
from tests.helpers.stopped_clock import StoppedClock
from tests.helpers.worker import Binding


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def account(clock: StoppedClock) -> KVAccount:
    return KVAccount(clock=clock)


@pytest.fixture
def namespace(account: KVAccount) -> KVNamespace:
    return account.default_namespace


@pytest.fixture
def kv(namespace: KVNamespace) -> Binding:
    """The same namespace, for code that passes anything."""
    return cast(Binding, namespace)
