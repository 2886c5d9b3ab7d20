"""Both clients, a transport, and no waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import anyio
import anyio.lowlevel
import pytest

from pytest_kv._transports.endpoint import Endpoint
from tests.sdk.caller import Sdk


@pytest.fixture
def face(request: pytest.FixtureRequest) -> Endpoint:
    """The API on respx, or where a test says so over HTTP."""
    face: Endpoint = request.getfixturevalue(getattr(request, "param", "kv_api"))
    return face


@pytest.fixture(params=["sync", "async"])
def sdk(face: Endpoint, request: pytest.FixtureRequest) -> Iterator[Sdk]:
    """The SDK's sync client, and its async one."""
    if request.param == "sync":
        sdk = Sdk(face, None)
        yield sdk
        sdk.close()
        return
    with asyncio.Runner() as runner:
        sdk = Sdk(face, runner)
        yield sdk
        sdk.close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds the SDK would have slept before it tried again; it does not sleep."""
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(time, "sleep", naps.append)
    monkeypatch.setattr(anyio, "sleep", nap)
    return naps
