"""What a request or response holds: blobs, forms, streams, and how each becomes bytes."""

from __future__ import annotations

__all__ = (
    "Blob",
    "Body",
    "File",
    "FormData",
    "ReadableStream",
    "TransformStream",
)

import time
from asyncio import Event
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import parse_qsl

from pytest_kv._binding.results import KVStream
from pytest_kv.workers._buffers import ArrayBuffer, JsBuffer, Uint8Array
from pytest_kv.workers._json import parse
from pytest_kv.workers._objects import JsObject, JsProxy, jsnull, members, throw, to_text
from pytest_kv.workers._pairs import Pairs, URLSearchParams

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class Blob(JsProxy):
    """Bytes with a type."""

    def __init__(self, parts: Iterable[Any] = (), options: Any = None) -> None:
        self._content = b"".join(map(_part_bytes, parts))
        self._type = to_text(members(options).get("type") or "")

    @property
    def size(self) -> int:
        return len(self._content)

    @property
    def type(self) -> str:
        return self._type

    def slice(self, start: int | None = None, end: int | None = None, kind: Any = None) -> Blob:
        made: Blob = Blob.new([Uint8Array.new(self._content[start:end])], {"type": kind})
        return made

    def stream(self) -> ReadableStream:
        made: ReadableStream = ReadableStream.new(self._content)
        return made

    async def text(self) -> str:
        return self._content.decode(errors="replace")

    async def arrayBuffer(self) -> ArrayBuffer:
        made: ArrayBuffer = ArrayBuffer.new(self._content)
        return made


def _part_bytes(part: Any) -> bytes:
    if isinstance(part, Blob):
        return part._content
    return part.to_bytes() if isinstance(part, JsBuffer) else to_text(part).encode()


class File(Blob):
    """A blob with a name."""

    def __init__(self, parts: Iterable[Any], name: str, options: Any = None) -> None:
        super().__init__(parts, options)
        self._file_name = name
        self._modified = members(options).get("lastModified")

    @property
    def name(self) -> str:
        return self._file_name

    @property
    def lastModified(self) -> int:
        return int(time.time() * 1000) if self._modified is None else int(self._modified)


class FormData(Pairs):
    """A form, with files."""

    def append(self, name: str, value: Any, filename: str | None = None) -> None:
        if not isinstance(value, Blob):
            super().append(name, value)
            return
        if filename is not None or not isinstance(value, File):
            value = File.new([value], filename or "blob", {"type": value.type})
        self._pairs.append((name, value))

    def set(self, name: str, value: Any, filename: str | None = None) -> None:
        self.delete(name)
        self.append(name, value, filename)

    def _encoded(self) -> tuple[bytes, str]:
        """The form as multipart/form-data, and its content type."""
        import httpx

        files = [
            (name, (value.name, value._content, value.type or "application/octet-stream"))
            if isinstance(value, File)
            else (name, (None, value.encode()))
            for name, value in self._pairs
        ]
        request = httpx.Request("POST", "http://form", files=files)
        return request.read(), request.headers.get("content-type", "multipart/form-data")


def _read_form(content: bytes, content_type: str) -> FormData:
    form: FormData = FormData.new()
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        form._pairs.extend(parse_qsl(content.decode(), keep_blank_values=True))
        return form
    if kind != "multipart/form-data":
        throw("TypeError", f"Unrecognized Content-Type header value: {content_type!r}")
    from python_multipart.multipart import FormParser, parse_options_header

    def on_field(field: Any) -> None:
        form.append(field.field_name.decode(), (field.value or b"").decode())

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        part = Uint8Array.new(file.file_object.read())
        blob = Blob.new([part], {"type": file.content_type})
        form.append(file.field_name.decode(), blob, file.file_name.decode())

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    parser = FormParser("multipart/form-data", on_field, on_file, boundary=boundary)
    parser.write(content)
    parser.finalize()
    return form


class ReadableStream(KVStream, JsProxy):
    """Bytes that come in chunks; a stream that a Worker writes may still be open."""

    def __init__(self, content: bytes = b"", *, is_open: bool = False) -> None:
        super().__init__(content)
        self._is_open = is_open
        self._is_disturbed = False
        self._arrived: Event | None = None

    def getReader(self) -> Reader:
        made: Reader = Reader.new(self)
        return made

    def _add(self, content: bytes) -> None:
        self._rest += content
        self._wake()

    def _end(self) -> None:
        self._is_open = False
        self._wake()

    def _wake(self) -> None:
        if self._arrived is not None:
            self._arrived.set()

    async def _next(self) -> Any:
        """The next chunk as a Uint8Array; None at the end."""
        self._is_disturbed = True
        while not self._rest and self._is_open:
            self._arrived = Event()
            await self._arrived.wait()
        return Uint8Array.new(self._read_rest()) if self._rest else None

    async def _read_all(self) -> bytes:
        return b"".join([chunk.to_bytes() async for chunk in self])

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (chunk := await self._next()) is not None:
            yield chunk


