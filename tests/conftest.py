"""What every test may use: pytester, and the Hypothesis profile named by HYPOTHESIS_PROFILE."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import certifi
import pytest
from hypothesis import HealthCheck, Phase, core, settings

# pytester forgets what a run inside a run imports, and a class imported anew is another class.
import pytest_kv.contract
import pytest_kv.strategies  # noqa: F401
from pytest_kv import KVNamespace, mock_api, serve  # noqa: F401

with suppress(ImportError):  # not every environment has it
    import trustme  # noqa: F401

pytest_plugins = ["pytester"]

# No profile measures time, since a busy machine would fail tests.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
LOCAL = settings.get_profile("local")
settings.register_profile("ci", LOCAL, derandomize=True, database=None, print_blob=True)
for few in ("coverage", "quick"):
    settings.register_profile(few, LOCAL, derandomize=True, database=None, max_examples=10)
# To shrink what kills a mutant can take a minute.
FOUND = (Phase.explicit, Phase.generate)
settings.register_profile("mutation", settings.get_profile("quick"), phases=FOUND)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "local")
settings.load_profile(PROFILE)


@pytest.fixture
def many_examples() -> Iterator[None]:
    """The contract draws as many examples as in a full run, and the same ones each time."""
    settings.load_profile("ci")
    yield
    settings.load_profile(PROFILE)


@pytest.fixture
def pytester(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """pytest's own; a run inside a run has few examples, and leaves Hypothesis as it was."""
    monkeypatch.setattr(core, "global_force_seed", core.global_force_seed)
    settings.load_profile("quick")
    yield pytester
    settings.load_profile(PROFILE)


@pytest.fixture(scope="session", autouse=True)
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test needs those of certifi, and to load them all costs a client of httpx 15 ms."""
    last_line = "-----END CERTIFICATE-----\n"
    first, _, _ = certifi.contents().partition(last_line)
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(first + last_line, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield
