"""Which modules of the package may import which, and which of them are public."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest_kv

ROOT = Path(pytest_kv.__file__).parent

PUBLIC = {
    "pytest_kv",
    "pytest_kv.strategies",
    "pytest_kv.contract",
    "pytest_kv.plugin",
    "pytest_kv.workers",
    "pytest_kv.__main__",
}

LAYERS = (
    {"plugin", "__main__"},
    {"_setup"},
    {"contract", "_server_account", "_per_test", "_verify"},
    {"strategies", "_options", "_overrides"},
    # The package itself is the table of public names.
    {"pytest_kv", "_internal", "workers"},
    {"_report", "_transports"},
    {"_env", "_wrangler"},
    {"_account"},
    {"_rest", "_binding"},
    {"_errors", "_core", "_status"},
    {"_sleep"},
)
"""The parts of the package, from the top. A part imports only parts of the layers below its own."""

NETWORK = {"asyncio", "http", "socket", "socketserver", "ssl", "urllib"}
"""The modules of the standard library that are for HTTP and for connections."""


def modules() -> dict[str, Path]:
    """Every module of the package, by its name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def imports(module: str) -> frozenset[str]:
    """What a module imports: at its top, in a function, or for type checkers only."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return frozenset(name for node in ast.walk(tree) for name in imported(node))


def imported(node: ast.AST) -> Iterator[str]:
    """Modules of ours by their names; of other packages also what is imported from a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            name = f"{origin}.{alias.name}"
            yield origin if is_ours(origin) and name not in MODULES else name


def part_of(module: str) -> str:
    """The part of the package that a module belongs to: ``_core`` for ``pytest_kv._core.text``."""
    return module.split(".")[:2][-1]


def layer_of(part: str) -> int:
    """The number of a part's layer, from the top; -1 for a part that is in none."""
    return next((n for n, layer in enumerate(LAYERS) if part in layer), -1)


def is_ours(module: str) -> bool:
    return module.split(".")[0] == "pytest_kv"


def is_below(module: str, top: str) -> bool:
    """Whether a module is ``top`` or inside it."""
    return module == top or module.startswith(f"{top}.")


def test_imports_are_absolute() -> None:
    assert [(m, i) for m in MODULES for i in imports(m) if i.startswith(".")] == []


def test_every_module_is_in_a_layer() -> None:
    assert [module for module in MODULES if layer_of(part_of(module)) < 0] == []


def test_every_part_in_a_layer_has_a_module() -> None:
    parts = {part_of(module) for module in MODULES}

    assert [part for layer in LAYERS for part in sorted(layer - parts)] == []


def test_imports_point_downwards() -> None:
    upward = [
        f"{module} imports {found}"
        for module in MODULES
        for found in sorted(filter(is_ours, imports(module)))
        if part_of(found) != part_of(module)
        and layer_of(part_of(found)) <= layer_of(part_of(module))
    ]

    assert upward == []


def test_the_core_imports_no_http_and_no_pytest() -> None:
    allowed = sys.stdlib_module_names | {"pytest_kv", "sortedcontainers"}
    strange = [
        f"{module} imports {found}"
        for module in MODULES
        if is_below(module, "pytest_kv._core")
        for found in sorted(imports(module))
        if found.split(".")[0] not in allowed or any(is_below(found, name) for name in NETWORK)
    ]

    assert strange == []


def test_the_options_import_nothing_of_ours() -> None:
    assert list(filter(is_ours, imports("pytest_kv._options"))) == []


def test_strategies_and_contract_use_public_names_and_one_internal_module() -> None:
    allowed = {
        "pytest_kv.strategies": {"pytest_kv", "pytest_kv._internal"},
        "pytest_kv.contract": {"pytest_kv", "pytest_kv._internal", "pytest_kv.strategies"},
    }
    strange = [
        f"{module} imports {found}"
        for package, outside in allowed.items()
        for module in MODULES
        if is_below(module, package)
        for found in sorted(filter(is_ours, imports(module)))
        if found not in outside and not is_below(found, package)
    ]

    assert strange == []


def test_verify_imports_nothing_of_the_fake() -> None:
    ours = {
        found
        for module in MODULES
        if is_below(module, "pytest_kv._verify")
        for found in filter(is_ours, imports(module))
    }

    assert {found for found in ours if not is_below(found, "pytest_kv._verify")} == set()


def test_the_internal_module_is_for_strategies_and_contract_alone() -> None:
    users = {part_of(m) for m in MODULES if "pytest_kv._internal" in imports(m)}

    assert users == {"strategies", "contract"}


def test_what_is_not_public_is_behind_an_underscore() -> None:
    hidden = {
        module
        for module in MODULES
        if any(part.startswith("_") and part != "__main__" for part in module.split("."))
    }

    assert MODULES.keys() - hidden == PUBLIC
