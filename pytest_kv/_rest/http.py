"""The two things a transport exchanges with the REST face."""

from __future__ import annotations

__all__ = ("NoAnswer", "Request", "Response")

from collections.abc import Mapping
from typing import NamedTuple

from pytest_kv._core.faults import Outage


class NoAnswer(Exception):
    """A planned fault leaves the request without a response; the transport makes it so."""

    def __init__(self, outage: Outage) -> None:
        super().__init__(outage.value)
        self.outage = outage


class Request(NamedTuple):
    """An HTTP request as it came in."""

    method: str
    target: str
    """The raw path with its query, still percent-encoded: decoding it loses what KV sees."""
    headers: Mapping[str, str]
    """Looked up by lower-case name."""
    body: bytes


class Response(NamedTuple):
    """An HTTP response to send; the transport adds the length."""

    status: int
    headers: Mapping[str, str]
    body: bytes
