"""The contract of a Workers KV client: whatever a client promises, it keeps.

Subclass :class:`KVContract` for code that uses the REST API, :class:`KVBindingContract` for code
over a namespace binding, or call :func:`check_contract` outside pytest.
"""

from __future__ import annotations

__all__ = (
    "CLAUSES",
    "Broken",
    "Clause",
    "ContractBroken",
    "KVBindingContract",
    "KVContract",
    "Skipped",
    "Subject",
    "check_contract",
)

from pytest_kv.contract._check import CLAUSES, ContractBroken, check_contract
from pytest_kv.contract._clauses.clause import Clause
from pytest_kv.contract._run import Broken
from pytest_kv.contract._subject import Skipped, Subject
from pytest_kv.contract._suites import KVBindingContract, KVContract
