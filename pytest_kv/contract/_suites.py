"""The contract as pytest tests, one a clause."""

from __future__ import annotations

__all__ = ("KVBindingContract", "KVContract")

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kv import KVNamespace
from pytest_kv.contract._check import CLAUSES
from pytest_kv.contract._clauses.clause import Clause
from pytest_kv.contract._driver import Run
from pytest_kv.contract._run import Broken
from pytest_kv.contract._subject import Over, Skipped, Subject


class _Suite:
    """What both contracts have in common: a test for each clause."""

    __test__ = False  # the subclass with a client is the one to collect

    over: Over
    missing: type[BaseException] | tuple[type[BaseException], ...] | None = None
    """What ``get`` of a missing key does: return None, or raise this exception type."""
    binary: bool = True
    """Whether values may be bytes; False for a client of text only."""
    run: Run | None = None
    """What runs the client's coroutines, such as ``staticmethod(trio_run)``; asyncio otherwise."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__test__" not in vars(cls):
            cls.__test__ = True

    def make_client(self, api: Any, /) -> Any:
        """A fresh client of what it is given; it may be async, and is closed if it can be."""
        raise _no_client(self, "api")

    def refuses(self, key: str) -> bool:
        """Whether the client refuses this legal key by design."""
        return False

    def _check(self, clause: Clause) -> None:
        subject = Subject(
            make_client=self.make_client,
            over=self.over,
            missing=self.missing,
            refuses=self.refuses,
            binary=self.binary,
            run=self.run,
        )
        try:
            clause.check(subject)
        except Skipped as reason:
            pytest.skip(str(reason))
        except Broken as broken:
            raise pytest.fail.Exception(str(broken), pytrace=False) from None


def _no_client(suite: _Suite, given: str) -> NotImplementedError:
    name = type(suite).__name__
    return NotImplementedError(f"{name} needs a method make_client(self, {given})")


def _test(clause: Clause) -> Callable[[_Suite], None]:
    def test(self: _Suite) -> None:
        self._check(clause)

    test.__name__ = f"test_{clause.name}"
    test.__qualname__ = f"{_Suite.__qualname__}.{test.__name__}"
    test.__doc__ = clause.promise
    return test


for _clause in CLAUSES:
    setattr(_Suite, f"test_{_clause.name}", _test(_clause))


class KVContract(_Suite):
    """What every client of KV's REST API must keep; subclass it and make a client.

    ``make_client(self, api)`` is given a :class:`pytest_kv.KVApi`, or with ``over = "http"`` a
    :class:`pytest_kv.KVServer` for clients that are not built on httpx, and returns an adapter with
    ``delete(key)`` and any of ``get(key)``, ``put(key, value)``, ``list(prefix)``,
    ``delete_many(keys)``, ``put_many(mapping)`` and ``get_many(keys)``, each sync or async. A
    clause about a method it lacks is skipped.
    """

    __test__ = False
    over = "respx"


class KVBindingContract(_Suite):
    """The same for code over a namespace binding: ``make_client(self, namespace)``."""

    __test__ = False
    over = "binding"

    def make_client(self, namespace: KVNamespace, /) -> Any:
        """A fresh client of the namespace; it may be async, and is closed if it can be."""
        raise _no_client(self, "namespace")
