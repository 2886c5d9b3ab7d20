"""The arguments and the results of ``get`` and ``getWithMetadata``, of one key and of many."""

from __future__ import annotations

__all__ = ("ReadOptions", "bulk_name", "bulk_result", "read_metadata", "read_text", "read_value")

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from pytest_kv._binding.arguments import UNDEFINED, Options, is_object, key_name
from pytest_kv._binding.conversions import to_string
from pytest_kv._binding.javascript import is_array_index, replace_surrogates
from pytest_kv._binding.json_parse import JSONSyntaxError, parse_json
from pytest_kv._binding.results import KVObject, KVStream, ValueWithMetadata, check_arrival
from pytest_kv._core.entry import Entry
from pytest_kv._errors import KVError, warn_of_usage

_OPTIONS = ("type", "cacheTtl")

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class ReadOptions(NamedTuple):
    """The options of one read; ``type`` is None when it was not given."""

    type: str | None
    cache_ttl: int | None

    @classmethod
    def read(cls, method: str, options: object) -> ReadOptions:
        """Read the options as workerd does: a type alone, or an object (O)."""
        if options is UNDEFINED:
            return _NO_OPTIONS
        if not is_object(options):
            return cls(to_string(options), None)
        chosen = Options(method, options, _OPTIONS)
        cache_ttl = chosen.integer("cacheTtl")
        return cls(to_string(chosen["type"]) if "type" in chosen else None, cache_ttl)


_NO_OPTIONS = ReadOptions(None, None)


def read_value(entry: Entry, type_: str | None) -> object:
    """The value of one entry as ``type_``; KVError for an unknown type (O)."""
    if type_ is None or type_ == "text":
        return entry.text
    if type_ == "json":
        return _parsed(entry.text)
    if type_ == "arrayBuffer":
        return memoryview(bytearray(entry.value))
    if type_ == "stream":
        return KVStream(entry.value)
    raise KVError(
        "TypeError",
        'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
    )


def _parsed(text: str) -> object:
    try:
        return parse_json(text)
    except JSONSyntaxError as error:
        raise KVError("SyntaxError", error.message) from None


def read_metadata(entry: Entry) -> object:
    """The metadata of an entry, None when it has none."""
    if entry.metadata_json is None:
        return None
    metadata = parse_json(entry.metadata_json)
    check_arrival(metadata, entry.metadata_json.encode())
    return metadata


def read_text(text: str) -> object:
    """A value as a bulk get of type text returns it: the text itself."""
    return text


def bulk_name(method: str, key: object) -> str:
    """The name that KV uses for one key of a bulk get (O)."""
    return replace_surrogates(key_name(method, key))


def bulk_result(
    keys: Sequence[str],
    found: Mapping[str, tuple[object, Entry] | None],
    *,
    with_metadata: bool,
) -> KVObject:
    """A dict of name to value, in the order of ``keys``; JavaScript leaves out some names (O)."""
    result = KVObject()
    for name in _surviving(keys, found):
        read = found[name]
        if read is None or (with_metadata and read[0] is None):
            result[name] = None
        else:
            value = _without_infinity(read[0])
            check_arrival(value, read[1].value)
            result[name] = _with_metadata(value, read[1]) if with_metadata else value
    for name in found:
        if name not in result:
            warn_of_usage(
                f"KV leaves {name!r} out of the result of a bulk get, as JavaScript keeps such "
                "a name elsewhere in an object; get it on its own"
            )
    return result


def _surviving(
    keys: Sequence[str], found: Mapping[str, tuple[object, Entry] | None]
) -> Iterator[str]:
    # O: JavaScript leaves out array indexes in canonical decimal, and "__proto__", which sets the
    # object's prototype. After a null there is no prototype, and a second "__proto__" is kept.
    has_prototype = True
    for key in keys:
        if key == "__proto__" and has_prototype:
            read = found[key]
            has_prototype = read is not None and read[0] is not None
        elif not is_array_index(key):
            yield key


def _with_metadata(value: object, entry: Entry) -> ValueWithMetadata[object]:
    return ValueWithMetadata(value=value, metadata=read_metadata(entry))


def _without_infinity(value: object) -> object:
    # O: KV sends the values of a bulk get as JSON again, in which an infinite number is null.
    outer = [value]
    containers: list[KVObject | list[object]] = [outer]
    while containers:
        container = containers.pop()
        members = container.items() if isinstance(container, KVObject) else enumerate(container)
        for index, member in list(members):
            if isinstance(member, KVObject | list):
                containers.append(member)
            elif isinstance(member, float) and not isfinite(member):
                container[index] = None  # type: ignore[index,call-overload]  # an index or name of its own
    return outer[0]
