"""The options of the fixtures: the marker ``kv`` and the ini options."""

from __future__ import annotations

__all__ = ("Options", "add_ini_options", "describe_marker", "is_strict", "options_for", "reject")

from dataclasses import dataclass, fields
from typing import NoReturn

import pytest

_MEANINGS = {
    "account_id": "the account's id, 32 hex digits",
    "namespace_id": "the default namespace's id, 32 hex digits",
    "title": "the default namespace's title",
    "api_token": "the only API token the account accepts; without it any credentials do",
    "seed": "the whole number that ids are drawn from",
    "host": "the address at which kv_server listens; 127.0.0.1 unless set",
    "port": "the port of kv_server; any free one unless set",
    "bindings": "names of more namespaces, each an attribute of kv_env",
    "strict": "make every KVUsageWarning an error",
}
_TEXTS = ("account_id", "namespace_id", "title", "api_token", "host")
_NUMBERS = ("seed", "port")
_INI_TYPES = {"bindings": "args", "strict": "bool"}


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of one test; None stands for the default of ``KVAccount``."""

    account_id: str | None = None
    namespace_id: str | None = None
    title: str | None = None
    api_token: str | None = None
    seed: int = 0
    host: str | None = None
    port: int = 0
    bindings: tuple[str, ...] = ()
    strict: bool = False


def add_ini_options(parser: pytest.Parser) -> None:
    """Register each option under its name with ``kv_`` before it."""
    for name, meaning in _MEANINGS.items():
        ini_type = _INI_TYPES.get(name, "string")
        parser.addini(f"kv_{name}", f"pytest-kv: {meaning}", type=ini_type, default=None)  # type: ignore[arg-type]  # mypy wants a Literal, the table holds str
    # For the whole run, so no marker has it: modules are imported before there is a test.
    parser.addini(
        "kv_workers",
        "pytest-kv: make workers, js, pyodide.ffi and asgi importable for a Python Worker",
        type="bool",
        default=False,
    )


def describe_marker() -> str:
    """The marker's line for ``pytest --markers``."""
    names = ", ".join(f"{field.name}=..." for field in fields(Options))
    return f"kv({names}): configure the kv fixtures of a test."


def is_strict(node: pytest.Item) -> bool:
    """Whether every KVUsageWarning is an error in this test."""
    return bool(_given(node).get("strict"))


def options_for(node: pytest.Item) -> Options:
    """The options for one test: the nearest marker wins, then the ini file.

    Fails the test, without a traceback, for an unknown option and for one of the wrong type.
    """
    for marker in node.iter_markers("kv"):
        _check_names(marker)
    given = _given(node)
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            reject(f"{name} is a text, not {given[name]!r}")
    for name in _NUMBERS:
        if name in given:
            given[name] = _whole_number(name, given[name])
    if given.get("port", 0) not in range(1 << 16):
        reject(f"port is a number from 0 to 65535, not {given['port']}")
    if "bindings" in given:
        given["bindings"] = _names(given["bindings"])
    return Options(**given)  # type: ignore[arg-type]  # names and types were checked above


def reject(problem: object) -> NoReturn:
    """Fail the test for its options."""
    raise pytest.fail.Exception(f"the options of kv: {problem}", pytrace=False) from None


def _given(node: pytest.Item) -> dict[str, object]:
    ini = {name: node.config.getini(f"kv_{name}") for name in _MEANINGS}
    given = {name: value for name, value in ini.items() if value not in (None, "")}
    for marker in reversed(list(node.iter_markers("kv"))):
        given |= marker.kwargs
    return given


def _check_names(marker: pytest.Mark) -> None:
    unknown = sorted(set(marker.kwargs) - set(_MEANINGS))
    if marker.args or unknown:
        wrong = f"positional arguments {marker.args}" if marker.args else ", ".join(unknown)
        reject(f"it takes {', '.join(_MEANINGS)}, each as a keyword, not {wrong}")


def _whole_number(name: str, given: object) -> int:
    try:
        return int(str(given))
    except ValueError:
        reject(f"{name} is a whole number, not {given!r}")


def _names(bindings: object) -> tuple[str, ...]:
    if not isinstance(bindings, list | tuple) or not all(isinstance(n, str) for n in bindings):
        reject(f"bindings is a list of names, not {bindings!r}")
    return tuple(bindings)
