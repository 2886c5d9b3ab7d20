"""Wrangler, pointed at the test's own server; without Wrangler nothing here is collected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_kv import KVServer
from pytest_kv._rest.api import RestApi
from pytest_kv._rest.http import Request, Response
from tests.wrangler.cli import NPM_REGISTRY, WRANGLER, Wrangler

collect_ignore_glob = [] if WRANGLER.is_whole() else ["test_*.py"]

_NAMESPACES = "/storage/kv/namespaces"


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server was sent: methods and targets, those of KV from behind ``…/namespaces``."""
    sent: list[str] = []
    handle = RestApi.handle

    def spy(self: RestApi, request: Request) -> Response:
        _, is_kvs, below = request.target.partition(_NAMESPACES)
        sent.append(f"{request.method} {below if is_kvs else request.target}")
        return handle(self, request)

    monkeypatch.setattr(RestApi, "handle", spy)
    return sent


@pytest.fixture
def wrangler(requests: list[str], kv_server: KVServer, tmp_path: Path) -> Iterator[Wrangler]:
    """Wrangler; at the end of the test it must have wanted nothing from outside but npm's word."""
    folder = tmp_path / "wrangler"
    folder.mkdir()
    cli = Wrangler(folder, kv_server.env, kv_server.namespace_id)
    yield cli
    assert cli.names_asked_for <= {NPM_REGISTRY}
