"""The options of the binding's methods, as type checkers know them."""

from __future__ import annotations

__all__ = (
    "BufferOptions",
    "JsonOptions",
    "PageOptions",
    "PutOptions",
    "StreamOptions",
    "TextOptions",
)

from typing import Any, Literal, TypedDict


class _CacheOptions(TypedDict, total=False):
    cacheTtl: int


class TextOptions(_CacheOptions, total=False):
    """Of ``get`` and ``getWithMetadata``, to read text."""

    type: Literal["text"]


class JsonOptions(_CacheOptions):
    """Of ``get`` and ``getWithMetadata``, to read JSON."""

    type: Literal["json"]


class BufferOptions(_CacheOptions):
    """Of ``get`` and ``getWithMetadata``, to read bytes."""

    type: Literal["arrayBuffer"]


class StreamOptions(_CacheOptions):
    """Of ``get`` and ``getWithMetadata``, to read bytes in chunks."""

    type: Literal["stream"]


class PutOptions(TypedDict, total=False):
    """Of ``put``."""

    expiration: int
    expirationTtl: int
    metadata: Any


class PageOptions(TypedDict, total=False):
    """Of ``list``."""

    prefix: str | None
    limit: int
    cursor: str | None
