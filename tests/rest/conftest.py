"""The client the tests of the REST face start with."""

from __future__ import annotations

import pytest

from tests.helpers.rest_client import Client


@pytest.fixture
def client() -> Client:
    """A client of a new account, whose clock stands still."""
    return Client()
