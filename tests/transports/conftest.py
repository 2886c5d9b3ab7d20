"""No network for any test of the transports, and a plain client for those that need no other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import NoReturn

import httpx
import pytest

from pytest_kv import KVApi


def refuse(*_args: object, **_kwargs: object) -> NoReturn:
    raise AssertionError("a request was about to reach the network")


@pytest.fixture(scope="module", autouse=True)
def _no_network() -> Iterator[None]:
    """Make every socket and every name lookup an error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket.socket, "connect_ex", refuse)
        yield


@pytest.fixture
def client(kv_api: KVApi) -> Iterator[httpx.Client]:
    """A plain client with the API's token."""
    with httpx.Client(headers={"Authorization": f"Bearer {kv_api.api_token}"}) as client:
        yield client
