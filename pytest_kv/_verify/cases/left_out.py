"""The rows of docs/fidelity.md about the REST face that no fact is about, and why."""

from __future__ import annotations

__all__ = ("LEFT_OUT",)

_TOO_MUCH = "it would take too many requests, or too many bytes, for one run"
_QUOTA = "it would use up what a free plan may write or delete in a day"
_WAITS = "it would take minutes of waiting"
_BINDING = "it is about the binding"
_NO_CONTROL = "no client can bring it about"

LEFT_OUT: dict[str, str] = {
    "Limits.bulk_items": _QUOTA,
    "Limits.cache_ttl_seconds": _BINDING,
    "Limits.default_cache_ttl_seconds": _BINDING,
    "CACHE_TTL_TOO_SHORT": _BINDING,
    "Limits.instant_keys": _QUOTA,
    "Limits.requests_per_second": _TOO_MUCH,
    "INSTANT_KEYS_TOO_MANY": _QUOTA,
    "instant-list": _QUOTA,
    "request-quota-headers": "the fake sends them only where a test asks for request_limit",
    "Limits.request_bytes": _TOO_MUCH,
    "Limits.bulk_get_units": _TOO_MUCH,
    "Limits.requests": _TOO_MUCH,
    "Limits.requests_window_seconds": _TOO_MUCH,
    "Limits.namespaces": _TOO_MUCH,
    "Limits.write_interval_seconds": "a run writes a key at most once a second",
    "BULK_GET_TOO_LARGE": _TOO_MUCH,
    "REQUEST_TOO_LARGE": _TOO_MUCH,
    "WRITE_TOO_SOON": "a run writes a key at most once a second",
    "REQUESTS_TOO_MANY": _TOO_MUCH,
    "NAMESPACES_TOO_MANY": _TOO_MUCH,
    "expiration-second": _WAITS,
    "namespaces-default-order": "the list would have the namespaces of other people in it",
    "bulk-keys-not-done": _NO_CONTROL,
    "fault-status-rest": _NO_CONTROL,
    "fault-success-false": _NO_CONTROL,
    "deviation-malformed-credentials": "the fake does otherwise on purpose",
    "deviation-any-credentials": "the fake does otherwise on purpose",
}
"""Row id, and why no fact is about it."""
