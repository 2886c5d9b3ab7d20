"""HTTP requests and responses, as transports hand them to the REST face and get them back."""

from __future__ import annotations

__all__ = ("NoAnswer", "Request", "RequestLine", "Response")

from collections.abc import Mapping
from typing import NamedTuple

from pytest_kv._core.faults import FaultKind


class NoAnswer(Exception):
    """A planned fault leaves a request without a response; ``kind`` is the fault's."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class Request(NamedTuple):
    """An HTTP request as it came in."""

    method: str
    target: str
    """The raw path with its query, still percent-encoded: decoding it loses what KV sees."""
    headers: Mapping[str, str]
    """Looked up by lower-case name."""
    body: bytes
    patience_seconds: float | None = None
    """How long the client waits for the answer; None when that is unknown or without an end."""


class RequestLine(NamedTuple):
    """The method and the target of a request; its text is :attr:`pytest_kv.Call.request`."""

    method: str
    target: str

    @classmethod
    def of(cls, text: str) -> RequestLine:
        """The line with this text; a text that is empty gives empty parts."""
        method, _, target = text.partition(" ")
        return cls(method, target)

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


class Response(NamedTuple):
    """An HTTP response to send; the transport adds the length."""

    status: int
    headers: Mapping[str, str]
    body: bytes
