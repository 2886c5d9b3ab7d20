"""The environment variables from which clients take credentials, addresses and proxies."""

from __future__ import annotations

__all__ = ("fake_environment", "without_proxy")

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from urllib.request import getproxies, getproxies_environment

_TOKENS = ("CLOUDFLARE_API_TOKEN", "CF_API_TOKEN")
_ACCOUNT_IDS = ("CLOUDFLARE_ACCOUNT_ID", "CF_ACCOUNT_ID")
_OTHER_SECRETS = (
    "CLOUDFLARE_API_KEY",
    "CF_API_KEY",
    "CLOUDFLARE_API_USER_SERVICE_KEY",
    "CF_API_USER_SERVICE_KEY",
)
_EMAILS = ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_EMAIL", "CF_EMAIL", "CF_API_EMAIL")
_BASE_URLS = (
    "CLOUDFLARE_BASE_URL",
    "CLOUDFLARE_API_BASE_URL",
    "CF_API_BASE_URL",
    # python-cloudflare 2
    "CLOUDFLARE_API_URL",
    "CF_API_URL",
)

_HEADERS = ("CLOUDFLARE_CUSTOM_HEADERS",)

NOTHING_ELSE: Mapping[str, str] = MappingProxyType({})
_EMAIL = "pytest-kv@example.com"


@contextmanager
def fake_environment(
    *, account_id: str, api_token: str, base_url: str, also: Mapping[str, str] = NOTHING_ELSE
) -> Iterator[None]:
    """Set the environment so that no client in this process finds a real credential.

    The token and the account's id are always set, under today's names and the older ones. Any
    other variable that could lead a request elsewhere is replaced only where it is set already, so
    that a client sees no more kinds of credentials than before. The variables in ``also`` are
    always set. At the end of the block, all have their old values.
    """
    fake = {**_variables(account_id, api_token, base_url), **also}
    before = {name: os.environ.get(name) for name in fake}
    os.environ.update(fake)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def without_proxy(*hosts: str, always: bool = False) -> dict[str, str]:
    """The variables that make clients reach these hosts without a proxy, if one is set.

    With ``always`` they are also for a proxy that is set later.
    """
    proxies = getproxies_environment()
    # An asterisk excludes every host already, but only where it stands alone.
    if not (always or proxies.keys() - {"no"}) or proxies.get("no") == "*":
        return {}
    # On some systems, clients use the system's proxies as long as there is no such variable.
    if not proxies and getproxies():
        return {}
    excluded = ",".join(filter(None, (proxies.get("no"), *hosts)))
    return dict.fromkeys(("NO_PROXY", "no_proxy"), excluded)


def _variables(account_id: str, api_token: str, base_url: str) -> dict[str, str]:
    always = dict.fromkeys(_TOKENS, api_token) | dict.fromkeys(_ACCOUNT_IDS, account_id)
    instead = (
        dict.fromkeys(_OTHER_SECRETS, api_token)
        | dict.fromkeys(_EMAILS, _EMAIL)
        | dict.fromkeys(_BASE_URLS, base_url)
        | dict.fromkeys(_HEADERS, "")
    )
    return always | {name: value for name, value in instead.items() if name in os.environ}
