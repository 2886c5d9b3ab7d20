"""Makes the account and the ``env`` of a test from its options."""

from __future__ import annotations

__all__ = ("new_account", "new_env")

import os.path
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_kv._account import KVAccount
from pytest_kv._binding.namespace import KVNamespace
from pytest_kv._core.account import hex_id
from pytest_kv._core.limits import Limits
from pytest_kv._core.text import nearest_first
from pytest_kv._env import KVEnv, OtherBinding
from pytest_kv._options import Options

if TYPE_CHECKING:
    from pytest_kv._wrangler import Configuration

_LIMITS = tuple(field.name for field in fields(Limits))


def new_account(options: Options, root: Path) -> KVAccount:
    """A new account; ``root`` is the folder that paths start from.

    Raises ValueError for an option that makes no sense.
    """
    configuration = _configuration(options, root)
    id, title, namespace_id = options.account_id, options.title, options.namespace_id
    if configuration is not None:
        id = id or _hex(configuration.account_id)
        title, given = next(iter(configuration.namespaces.items()), (None, ""))
        namespace_id = _hex(given)
    account = KVAccount(
        id=id,
        namespace_id=namespace_id,
        title=title,
        api_token=options.api_token,
        seed=options.seed,
        limits=_limits(options.limits),
    )
    for binding in options.bindings:
        account.create_namespace(binding)
    if configuration is not None:
        _bound(account, configuration)
    account._core.note_beginning()
    return account


def new_env(account: KVAccount, options: Options, root: Path) -> KVEnv:
    """The ``env`` of a Worker that uses this account's namespaces.

    Raises ValueError for an option that makes no sense.
    """
    configuration = _configuration(options, root)
    if configuration is None:
        env = KVEnv(**{namespace.title: namespace for namespace in account.namespaces.values()})
    else:
        from pytest_kv.workers._json import to_variable

        variables = {name: to_variable(v) for name, v in configuration.variables.items()}
        others = {name: OtherBinding(name, of) for name, of in configuration.others.items()}
        env = KVEnv(**_bound(account, configuration), **variables, **others)
    env._missing = _missing(env, configuration)
    return env


def _limits(given: Mapping[str, int]) -> Limits:
    for name in given:
        if name not in _LIMITS:
            known = ", ".join(nearest_first(name, _LIMITS))
            raise ValueError(f"limits: there is no {name!r}; there are {known}")
    return Limits(**given)


def _configuration(options: Options, root: Path) -> Configuration | None:
    if options.wrangler is None:
        return None
    named = {
        "title": options.title,
        "namespace_id": options.namespace_id,
        "bindings": options.bindings,
    }
    given = [name for name, value in named.items() if value]
    if given:
        raise ValueError(
            f"wrangler says which namespaces there are; leave out {', '.join(given)}, "
            "or mark the test with wrangler=''"
        )
    from pytest_kv._wrangler import read_configuration

    path = Path(os.path.normpath(root / options.wrangler))
    return read_configuration(path, options.wrangler_env, root)


def _bound(account: KVAccount, configuration: Configuration) -> dict[str, KVNamespace]:
    """The namespaces by their bindings; creates those that the account does not have yet."""
    bound: dict[str, KVNamespace] = {}
    by_id: dict[str, KVNamespace] = {}
    for binding, id in configuration.namespaces.items():
        namespace = by_id.get(id) or _namespace(account, binding, _hex(id))
        bound[binding] = namespace
        if id:
            by_id[id] = namespace
    return bound


def _namespace(account: KVAccount, title: str, id: str | None) -> KVNamespace:
    known = account.namespaces
    if id is not None and id in known:
        return known[id]
    titles = {namespace.title: namespace for namespace in known.values()}
    return titles.get(title) or account.create_namespace(title, id=id)


def _hex(id: object) -> str | None:
    """An id of 32 hex digits; None for other ids, which only Wrangler's own simulator takes."""
    return id if isinstance(id, str) and hex_id(id) else None


def _missing(env: KVEnv, configuration: Configuration | None) -> Callable[[str], str]:
    def told(name: str) -> str:
        none = f"kv_env has no {name!r}"
        bound = ", ".join(nearest_first(name, vars(env))) or "nothing"
        if configuration is None:
            return f"{none}, only {bound}; the option bindings adds more"
        file, environment = configuration.file, configuration.environment
        if name in configuration.secrets:
            return (
                f"{none}: it is a secret in {file}, and pytest-kv reads no secrets; "
                f"give the test one: kv_env.{name} = '...'"
            )
        field = configuration.top_level_only.get(name)
        if field is not None:
            return (
                f"{none}: {file} declares it in {field} at the top level, "
                f"and env.{environment} does not inherit it; declare it there too"
            )
        where = file if environment is None else f"env.{environment} in {file}"
        return f"{none}; {where} binds {bound}"

    return told
