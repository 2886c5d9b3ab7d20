"""No network but this machine's own, and a plain client for those tests that need no other."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pytest_kv import KVApi


def only_here(original: Callable[..., Any], position: int) -> Callable[..., Any]:
    """``original`` for an address of this machine, and an error for any other."""

    def call(*args: Any, **kwargs: Any) -> Any:
        address = args[position]
        host = address[0] if isinstance(address, tuple) else address
        if not os.fsdecode(host).startswith("127."):
            raise AssertionError("a request was about to reach the network")
        return original(*args, **kwargs)

    return call


@pytest.fixture(scope="module", autouse=True)
def _no_network() -> Iterator[None]:
    """Make every socket to elsewhere and every lookup of a name an error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", only_here(socket.getaddrinfo, 0))
        for method in ("connect", "connect_ex"):
            original = getattr(socket.socket, method)
            patch.setattr(socket.socket, method, only_here(original, 1))
        yield


@pytest.fixture
def client(kv_api: KVApi) -> Iterator[httpx.Client]:
    """A plain client with the API's token."""
    with httpx.Client(headers={"Authorization": f"Bearer {kv_api.api_token}"}) as client:
        yield client
