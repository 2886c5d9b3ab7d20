"""`python -m tests.wrangler [option of pytest ...]`: runs Wrangler and the clients for Node.

It installs them from npm, and runs the suites `tests/wrangler` and `tests/node_clients`.
"""

from __future__ import annotations

__all__ = ()

import sys
from pathlib import Path

import pytest

from tests.helpers.node import install
from tests.node_clients.packages import SDK_VERSION, UNSTORAGE_VERSION
from tests.wrangler.cli import WRANGLER_VERSION

if __name__ == "__main__":
    wrangler = install("wrangler", WRANGLER_VERSION)
    clients = install("cloudflare", SDK_VERSION, unstorage=UNSTORAGE_VERSION)
    for versions in (wrangler.versions, clients.versions):
        print(", ".join(f"{name} {version}" for name, version in versions.items()), flush=True)
    folder = Path(__file__).parent
    suites = (folder, folder.with_name("node_clients"))
    sys.exit(pytest.main([*map(str, suites), *sys.argv[1:]]))
