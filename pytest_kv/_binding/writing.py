"""The arguments of ``put``, read as workerd reads them."""

from __future__ import annotations

__all__ = ("to_write",)

from pytest_kv._binding.arguments import (
    UNDEFINED,
    Options,
    describe,
    is_object,
)
from pytest_kv._binding.conversions import to_bytes, to_string
from pytest_kv._binding.errors import failed_to_execute
from pytest_kv._binding.json_stringify import BigIntError, stringify
from pytest_kv._core.namespace import Write
from pytest_kv._core.rules import Rules
from pytest_kv._core.text import shortened
from pytest_kv._errors import KVError, warn_of_usage

_OPTIONS = ("expiration", "expirationTtl", "metadata")

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


def to_write(rules: Rules, name: str, value: object, options: object) -> Write:
    """Read the arguments of ``put``, checking them in workerd's order (O)."""
    if value is UNDEFINED:
        raise failed_to_execute("put", 2, "string or Object")
    if not is_object(options):
        raise failed_to_execute("put", 3, "PutOptions")
    chosen = Options("put", options, _OPTIONS)
    expiration, expiration_ttl = chosen.integer("expiration"), chosen.integer("expirationTtl")
    rules.check_name(name)
    metadata_json = _metadata_json(chosen.get("metadata"))
    return Write(name, _content(value), metadata_json, expiration, expiration_ttl)


def _metadata_json(metadata: object) -> str | None:
    try:
        return None if metadata is None else stringify(metadata)
    except BigIntError as error:
        raise KVError("TypeError", str(error)) from None


def _content(value: object) -> bytes:
    content = to_bytes(value)
    if content is None:
        raise KVError(
            "TypeError",
            "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams "
            "as values.",
        )
    if value is None or isinstance(value, bool | int | float):
        warn_of_usage(
            f"put() was given the value {describe(value)}; "
            f"KV stored the text {shortened(to_string(value), 80)}"
        )
    return content
