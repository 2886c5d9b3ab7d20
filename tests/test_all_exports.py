"""Every module, public or private, says in `__all__` what it offers, and offers it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest

import pytest_kv

MODULES = [
    pytest_kv,
    *(import_module(found.name) for found in walk_packages(pytest_kv.__path__, "pytest_kv.")),
]


def test_all_is_a_tuple_of_different_names() -> None:
    assert [m.__name__ for m in MODULES if not isinstance(m.__all__, tuple)] == []
    assert [m.__name__ for m in MODULES if len(set(m.__all__)) != len(m.__all__)] == []


def test_every_exported_name_exists() -> None:
    missing = [
        f"{module.__name__}.{name}"
        for module in MODULES
        for name in module.__all__
        if not hasattr(module, name)
    ]

    assert missing == []


def test_dir_of_the_package_lists_what_it_exports() -> None:
    assert set(pytest_kv.__all__) <= set(dir(pytest_kv))


def test_a_name_the_package_does_not_export_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = pytest_kv.no_such_name
