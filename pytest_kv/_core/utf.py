"""Text as UTF-8, and its length in UTF-16."""

from __future__ import annotations

__all__ = ("decode_utf8", "utf16_length")


def decode_utf8(data: bytes) -> str:
    """Return bytes as text: each ill-formed part becomes U+FFFD, a byte-order mark is kept (O)."""
    return data.decode(errors="replace")


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as JavaScript counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
