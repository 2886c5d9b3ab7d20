"""The contract of a Workers KV client: what it must do, and what it must never claim.

Subclass :class:`KVContract` for code that uses the REST API and :class:`KVBindingContract` for
code that uses a namespace binding. Outside pytest, call :func:`check_contract`.
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
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._subject import Skipped, Subject
from pytest_kv.contract._suites import KVBindingContract, KVContract
