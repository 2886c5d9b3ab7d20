"""`python -m tests.wrangler [option of pytest ...]`: installs Wrangler and runs the suite on it."""

from __future__ import annotations

__all__ = ()

import sys
from pathlib import Path

import pytest

from tests.helpers.node import install
from tests.wrangler.cli import WRANGLER_VERSION

if __name__ == "__main__":
    versions = install("wrangler", WRANGLER_VERSION).versions
    print(", ".join(f"{name} {version}" for name, version in versions.items()), flush=True)
    sys.exit(pytest.main([str(Path(__file__).parent), *sys.argv[1:]]))
