"""``Blob``, ``File`` and ``FormData`` of the module ``workers``; ``_sdk`` says the rest."""

from __future__ import annotations

__all__ = ("Blob", "File", "FormData")

from builtins import bytes as _bytes
from collections.abc import Iterator, MutableMapping
from typing import Any, cast

from pytest_kv.workers import _bodies
from pytest_kv.workers._ffi import to_js

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class Blob:
    """Bytes with a type; ``js_object`` is JavaScript's."""

    def __init__(
        self, blob_parts: Any, content_type: str | None = None, endings: str | None = None
    ) -> None:
        parts, before = _blob_parts(blob_parts)
        kind = content_type or (before.type if before else "")
        self._js_blob: _bodies.Blob = _bodies.Blob.new(parts, {"type": kind})

    @property
    def js_object(self) -> _bodies.Blob:
        """JavaScript's blob."""
        return self._js_blob

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._js_blob.size

    @property
    def content_type(self) -> str:
        """The type, or an empty text."""
        return self._js_blob.type

    async def text(self) -> str:
        """The bytes as text."""
        return await self._js_blob.text()

    async def bytes(self) -> _bytes:
        """The bytes."""
        return (await self._js_blob.arrayBuffer()).to_bytes()

    def slice(
        self, start: int | None = None, end: int | None = None, content_type: str | None = None
    ) -> Blob:
        """A part of it."""
        return Blob([self._js_blob.slice(start, end, content_type)])


class File(Blob):
    """A blob with a name."""

    def __init__(
        self,
        blob_parts: Any,
        filename: str,
        content_type: str | None = None,
        endings: str | None = None,
        last_modified: int | None = None,
    ) -> None:
        parts, before = _blob_parts(blob_parts)
        kind = content_type or (before.type if before else "")
        if last_modified is None and isinstance(before, _bodies.File):
            last_modified = before.lastModified
        options = {"type": kind, "lastModified": last_modified}
        self._js_blob = _bodies.File.new(parts, filename, options)

    @property
    def name(self) -> str:
        """The file's name."""
        return cast(_bodies.File, self._js_blob).name

    @property
    def last_modified(self) -> int:
        """When it was changed, in milliseconds since 1970."""
        return cast(_bodies.File, self._js_blob).lastModified


def _blob_parts(given: Any) -> tuple[list[Any], _bodies.Blob | None]:
    """The parts as JavaScript's, and the blob that gives the type where it is the only part."""
    if isinstance(given, list | tuple):
        return [_blob_part(part) for part in given], None
    part = _blob_part(given)
    return [part], part if isinstance(part, _bodies.Blob) else None


def _blob_part(part: Any) -> Any:
    return part.js_object if isinstance(part, Blob) else to_js(part)


def _blob_of(js_blob: Any) -> Any:
    if isinstance(js_blob, _bodies.File):
        return File(js_blob, js_blob.name)
    return Blob(js_blob) if isinstance(js_blob, _bodies.Blob) else js_blob


class FormData(MutableMapping[str, Any]):
    """A form: names with texts and blobs; a name may stand more than once."""

    def __init__(self, form_data: Any = None) -> None:
        if isinstance(form_data, _bodies.FormData):
            self._js_form: _bodies.FormData = form_data
            return
        if form_data and not isinstance(form_data, dict):
            raise TypeError("Expected form_data to be a dict or an instance of FormData")
        self._js_form = _bodies.FormData.new()
        for name, value in (form_data or {}).items():
            self.append(name, value)

    @property
    def js_object(self) -> _bodies.FormData:
        """JavaScript's form."""
        return self._js_form

    def append(self, key: str, value: Any, filename: str | None = None) -> None:
        """Add a value, beside those that the name has."""
        self._js_form.append(key, value.js_object if isinstance(value, Blob) else value, filename)

    def delete(self, key: str) -> None:
        """Remove every value of a name."""
        self._js_form.delete(key)

    def get_all(self, key: str) -> list[Any]:
        """Every value of a name."""
        return [_blob_of(value) for value in self._js_form.getAll(key)]

    def keys(self) -> Any:
        """The names, one for each value."""
        return self._js_form.keys()

    def values(self) -> Any:
        """The values."""
        return map(_blob_of, self._js_form.values())

    def items(self) -> Any:
        """The names with their values."""
        return ((name, _blob_of(value)) for name, value in self._js_form.entries())

    def __getitem__(self, key: str) -> Any:
        return _blob_of(self._js_form.get(key))

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, list):
            raise TypeError("Expected single item in arguments to FormData.__setitem__")
        self._js_form.set(key, value.js_object if isinstance(value, Blob) else value)

    def __delitem__(self, key: str) -> None:
        self.delete(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._js_form.has(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._js_form.keys())

    def __len__(self) -> int:
        return len(list(self._js_form.keys()))
