"""One namespace in an account whose clock stands still, and the same seen from two cities."""

from __future__ import annotations

import pytest

from pytest_kv import KVAccount, KVClock, KVNamespace
from tests.helpers.stopped_clock import StoppedClock


@pytest.fixture
def account() -> KVAccount:
    return KVAccount(clock=StoppedClock())


@pytest.fixture
def clock(account: KVAccount) -> KVClock:
    return account.clock


@pytest.fixture
def central(account: KVAccount) -> KVNamespace:
    return account.default_namespace


@pytest.fixture
def london(central: KVNamespace) -> KVNamespace:
    return central.at("LHR")


@pytest.fixture
def paris(central: KVNamespace) -> KVNamespace:
    return central.at("CDG")
