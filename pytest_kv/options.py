"""What a test may ask of the fixtures: the marker ``kv`` over the ini options."""

from __future__ import annotations

__all__ = ("Options", "add_ini_options", "describe_marker", "is_strict", "options_for")

from dataclasses import dataclass, fields

import pytest

_MEANINGS = {
    "account_id": "the account's id, 32 hex digits",
    "namespace_id": "the default namespace's id, 32 hex digits",
    "title": "the default namespace's title",
    "api_token": "the only API token the account accepts; without it any credentials do",
    "seed": "the whole number that ids are drawn from",
    "bindings": "names of more namespaces, each an attribute of kv_env",
    "strict": "make every KVUsageWarning an error",
}
_INI_TYPES = {"bindings": "args", "strict": "bool"}


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of one test; None stands for the default of ``KVAccount``."""

    account_id: str | None = None
    namespace_id: str | None = None
    title: str | None = None
    api_token: str | None = None
    seed: int | str = 0
    bindings: tuple[str, ...] = ()
    strict: bool = False


def add_ini_options(parser: pytest.Parser) -> None:
    """Register each option under its name with ``kv_`` before it."""
    for name, meaning in _MEANINGS.items():
        ini_type = _INI_TYPES.get(name, "string")
        parser.addini(f"kv_{name}", f"pytest-kv: {meaning}", type=ini_type, default=None)  # type: ignore[arg-type]  # mypy wants a Literal, the table holds str


def describe_marker() -> str:
    """The marker's line for ``pytest --markers``."""
    names = ", ".join(f"{field.name}=..." for field in fields(Options))
    return f"kv({names}): configure the kv fixtures of a test."


def is_strict(node: pytest.Item) -> bool:
    """Whether warnings of KV usage are errors in this test."""
    return bool(_given(node).get("strict"))


def options_for(node: pytest.Item) -> Options:
    """The options for one test: the nearest marker wins, then the ini file.

    Fails the test when a marker has an option there is not.
    """
    for marker in node.iter_markers("kv"):
        _check(marker)
    given = _given(node)
    given["bindings"] = tuple(given.get("bindings", ()))  # type: ignore[arg-type]  # checked by use
    return Options(**given)  # type: ignore[arg-type]  # _check knows the names, use the types


def _given(node: pytest.Item) -> dict[str, object]:
    ini = {name: node.config.getini(f"kv_{name}") for name in _MEANINGS}
    given = {name: value for name, value in ini.items() if value not in (None, "")}
    for marker in reversed(list(node.iter_markers("kv"))):
        given |= marker.kwargs
    return given


def _check(marker: pytest.Mark) -> None:
    unknown = sorted(set(marker.kwargs) - set(_MEANINGS))
    if marker.args or unknown:
        wrong = f"positional arguments {marker.args}" if marker.args else ", ".join(unknown)
        pytest.fail(
            f"the marker kv does not take {wrong}; it takes {', '.join(_MEANINGS)}, "
            "each as a keyword",
            pytrace=False,
        )
