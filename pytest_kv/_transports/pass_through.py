"""The requests that leave the process beside ``kv_api``, because a test named their URL."""

from __future__ import annotations

__all__ = ("is_api_host", "respx_lookups")

import re

import httpx

from pytest_kv._rest.routes import HOST


def respx_lookups(url: str) -> dict[str, object]:
    """The respx patterns for requests to ``url``; see ``KVApi.pass_through``."""
    try:
        parsed = httpx.URL(url if "://" in url else f"//{url}")
    except httpx.InvalidURL as error:
        raise _not_a_url(url) from error
    if not parsed.host:
        raise _not_a_url(url)
    if is_api_host(parsed):
        raise ValueError(f"nothing passes through to {HOST}: kv_api answers what is sent there")
    # By regex: a pattern equal to one of the test's own would replace the test's route.
    lookups: dict[str, object] = {"host__regex": f"^{re.escape(parsed.host)}$"}
    if parsed.scheme:
        lookups["scheme"] = parsed.scheme
    if parsed.port is not None:
        lookups["port"] = parsed.port
    path = parsed.path.rstrip("/")
    if path:
        lookups["path__regex"] = f"^{re.escape(path)}(/|$)"
    return lookups


def is_api_host(url: httpx.URL) -> bool:
    """Whether a URL leads to the API; a host with a dot at its end is the same host to DNS."""
    return url.host.removesuffix(".") == HOST


def _not_a_url(url: str) -> ValueError:
    examples = "'http://127.0.0.1:8000' or 'localhost'"
    return ValueError(f"{url!r} is not a URL or a host, such as {examples}")
