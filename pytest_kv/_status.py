"""The words of HTTP for a status."""

from __future__ import annotations

__all__ = ("reason_phrase",)

from http import HTTPStatus


def reason_phrase(status: int) -> str:
    """HTTP's words for a status, such as ``Bad Gateway``; Cloudflare has statuses without any."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"
