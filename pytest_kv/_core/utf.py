"""Text as bytes of UTF-8 and as the UTF-16 that JavaScript counts."""

from __future__ import annotations

__all__ = ("decode_utf8", "utf16_length")


def decode_utf8(data: bytes) -> str:
    """Return the text of any bytes: U+FFFD for each ill-formed part, a byte-order mark kept (O)."""
    return data.decode(errors="replace")


def utf16_length(text: str) -> int:
    """Return the length that JavaScript gives a text, in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
