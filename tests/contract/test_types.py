"""What `mypy --strict` accepts and refuses in a suite that uses the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.type_checkers import mypy

pytest.importorskip("mypy")

RIGHT = """
    import json
    import unittest
    import zlib
    from typing import Any

    from pytest_kv import KVNamespace, KVServer
    from pytest_kv.contract import CLAUSES, KVBindingContract, KVContract, check_contract


    class TestScript(KVContract):
        over = "http"
        missing = (KeyError, OSError)
        binary = False

        best_effort = True
        max_keys = 100
        quick = True

        def refuses(self, key: str) -> bool:
            return key.startswith("/")

        def stored_key(self, key: str) -> str:
            return f"app:{key}"

        def stored_value(self, value: str) -> str:
            return json.dumps(value)

        def make_client(self, api: KVServer) -> Any:
            return object()


    class TestWorker(KVBindingContract, unittest.TestCase):
        missing = KeyError

        def stored_value(self, value: str | bytes) -> bytes:
            return zlib.compress(value if isinstance(value, bytes) else value.encode())

        def make_client(self, namespace: KVNamespace) -> Any:
            return object()


    check_contract(lambda api: object(), over="http", refuses=lambda key: key == "no")
    check_contract(
        lambda api: object(),
        stored_key=lambda key: f"app:{key}",
        stored_value=json.dumps,
        best_effort=True,
        max_keys=100,
        quick=True,
    )
    CLAUSES[0](lambda namespace: object(), over="binding", missing=KeyError, binary=False)
"""

WRONG = """
    from pytest_kv.contract import CLAUSES, KVContract, check_contract


    class TestScript(KVContract):
        over = "htp"


    class TestOther(KVContract):
        missing = "KeyError"


    class TestText(KVContract):
        binary = "no"


    class TestPrefix(KVContract):
        def stored_key(self, key: str) -> int:
            return len(key)


    class TestLimit(KVContract):
        max_keys = "100"


    check_contract(lambda api: object(), over="htp")
    check_contract(lambda api: object(), overt="http")
    check_contract(lambda api: object(), stored_value=len)
    CLAUSES[0](lambda api: object(), missing="KeyError")
"""


def test_the_attributes_of_the_documentation_are_accepted(tmp_path: Path) -> None:
    assert mypy(tmp_path, RIGHT) == []


def test_an_attribute_or_keyword_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    assert mypy(tmp_path, WRONG) == [
        'over = "htp"',
        'missing = "KeyError"',
        'binary = "no"',
        "def stored_key(self, key: str) -> int:",
        'max_keys = "100"',
        'check_contract(lambda api: object(), over="htp")',
        'check_contract(lambda api: object(), overt="http")',
        "check_contract(lambda api: object(), stored_value=len)",
        'CLAUSES[0](lambda api: object(), missing="KeyError")',
    ]
