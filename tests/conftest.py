"""What every test may use: pytester, and the Hypothesis profile named by HYPOTHESIS_PROFILE."""

from __future__ import annotations

import os

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
