"""The options of the fixtures: the marker ``kv`` and the ini options."""

from __future__ import annotations

__all__ = (
    "Options",
    "add_ini_options",
    "check_strict",
    "describe_marker",
    "is_on",
    "is_strict",
    "marked",
    "marked_alone",
    "options_for",
    "reject",
    "unread",
)

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from itertools import chain
from typing import NoReturn

import pytest

_MEANINGS = {
    "account_id": "the account's id, 32 hex digits",
    "namespace_id": "the default namespace's id, 32 hex digits",
    "title": "the default namespace's title",
    "api_token": "the only API token the account accepts; without it the account accepts any",
    "seed": "the whole number that ids are drawn from",
    "host": "the address at which kv_server listens; 127.0.0.1 unless set",
    "port": "the port of kv_server; any free one unless set",
    "bindings": "names of more namespaces, each an attribute of kv_env",
    "limits": "limits of the account, one `name = number` a line",
    "wrangler": "the Wrangler configuration, or its folder, that says what kv_env has",
    "wrangler_env": "the environment in the Wrangler configuration; its top level unless set",
    "strict": "make every KVUsageWarning an error",
}
_READ = pytest.StashKey[bool]()
"""Whether a kv fixture has read the options of a test."""

_TEXTS = ("account_id", "namespace_id", "title", "api_token", "host", "wrangler_env")
_NUMBERS = ("seed", "port")
_INI_TYPES = {"bindings": "args", "limits": "linelist", "strict": "bool"}


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
    limits: Mapping[str, int] = field(default_factory=dict)
    wrangler: str | None = None
    wrangler_env: str | None = None
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


def is_on(config: pytest.Config, name: str) -> bool:
    """Whether an ini option that is true or false is true."""
    try:
        return bool(config.getini(name))
    except (TypeError, ValueError, pytest.UsageError) as error:  # the type depends on the version
        raise pytest.UsageError(f"{name} must be true or false: {error}") from None


def is_strict(node: pytest.Item) -> bool:
    """Whether every KVUsageWarning is an error in this test."""
    return bool(_given(_sources(node)).get("strict"))


def check_strict(node: pytest.Item) -> None:
    """Fail a test whose option ``strict`` is neither True nor False."""
    strict = _given(_sources(node)).get("strict", False)
    if not isinstance(strict, bool):
        reject(f"strict must be True or False, not {strict!r}")


def options_for(node: pytest.Item | pytest.Session) -> Options:
    """The options for one test: the nearest marker wins, then the ini file.

    Limits of several markers and of the ini file add up, name by name.

    Fails the test, without a traceback, for an unknown option and for one of the wrong type.
    """
    node.stash[_READ] = True
    for marker in node.iter_markers("kv"):
        _check_names(marker)
    given = _with_limits(_sources(node))
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            reject(f"{name} must be a text, not {given[name]!r}")
    for name in _NUMBERS:
        if name in given:
            given[name] = _whole_number(name, given[name])
    if given.get("port", 0) not in range(1 << 16):
        reject(f"port must be a number from 0 to 65535, not {given['port']}")
    if "bindings" in given:
        given["bindings"] = _names(given["bindings"])
    given |= _wrangler(given)
    return Options(**given)  # type: ignore[arg-type]  # names and types were checked above


def unread(item: pytest.Item) -> list[str]:
    """The options of a marker on the test's function, if no kv fixture has read them.

    A marker on a module or class is for those of its tests that use a kv fixture. ``strict`` has an
    effect without one.
    """
    if _READ in item.stash:
        return []
    return [name for name in marked_alone(item) if name != "strict"]


def marked_alone(item: pytest.Item) -> list[str]:
    """The options of the markers on the test's function, not of those on its class or module."""
    marks: list[pytest.Mark] = getattr(getattr(item, "obj", None), "pytestmark", [])
    names = {name for mark in marks if mark.name == "kv" for name in mark.kwargs}
    return [name for name in _MEANINGS if name in names]


def marked(node: pytest.Item) -> dict[str, object]:
    """What the markers of a test set."""
    return _with_limits(_sources(node)[1:])


def reject(problem: object) -> NoReturn:
    """Fail the test for its options."""
    raise pytest.fail.Exception(f"the options of kv: {problem}", pytrace=False) from None


def _sources(node: pytest.Item | pytest.Session) -> list[Mapping[str, object]]:
    """What the ini file sets, and what each marker sets; the nearest marker is last."""
    ini = {name: node.config.getini(f"kv_{name}") for name in _MEANINGS}
    markers = reversed(list(node.iter_markers("kv")))
    given = {name: value for name, value in ini.items() if value not in (None, "")}
    return [given, *(marker.kwargs for marker in markers)]


def _given(sources: list[Mapping[str, object]]) -> dict[str, object]:
    return {name: value for source in sources for name, value in source.items()}


def _with_limits(sources: list[Mapping[str, object]]) -> dict[str, object]:
    given = _given(sources)
    if "limits" in given:
        limits = [_limits(source["limits"]) for source in sources if "limits" in source]
        given["limits"] = dict(chain(*limits))
    return given


def _check_names(marker: pytest.Mark) -> None:
    unknown = sorted(set(marker.kwargs) - set(_MEANINGS))
    if marker.args or unknown:
        wrong = f"positional arguments {marker.args}" if marker.args else ", ".join(unknown)
        nearest = chain(*(get_close_matches(name, _MEANINGS, n=1) for name in unknown))
        meant = " and ".join(map(repr, nearest))
        begin = f"did you mean {meant}? The" if meant else "the"
        reject(f"{begin} marker takes {', '.join(_MEANINGS)}, each as a keyword, not {wrong}")


def _whole_number(name: str, given: object) -> int:
    try:
        return int(str(given))
    except ValueError:
        reject(f"{name} must be a whole number, not {given!r}")


def _names(bindings: object) -> tuple[str, ...]:
    if not isinstance(bindings, list | tuple) or not all(isinstance(n, str) for n in bindings):
        reject(f"bindings must be a list of names, not {bindings!r}")
    return tuple(bindings)


def _wrangler(given: Mapping[str, object]) -> dict[str, str | None]:
    """The path of the configuration and its environment; an empty path turns the option off."""
    path, environment = given.get("wrangler"), given.get("wrangler_env")
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if not isinstance(path, str | None):
        reject(
            f"wrangler must be the path of a Wrangler configuration or of its folder, not {path!r}"
        )
    if path is None and environment:
        reject(f"wrangler_env={environment!r} needs wrangler, the path of the configuration")
    chosen = str(environment) if path and environment else None
    return {"wrangler": path or None, "wrangler_env": chosen}


def _limits(given: object) -> Iterator[tuple[str, int]]:
    """The limits, which a marker gives as a dict and the ini file as a list of lines."""
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif isinstance(given, list) and all(isinstance(line, str) for line in given):
        pairs = [_name_and_number(line) for line in given]
    else:
        reject(f"limits must be a dict of names and numbers, not {given!r}")
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            reject(f"limits: {name} must be in one line, not in {count}")
    for name, number in pairs:
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            reject(f"limits: {name} must be a whole number, 0 or more, not {number!r}")
        yield name, number


def _name_and_number(line: str) -> tuple[str, object]:
    name, separator, number = line.replace(":", "=", 1).partition("=")
    # pytest gives a table of [tool.pytest.ini_options] as the repr of a dict.
    if not separator or "{" in name:
        reject(
            "limits must have one `name = number` a line, and be a list of lines in toml, not "
            f"{line!r}"
        )
    try:
        return name.strip(), int(number)
    except ValueError:
        return name.strip(), number.strip()
