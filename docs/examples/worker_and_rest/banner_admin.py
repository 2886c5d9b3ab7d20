"""The office's program: it sets and clears the banners over the REST API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import httpx

PREFIX = "banner:"


def announce(namespace: httpx.Client, banners: Mapping[str, str], *, days: int) -> None:
    """Show these banners, one for each country, for this number of days."""
    ttl = days * 24 * 60 * 60
    pairs = [
        {"key": PREFIX + country, "value": text, "expiration_ttl": ttl}
        for country, text in banners.items()
    ]
    namespace.put("/bulk", json=pairs).raise_for_status()


def clear(namespace: httpx.Client, countries: Iterable[str]) -> None:
    """Remove the banners of these countries."""
    names = [PREFIX + country for country in countries]
    namespace.post("/bulk/delete", json=names).raise_for_status()
