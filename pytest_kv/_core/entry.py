"""What a namespace holds under one key."""

from __future__ import annotations

__all__ = ("Entry", "stored_entry")

import json
from collections.abc import Callable
from typing import NoReturn

from pytest_kv._core.strict_json import compact_json
from pytest_kv._core.text import shortened
from pytest_kv._core.utf import decode_utf8


class Entry:
    """One stored value with its metadata and expiration; an entry cannot be changed.

    ``value`` is bytes, or a str that is stored as UTF-8. ``metadata`` is any JSON value.
    ``expiration`` is in whole seconds since the UNIX epoch, or None when the entry does not expire.

    Raises TypeError for a value or an expiration of another type, and TypeError or ValueError for
    metadata that is not JSON.
    """

    # Metadata is kept as JSON text, as KV stores it: "null" is metadata, None is not.
    __slots__ = ("expiration", "metadata_json", "value")

    value: bytes
    metadata_json: str | None
    """The metadata as the compact JSON that KV stores, or None when there is none."""
    expiration: int | None

    def __init__(
        self, value: str | bytes, *, metadata: object = None, expiration: int | None = None
    ) -> None:
        if isinstance(value, str):
            content = value.encode()
        elif isinstance(value, bytes):
            content = value
        else:
            raise TypeError(f"the value of an entry is a str or bytes, not {value!r}")
        if expiration is not None and type(expiration) is not int:
            raise TypeError(f"an expiration is in whole seconds or None, not {expiration!r}")
        self._fill(content, None if metadata is None else _to_json(metadata), expiration)

    def _fill(self, value: bytes, metadata_json: str | None, expiration: int | None) -> None:
        fill = object.__setattr__
        fill(self, "value", value)
        fill(self, "metadata_json", metadata_json)
        fill(self, "expiration", expiration)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an entry does not change; seed or put another one to set {name}")

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[bytes, str | None, int | None]]:
        return (stored_entry, (self.value, self.metadata_json, self.expiration))

    @property
    def text(self) -> str:
        """The value as text; bytes that are not UTF-8 become U+FFFD, as in KV (O)."""
        return decode_utf8(self.value)

    @property
    def metadata(self) -> object:
        """The metadata as a new object at each use, or None when there is none."""
        return None if self.metadata_json is None else json.loads(self.metadata_json)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((self.value, self.expiration))

    def __repr__(self) -> str:
        value = shortened(self.value, 60)
        metadata = "" if self.metadata_json is None else f", metadata={self.metadata!r}"
        expiration = "" if self.expiration is None else f", expiration={self.expiration}"
        return f"Entry({value}{metadata}{expiration})"

    def _parts(self) -> tuple[bytes, object, int | None]:
        return (self.value, self.metadata, self.expiration)


def stored_entry(value: bytes, metadata_json: str | None, expiration: int | None) -> Entry:
    """The entry that a face writes; its metadata is JSON already."""
    entry = Entry.__new__(Entry)
    entry._fill(value, metadata_json, expiration)
    return entry


def _to_json(metadata: object) -> str:
    # KV's JSON has an escape for a lone surrogate (O), and backslashreplace writes the same.
    return compact_json(metadata).encode(errors="backslashreplace").decode()