class Reader(JsProxy):
    """Reads a stream chunk by chunk."""

    _js_name = "ReadableStreamDefaultReader"

    def __init__(self, stream: ReadableStream) -> None:
        self._stream = stream

    async def read(self) -> JsObject:
        chunk = await self._stream._next()
        made: JsObject = JsObject.new(value=chunk, done=chunk is None)
        return made

    def releaseLock(self) -> None:
        """Give the stream back."""


class Writer(JsProxy):
    """Writes a stream chunk by chunk; what it writes is kept until it is read."""

    _js_name = "WritableStreamDefaultWriter"

    def __init__(self, stream: ReadableStream) -> None:
        self._stream = stream

    async def write(self, chunk: Any) -> None:
        self._stream._add(_part_bytes(chunk))

    async def close(self) -> None:
        self._stream._end()


class WritableStream(JsProxy):
    """The end of a TransformStream that is written."""

    def __init__(self, stream: ReadableStream) -> None:
        self._stream = stream

    def getWriter(self) -> Writer:
        made: Writer = Writer.new(self._stream)
        return made


class TransformStream(JsProxy):
    """A pair of streams: what is written to one is read from the other."""

    def __init__(self) -> None:
        self.readable: ReadableStream = type.__call__(ReadableStream, is_open=True)
        self.writable: WritableStream = WritableStream.new(self.readable)


class Body(JsProxy):
    """What Request and Response have in common: a body that can be read once."""

    def __init__(self, body: Any) -> None:
        self._stream: ReadableStream | None = None
        self._body_type: str | None = None
        if body is None or body is jsnull:
            return
        content, self._body_type = _encoded(body)
        self._stream = content if isinstance(content, ReadableStream) else _stream_of(content)

    headers: Any

    @property
    def body(self) -> Any:
        """The body as a stream, or null."""
        return jsnull if self._stream is None else self._stream

    @property
    def bodyUsed(self) -> bool:
        return self._stream is not None and self._stream._is_disturbed

    async def _content(self) -> bytes:
        if self.bodyUsed:
            throw(
                "TypeError",
                "Body has already been used. It can only be used once. Use tee() first if you "
                "need to read it twice.",
            )
        return b"" if self._stream is None else await self._stream._read_all()

    async def text(self) -> str:
        return (await self._content()).decode("utf-8-sig", errors="replace")

    async def json(self) -> Any:
        """The body's JSON; objects and arrays are JavaScript's."""
        return parse(await self.text())

    async def arrayBuffer(self) -> ArrayBuffer:
        made: ArrayBuffer = ArrayBuffer.new(await self._content())
        return made

    async def bytes(self) -> Any:
        return Uint8Array.new(await self._content())

    async def blob(self) -> Blob:
        kind = self.headers.get("content-type") or ""
        made: Blob = Blob.new([Uint8Array.new(await self._content())], {"type": kind})
        return made

    async def formData(self) -> FormData:
        return _read_form(await self._content(), self.headers.get("content-type") or "")

    def _tee(self) -> Any:
        """A body of the same bytes, for a clone."""
        if self.bodyUsed:
            throw("TypeError", "Cannot clone a body that has been used.")
        if self._stream is None:
            return None
        return Uint8Array.new(self._stream._rest)


def _stream_of(content: bytes) -> ReadableStream:
    made: ReadableStream = ReadableStream.new(content)
    return made


def _encoded(body: Any) -> tuple[bytes | ReadableStream, str | None]:
    """A body's bytes or stream, and the content type that it brings."""
    if isinstance(body, ReadableStream):
        return body, None
    if isinstance(body, KVStream):
        return body._read_rest(), None
    if isinstance(body, JsBuffer):
        return body.to_bytes(), None
    if isinstance(body, Blob):
        return body._content, body.type or None
    if isinstance(body, FormData):
        return body._encoded()
    if isinstance(body, URLSearchParams):
        return body.toString().encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    return to_text(body).encode(errors="replace"), "text/plain;charset=UTF-8"
