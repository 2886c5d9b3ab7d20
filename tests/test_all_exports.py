"""Every public module says in `__all__` what it offers, and offers it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest

import pytest_kv

PUBLIC_MODULES = (
    "pytest_kv",
    *(
        module.name
        for module in walk_packages(pytest_kv.__path__, "pytest_kv.")
        if not any(part.startswith("_") for part in module.name.split("."))
    ),
)


@pytest.mark.parametrize("name", PUBLIC_MODULES)
def test_all_is_a_tuple_without_repeats(name: str) -> None:
    exported = import_module(name).__all__

    assert isinstance(exported, tuple)
    assert len(set(exported)) == len(exported)


@pytest.mark.parametrize("name", PUBLIC_MODULES)
def test_every_exported_name_exists(name: str) -> None:
    module = import_module(name)

    assert [export for export in module.__all__ if not hasattr(module, export)] == []


def test_dir_of_the_package_lists_what_it_exports() -> None:
    assert set(pytest_kv.__all__) <= set(dir(pytest_kv))


def test_a_name_the_package_does_not_export_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = pytest_kv.no_such_name
