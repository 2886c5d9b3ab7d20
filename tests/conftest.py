"""What every test may use: pytester, and the Hypothesis profile named by HYPOTHESIS_PROFILE."""

from __future__ import annotations

import os
from collections.abc import Iterator

import certifi
import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("local", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=()
)
settings.register_profile(
    "mutation", deadline=None, derandomize=True, database=None, max_examples=10
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "local"))


@pytest.fixture(scope="session", autouse=True)
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test speaks TLS with a host; to load all of certifi costs each client of httpx 15 ms."""
    last_line = "-----END CERTIFICATE-----\n"
    first, _, _ = certifi.contents().partition(last_line)
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(first + last_line, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield
