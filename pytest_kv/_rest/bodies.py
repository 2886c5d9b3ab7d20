"""Request bodies: JSON of a known shape, and the form that holds a value and its metadata."""

from __future__ import annotations

__all__ = ("Form", "json_body", "json_text", "malformed", "object_member", "read_form")

from math import inf
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pytest_kv._core.strict_json import read_json
from pytest_kv._rest.errors import Problem, RestError
from pytest_kv._rest.http import Request

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File

_T = TypeVar("_T")


def malformed(fault: str, problem: Problem = Problem.BAD_BODY) -> RestError:
    """The error for a body of the wrong shape; the words of the fault are ours (I)."""
    return RestError.of(problem, fault=fault)


def json_body(
    request: Request, shape: type[_T], name: str, problem: Problem = Problem.BAD_BODY
) -> _T:
    """The JSON in the body; RestError when it is not JSON or not a ``shape``."""
    return json_text(request.body, shape, name, problem)


def json_text(text: bytes, shape: type[_T], name: str, problem: Problem = Problem.BAD_BODY) -> _T:
    """The JSON in a text; RestError when it is not JSON or not a ``shape``."""
    try:
        body = read_json(text.decode())
    except ValueError:
        raise malformed("it is not JSON in UTF-8", problem) from None
    if not isinstance(body, shape):
        raise malformed(f"it is not {name}", problem)
    return body


def object_member(body: dict[str, object], name: str, shape: type[_T], default: _T) -> _T:
    """A member of a JSON object, or ``default`` when it is absent or null."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, shape):
        raise malformed(f"{name} is not of the right type")
    return value


class Form(NamedTuple):
    """A value sent as multipart/form-data."""

    value: bytes
    metadata: bytes | None


def read_form(request: Request) -> Form | None:
    """The form in the body; None for any other body, which is then the value itself (D)."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    try:
        parts = _read_parts(content_type, request.body)
    except ValueError as error:
        raise malformed(f"the form is broken ({error})") from None
    if b"value" not in parts:
        raise RestError.of(Problem.NO_VALUE_PART)
    return Form(parts[b"value"], parts.get(b"metadata"))


def _read_parts(content_type: str, body: bytes) -> dict[bytes | None, bytes]:
    # Imported for the first form: most requests have none.
    from python_multipart.multipart import FormParser, parse_options_header

    parts: dict[bytes | None, bytes] = {}
    is_whole = False

    def on_field(field: Field) -> None:
        parts.setdefault(field.field_name, field.value or b"")

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        parts.setdefault(file.field_name, file.file_object.read())

    def on_end() -> None:
        nonlocal is_whole
        is_whole = True

    _, options = parse_options_header(content_type)
    parser = FormParser(
        "multipart/form-data",
        on_field,
        on_file,
        on_end,
        boundary=options.get(b"boundary"),
        config={"MAX_MEMORY_FILE_SIZE": inf},
    )
    parser.write(body)
    parser.finalize()
    if not is_whole:
        raise ValueError("it ends before its last boundary")
    return parts
