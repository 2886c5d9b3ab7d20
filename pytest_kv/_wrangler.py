"""The bindings and variables that a Wrangler configuration declares for a Worker.

Source, unless a line says otherwise: Wrangler's own reading of the file, workers-sdk at f830836,
packages/workers-utils/src/config (R).
"""

from __future__ import annotations

__all__ = ("Configuration", "read_configuration")

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from pytest_kv._core.text import nearest_first

FILES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")
"""The names that Wrangler looks for in a folder, in its order."""

_PRODUCTS = {
    "ai": "Workers AI",
    "analytics_engine_datasets": "Analytics Engine",
    "assets": "static assets",
    "browser": "Browser Rendering",
    "d1_databases": "D1",
    "dispatch_namespaces": "Workers for Platforms",
    "durable_objects": "Durable Objects",
    "hyperdrive": "Hyperdrive",
    "images": "Images",
    "mtls_certificates": "mTLS certificates",
    "pipelines": "Pipelines",
    "queues": "Queues",
    "r2_buckets": "R2",
    "ratelimits": "rate limits",
    "secrets_store_secrets": "Secrets Store",
    "send_email": "Email Routing",
    "services": "service bindings",
    "vectorize": "Vectorize",
    "version_metadata": "version metadata",
    "workflows": "Workflows",
}
"""The product of each field; a message names any other field by itself."""

_NAMED_BY_NAME = ("ratelimits", "send_email")
_INHERITED = ("assets", "logfwdr")
_NO_BINDINGS = ("alias", "define", "vars")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What one environment of a Wrangler configuration gives its Worker."""

    file: str
    environment: str | None
    account_id: str | None
    namespaces: Mapping[str, str]
    """The id of each binding's KV namespace, as the file has it; empty if the file has none."""
    variables: Mapping[str, object]
    others: Mapping[str, str]
    """The product of each binding that is not of KV: ``D1 (d1_databases)``."""
    secrets: tuple[str, ...]
    top_level_only: Mapping[str, str]
    """The names that only the top level binds, each with its field."""


def read_configuration(path: Path, environment: str | None, root: Path) -> Configuration:
    """Read the configuration in a file or folder; without an environment, its top level.

    Raises ValueError, with one sentence that says what to write instead.
    """
    found = _find(path, root)
    file = found.stat()
    return _read(found, environment, root, (file.st_mtime_ns, file.st_size))


@lru_cache  # each test reads it, and json5 is slow
def _read(path: Path, environment: str | None, root: Path, _: object) -> Configuration:
    file = _shown(path, root)
    whole = _table(_parsed(path, file), f"{file} is")
    bound = top_level = list(_bound_in(whole, file))
    section, where = whole, file
    if environment is not None:
        section, where = _environment(whole, environment, file), f"env.{environment} in {file}"
        inherited = {field: whole[field] for field in _INHERITED if field in whole}
        bound = list(_bound_in(inherited | section, where))
    fields = _unique(bound, where)
    return Configuration(
        file=file,
        environment=environment,
        account_id=section.get("account_id", whole.get("account_id")),
        namespaces={entry["binding"]: _id(entry) for entry in section.get("kv_namespaces", ())},
        variables=section.get("vars", {}),
        others={
            name: f"{_PRODUCTS[field]} ({field})" if field in _PRODUCTS else field
            for name, field in bound
            if field not in {"kv_namespaces", "vars"}
        },
        secrets=_secrets(section, where),
        top_level_only={name: field for name, field in top_level if name not in fields},
    )


def _environment(whole: Mapping[str, Any], name: str, file: str) -> dict[str, Any]:
    known = _table(whole.get("env", {}), f"env of {file} is")
    if name not in known:
        names = ", ".join(nearest_first(name, known))
        rest = f"there are {names}" if names else "there is none, so leave out wrangler_env"
        raise ValueError(f"{file} has no environment {name!r}; {rest}")
    return _table(known[name], f"env.{name} of {file} is")


