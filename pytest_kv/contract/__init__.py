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

from pytest_kv.contract.check import CLAUSES, ContractBroken, check_contract
from pytest_kv.contract.clauses.clause import Clause
from pytest_kv.contract.subject import Skipped, Subject
from pytest_kv.contract.suites import KVBindingContract, KVContract
from pytest_kv.contract.trial import Broken
