"""A pytest plugin for the oldest versions: what pytest-asyncio 0.23 lacks, the last for pytest 8.0.

Loaded into every pytest by `PYTEST_PLUGINS`, also into those that a test starts.
"""

from __future__ import annotations

__all__ = ("pytest_addoption",)

import pytest
import pytest_asyncio.plugin

# It leaves a new event loop behind each async test, which nothing closes: a ResourceWarning.
vars(pytest_asyncio.plugin)["_provide_clean_event_loop"] = lambda: None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("asyncio_default_fixture_loop_scope", "an option of later versions; ignored")
