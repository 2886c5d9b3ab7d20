"""What `mypy --strict` accepts and refuses in a suite that uses the contract."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run
from textwrap import dedent

import pytest

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


def checked(tmp_path: Path, code: str) -> list[str]:
    """The lines of a suite that mypy finds wrong."""
    suite = tmp_path / "suite.py"
    suite.write_text(dedent(code), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(suite)]
    found = run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.stderr == ""
    lines = suite.read_text(encoding="utf-8").splitlines()
    errors = [line for line in found.stdout.splitlines() if ": error: " in line]
    assert all(line.startswith("suite.py:") for line in errors), found.stdout
    return [lines[int(line.split(":")[1]) - 1].strip() for line in errors]


def test_the_attributes_of_the_documentation_are_accepted(tmp_path: Path) -> None:
    assert checked(tmp_path, RIGHT) == []


def test_an_attribute_or_keyword_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    assert checked(tmp_path, WRONG) == [
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
