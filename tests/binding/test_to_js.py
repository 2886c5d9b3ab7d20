"""KV reads what ``to_js`` made: of the simulated Pyodide, and inside Pyodide of the real one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from pytest_kv import KVNamespace
from pytest_kv.workers import install
from pytest_kv.workers._install import uninstall
from pytest_kv.workers._json import to_variable
from tests.helpers.worker import run

pytestmark = pytest.mark.fidelity("workers-to-js-for-kv")


@pytest.fixture
def js() -> Iterator[Any]:
    """The module ``js``."""
    install()
    yield import_module("js")
    uninstall()


@pytest.fixture
def to_js(js: Any) -> Any:
    """``pyodide.ffi.to_js``."""
    return import_module("pyodide.ffi").to_js


def test_options_are_read_with_and_without_a_converter(
    kv_namespace: KVNamespace, js: Any, to_js: Any
) -> None:
    options = {"expirationTtl": 60, "metadata": {"a": [1]}}

    run(kv_namespace.put("plain", "1", to_js(options)))
    run(kv_namespace.put("entries", "1", to_js(options, dict_converter=js.Object.fromEntries)))

    assert [entry.metadata for entry in kv_namespace.data.values()] == [{"a": [1]}] * 2
    assert [call.expiration_ttl for call in kv_namespace.calls] == [60, 60]
    page = run(kv_namespace.list(to_js({"prefix": "pl"})))
    assert [key.name for key in page["keys"]] == ["plain"]
    assert run(kv_namespace.get("plain", to_js({"type": "json"}))) == 1
    assert run(kv_namespace.get(to_js(["plain"]))) == {"plain": "1"}


def test_what_is_undefined_is_not_there_and_null_is(
    kv_namespace: KVNamespace, js: Any, to_js: Any
) -> None:
    null = js.JSON.parse("[null]").to_py()[0]

    run(kv_namespace.put("a", "1", to_js({"expirationTtl": None})))
    run(kv_namespace.put("a", "1", metadata=to_js({"a": None, "b": [None]})))
    run(kv_namespace.put("b", "1", {"metadata": [to_js({"a": 1}), {"c": null}]}))
    run(kv_namespace.put("c", "1", {"metadata": js.JSON.parse('{"a": null, "b": [null]}')}))
    run(kv_namespace.put("d", "1", metadata={"c": null}))

    assert [entry.metadata for entry in kv_namespace.data.values()] == [
        {"b": [None]},
        [{"a": 1}, {"c": None}],
        {"a": None, "b": [None]},
        {"c": None},
    ]


def test_what_a_proxy_holds_is_read(kv_namespace: KVNamespace, js: Any) -> None:
    create_proxy = import_module("pyodide.ffi").create_proxy

    run(kv_namespace.put("a", "1", create_proxy({"expirationTtl": 60})))
    run(kv_namespace.put("b", "1", metadata={"a": create_proxy([1]), "b": ["1", 1]}))

    assert [call.expiration_ttl for call in kv_namespace.calls] == [60, None]
    assert kv_namespace.data["b"].metadata == {"a": [1], "b": ["1", 1]}


def test_options_can_be_a_variable_of_the_worker(kv_namespace: KVNamespace) -> None:
    options: Any = to_variable({"expirationTtl": 60})
    names: Any = to_variable(["a"])

    run(kv_namespace.put("a", "1", options))

    assert [call.expiration_ttl for call in kv_namespace.calls] == [60]
    assert run(kv_namespace.get(names)) == {"a": "1"}


def test_bytes_of_javascript_are_a_value(kv_namespace: KVNamespace, js: Any, to_js: Any) -> None:
    run(kv_namespace.put("a", to_js(b"\x00\xff")))

    assert kv_namespace.data["a"].value == b"\x00\xff"


def test_metadata_may_be_as_deep_as_its_limit_allows(kv_namespace: KVNamespace) -> None:
    metadata: list[Any] = []
    for _ in range(511):
        metadata = [metadata]

    run(kv_namespace.put("a", "1", metadata=metadata))

    assert kv_namespace.data["a"].metadata == metadata
