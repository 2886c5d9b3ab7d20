"""The contract as classes for pytest or unittest, with one test for each clause."""

from __future__ import annotations

__all__ = ("KVBindingContract", "KVContract")

import os
import unittest
from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from pytest_kv import KVNamespace
from pytest_kv.contract._check import CLAUSES
from pytest_kv.contract._clauses.clause import Clause
from pytest_kv.contract._driver import RunCoroutine
from pytest_kv.contract._known_causes import KnownCauses
from pytest_kv.contract._outcome import Broken
from pytest_kv.contract._run import NotMade
from pytest_kv.contract._subject import Missing, Over, Skipped, Subject


class _Suite:
    """What both contracts have in common: a test for each clause."""

    __test__: bool = False  # pytest collects subclasses, which make a client
    _known: ClassVar[defaultdict[str, KnownCauses]]
    """The causes that were reported, for each set of pytest's parameters."""

    over: Over
    """What ``make_client`` receives."""
    missing: Missing = None
    """The exception that ``get`` raises for a missing key; None when it returns None."""
    binary: bool = True
    """Whether values may be bytes; False for a client of text only."""
    best_effort: bool = False
    """True for a cache: after an error it may say that a key is missing, and may lose a write."""
    max_keys: int | None = None
    """The most keys that a ``*_many`` method takes by design; None for any number."""
    quick: bool = False
    """Whether to leave out what takes long: drawn cases and most of the large batches."""
    run_coroutine: RunCoroutine | None = None
    """Runs the client's coroutines, such as ``staticmethod(run_with_trio)``; None for asyncio."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__test__" not in vars(cls):
            cls.__test__ = True
        cls._known = defaultdict(KnownCauses)

    def make_client(self, api: Any, /) -> Any:
        """A new client for ``api``; may be async. ``aclose`` or ``close`` is called at the end."""
        raise _no_client(self, "api")

    def refuses(self, key: str) -> bool:
        """Whether the client rejects this legal key by design."""
        return False

    def stored_key(self, key: str) -> str:
        """The name under which the client stores a key: ``return f"app:{key}"``."""
        return key

    def stored_value(self, value: Any) -> str | bytes:
        """What the client stores for a value: ``return json.dumps(value)``.

        It raises for a value that the client does not take, such as bytes.
        """
        return value  # type: ignore[no-any-return]  # a str or bytes is given

    def _check(self, clause: Clause) -> None:
        __tracebackhide__ = True
        subject = Subject(
            make_client=self.make_client,
            over=self.over,
            missing=self.missing,
            refuses=self.refuses,
            binary=self.binary,
            stored_key=_overridden(self, "stored_key"),
            stored_value=_overridden(self, "stored_value"),
            best_effort=self.best_effort,
            max_keys=self.max_keys,
            quick=self.quick,
            run_coroutine=self.run_coroutine,
        )
        try:
            self._known[_parameters()].check(clause, subject)
        except NotMade as not_made:
            raise not_made.error from None
        except Skipped as reason:
            if isinstance(self, unittest.TestCase):
                self.skipTest(str(reason))
            pytest.skip(str(reason))
        except Broken as broken:
            if isinstance(self, unittest.TestCase):
                raise self.failureException(str(broken)) from None
            raise pytest.fail.Exception(str(broken), pytrace=False) from None


def _parameters() -> str:
    """The parameters of the running test, as its id has them; empty for unittest."""
    _, _, parameters = os.environ.get("PYTEST_CURRENT_TEST", "").partition("[")
    return parameters.rpartition("]")[0]


def _overridden(suite: _Suite, name: str) -> Any:
    """The hook of a subclass; None if the subclass does not override it."""
    hook = getattr(suite, name)
    return None if getattr(hook, "__func__", None) is getattr(_Suite, name) else hook


def _no_client(suite: _Suite, argument: str) -> NotImplementedError:
    name = type(suite).__name__
    return NotImplementedError(f"{name} needs a method make_client(self, {argument})")


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
    """The contract of a client of KV's REST API. Subclass it and write ``make_client``.

    ``make_client(self, api)`` receives a :class:`pytest_kv.KVApi`, or with ``over = "http"`` a
    :class:`pytest_kv.KVServer` for clients that are not built on httpx, or with
    ``over = "intercept"`` a :class:`pytest_kv.KVIntercept` for clients with Cloudflare's address
    written in. It returns an adapter with any of ``get(key)``, ``put(key, value)``,
    ``delete(key)``, ``list(prefix)``, ``delete_many(keys)``, ``delete_prefix(prefix)``,
    ``put_many(mapping)`` and ``get_many(keys)``, each sync or async. A clause about a method that
    the adapter lacks is skipped.
    """

    __test__: bool = False
    over: Over = "respx"


class KVBindingContract(_Suite):
    """The same contract for code that uses a binding: ``make_client(self, namespace)``."""

    __test__: bool = False
    over: Over = "binding"

    def make_client(self, namespace: KVNamespace, /) -> Any:
        """A new client for the namespace; may be async. It is closed like a client of the API."""
        raise _no_client(self, "namespace")
