"""The limits of Workers KV, each written here and nowhere else."""

from __future__ import annotations

__all__ = ("Limits",)

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a simulated account; the defaults are production's.

    With ``KVAccount(limits=Limits(value_bytes=100))`` a test reaches a limit without 25 MiB.
    Sources: https://developers.cloudflare.com/kv/platform/limits/ (D) and the cases observed on
    workerd (O), as ``docs/fidelity.md`` lists them one by one.
    """

    key_bytes: int = 512
    """Longest key name, in bytes of UTF-8 (D, O)."""

    value_bytes: int = 25 * 1024 * 1024
    """Largest value, in bytes: 25 MiB (D, O)."""

    metadata_bytes: int = 1024
    """Largest metadata, in bytes of its compact JSON in UTF-8 (D, O)."""

    expiration_seconds: int = 60
    """How far ahead an ``expiration`` or ``expiration_ttl`` must lie, in seconds (D, O)."""

    cache_ttl_seconds: int = 30
    """Smallest ``cacheTtl`` of a read, in seconds (D, O)."""

    default_cache_ttl_seconds: int = 60
    """How long a location keeps what it has read, in seconds, unless told otherwise (D)."""

    list_names: int = 1_000
    """Most names a page of ``list`` holds, and how many it holds by default (D, O)."""

    rest_list_names: int = 10
    """Smallest ``limit`` of a list over REST (D)."""

    bulk_items: int = 10_000
    """Most pairs or keys in one bulk write or bulk delete over REST (D)."""

    bulk_get_keys: int = 100
    """Most keys in one bulk get (D, O)."""

    bulk_get_units: int = 25 * 1024 * 1024
    """Most text one bulk get returns, in UTF-16 code units, repeats counted again (O)."""

    request_bytes: int = 100 * 1000 * 1000
    """Largest body of a bulk request, in bytes: 100 MB (D; a MB of 10**6 bytes is inferred)."""

    write_interval_seconds: int = 1
    """How long a key rests between two writes, in seconds, under ``write_limit`` (D)."""

    requests: int = 1_200
    """Most REST requests in :attr:`requests_window_seconds`, under ``request_limit`` (D)."""

    requests_window_seconds: int = 300
    """The seconds in which REST requests are counted; a client is shut out as long (D)."""

    namespaces: int = 1_000
    """Most namespaces in one account (D)."""

    title_characters: int = 512
    """Longest title of a namespace, in characters (D: the API's OpenAPI schema)."""

    namespaces_per_page: int = 1_000
    """Largest ``per_page`` of the list of namespaces (D)."""
