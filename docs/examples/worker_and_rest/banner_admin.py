"""The office's side of the banners: they are set and cleared over the REST API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import httpx

PREFIX = "banner:"


def announce(namespace: httpx.Client, banners: Mapping[str, str], *, days: int) -> None:
    """Show these banners, by country, for some days."""
    ttl = days * 24 * 60 * 60
    pairs = [
        {"key": PREFIX + country, "value": text, "expiration_ttl": ttl}
        for country, text in banners.items()
    ]
    namespace.put("/bulk", json=pairs).raise_for_status()


def clear(namespace: httpx.Client, countries: Iterable[str]) -> None:
    """Show these countries no banner of their own."""
    names = [PREFIX + country for country in countries]
    namespace.post("/bulk/delete", json=names).raise_for_status()
