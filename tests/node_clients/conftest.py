"""The clients, pointed at the test's own server; without them nothing here is collected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_kv import KVServer
from tests.node_clients.client import Node, Sdk, Storage
from tests.node_clients.packages import CLIENTS

collect_ignore_glob = [] if CLIENTS.is_whole() else ["test_*.py"]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One process for the run; at its end, check that no client asked for another host."""
    names = tmp_path_factory.mktemp("node") / "names"
    with Node(names) as node:
        yield node
    assert not names.exists()


@pytest.fixture
def sdk(node: Node, kv_server: KVServer) -> Sdk:
    """The SDK for TypeScript; the environment alone names the server."""
    return Sdk(node, kv_server)


@pytest.fixture
def storage(node: Node, kv_server: KVServer) -> Storage:
    """unstorage on the server's default namespace."""
    return Storage(node, kv_server)
