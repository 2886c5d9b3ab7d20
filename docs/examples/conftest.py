"""Makes the modules of a Worker importable, before the tests import their entry files.

In a project of one Worker, the ini option ``kv_workers = true`` does the same.
"""

from __future__ import annotations

from pytest_kv.workers import install

install()