def _bound_in(section: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """Each name that is bound in a section, and the field that binds it."""
    for name, value in _table(section.get("vars", {}), f"vars of {where} is").items():
        _check_no_date(value, f"the variable {name!r} of {where}")
        yield name, "vars"
    namespaces = section.get("kv_namespaces", [])
    if not isinstance(namespaces, list):
        raise ValueError(
            f"kv_namespaces of {where} is a list of tables, in TOML [[kv_namespaces]], "
            f"not {namespaces!r}"
        )
    for field, value in section.items():
        entries, key = _entries(field, value)
        for entry in entries:
            is_known = field in _PRODUCTS or field == "kv_namespaces"
            if is_known or (isinstance(entry, dict) and isinstance(entry.get(key), str)):
                yield _name(entry, key, f"{field} of {where}"), field


def _entries(field: str, value: Any) -> tuple[list[Any], str]:
    """The tables of a field that bind a name each, and the key under which they have it."""
    if field in _NO_BINDINGS:
        return [], ""
    if field == "queues" and isinstance(value, dict):
        value = value.get("producers")
    elif isinstance(value, dict) and isinstance(value.get("bindings"), list):
        return value["bindings"], "name"
    if isinstance(value, list):
        return value, "name" if field in _NAMED_BY_NAME else "binding"
    # A table alone need not bind a name: assets can be served without the Worker.
    return [value] if isinstance(value, dict) and "binding" in value else [], "binding"


def _name(entry: Any, key: str, where: str) -> str:
    name = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError(
            f"{where} is a list of tables, each with a name as its {key}, not {entry!r}"
        )
    # "The binding should be a valid JavaScript identifier" (D).
    if not _is_identifier(name):
        valid = "".join(char if _is_identifier(f"_{char}") else "_" for char in name)
        valid = valid if _is_identifier(valid) else f"_{valid}"
        raise ValueError(
            f"{where} has the {key} {name!r}, which is no JavaScript identifier; "
            f"write one such as {valid!r}"
        )
    return name


def _is_identifier(name: str) -> bool:
    return name.replace("$", "_").isidentifier()


def _id(entry: Mapping[str, Any]) -> str:
    # Wrangler creates a namespace for a binding without an id.
    return str(entry.get("id") or entry.get("preview_id") or "")


def _secrets(section: Mapping[str, Any], where: str) -> tuple[str, ...]:
    names = _table(section.get("secrets", {}), f"secrets of {where} is").get("required", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"secrets.required of {where} is a list of names, not {names!r}")
    return tuple(names)


def _unique(bound: list[tuple[str, str]], where: str) -> dict[str, str]:
    """The fields by the names that they bind; ValueError for a name that is bound twice."""
    fields: dict[str, str] = {}
    for name, field in bound:
        if name in fields:
            both = field if fields[name] == field else f"{fields[name]} and {field}"
            raise ValueError(
                f"{where} has two bindings {name!r}, in {both}; give one of them another name"
            )
        fields[name] = field
    return fields


def _check_no_date(value: object, subject: str) -> None:
    # Wrangler rejects dates, too.
    if isinstance(value, date | time):
        raise ValueError(f"{subject} is a date or a time; write it as a text, in quotes")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            _check_no_date(part, subject)


# The file


def _find(path: Path, root: Path) -> Path:
    if not path.is_dir():
        if path.suffix not in {".json", ".jsonc", ".toml"}:
            raise ValueError(
                f"wrangler is the path of a .toml, .json or .jsonc file or of its folder, "
                f"not {_shown(path, root)!r}"
            )
        if not path.is_file():
            raise ValueError(
                f"there is no file {_shown(path, root)!r} in {root}; wrangler is the path of the "
                "file or of its folder, from pytest's rootdir"
            )
        return path
    for name in FILES:
        if (path / name).is_file():
            return path / name
    raise ValueError(
        f"there is no {', no '.join(FILES)} in {path}; wrangler is the path of the file or of its "
        "folder, from pytest's rootdir"
    )


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _parsed(path: Path, file: str) -> object:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not UTF-8; save it as UTF-8") from None
    if path.suffix == ".toml":
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{file} is no TOML: {error}") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return _parsed_with_comments(text, file, error)


def _parsed_with_comments(text: str, file: str, problem: Exception) -> object:
    try:
        import json5
    except ImportError:
        raise ValueError(
            f"{file} is no plain JSON ({problem}); for comments and trailing commas install "
            "what reads them: pip install 'pytest-kv[wrangler]'"
        ) from None
    try:
        parsed: object = json5.loads(text)
    except (ValueError, RecursionError) as error:
        told = str(error).replace("<string>:", "line ", 1)
        raise ValueError(f"{file} is no JSON: {told}") from None
    return parsed


def _table(value: object, subject: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{subject} a table of names and values, not {value!r}")
    return value
